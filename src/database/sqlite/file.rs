//! Which file a SQLite URL means, and what state its journal is in.
//!
//! Source: SQLAlchemy's `SQLiteDialect_pysqlite.create_connect_args`, sqlite.org/uri.html,
//! sqlite.org/wal.html ("Read-Only Databases") and sqlite.org/fileformat.html.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::database::error::URL_FORM;
use crate::database::url::UrlParts;
use crate::database::{ClientEnvironment, DatabaseUrl, ErrorKind, ProbeError};

/// A file that exists.
pub(super) struct DatabaseFile {
    path: PathBuf,
    /// The path as the URL has it.
    pub(super) shown: String,
    /// Whether the URL itself says `immutable=1`.
    pub(super) is_immutable: bool,
    pub(super) notes: Vec<String>,
}

/// How the file keeps changes that are not final yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Journal {
    /// In a rollback journal, or the file is empty.
    Rollback,
    /// In a write-ahead log that somebody has open.
    Wal,
    /// In a write-ahead log, but there is none: all is in the file, and nobody has it open.
    WalAtRest,
}

/// Arguments of Python's `sqlite3.connect`, which say nothing about the file.
const DRIVER_KEYS: [&str; 6] =
    ["cached_statements", "check_same_thread", "detect_types", "isolation_level", "timeout", "uri"];

/// Characters that a path in a URI may hold as they are.
const QUOTED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b':');

impl DatabaseFile {
    pub(super) fn find(url: &DatabaseUrl, environment: &ClientEnvironment) -> Result<Self, ProbeError> {
        let parts =
            url.parts().map_err(|error| ProbeError::new(ErrorKind::BadUrl, error.to_string()).with_hint(URL_FORM))?;
        if [&parts.user, &parts.host].into_iter().flatten().any(|part| !part.is_empty()) || parts.port.is_some() {
            return Err(ProbeError::new(ErrorKind::BadUrl, "a SQLite URL has no user, host or port")
                .with_hint("write sqlite:///relative/path.db or sqlite:////absolute/path.db"));
        }
        let is_uri = parts.query_value("uri").is_some_and(is_true);
        let database = parts.database.clone().unwrap_or_default();
        let in_memory = || {
            ProbeError::new(ErrorKind::BadUrl, "the URL means a database in memory: there is nothing to look at")
                .with_hint("name a file: sqlite:///path/to/file.db")
        };
        if database.is_empty() || database == ":memory:" {
            return Err(in_memory());
        }
        let shown = if is_uri { path_of_uri(&database).ok_or_else(in_memory)? } else { database };
        if is_uri && (parts.query_value("mode") == Some("memory") || shown == ":memory:") {
            return Err(in_memory());
        }
        let path = environment.directory.join(&shown);
        check(&path, &shown)?;
        let is_immutable = is_uri && parts.query_value("immutable").is_some_and(is_true);
        Ok(Self { path, shown, is_immutable, notes: notes(&parts, is_uri) })
    }

    /// The file as a URI for SQLite, without options.
    pub(super) fn uri(&self) -> String {
        let text = self.path.to_string_lossy();
        let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
        let quoted = utf8_percent_encode(&text, QUOTED);
        match (Path::new(&text).is_absolute(), text.starts_with('/')) {
            (true, true) => format!("file://{quoted}"),
            (true, false) => format!("file:///{quoted}"),
            (false, _) => format!("file:{quoted}"),
        }
    }

    /// Reads the header; byte 19 of the file is 2 in WAL mode.
    pub(super) fn journal(&self) -> Result<Journal, ProbeError> {
        let mut header = [0; 20];
        let read = File::open(&self.path).and_then(|mut file| file.read_exact(&mut header));
        match read {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Journal::Rollback),
            Err(error) => return Err(unopened(&self.shown, &error)),
        }
        if header.last() != Some(&2) {
            return Ok(Journal::Rollback);
        }
        let log = fs::metadata(self.beside("-wal")).map_or(0, |log| log.len());
        let index = self.beside("-shm").exists();
        match (log, index) {
            (0, false) => Ok(Journal::WalAtRest),
            (_, true) => Ok(Journal::Wal),
            (_, false) => Err(ProbeError::new(
                ErrorKind::Other,
                format!("{} has changes in its -wal file that cannot be read without creating files", self.shown),
            )
            .with_hint("open and close it once with the application or the sqlite3 program")),
        }
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(suffix);
        name.into()
    }
}

/// What opening would only say in few words.
fn check(path: &Path, shown: &str) -> Result<(), ProbeError> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(found) => {
            let what = if found.is_dir() { "a folder" } else { "no plain file" };
            Err(ProbeError::new(ErrorKind::NotADatabase, format!("{shown} is {what}, not a database")))
        }
        Err(error) => Err(unopened(shown, &error)),
    }
}

fn unopened(shown: &str, error: &io::Error) -> ProbeError {
    match error.kind() {
        io::ErrorKind::NotFound => ProbeError::new(ErrorKind::MissingFile, format!("there is no file {shown}"))
            .with_hint("relative paths start in the folder that Alembic runs in; the file was not created"),
        io::ErrorKind::PermissionDenied => {
            ProbeError::new(ErrorKind::PermissionDenied, format!("{shown} may not be read"))
                .with_detail(error.to_string())
        }
        _ => ProbeError::new(ErrorKind::Other, format!("{shown} cannot be opened")).with_detail(error.to_string()),
    }
}

/// `file:path`, `file:/path`, `file:///path`, `file://localhost/path`; anything else is a plain path.
fn path_of_uri(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix("file:") else { return Some(text.to_owned()) };
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => rest,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
    (!path.is_empty()).then_some(path)
}

fn notes(parts: &UrlParts, is_uri: bool) -> Vec<String> {
    let ignored = |key: &&String| !is_uri && !DRIVER_KEYS.contains(&key.as_str());
    let keys = parts.query.iter().map(|(key, _)| key).filter(ignored);
    keys.map(|key| format!("the parameter {key} has no effect without uri=true")).collect()
}

/// SQLAlchemy's `asbool`.
fn is_true(word: &str) -> bool {
    ["true", "yes", "on", "y", "t", "1"].contains(&word.trim().to_ascii_lowercase().as_str())
}
