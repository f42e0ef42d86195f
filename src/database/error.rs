//! Why a database could not be looked at, in words that help.
//!
//! Only the shape and what all dialects share; the texts for PostgreSQL's answers are in
//! `postgres::failure`, those for SQLite's in `sqlite`.

use super::url::Dialect;

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Where the database is, is not known: an unset variable, a missing file.
    NoUrl,
    /// The URL cannot be read.
    BadUrl,
    /// A dialect that cannot be looked at yet: MySQL and others.
    UnsupportedDialect,
    /// Nobody answers: refused, no route, unknown host, missing socket.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// Wrong user or password, or pg_hba.conf refuses.
    Authentication,
    /// The database does not exist.
    UnknownDatabase,
    /// The server does not offer TLS and the URL demands it, or the other way round.
    TlsRefused,
    /// The server's certificate could not be verified.
    TlsNotVerified,
    /// A pooler refuses a startup parameter.
    PoolerParameter,
    /// The role may not do what the look needs.
    PermissionDenied,
    /// SQLite: there is no such file. It is not created.
    MissingFile,
    /// SQLite: the file is not a database.
    NotADatabase,
    /// SQLite: another process holds the file.
    Locked,
    /// SQLite: a writer died in the middle of a change, which the next writer has to undo.
    Unfinished,
    /// Anything else.
    Other,
}

/// Why a database could not be looked at. Never holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProbeError {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// One sentence, no full stop.
    pub message: String,
    /// What the server or the system said, where that adds something.
    pub detail: Option<String>,
    /// What to do, a line each.
    pub hints: Vec<String>,
}

impl ProbeError {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), detail: None, hints: Vec::new() }
    }

    pub(super) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into()).filter(|detail| !detail.is_empty());
        self
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The answer for a dialect that cannot be looked at yet; `None` stands for a text that is no URL.
    pub(super) fn unsupported(dialect: Option<&Dialect>) -> Self {
        match dialect {
            Some(Dialect::Other(name)) if name == "driver" => {
                Self::new(ErrorKind::BadUrl, "the URL is the placeholder that alembic init writes")
                    .with_hint("name the real database with --url, --url-env or sqlalchemy.url")
            }
            Some(Dialect::Other(name)) => {
                Self::new(ErrorKind::UnsupportedDialect, format!("live checks are not supported yet for {name}"))
            }
            _ => Self::new(ErrorKind::BadUrl, "this is no database URL").with_hint(URL_FORM),
        }
    }

    /// Replaces every occurrence of a secret, in case a server repeats it.
    pub(super) fn without(mut self, secret: &str) -> Self {
        if secret.is_empty() {
            return self;
        }
        for text in std::iter::once(&mut self.message).chain(&mut self.detail).chain(&mut self.hints) {
            if secret.chars().count() >= SHORTEST_SECRET && text.contains(secret) {
                *text = text.replace(secret, "***");
            }
        }
        self
    }
}

/// Shorter passwords ("app") are words that occur in any message; servers do not repeat
/// passwords, so masking them would only spoil the text.
const SHORTEST_SECRET: usize = 6;

pub(super) const URL_FORM: &str = "a URL looks like postgresql://user:password@host:5432/database";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_dialect_is_named() {
        let error = ProbeError::unsupported(Some(&Dialect::Other("MySQL".into())));
        assert_eq!(error.kind, ErrorKind::UnsupportedDialect);
        assert_eq!(error.message, "live checks are not supported yet for MySQL");
    }

    #[test]
    fn a_repeated_secret_is_masked_everywhere() {
        let error = ProbeError::new(ErrorKind::Other, "x s3cr3t-p y").with_detail("s3cr3t-p").with_hint("s3cr3t-p!");
        assert!(!format!("{:?}", error.without("s3cr3t-p")).contains("s3cr3t"));
    }
}
