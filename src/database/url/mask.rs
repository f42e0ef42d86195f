//! Prints a URL without anything secret, also one that SQLAlchemy could not read.
//!
//! When in doubt, more is masked: a piece of a password in a log is worse than a lost host name.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::parse::{UrlParts, split_account};

/// `urllib.parse.quote`'s safe characters, and those that read better unquoted in a URL that
/// nobody parses again.
const QUOTED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b' ').remove(b'+').remove(b'/');
const QUOTED_IN_FILE: &AsciiSet = &QUOTED.remove(b':').remove(b'\\').remove(b'@');
const QUOTED_IN_HOST: &AsciiSet = &QUOTED_IN_QUERY.remove(b'%');
const QUOTED_IN_QUERY: &AsciiSet = &QUOTED.remove(b',').remove(b':').remove(b'=');

/// The URL with `***` for every secret: `postgresql://app:***@db:5432/app`.
pub(super) fn masked(raw: &str) -> String {
    let Some((scheme, rest)) = raw.split_once("://") else {
        return "***".into();
    };
    let Ok(parts) = UrlParts::parse(raw) else {
        return if scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+') {
            format!("{scheme}://***")
        } else {
            "***".into()
        };
    };
    if let Some(tail) = behind_a_stray_at_sign(&parts, rest) {
        return format!("{}://***@{}", parts.drivername, utf8_percent_encode(tail, QUOTED_IN_QUERY));
    }
    let account = match (&parts.user, &parts.password) {
        (Some(user), Some(_)) => format!("{}:***@", quote(user, QUOTED)),
        (Some(user), None) => format!("{}@", quote(user, QUOTED)),
        (None, _) => String::new(),
    };
    format!("{}://{account}{}{}", parts.drivername, place(&parts), query(&parts))
}

/// The place without scheme and password: `app@db:5432/app`.
pub(super) fn address(raw: &str) -> String {
    let Some((_, rest)) = raw.split_once("://") else {
        return "***".into();
    };
    let Ok(parts) = UrlParts::parse(raw) else {
        return "***".into();
    };
    if let Some(tail) = behind_a_stray_at_sign(&parts, rest) {
        let tail = tail.split('?').next().unwrap_or_default();
        return format!("***@{}", utf8_percent_encode(tail, QUOTED_IN_QUERY));
    }
    if parts.dialect() == "sqlite" {
        return quote(parts.database.as_deref().unwrap_or(":memory:"), QUOTED_IN_FILE);
    }
    let user = parts.user.as_deref().filter(|user| !user.is_empty());
    let user = user.map(|user| format!("{}@", quote(user, QUOTED))).unwrap_or_default();
    let host = if parts.host.is_none() { parts.query_value("host").unwrap_or_default() } else { "" };
    format!("{user}{}{}", quote(host, QUOTED_IN_QUERY), place(&parts))
}

/// Where a password holds a raw `@` (or could), its pieces sit in the host, the database or the
/// query: only what follows the last `@` is safe to show.
fn behind_a_stray_at_sign<'a>(parts: &UrlParts, rest: &'a str) -> Option<&'a str> {
    parts.password.as_ref()?;
    let (_, behind) = split_account(rest);
    let (_, tail) = behind.rsplit_once('@')?;
    Some(tail.split('?').next().unwrap_or_default())
}

fn place(parts: &UrlParts) -> String {
    let host = match &parts.host {
        Some(host) if host.contains(':') => format!("[{}]", quote(host, QUOTED_IN_QUERY)),
        // Escapes in a host are not decoded (SQLAlchemy leaves %2F to libpq): shown as they are.
        Some(host) => quote(host, QUOTED_IN_HOST),
        None => String::new(),
    };
    let port = parts.port.map(|port| format!(":{port}")).unwrap_or_default();
    let database = parts.database.as_deref().map(|name| format!("/{}", quote(name, QUOTED_IN_FILE)));
    format!("{host}{port}{}", database.unwrap_or_default())
}

fn query(parts: &UrlParts) -> String {
    let pairs: Vec<String> = parts
        .query
        .iter()
        .map(|(key, value)| {
            // `options=-c app.password=…` sets what it likes.
            let is_secret = may_be_secret(key) || key == "options" && may_be_secret(value);
            let value = if is_secret { "***".into() } else { quote(value, QUOTED_IN_QUERY) };
            format!("{}={value}", quote(key, QUOTED_IN_QUERY))
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// Query keys whose value is a secret by their name. `passfile` and `sslkey` are paths.
fn may_be_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key != "passfile"
        && (key == "odbc_connect"
            || ["pass", "pwd", "secret", "token", "credential", "api_key", "apikey", "access_key"]
                .iter()
                .any(|word| key.contains(word)))
}

fn quote(text: &str, set: &'static AsciiSet) -> String {
    utf8_percent_encode(text, set).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_masked_and_the_rest_is_shown() {
        for (raw, shown) in [
            ("postgresql://app:s3cr3t-p%40ss@db:5432/app", "postgresql://app:***@db:5432/app"),
            ("postgresql+psycopg2://app@db/app", "postgresql+psycopg2://app@db/app"),
            ("postgresql://app:@db/app", "postgresql://app:***@db/app"),
            ("postgresql:///app?host=/tmp&port=5433", "postgresql:///app?host=/tmp&port=5433"),
            ("postgresql://h/d?password=s3cr3t&sslpassword=s3cr3t", "postgresql://h/d?password=***&sslpassword=***"),
            ("postgresql://h/d?options=-c%20app.password%3Ds3cr3t", "postgresql://h/d?options=***"),
            ("postgresql://h/d?options=-csearch_path=app", "postgresql://h/d?options=-csearch_path=app"),
            ("postgresql://h/d?passfile=/a/b", "postgresql://h/d?passfile=/a/b"),
            ("postgresql://u:p@[::1]:1/d", "postgresql://u:***@[::1]:1/d"),
            ("postgresql://u:p@%2Ftmp/d", "postgresql://u:***@%2Ftmp/d"),
            ("sqlite:///shop.db", "sqlite:///shop.db"),
            ("sqlite://", "sqlite://"),
            (r"sqlite:///C:\data\a.db", r"sqlite:///C:\data\a.db"),
        ] {
            assert_eq!(masked(raw), shown, "{raw}");
        }
    }

    #[test]
    fn a_torn_password_is_masked_as_a_whole() {
        for raw in [
            "postgresql://u:s3cr3t@s3cr3t@h/db",
            "postgresql://u:a@s3cr3t/s3cr3t@h/db",
            "postgresql://u:a@s3cr3t?x=s3cr3t@h/db",
            "postgresql://u:a:s3cr3t@s3cr3t:99@h/db?password=s3cr3t",
            "postgresql://u:p@h:s3cr3t/db",
            "s3cr3t",
            "host=h password=s3cr3t",
            "mssql+pyodbc:///?odbc_connect=PWD%3Ds3cr3t",
        ] {
            assert!(!masked(raw).contains("s3cr3t"), "{raw} -> {}", masked(raw));
            assert!(!address(raw).contains("s3cr3t"), "{raw} -> {}", address(raw));
        }
    }

    #[test]
    fn control_characters_never_come_through() {
        let shown = masked("postgresql://u\u{1b}[31m:p@h\u{7}/d\u{1b}?k\u{1b}=v\u{1b}");
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
    }

    #[test]
    fn an_address_reads_like_a_place() {
        for (raw, shown) in [
            ("postgresql+asyncpg://app:x@db:5432/app", "app@db:5432/app"),
            ("postgresql:///app?host=/run/pg", "/run/pg/app"),
            ("sqlite:///data/shop.db", "data/shop.db"),
            ("sqlite://", ":memory:"),
        ] {
            assert_eq!(address(raw), shown, "{raw}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_piece_of_a_raw_password_is_ever_shown(
            before in "[a@/?:#&=%\\[\\] \n]{0,6}",
            after in "[a@/?:#&=%\\[\\] \n1]{0,6}",
            tail in "(@h:1/db|@h/db\\?x=1|@/db|@h)",
        ) {
            let raw = format!("postgresql://u:{before}s3cr3t{after}{tail}");
            proptest::prop_assert!(!masked(&raw).contains("s3cr3t"), "{}", masked(&raw));
            proptest::prop_assert!(!address(&raw).contains("s3cr3t"), "{}", address(&raw));
        }
    }
}
