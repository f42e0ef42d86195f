//! What went wrong with SQLite, in words that help.

use rusqlite::{Error, ErrorCode};

use super::file::DatabaseFile;
use super::{ErrorKind, ProbeError};

/// The text for a failure after the file was found.
pub(super) fn of(error: &Error, file: &DatabaseFile) -> ProbeError {
    let shown = &file.shown;
    let error_text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            ProbeError::new(ErrorKind::NotADatabase, format!("{shown} is not a SQLite database"))
                .with_hint("it may be encrypted, or another kind of file")
        }
        Some(ErrorCode::DatabaseCorrupt) => ProbeError::new(ErrorKind::NotADatabase, format!("{shown} is damaged"))
            .with_hint("restore it from a backup, or try the sqlite3 program's .recover"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ProbeError::new(ErrorKind::Locked, format!("another process holds {shown}"))
                .with_hint("wait until it has finished, then try again")
        }
        Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            ProbeError::new(ErrorKind::PermissionDenied, format!("{shown} may not be opened"))
        }
        Some(ErrorCode::ReadOnly) => ProbeError::new(
            ErrorKind::Unfinished,
            format!("{shown} holds an unfinished change that only a writer can undo"),
        )
        .with_hint("open and close it once with the application or the sqlite3 program"),
        Some(ErrorCode::OperationInterrupted) => {
            ProbeError::new(ErrorKind::TimedOut, format!("{shown} took too long to read"))
        }
        _ => ProbeError::new(ErrorKind::Other, format!("{shown} cannot be read")),
    }
    .with_detail(error_text)
}
