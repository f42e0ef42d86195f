//! The URL as libpq's keywords: what SQLAlchemy's PostgreSQL dialects hand to their drivers.

use crate::database::error::URL_FORM;
use crate::database::libpq::Keywords;
use crate::database::{DatabaseUrl, ErrorKind, ProbeError};

/// Keys of asyncpg's `connect()` and of SQLAlchemy's asyncpg dialect that say nothing about where to connect.
const ASYNCPG_ONLY: [&str; 11] = [
    "async_fallback",
    "command_timeout",
    "direct_tls",
    "max_cacheable_statement_size",
    "max_cached_statement_lifetime",
    "prepared_statement_cache_size",
    "prepared_statement_name_func",
    "server_settings",
    "statement_cache_size",
    "timeout",
    "async_creator_fn",
];

/// Keys of Prisma and other tools that share a URL.
const FOREIGN: [&str; 8] = [
    "connection_limit",
    "currentSchema",
    "pgbouncer",
    "pool_timeout",
    "schema",
    "serverVersion",
    "socket_timeout",
    "statement_timeout",
];

/// Keys of libpq that change nothing for the doctor.
const WITHOUT_EFFECT: [&str; 14] = [
    "application_name",
    "client_encoding",
    "fallback_application_name",
    "gssencmode",
    "gsslib",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "sslcompression",
    "sslsni",
    "tcp_user_timeout",
];

/// The keywords of a URL.
pub(super) fn from_url(url: &DatabaseUrl, notes: &mut Vec<String>) -> Result<Keywords, ProbeError> {
    let (parts, several) = match url.parts() {
        Ok(parts) => (parts, false),
        Err(error) => match url.parts_with_several_hosts() {
            Some(parts) => (parts, true),
            None => return Err(ProbeError::new(ErrorKind::BadUrl, error.to_string()).with_hint(URL_FORM)),
        },
    };
    if several {
        notes.push("SQLAlchemy cannot read several hosts in this form; it reads ?host=a:5432&host=b:5432".into());
    }
    if url.has_legacy_scheme() {
        notes.push("SQLAlchemy refuses postgres:// since 1.4; it must be postgresql://".into());
    }
    if parts.has_stray_at_sign() {
        return Err(ProbeError::new(ErrorKind::BadUrl, "the password seems to hold a raw @, which ends it too early")
            .with_hint("encode @ as %40 in the password"));
    }
    let driver = parts.driver().unwrap_or_default();
    let mut keywords = Keywords::new();
    let host =
        parts.host.as_deref().map(|host| percent_encoding::percent_decode_str(host).decode_utf8_lossy().into_owned());
    let texts = [
        ("user", parts.user.clone()),
        ("password", parts.password.as_ref().map(|password| password.expose().to_owned())),
        ("dbname", parts.database.clone()),
        ("port", parts.port.map(|port| port.to_string())),
    ];
    for (key, value) in texts {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            keywords.insert(key.into(), value);
        }
    }
    super::hosts::from_query(&parts, host, &mut keywords, notes)?;
    for (key, value) in &parts.query {
        let dropped = || format!("the parameter {key} was ignored");
        match key.as_str() {
            "host" | "port" => {}
            "ssl" => match sslmode_of(value) {
                Some(mode) => {
                    keywords.insert("sslmode".into(), mode);
                }
                None => notes.push(dropped()),
            },
            "sslmode" if driver == "asyncpg" => {
                notes.push("asyncpg does not know sslmode: the application needs ssl= instead".into());
                keywords.insert("sslmode".into(), value.clone());
            }
            "database" => {
                keywords.insert("dbname".into(), value.clone());
            }
            "unix_sock" => {
                super::hosts::from_socket_file(value, &mut keywords);
            }
            key if WITHOUT_EFFECT.contains(&key) => {}
            key if ASYNCPG_ONLY.contains(&key) && driver == "asyncpg" => {
                notes.push(format!("{key} is for asyncpg only and was ignored"));
            }
            key if FOREIGN.contains(&key) => {
                notes.push(format!("{key} is no parameter of PostgreSQL's client library and was ignored"));
            }
            _ => {
                keywords.insert(key.clone(), value.clone());
            }
        }
    }
    Ok(keywords)
}

/// asyncpg's `ssl`: libpq's words. `true` and `false` are what people write for it.
fn sslmode_of(word: &str) -> Option<String> {
    match word {
        "true" | "True" | "1" => Some("require".into()),
        "false" | "False" | "0" => Some("disable".into()),
        "disable" | "allow" | "prefer" | "require" | "verify-ca" | "verify-full" => Some(word.to_owned()),
        "verify_ca" | "verify_full" => Some(word.replace('_', "-")),
        _ => None,
    }
}

/// The search path in `options` (`-c name=value`, `-cname=value`, `--name=value`, blanks escaped
/// by a backslash); `options` itself is never sent, since poolers refuse it (S65).
pub(super) fn search_path(options: &str, notes: &mut Vec<String>) -> Option<String> {
    let mut found = None;
    let mut words = words(options).into_iter();
    while let Some(word) = words.next() {
        let setting = match (word.strip_prefix("--"), word.strip_prefix("-c")) {
            (Some(setting), _) => setting.to_owned(),
            (None, Some("")) => words.next().unwrap_or_default(),
            (None, Some(setting)) => setting.to_owned(),
            (None, None) => {
                notes.push("a part of options was ignored".into());
                continue;
            }
        };
        match setting.split_once('=') {
            Some((name, value)) if name.replace('-', "_").eq_ignore_ascii_case("search_path") => {
                found = Some(value.to_owned());
            }
            Some((name, _)) => notes.push(format!("the setting {name} in options was not applied")),
            None => notes.push("a part of options was ignored".into()),
        }
    }
    found
}

/// PostgreSQL's `pg_split_opts`.
fn words(options: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut characters = options.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => word.extend(characters.next()),
            c if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keywords(url: &str) -> (Vec<String>, Vec<String>) {
        let mut notes = Vec::new();
        let keywords = from_url(&DatabaseUrl::new(url), &mut notes).unwrap_or_else(|error| panic!("{url}: {error:?}"));
        (keywords.into_iter().map(|(key, value)| format!("{key}={value}")).collect(), notes)
    }

    #[test]
    fn each_form_of_a_url_means_these_keywords() {
        for (url, expected) in [
            ("postgresql+psycopg2://", ""),
            ("postgresql+psycopg://u:p%40@h:1/d", "dbname=d host=h password=p@ port=1 user=u"),
            ("postgresql://u@%2Frun%2Fpg/d", "dbname=d host=/run/pg user=u"),
            ("postgresql://u@/d?host=/run/pg&port=5433", "dbname=d host=/run/pg port=5433 user=u"),
            ("postgresql:///d?host=a:1&host=b:2", "dbname=d host=a,b port=1,2"),
            ("postgresql:///d?host=a:1&host=b", "dbname=d host=a,b port=1,"),
            ("postgresql:///d?host=a,b&port=1,2", "dbname=d host=a,b port=1,2"),
            ("postgresql:///d?host=a:1", "dbname=d host=a port=1"),
            ("postgresql://u:p@a:1,b:2/d", "dbname=d host=a,b password=p port=1,2 user=u"),
            ("postgresql+asyncpg://h/d?ssl=require", "dbname=d host=h sslmode=require"),
            ("postgresql+asyncpg://h/d?ssl=verify_full", "dbname=d host=h sslmode=verify-full"),
            ("postgresql+asyncpg://h/d?command_timeout=5&database=e", "dbname=e host=h"),
            ("postgresql+pg8000://u@/d?unix_sock=/run/.s.PGSQL.5433", "dbname=d host=/run port=5433 user=u"),
            ("postgresql://h/d?user=v&password=w", "dbname=d host=h password=w user=v"),
            ("postgresql://h/d?application_name=x&keepalives=1", "dbname=d host=h"),
        ] {
            assert_eq!(keywords(url).0.join(" "), expected, "{url}");
        }
    }

    #[test]
    fn what_an_application_should_know_is_noted() {
        for (url, word) in [
            ("postgres://h/d", "postgresql://"),
            ("postgresql://a/d?host=b", "the host a is not used"),
            ("postgresql://h/d?schema=x", "schema"),
            ("postgresql+asyncpg://h/d?sslmode=require", "ssl="),
            ("postgresql+asyncpg://h/d?statement_cache_size=0", "statement_cache_size"),
            ("postgresql://a:1,b:2/d", "?host="),
        ] {
            let (_, notes) = keywords(url);
            assert!(notes.len() == 1 && notes[0].contains(word), "{url}: {notes:?}");
        }
        assert!(keywords("postgresql+psycopg2://h/d?sslmode=require").1.is_empty());
    }

    #[test]
    fn hosts_in_two_forms_at_once_are_refused() {
        let url = DatabaseUrl::new("postgresql:///d?host=a:1&host=b:2&port=3");
        assert_eq!(from_url(&url, &mut Vec::new()).unwrap_err().kind, ErrorKind::BadUrl);
    }

    #[test]
    fn the_search_path_is_found_in_every_spelling_of_options() {
        for options in [
            "-csearch_path=app,public",
            "-c search_path=app,public",
            "--search_path=app,public",
            "--search-path=app,public",
            "-c SEARCH_PATH=old -c search_path=app,public",
        ] {
            let mut notes = Vec::new();
            assert_eq!(search_path(options, &mut notes).as_deref(), Some("app,public"), "{options}");
            assert!(notes.is_empty());
        }
        let mut notes = Vec::new();
        assert_eq!(search_path(r"-c search_path=a,\ b -c lock_timeout=5s", &mut notes).as_deref(), Some("a, b"));
        assert!(notes[0].contains("lock_timeout"));
    }
}
