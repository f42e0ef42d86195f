//! The look at SQLite: the file is opened read-only and never created.
//!
//! Also nothing beside it is created: opening a database in WAL mode would make `-wal` and
//! `-shm` files, so one that nobody has open is read as immutable.

mod columns;
mod failure;
mod file;
mod tables;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, InterruptHandle, OpenFlags};

use super::{ClientEnvironment, Detail, ErrorKind, Look, ProbeError, Target, Timeouts};
use file::{DatabaseFile, Journal};

/// Looks at a SQLite file.
///
/// # Errors
/// When there is no such file, or when it cannot be read.
pub(super) fn look(
    target: &Target,
    detail: Detail,
    timeouts: &Timeouts,
    environment: &ClientEnvironment,
) -> Result<Look, ProbeError> {
    let file = DatabaseFile::find(&target.url, environment)?;
    let journal = file.journal()?;
    let read = || -> rusqlite::Result<Look> {
        let connection = open(&file, journal)?;
        connection.busy_timeout(timeouts.lock)?;
        within(timeouts.statement, connection.get_interrupt_handle(), || {
            let mut look = tables::read(&connection)?;
            if detail == Detail::Tables {
                look.tables = columns::read(&connection);
            }
            Ok(look)
        })
    };
    let mut look = read().map_err(|error| failure::of(&error, &file))?;
    look.database = file.shown.clone();
    look.notes.splice(0..0, file.notes.iter().cloned());
    Ok(look)
}

/// Interrupts whatever runs each time the limit passes: SQLite has no statement timeout, and a
/// view can compute for ever.
fn within<T>(limit: Duration, statements: InterruptHandle, work: impl FnOnce() -> T) -> T {
    let (done, waiting) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while waiting.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                statements.interrupt();
            }
        });
        let outcome = work();
        drop(done);
        outcome
    })
}

fn open(file: &DatabaseFile, journal: Journal) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let immutable = if journal == Journal::WalAtRest || file.is_immutable { "&immutable=1" } else { "" };
    Connection::open_with_flags(format!("{}?mode=ro{immutable}", file.uri()), flags)
}
