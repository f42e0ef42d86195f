//! Where a repository runs its migrations: shell scripts, Dockerfiles, compose files, workflows,
//! Kubernetes manifests, Procfiles, Makefiles and Python code, read as text.
//!
//! Nothing is run. What is not understood for certain is left out: a place that is not seen is
//! better than one that is told wrongly. Knows nothing of revisions or findings.

mod code;
mod command;
mod databases;
mod docker;
mod files;
mod manifest;
mod plain;
mod requirement;
mod script;
mod secrets;
mod shell;
mod walk;
mod yaml;

use std::path::{Path, PathBuf};

use crate::python;
use crate::source::Location;

/// What was found.
#[derive(Debug, Default)]
pub struct Deployment {
    /// The places that run a migration, by file and line.
    pub runs: Vec<Run>,
    /// Settings that start several copies of something.
    pub copies: Vec<Copies>,
    /// The version of SQLAlchemy that a file asks for, if it is one before 2.
    pub old_sqlalchemy: Option<Location>,
    /// Where tests name a database of SQLite.
    pub tests_on_sqlite: Vec<Location>,
    /// Whether a test or a pipeline mentions PostgreSQL.
    pub tests_name_postgres: bool,
    /// Where the SQL of an upgrade is printed instead of run.
    pub prints_sql: Vec<Location>,
    /// How many files were looked at.
    pub files: usize,
    /// Why not everything was looked at.
    pub left_out: Option<String>,
}

/// A place that changes a database through Alembic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The command or the call.
    pub location: Location,
    /// The command as it would be typed: `alembic upgrade head`.
    pub written: String,
    /// What it does.
    pub action: Action,
    /// What the file is for.
    pub stage: Stage,
    /// What hides its failure.
    pub ignored: Option<Ignored>,
    /// It runs only in some cases: in an `if`, a `case`, a function, a handler.
    pub is_conditional: bool,
    /// It runs when this upgrade has failed.
    pub after_failed: Option<Location>,
    /// The start of the application that follows it.
    pub starts: Option<Location>,
    /// Something in the file takes a lock.
    pub is_locked: bool,
}

/// What a command does to the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `upgrade TARGET`
    Upgrade(String),
    /// `stamp TARGET`
    Stamp(String),
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It brings the application to its users.
    Deployment,
    /// Tests, and checks before a merge.
    Tests,
    /// A developer's own machine.
    Development,
}

/// What hides the failure of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Where.
    pub location: Location,
    /// How, as a sentence without its end: "`|| true` makes it a success".
    pub how: String,
}

/// A setting that starts several copies at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copies {
    /// Where it is set.
    pub location: Location,
    /// How many.
    pub number: u32,
    /// The service that it is about, where the file names it.
    pub service: Option<String>,
}

/// Looks through the repository that `directory` belongs to, without the folders `except` and
/// without other projects that have an ini of their own; `ini` is this one's. Paths are relative to
/// `directory`, or absolute.
pub fn scan(directory: &Path, ini: Option<&Path>, except: &[PathBuf]) -> Deployment {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let except: Vec<PathBuf> = except.iter().map(|folder| real(&directory.join(folder))).collect();
    let own = ini.and_then(|ini| real(&directory.join(ini)).parent().map(Path::to_owned));
    let directory = real(directory);
    // Syntax trees of Python can be deep.
    let outcome = std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(python::STACK);
        reader
            .spawn_scoped(scope, || files::read_all(&directory, own.as_deref(), &except))
            .ok()
            .and_then(|thread| thread.join().ok())
    });
    outcome.unwrap_or_else(|| Deployment {
        left_out: Some("the repository's files could not be analysed".to_owned()),
        ..Deployment::default()
    })
}
