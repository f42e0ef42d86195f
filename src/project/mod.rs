//! An Alembic project as its files configure it: alembic.ini, pyproject.toml and env.py.
//!
//! Alembic's own rules and precedence (alembic.config.Config, alembic.script.base.ScriptDirectory);
//! nothing is run and nothing is imported. Knows nothing of revisions or databases.

pub mod env;
pub mod ini;

mod command;
mod discover;
mod ignored;
mod locations;
mod models;
mod naming;
mod options;
mod packages;
mod sections;
mod toml_config;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::{Location, SourceFile, Span};
use discover::Found;
use env::EnvPy;
pub use ignored::{Exclusion, exclusions};
use options::Options;

pub use models::{Importer, Models, imports, models};
pub use naming::Naming;

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
    /// The root of the git repository that `directory` is in; `directory` itself without one.
    pub repository: PathBuf,
    /// The ini file that is in use, if any; passwords in its text are masked.
    pub ini: Option<Arc<SourceFile>>,
    /// The pyproject.toml that is in use, if it has `[tool.alembic]`.
    pub pyproject: Option<Arc<SourceFile>>,
    /// The ini section: `alembic` unless `-n` says otherwise.
    pub section: String,
    /// How the configuration was found, as a phrase: "alembic.ini in the current folder",
    /// "migrations/alembic.ini (Flask-Migrate)", "given by -c".
    pub found: String,
    /// Whether printed commands must name the configuration files even where Alembic's defaults
    /// would do, because `ALEMBIC_CONFIG` points elsewhere.
    pub named: bool,
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
    /// How new revision files are named.
    pub naming: Naming,
    /// The packages and modules of the application that lie beside the migrations, each with the
    /// folder that it lies in (relative to `directory`).
    pub packages: BTreeMap<String, PathBuf>,
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
    /// Why its `sqlalchemy.url` cannot be read, in a few words that quote nothing of it.
    pub broken_url: Option<String>,
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
        /// What may be the cause, and what to do, a line each.
        hints: Vec<String>,
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
            Self::NotFound { tried, hints } => {
                let tried = tried.iter().map(|place| format!("tried {place}"));
                let usual = "go to the project's folder, or name it: -C DIR, or -c FILE".to_owned();
                tried.chain(hints.iter().cloned()).chain([usual]).collect()
            }
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
pub fn load(request: &Request) -> Result<Project, Error> {
    let mut found = discover::find(request)?;
    let section = request.section.clone().unwrap_or_else(|| "alembic".to_owned());
    let mut options = Options::read(&found, section)?;
    let mut script = options.text("script_location")?;
    let mut runner = Runner::Alembic;
    if script.is_none() && flask_migrate_folder(&found).is_some() {
        // Flask-Migrate runs beside its folder, not in it.
        if found.ini.as_deref().is_some_and(|ini| ini.parent() == Some(Path::new("")))
            && let (Some(parent), Some(name)) = (found.directory.parent(), found.directory.file_name())
        {
            let name = PathBuf::from(name);
            found.ini = found.ini.map(|ini| name.join(ini));
            found.pyproject = None;
            found.directory = parent.to_owned();
            options = Options::read(&found, options.section)?;
        }
        let folder = found.ini.as_deref().and_then(Path::parent).unwrap_or(Path::new("."));
        let location = options.item_location(None);
        script = Some(Setting { value: folder.to_string_lossy().into_owned(), location });
        runner = Runner::FlaskMigrate;
        found.phrase.push_str(" (Flask-Migrate)");
    }
    let script = script.ok_or_else(|| no_script_location(&found, &options))?;
    let places = locations::Places::new(&found.directory, &options);
    let script_directory = places.script_directory(&script, &found)?;
    let mut broken_values = options.broken_values();
    let version_locations = places.versions(&options, (&script.value, &script_directory), &mut broken_values)?;
    let databases = sections::databases(&options, &mut broken_values);
    let env_path = script_directory.join("env.py");
    Ok(Project {
        env: env::read(&found.directory.join(&env_path), &env_path),
        packages: packages::find(&found.directory, &script_directory, &places.prepended),
        recursive: options.boolean("recursive_version_locations")?,
        sourceless: options.boolean("sourceless")?,
        url: sections::url(&options, &options.section),
        other_sections: sections::others(&options, &databases),
        naming: Naming::read(&options),
        ini: options.ini_source,
        pyproject: options.toml.map(|toml| toml.source),
        section: options.section,
        repository: repository(&found.directory),
        directory: found.directory,
        found: found.phrase,
        named: found.named,
        runner,
        script_location: script.value,
        script_directory,
        version_locations,
        broken_values,
        databases,
    })
}

/// The nearest folder with a `.git` (a file in a worktree or submodule).
fn repository(directory: &Path) -> PathBuf {
    directory.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(directory).to_owned()
}

/// The folder of the ini, if env.py is beside it: there Flask-Migrate keeps everything.
fn flask_migrate_folder(found: &Found) -> Option<PathBuf> {
    let folder = found.directory.join(found.ini.as_ref()?.parent()?);
    folder.join("env.py").is_file().then_some(folder)
}

fn no_script_location(found: &Found, options: &Options) -> Error {
    let section = &options.section;
    let mut hints = Vec::new();
    match &options.ini_source {
        None => hints.push("there is no alembic.ini".to_owned()),
        Some(ini) if options.ini.has_section(section) => {
            hints.push(format!("section [{section}] of {} has no such key", ini.path().display()));
        }
        Some(ini) => {
            hints.push(format!("{} has no section [{section}]", ini.path().display()));
            let others = options.ini.sections().filter(|name| options.ini.item(name, "script_location").is_some());
            hints.extend(others.map(|name| format!("choose a section that has it: -n {name}")));
        }
    }
    if let Some(path) = &found.pyproject {
        let what = if options.toml.is_some() { "[tool.alembic] has no such key" } else { "there is no [tool.alembic]" };
        hints.push(format!("{}: {what}", path.display()));
    }
    let location =
        options.ini_source.as_ref().map(|source| place(source, options.ini.section_span(section).unwrap_or_default()));
    let message = "No 'script_location' key found in configuration.".to_owned();
    Error::Invalid { message, location, hints }
}

impl Error {
    /// Something more about the cause, or about what to do.
    pub fn add_hint(&mut self, hint: String) {
        match self {
            Self::NotFound { hints, .. } | Self::Invalid { hints, .. } => hints.push(hint),
            Self::Ambiguous { .. } => {}
        }
    }

    /// An unusable configuration.
    fn invalid(message: impl Into<String>, location: Option<Location>) -> Self {
        Self::Invalid { message: message.into(), location, hints: Vec::new() }
    }

    /// An unusable configuration, and what to do.
    fn invalid_with<const N: usize>(message: impl Into<String>, location: Option<Location>, hints: [&str; N]) -> Self {
        Self::Invalid { message: message.into(), location, hints: hints.map(str::to_owned).into() }
    }
}

impl Project {
    /// A path of the project, from the root of the repository; absolute where it lies outside.
    pub fn in_repository(&self, path: &Path) -> PathBuf {
        let absolute = self.directory.join(path);
        let inside = absolute.strip_prefix(&self.repository).unwrap_or(&absolute);
        // `./` and `..` would be other files to whoever compares names.
        inside.components().filter(|part| part.as_os_str() != ".").collect()
    }

    /// A project of which only the folders are known; for tests and rule examples.
    pub fn bare(directory: PathBuf, version_locations: Vec<VersionLocation>) -> Self {
        Self {
            repository: directory.clone(),
            directory,
            ini: None,
            pyproject: None,
            section: "alembic".to_owned(),
            found: "given".to_owned(),
            named: false,
            runner: Runner::Alembic,
            script_location: ".".to_owned(),
            script_directory: PathBuf::from("."),
            version_locations,
            recursive: false,
            sourceless: false,
            url: None,
            broken_values: Vec::new(),
            other_sections: Vec::new(),
            databases: Vec::new(),
            naming: Naming::default(),
            packages: BTreeMap::new(),
            env: EnvPy::default(),
        }
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
