//! Why a database could not be looked at, in words that help.

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
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
