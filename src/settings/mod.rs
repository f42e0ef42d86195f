//! What the user asked for: flags, environment and `[tool.alembic-doctor]`, resolved once.
//!
//! Reads its own settings file and nothing else; the environment is handed in, so tests need no
//! process of their own.

mod accepted;
mod database;
mod file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Date;

use crate::database::{ClientEnvironment, Timeouts};
use crate::diagnostic::Severity;
use crate::project::Request;

use accepted::AcceptedTable;

pub use accepted::{Accepted, Baseline, BaselineEntry};
pub use database::{DEFAULT, DatabaseChoice, NamedUrl};
pub use file::{Downgrade, Environment, Error};

/// What libpq asks for besides `PG*`: the user's name and, on Windows, where files are kept.
const CLIENT_VARIABLES: &[&str] = &["USER", "LOGNAME", "USERNAME", "APPDATA"];

/// The major versions of PostgreSQL that may be asked for. Below 12 other things cost and lock.
pub const PG_VERSIONS: std::ops::RangeInclusive<u32> = 12..=99;

/// Everything that a run needs to know, with nothing left to decide.
#[derive(Debug)]
pub struct Settings {
    /// Where the Alembic project is.
    pub project: Request,
    /// How the database is named.
    pub database: DatabaseChoice,
    /// Whether databases are left alone (`--offline`).
    pub offline: bool,
    /// `--connect-timeout` and its like.
    pub timeouts: Timeouts,
    /// What libpq would read from its environment.
    pub client: ClientEnvironment,
    /// `--all-schemas`: every schema with a version table is judged for itself.
    pub all_schemas: bool,
    /// `expected-heads`
    pub expected_heads: Option<usize>,
    /// The target of the upgrade that a command is about.
    pub target: Option<String>,
    /// Whose operations are looked into, and what is expected of them.
    pub lint: Lint,
    /// `promotion`: environments in the order in which revisions reach them.
    pub promotion: Vec<String>,
    /// Which rules run, how bad they are, and which findings fail the run.
    pub selection: Selection,
}

/// Whose operations are looked into, and what is expected of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lint {
    /// `--all`
    pub all: bool,
    /// `--diff-base`
    pub diff_base: Option<String>,
    /// `--also`, as often as given.
    pub also: Vec<String>,
    /// `downgrade`
    pub downgrade: Downgrade,
    /// `--pg-version`, `pg-version`
    pub pg_version: Option<u32>,
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
    /// `[[accept]]`: findings that are known and meant.
    pub accepted: Vec<Accepted>,
    /// `--baseline`: findings that were there before.
    pub baseline: Option<Baseline>,
    /// The day of the run, for what is accepted up to a day.
    pub today: Date,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            select: Vec::new(),
            ignore: Vec::new(),
            severity: BTreeMap::new(),
            fail_on: Severity::Error,
            accepted: Vec::new(),
            baseline: None,
            today: Date::MIN,
        }
    }
}

/// The flags of the command line, as typed.
#[derive(Clone, Default)]
pub struct Flags {
    /// `-C`
    pub directory: Option<PathBuf>,
    /// `-c`
    pub config: Vec<PathBuf>,
    /// `-n`
    pub section: Option<String>,
    /// `--url`, as often as given: `URL` or `NAME=URL`.
    pub urls: Vec<String>,
    /// `--url-env`
    pub url_env: Option<String>,
    /// `--env`, as often as given.
    pub environments: Vec<String>,
    /// `--all-schemas`
    pub all_schemas: bool,
    /// `--offline`
    pub offline: bool,
    /// `--select`
    pub select: Vec<String>,
    /// `--ignore`
    pub ignore: Vec<String>,
    /// `--all`
    pub all: bool,
    /// `--diff-base`
    pub diff_base: Option<String>,
    /// `--also`, as often as given.
    pub also: Vec<String>,
    /// `--pg-version`
    pub pg_version: Option<u32>,
    /// `--fail-on`
    pub fail_on: Option<Severity>,
    /// `--baseline`
    pub baseline: Option<PathBuf>,
    /// `--connect-timeout`
    pub connect_timeout: Option<Duration>,
    /// `--statement-timeout`
    pub statement_timeout: Option<Duration>,
    /// `--lock-timeout`
    pub lock_timeout: Option<Duration>,
}

/// What the process was started with.
#[derive(Clone, Default)]
pub struct Process {
    /// The current folder.
    pub directory: PathBuf,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// Environment variables that are text.
    pub variables: BTreeMap<String, String>,
    /// The day, in UTC.
    pub today: Date,
}

impl Settings {
    /// Flags first, then the settings file, then defaults.
    ///
    /// # Errors
    /// A settings file that cannot be read or does not mean anything.
    pub fn resolve(flags: Flags, process: Process) -> Result<Self, Error> {
        let directory = match &flags.directory {
            Some(directory) => process.directory.join(directory),
            None => process.directory.clone(),
        };
        if !directory.is_dir() {
            return Err(Error::NoDirectory(flags.directory.unwrap_or(directory)));
        }
        let file = file::find(&directory)?;
        let defaults = Timeouts::default();
        let seconds = |flag: Option<Duration>, key: &str, written: Option<f64>, default: Duration| match (flag, written)
        {
            (Some(duration), _) => Ok(duration),
            (None, Some(seconds)) => file.duration(key, seconds),
            (None, None) => Ok(default),
        };
        let timeouts = Timeouts {
            connect: seconds(flags.connect_timeout, "connect-timeout", file.table.connect_timeout, defaults.connect)?,
            statement: seconds(
                flags.statement_timeout,
                "statement-timeout",
                file.table.statement_timeout,
                defaults.statement,
            )?,
            lock: seconds(flags.lock_timeout, "lock-timeout", file.table.lock_timeout, defaults.lock)?,
        };
        let severity = file.severities()?;
        let fail_on = match (flags.fail_on, &file.table.fail_on) {
            (Some(severity), _) => severity,
            (None, Some(word)) => file.severity(word)?,
            (None, None) => Severity::Error,
        };
        let mut ignore = if flags.ignore.is_empty() { file.table.ignore.clone() } else { flags.ignore };
        ignore.extend(file.switched_off().cloned());
        // A flag's path starts where the user is, a setting's where the settings are.
        let settings_directory = file.path.as_deref().and_then(Path::parent).unwrap_or(&directory).to_path_buf();
        let baseline = match (&flags.baseline, &file.table.baseline) {
            (Some(path), _) => Some(accepted::baseline(&directory.join(path), path)?),
            (None, Some(path)) => Some(accepted::baseline(&settings_directory.join(path), path)?),
            (None, None) => None,
        };
        let urls = database::named(&flags.urls)?;
        database::once("--env", flags.environments.iter().map(String::as_str))?;
        database::once("promotion", file.table.promotion.iter().map(String::as_str))?;
        let select = if flags.select.is_empty() { file.table.select.clone() } else { flags.select };
        let given = |name: &str| process.variables.get(name).filter(|value| !value.is_empty());
        Ok(Self {
            project: Request {
                directory: directory.clone(),
                config: flags.config,
                alembic_config: given("ALEMBIC_CONFIG").map(PathBuf::from),
                section: flags.section,
            },
            database: DatabaseChoice {
                urls,
                url_env: flags.url_env,
                wanted: flags.environments,
                environments: file.table.environments.clone(),
                variables: process.variables.clone(),
                settings_directory,
            },
            offline: flags.offline,
            timeouts,
            client: ClientEnvironment {
                variables: process
                    .variables
                    .iter()
                    .filter(|(name, _)| name.starts_with("PG") || CLIENT_VARIABLES.contains(&name.as_str()))
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
                home: process.home,
                directory,
            },
            all_schemas: flags.all_schemas,
            expected_heads: file.table.expected_heads,
            target: None,
            lint: Lint {
                all: flags.all,
                diff_base: flags.diff_base,
                also: flags.also,
                downgrade: file.table.downgrade,
                pg_version: match flags.pg_version {
                    Some(version) => Some(version),
                    None => file.pg_version()?,
                },
            },
            promotion: file.table.promotion.clone(),
            selection: Selection {
                select,
                ignore,
                severity,
                fail_on,
                accepted: file.table.accept.iter().map(AcceptedTable::resolve).collect(),
                baseline,
                today: process.today,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(settings: &str, flags: Flags) -> Result<Settings, Error> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("alembic-doctor.toml"), settings).unwrap();
        let process = Process { directory: folder.path().to_path_buf(), ..Process::default() };
        Settings::resolve(flags, process)
    }

    #[test]
    fn flags_win_over_the_file() {
        let text = "expected-heads = 2\nfail-on = \"warning\"\nignore = [\"multiple-bases\"]\nlock-timeout = 0.1\n";
        let settings = resolve(text, Flags::default()).unwrap();
        assert_eq!(settings.expected_heads, Some(2));
        assert_eq!(settings.selection.fail_on, Severity::Warning);
        assert_eq!(settings.selection.ignore, ["multiple-bases"]);
        assert_eq!(settings.timeouts.lock, Duration::from_millis(100));

        let flags = Flags { fail_on: Some(Severity::Info), ignore: vec!["x".into()], ..Flags::default() };
        let settings = resolve(text, flags).unwrap();
        assert_eq!(settings.selection.fail_on, Severity::Info);
        assert_eq!(settings.selection.ignore, ["x"]);
    }

    #[test]
    fn the_version_of_postgresql_is_one_that_is_known() {
        let version = |text: &str, flag| {
            let flags = Flags { pg_version: flag, ..Flags::default() };
            resolve(text, flags).map(|settings| settings.lint.pg_version).ok()
        };
        assert_eq!(version("", None), Some(None));
        assert_eq!(version("pg-version = 17\n", None), Some(Some(17)));
        assert_eq!(version("pg-version = 17\n", Some(14)), Some(Some(14)));
        assert_eq!(version("pg-version = 9\n", None), None);
    }

    #[test]
    fn severities_can_be_overridden_and_switched_off() {
        let settings =
            resolve("[severity]\nmultiple-heads = \"warning\"\nmultiple-bases = \"off\"\n", Flags::default());
        let selection = settings.unwrap().selection;
        assert_eq!(selection.severity.get("multiple-heads"), Some(&Severity::Warning));
        assert!(!selection.severity.contains_key("multiple-bases"));
        assert_eq!(selection.ignore, ["multiple-bases"]);
    }

    #[test]
    fn a_value_of_the_wrong_type_is_not_quoted() {
        for text in ["[environments]\nprod = \"postgresql://u:s3c r3t@h/d\"\n", "select = \"p://u:s3c r3t@h\"\n"] {
            let error = resolve(text, Flags::default()).unwrap_err().to_string();
            assert!(error.contains("a string, expected") && !error.contains("r3t"), "{error}");
        }
    }

    #[test]
    fn a_mistake_in_the_file_is_named_with_its_place() {
        let error = resolve("expected-head = 2\n", Flags::default()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("alembic-doctor.toml") && text.contains("expected-head"), "{text}");
        assert!(resolve("fail-on = \"loud\"\n", Flags::default()).unwrap_err().to_string().contains("loud"));
        assert!(resolve("lock-timeout = -1.0\n", Flags::default()).unwrap_err().to_string().contains("lock-timeout"));
        assert!(resolve("[severity]\nmultiple-heads = 3\n", Flags::default()).is_err());
    }

    #[test]
    fn a_pyproject_above_is_found_and_debug_shows_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join(".git")).unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        let text = "[tool.alembic-doctor.environments.prod]\nurl = \"postgresql://u:s3cret@h/d\"\n";
        std::fs::write(folder.path().join("pyproject.toml"), text).unwrap();
        let process = Process { directory: folder.path().join("a/b"), ..Process::default() };
        let settings = Settings::resolve(Flags::default(), process).unwrap();
        assert!(settings.database.environments.contains_key("prod"));
        assert!(!format!("{settings:?}").contains("s3cret"));
    }
}
