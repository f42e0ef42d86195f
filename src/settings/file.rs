//! `alembic-doctor.toml`, or `[tool.alembic-doctor]` in pyproject.toml.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::accepted::AcceptedTable;
use crate::diagnostic::Severity;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `-C` names something that is no folder.
    #[error("there is no folder {}", .0.display())]
    NoDirectory(PathBuf),
    /// A name that must be given once.
    #[error("{flag}: the name `{name}` is given twice{}", hint(name))]
    NamedTwice {
        /// The flag or setting.
        flag: &'static str,
        /// The name.
        name: String,
    },
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or says something that is no setting.
    #[error("{}: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What and where.
        message: String,
    },
}

fn hint(name: &str) -> &'static str {
    if name == super::DEFAULT { " (it is that of a URL without a name: write NAME=URL)" } else { "" }
}

/// The table of settings; keys are written in kebab-case.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Table {
    pub(super) expected_heads: Option<usize>,
    pub(super) downgrade: Downgrade,
    pub(super) pg_version: Option<u32>,
    pub(super) promotion: Vec<String>,
    pub(super) select: Vec<String>,
    pub(super) ignore: Vec<String>,
    pub(super) fail_on: Option<String>,
    pub(super) severity: BTreeMap<String, String>,
    pub(super) connect_timeout: Option<f64>,
    pub(super) statement_timeout: Option<f64>,
    pub(super) lock_timeout: Option<f64>,
    pub(super) environments: BTreeMap<String, Environment>,
    pub(super) accept: Vec<AcceptedTable>,
    pub(super) baseline: Option<PathBuf>,
}

/// `downgrade`: how far downgrades are meant to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Downgrade {
    /// Each revision has one that takes it back.
    Reversible,
    /// Nobody goes back: `downgrade()` refuses.
    ForwardOnly,
    /// Anything goes.
    #[default]
    Free,
}

/// `[tool.alembic-doctor.environments.NAME]`: how the URL of an environment is found.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Environment {
    /// The URL itself.
    pub url: Option<String>,
    /// The environment variable that holds it.
    pub url_env: Option<String>,
    /// The file that holds it.
    pub url_file: Option<PathBuf>,
    /// The section of alembic.ini that holds it.
    pub section: Option<String>,
}

/// The URL can hold a password.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").field("url_env", &self.url_env).finish_non_exhaustive()
    }
}

/// The settings file in use; without one, its table is empty.
#[derive(Debug, Default)]
pub(super) struct SettingsFile {
    pub(super) path: Option<PathBuf>,
    pub(super) table: Table,
}

#[derive(Deserialize)]
struct PyProject {
    tool: Option<Tool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Tool {
    alembic_doctor: Option<Table>,
}

/// The nearest settings file in `directory` or above it, up to the root of the repository.
pub(super) fn find(directory: &Path) -> Result<SettingsFile, Error> {
    for folder in directory.ancestors() {
        let own = folder.join("alembic-doctor.toml");
        if let Some(text) = read(&own)? {
            let table = toml::from_str(&text).map_err(|error| invalid(&own, &text, &error))?;
            return Ok(SettingsFile { path: Some(own), table });
        }
        let pyproject = folder.join("pyproject.toml");
        // Somebody else's file: only what concerns us may be wrong.
        if let Some(text) = read(&pyproject)?
            && text.contains("alembic-doctor")
        {
            let parsed: PyProject = toml::from_str(&text).map_err(|error| invalid(&pyproject, &text, &error))?;
            if let Some(table) = parsed.tool.and_then(|tool| tool.alembic_doctor) {
                return Ok(SettingsFile { path: Some(pyproject), table });
            }
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    Ok(SettingsFile::default())
}

fn read(path: &Path) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(Error::Unreadable { path: path.to_path_buf(), source }),
    }
}

/// toml's own `Display` quotes the line, which may hold a password; only place and message are
/// kept. serde's messages quote a value of the wrong type: that goes too.
pub(super) fn invalid(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let line = error.span().map(|span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
    let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    Error::Invalid { path: path.to_path_buf(), message: format!("{place}{}", unquoted(error.message())) }
}

/// The message without the value in `invalid type: string "…", expected …`.
fn unquoted(message: &str) -> String {
    match (message.split_once("string \""), message.rsplit_once("\", expected ")) {
        (Some((before, _)), Some((_, after))) => format!("{before}a string, expected {after}"),
        _ => message.to_owned(),
    }
}

impl SettingsFile {
    fn wrong(&self, message: String) -> Error {
        Error::Invalid { path: self.path.clone().unwrap_or_default(), message }
    }

    /// A severity as written.
    pub(super) fn severity(&self, word: &str) -> Result<Severity, Error> {
        Severity::parse(word)
            .ok_or_else(|| self.wrong(format!("`{word}` is no severity: expected error, warning or info")))
    }

    /// A time in seconds as written; zero would mean "for ever" to PostgreSQL.
    pub(super) fn duration(&self, key: &str, seconds: f64) -> Result<Duration, Error> {
        Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|duration| !duration.is_zero())
            .ok_or_else(|| self.wrong(format!("{key} = {seconds}: expected a number of seconds above zero")))
    }

    /// `pg-version`: a major version whose behaviour is known.
    pub(super) fn pg_version(&self) -> Result<Option<u32>, Error> {
        match self.table.pg_version {
            Some(version) if !super::PG_VERSIONS.contains(&version) => {
                Err(self.wrong(format!("pg-version = {version}: expected a major version of PostgreSQL, 12 or later")))
            }
            version => Ok(version),
        }
    }

    /// The overridden severities.
    pub(super) fn severities(&self) -> Result<BTreeMap<String, Severity>, Error> {
        self.table
            .severity
            .iter()
            .filter(|(_, word)| *word != "off")
            .map(|(name, word)| Ok((name.clone(), self.severity(word)?)))
            .collect()
    }

    /// The rules that are switched off by `severity.NAME = "off"`.
    pub(super) fn switched_off(&self) -> impl Iterator<Item = &String> {
        self.table.severity.iter().filter(|(_, word)| *word == "off").map(|(name, _)| name)
    }
}
