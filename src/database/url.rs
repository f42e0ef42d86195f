//! SQLAlchemy's database URLs (sqlalchemy.engine.url), read without SQLAlchemy.
//!
//! A [`DatabaseUrl`] keeps its text to itself: whatever prints it prints no password. What the
//! text means for a connection is decided by `postgres` and `sqlite`, not here.

mod mask;
mod parse;

use std::fmt;

pub use parse::{Password, UrlError, UrlParts};

/// A database URL. Its `Display` and `Debug` mask the password and every query value that could
/// be one.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    raw: String,
}

/// The kind of database that a URL speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialect {
    /// `postgresql`, and `postgres`, which SQLAlchemy refuses since 1.4.
    PostgreSql,
    /// `sqlite`
    Sqlite,
    /// Any other, by the name that people know it under ("MySQL") or as the URL has it.
    Other(String),
}

impl DatabaseUrl {
    /// Takes the text as it is; it is judged when it is used.
    pub fn new(raw: impl Into<String>) -> Self {
        Self { raw: raw.into() }
    }

    /// Whether there is no URL at all: where the database is, is not known.
    pub fn is_missing(&self) -> bool {
        self.raw.is_empty()
    }

    /// The parts, cut as `sqlalchemy.engine.make_url` cuts them.
    ///
    /// # Errors
    /// When SQLAlchemy could not read the text either.
    pub fn parts(&self) -> Result<UrlParts, UrlError> {
        UrlParts::parse(&self.raw)
    }

    /// The parts of libpq's form with several hosts, `@a:1,b:2/`, which SQLAlchemy cannot read:
    /// as one host `a,b` and a query value `port=1,2`.
    pub(super) fn parts_with_several_hosts(&self) -> Option<UrlParts> {
        UrlParts::parse_several_hosts(&self.raw)
    }

    /// The kind of database; `None` when the text is no URL.
    pub fn dialect(&self) -> Option<Dialect> {
        let (name, _) = self.raw.split_once("://")?;
        let backend = name.split('+').next().unwrap_or(name).to_ascii_lowercase();
        Some(match backend.as_str() {
            "postgresql" | "postgres" => Dialect::PostgreSql,
            "sqlite" => Dialect::Sqlite,
            "mysql" => Dialect::Other("MySQL".into()),
            "mariadb" => Dialect::Other("MariaDB".into()),
            "mssql" => Dialect::Other("SQL Server".into()),
            "oracle" => Dialect::Other("Oracle".into()),
            _ => Dialect::Other(backend),
        })
    }

    /// The driver, the part after the plus sign: `asyncpg`; `None` when the URL names none.
    pub fn driver(&self) -> Option<&str> {
        let (name, _) = self.raw.split_once("://")?;
        name.split_once('+').map(|(_, driver)| driver)
    }

    /// Whether the URL starts with `postgres://`, which SQLAlchemy refuses since 1.4.
    pub fn has_legacy_scheme(&self) -> bool {
        self.raw.split_once("://").is_some_and(|(name, _)| name.split('+').next() == Some("postgres"))
    }

    /// Whether it is the placeholder that `alembic init` writes: `driver://user:pass@localhost/dbname`.
    pub fn is_placeholder(&self) -> bool {
        self.raw.starts_with("driver://")
    }

    /// Whether Python's configparser refuses the text: a `%` that is neither doubled nor starts
    /// `%(name)s` (configparser.BasicInterpolation.before_set).
    pub fn is_refused_by_configparser(&self) -> bool {
        let mut rest = self.raw.as_str();
        while let Some((_, after)) = rest.split_once('%') {
            let reference = after.strip_prefix('(').and_then(|name| name.split_once(")s"));
            rest = match (after.strip_prefix('%'), reference) {
                (Some(after), _) => after,
                (None, Some((name, after))) if !name.is_empty() && !name.contains(')') => after,
                _ => return true,
            };
        }
        false
    }

    /// Whether it holds an escape whose `%` is doubled, `%%40`, as only an ini file wants it.
    pub fn has_doubled_escape(&self) -> bool {
        self.raw.match_indices("%%").any(|(at, _)| {
            let digits = self.raw.as_bytes().get(at + 2..at + 4);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        })
    }

    /// Whether any `%` is in it.
    pub fn has_percent(&self) -> bool {
        self.raw.contains('%')
    }

    /// The place without the scheme and the password, for sentences: `app@db:5432/app`, `shop.db`.
    pub fn address(&self) -> String {
        mask::address(&self.raw)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask::masked(&self.raw))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::DatabaseUrl;

    #[test]
    fn percent_signs_are_judged_like_configparser_judges_them() {
        for (url, is_refused, is_doubled) in [
            ("postgresql://u:p%40ss@h/d", true, false),
            ("postgresql://u:p%%40ss@h/d", false, true),
            ("postgresql://u:p%%ss@h/d", false, false),
            ("postgresql://u:%(PW)s@h/d", false, false),
            ("postgresql://u:p%%%40@h/d", true, false),
            ("postgresql://u:p@h/d%", true, false),
            ("postgresql://u:p@h/d", false, false),
        ] {
            let url = DatabaseUrl::new(url);
            assert_eq!((url.is_refused_by_configparser(), url.has_doubled_escape()), (is_refused, is_doubled), "{url}");
        }
    }
}
