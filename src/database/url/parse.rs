//! Cuts a URL into parts exactly as `sqlalchemy.engine.url._parse_url` does: by its regular
//! expression, not by the rules of RFC 3986.
//!
//! Knows nothing of dialects. The comments quote the pieces of SQLAlchemy's expression.

use std::fmt;

use percent_encoding::percent_decode_str;

/// The parts of a URL, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlParts {
    /// `postgresql+asyncpg`
    pub drivername: String,
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Password>,
    /// The host, without brackets.
    pub host: Option<String>,
    /// The port; any whole number, as SQLAlchemy checks no range.
    pub port: Option<i64>,
    /// The database; for SQLite the file.
    pub database: Option<String>,
    /// The query in the order of the text; a key can occur several times.
    pub query: Vec<(String, String)>,
    has_stray_at_sign: bool,
}

/// A password: its `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why a text is no URL. Quotes nothing of it: any part could be a piece of the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Nothing like `name://`.
    #[error("this is no SQLAlchemy URL: it does not start with a name and ://")]
    NoScheme,
    /// `int()` fails on the port.
    #[error("the port is not a number")]
    BadPort,
}

impl UrlParts {
    /// Cuts and decodes.
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        // (?P<name>[\w\+]+)://
        let (drivername, rest) = text.split_once("://").ok_or(UrlError::NoScheme)?;
        if drivername.is_empty() || !drivername.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '+') {
            return Err(UrlError::NoScheme);
        }
        let (account, rest) = split_account(rest);
        let has_password = account.is_some_and(|(_, password)| password.is_some());
        let has_stray_at_sign = has_password && {
            let (place, query) = split_before(rest, &['?']);
            place.contains('@') || !place.contains('/') && query.contains('@')
        };
        let (host, rest) = split_host(rest);
        // (?::(?P<port>[^/\?]*))?
        let (port, rest) = match rest.strip_prefix(':') {
            Some(rest) => {
                let (port, rest) = split_before(rest, &['/', '?']);
                (Some(parse_port(port)?), rest)
            }
            None => (None, rest),
        };
        // (?:/(?P<database>[^\?]*))?
        let (database, rest) = match rest.strip_prefix('/') {
            Some(rest) => {
                let (database, rest) = split_before(rest, &['?']);
                (Some(unquote(database)), rest)
            }
            None => (None, rest),
        };
        // (?:\?(?P<query>.*))?  -- "." stops at a line break
        let query = rest.strip_prefix('?').map(|query| split_before(query, &['\n']).0).unwrap_or_default();
        Ok(Self {
            drivername: drivername.to_owned(),
            user: account.map(|(user, _)| unquote(user)),
            password: account.and_then(|(_, password)| password).map(|password| Password(unquote(password))),
            host: host.map(str::to_owned),
            port,
            database,
            query: parse_query(query),
            has_stray_at_sign,
        })
    }

    /// Reads `name://account@a:1,b:2/database` as host `a,b` and a query value `port=1,2`.
    pub(super) fn parse_several_hosts(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once("://")?;
        let (_, rest) = split_account(rest);
        let (places, behind) = split_before(rest, &['/', '?']);
        if !places.contains(',') {
            return None;
        }
        let (hosts, ports): (Vec<&str>, Vec<&str>) =
            places.split(',').map(|place| place.rsplit_once(':').unwrap_or((place, ""))).unzip();
        if !ports.iter().all(|port| port.chars().all(|c| c.is_ascii_digit())) {
            return None;
        }
        let before = text.get(..text.len() - rest.len())?;
        let mut parts = Self::parse(&format!("{before}{}{behind}", hosts.join(","))).ok()?;
        parts.query.push(("port".into(), ports.join(",")));
        Some(parts)
    }

    /// The dialect: the part of the name before the plus sign.
    pub fn dialect(&self) -> &str {
        self.drivername.split('+').next().unwrap_or(&self.drivername)
    }

    /// The driver: the part of the name after the plus sign.
    pub fn driver(&self) -> Option<&str> {
        self.drivername.split_once('+').map(|(_, driver)| driver)
    }

    /// The last value of a query key.
    pub fn query_value(&self, key: &str) -> Option<&str> {
        self.query.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Whether the password seems to hold a raw `@`, which ended it too early. Then host and
    /// database may be pieces of it.
    pub fn has_stray_at_sign(&self) -> bool {
        self.has_stray_at_sign
    }
}

/// `(?:(?P<username>[^:/]*)(?::(?P<password>[^@]*))?@)?`, with the backtracking that Python's
/// engine does: the longest name wins, and a password ends at the first `@`.
pub(super) fn split_account(rest: &str) -> (Option<(&str, Option<&str>)>, &str) {
    let (name, after) = split_before(rest, &[':', '/']);
    if let Some(after) = after.strip_prefix(':')
        && let Some((password, rest)) = after.split_once('@')
    {
        return (Some((name, Some(password))), rest);
    }
    match name.rsplit_once('@') {
        Some((user, _)) => {
            // What follows the last "@" of the name, with everything behind it.
            let rest = rest.get(user.len() + 1..).unwrap_or_default();
            (Some((user, None)), rest)
        }
        None => (None, rest),
    }
}

/// `(?:\[(?P<ipv6host>[^/\?]+)\]|(?P<ipv4host>[^/:\?]+))?`
fn split_host(rest: &str) -> (Option<&str>, &str) {
    if let Some(inner) = rest.strip_prefix('[') {
        let (run, _) = split_before(inner, &['/', '?']);
        if let Some((host, _)) = run.rsplit_once(']').filter(|(host, _)| !host.is_empty()) {
            return (Some(host), inner.get(host.len() + 1..).unwrap_or_default());
        }
    }
    let (host, after) = split_before(rest, &['/', ':', '?']);
    ((!host.is_empty()).then_some(host), after)
}

/// Python's `int()`: surrounding blanks, a sign and inner underscores are fine.
fn parse_port(text: &str) -> Result<i64, UrlError> {
    let number = text.trim();
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    let groups_are_whole = digits.split('_').all(|group| !group.is_empty());
    if !groups_are_whole || !digits.chars().all(|c| c.is_ascii_digit() || c == '_') {
        return Err(UrlError::BadPort);
    }
    number.replace('_', "").parse().map_err(|_| UrlError::BadPort)
}

/// `urllib.parse.parse_qsl` without blank values: `&` separates, `+` is a blank.
fn parse_query(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (unquote(&key.replace('+', " ")), unquote(&value.replace('+', " "))))
        .collect()
}

/// `urllib.parse.unquote`: wrong escapes stay as they are, wrong UTF-8 becomes U+FFFD.
fn unquote(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Cuts before the first of the characters; the second part starts with it.
fn split_before<'a>(text: &'a str, ends: &[char]) -> (&'a str, &'a str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> UrlParts {
        UrlParts::parse(text).unwrap()
    }

    #[test]
    fn every_part_is_decoded() {
        let parts = parts("postgresql+asyncpg://us%20er:p%40ss+x@db.example:5433/a%2Fb?ssl=require&x=a+b");
        assert_eq!(parts.dialect(), "postgresql");
        assert_eq!(parts.driver(), Some("asyncpg"));
        assert_eq!(parts.user.as_deref(), Some("us er"));
        assert_eq!(parts.password.as_ref().map(Password::expose), Some("p@ss+x"));
        assert_eq!(parts.host.as_deref(), Some("db.example"));
        assert_eq!(parts.port, Some(5433));
        assert_eq!(parts.database.as_deref(), Some("a/b"));
        assert_eq!(parts.query, [("ssl".into(), "require".into()), ("x".into(), "a b".into())]);
    }

    #[test]
    fn a_password_ends_at_the_first_at_sign_even_behind_a_slash() {
        let parts = parts("postgresql://u:a/b@h/db");
        assert_eq!(parts.password.as_ref().map(Password::expose), Some("a/b"));
        assert_eq!(parts.host.as_deref(), Some("h"));
    }

    #[test]
    fn a_raw_at_sign_in_the_password_is_noticed() {
        let parts = parts("postgresql://u:a@b@h/db");
        assert_eq!(parts.password.as_ref().map(Password::expose), Some("a"));
        assert_eq!(parts.host.as_deref(), Some("b@h"));
        assert!(parts.has_stray_at_sign());
    }

    #[test]
    fn at_signs_that_belong_elsewhere_are_no_strays() {
        for text in
            ["postgresql://u:a%40b@h/db", "postgresql://u:p@h/db?x=a@b", "postgresql://u@v@h/db", "sqlite:///a@b"]
        {
            assert!(!parts(text).has_stray_at_sign(), "{text}");
        }
        for text in ["postgresql://u:a@b/c@h/db", "postgresql://u:a@b?c@h/db"] {
            assert!(parts(text).has_stray_at_sign(), "{text}");
        }
    }

    #[test]
    fn a_user_alone_ends_at_the_last_at_sign() {
        let parts = parts("postgresql://me@home@h:1/db");
        assert_eq!(parts.user.as_deref(), Some("me@home"));
        assert_eq!(parts.host.as_deref(), Some("h"));
        assert_eq!(parts.port, Some(1));
    }

    #[test]
    fn brackets_hold_an_ipv6_host() {
        let parts = parts("postgresql://u@[::1]:5433/db");
        assert_eq!(parts.host.as_deref(), Some("::1"));
        assert_eq!(parts.port, Some(5433));
    }

    #[test]
    fn a_port_that_is_no_number_is_an_error_without_a_quotation() {
        let error = UrlParts::parse("postgresql://u:p@h:s3cr3t/db").unwrap_err();
        assert_eq!(error, UrlError::BadPort);
        assert!(!error.to_string().contains("s3cr3t"));
        assert_eq!(UrlParts::parse("no url"), Err(UrlError::NoScheme));
    }

    #[test]
    fn a_sqlite_path_may_hold_an_at_sign() {
        let parts = parts("sqlite:////home/me@work/a.db");
        assert_eq!((parts.user, parts.host), (None, None));
        assert_eq!(parts.database.as_deref(), Some("/home/me@work/a.db"));
    }
}
