//! SQLAlchemy's database URLs (sqlalchemy.engine.url), read without SQLAlchemy.

use std::fmt;

/// A database URL. Its `Display` and `Debug` mask the password and every query value that could
/// be one.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    raw: String,
}

impl DatabaseUrl {
    /// Takes the text as it is; it is judged when it is used.
    pub fn new(raw: impl Into<String>) -> Self {
        Self { raw: raw.into() }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = &self.raw;
        f.write_str("***")
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}
