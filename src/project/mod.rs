//! An Alembic project as its files configure it: alembic.ini, pyproject.toml and env.py.
//!
//! Alembic's own rules and precedence (alembic.config.Config, alembic.script.base.ScriptDirectory);
//! nothing is run and nothing is imported. Knows nothing of revisions or databases.

pub mod env;
pub mod ini;

mod discover;
mod locations;
mod toml_config;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::{Location, SourceFile, Span};
use env::EnvPy;

/// What the user said about where the configuration is.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The folder that Alembic would be run in.
    pub directory: PathBuf,
    /// `-c`, as often as given.
    pub config: Vec<PathBuf>,
    /// The value of `ALEMBIC_CONFIG`, if set and not empty.
    pub alembic_config: Option<PathBuf>,
    /// `-n`; Alembic's default is `alembic`.
    pub section: Option<String>,
}

/// Where an Alembic project keeps what, after Alembic's own rules.
#[derive(Debug)]
pub struct Project {
    /// The folder that Alembic commands run in: relative paths in the configuration start here.
    /// The one of the [`Request`], or the one where the search found the configuration.
    pub directory: PathBuf,
    /// The ini file that is in use, if any.
    pub ini: Option<Arc<SourceFile>>,
    /// The pyproject.toml that is in use, if it has `[tool.alembic]`.
    pub pyproject: Option<Arc<SourceFile>>,
    /// The ini section: `alembic` unless `-n` says otherwise.
    pub section: String,
    /// How the configuration was found, as a phrase: "alembic.ini in the current folder",
    /// "migrations/alembic.ini (Flask-Migrate)", "given by -c".
    pub found: String,
    /// Who runs the migrations, which decides the commands that findings print.
    pub runner: Runner,
    /// `script_location` as configured.
    pub script_location: String,
    /// The folder that it means (relative to `directory` unless absolute).
    pub script_directory: PathBuf,
    /// Where revision files are looked for, in order.
    pub version_locations: Vec<VersionLocation>,
    /// `recursive_version_locations`
    pub recursive: bool,
    /// `sourceless`
    pub sourceless: bool,
    /// `sqlalchemy.url` of the section after interpolation, unless absent or empty.
    pub url: Option<Setting>,
    /// Interpolation or other errors in values that Alembic reads lazily (for example
    /// `sqlalchemy.url`): they do not keep the graph from being read.
    pub broken_values: Vec<BrokenValue>,
    /// Other ini sections that look like Alembic environments: they have `script_location` or
    /// `sqlalchemy.url`.
    pub other_sections: Vec<Section>,
    /// `databases =` of the multidb template, in order.
    pub databases: Vec<Section>,
    /// What env.py says.
    pub env: EnvPy,
}

/// A configured value and where it stands.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The value.
    pub value: String,
    /// Where it stands.
    pub location: Location,
}

/// A configured value that cannot be used.
#[derive(Debug, Clone)]
pub struct BrokenValue {
    /// The key.
    pub key: String,
    /// What Python's configparser (or Alembic) would say about it.
    pub message: String,
    /// Where it stands.
    pub location: Location,
}

/// An ini section that describes an environment or a database.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Its `script_location`, if it has one.
    pub script_location: Option<String>,
    /// Its `sqlalchemy.url`, if it has one that is not empty.
    pub url: Option<Setting>,
}

/// A folder in which Alembic looks for revision files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionLocation {
    /// As configured (for the default: `<script_location>/versions`).
    pub configured: String,
    /// The folder, relative to the project's directory unless absolute.
    pub path: PathBuf,
    /// Whether it is there. Alembic ignores a missing one silently.
    pub exists: bool,
}

/// The program that runs the migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// `alembic`
    Alembic,
    /// `flask db`
    FlaskMigrate,
}

/// Why there is no project to look at.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No configuration was found; `tried` lists the places in order.
    #[error("no Alembic configuration found")]
    NotFound {
        /// What was tried, in order, each with what was found there.
        tried: Vec<String>,
    },
    /// More than one configuration could be meant.
    #[error("more than one Alembic configuration found")]
    Ambiguous {
        /// The candidates.
        candidates: Vec<PathBuf>,
    },
    /// The configuration cannot be used; `location` says where.
    #[error("{message}")]
    Invalid {
        /// What is wrong, with Alembic's own sentence where it has one.
        message: String,
        /// Where.
        location: Option<Location>,
        /// What to do, a line each.
        hints: Vec<String>,
    },
}

impl Error {
    /// What to do about it, a line each.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::NotFound { tried } => tried.iter().map(|place| format!("tried {place}")).collect(),
            Self::Ambiguous { candidates } => {
                candidates.iter().map(|path| format!("choose one: -c {}", path.display())).collect()
            }
            Self::Invalid { hints, .. } => hints.clone(),
        }
    }
}

/// Finds and reads the project.
///
/// # Errors
/// No configuration, several, or one that Alembic could not use either.
pub fn load(_request: &Request) -> Result<Project, Error> {
    todo!()
}

impl Project {
    /// The command line that runs `arguments` with this project's configuration, as a person in
    /// the project's folder would type it: `alembic -c db/alembic.ini upgrade head`.
    pub fn command(&self, _arguments: &str) -> String {
        todo!()
    }

    /// `path` as shown to the user: relative to the project's folder where possible.
    pub fn shown<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.directory).unwrap_or(path)
    }
}

/// The place of a key in a configuration file.
pub(crate) fn place(source: &Arc<SourceFile>, span: Span) -> Location {
    Location::new(source, span)
}
