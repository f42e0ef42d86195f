//! What the user asked for: flags, environment and `[tool.alembic-doctor]`, resolved once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::database::{ClientEnvironment, Timeouts};
use crate::diagnostic::Severity;
use crate::project::Request;

/// Everything that a run needs to know, with nothing left to decide.
#[derive(Debug)]
pub struct Settings {
    /// Where the Alembic project is.
    pub project: Request,
    /// How the database is named.
    pub database: DatabaseChoice,
    /// Whether databases are looked at at all (`--offline` says no).
    pub offline: bool,
    /// `--timeout…`
    pub timeouts: Timeouts,
    /// What libpq would read from its environment.
    pub client: ClientEnvironment,
    /// `expected-heads`
    pub expected_heads: Option<usize>,
    /// Which rules run, how bad they are, and which findings fail the run.
    pub selection: Selection,
}

/// How the database to look at is named, in the order of the product's contract.
#[derive(Debug, Clone, Default)]
pub struct DatabaseChoice {
    /// `--url`
    pub url: Option<String>,
    /// `--url-env`
    pub url_env: Option<String>,
    /// `--env`: an environment of the settings.
    pub environment: Option<String>,
    /// Environments of the settings.
    pub environments: BTreeMap<String, Environment>,
    /// All environment variables of the process, for `--url-env` and env.py's own variable.
    pub variables: BTreeMap<String, String>,
}

/// `[tool.alembic-doctor.environments.NAME]`
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
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

/// Which rules count.
#[derive(Debug, Clone)]
pub struct Selection {
    /// `--select`: only these; empty means all.
    pub select: Vec<String>,
    /// `--ignore`
    pub ignore: Vec<String>,
    /// Severities that the settings override.
    pub severity: BTreeMap<String, Severity>,
    /// `--fail-on`
    pub fail_on: Severity,
}
