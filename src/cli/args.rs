//! The arguments, as clap reads them. Their doc comments are the help texts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::diagnostic::Severity;
use crate::settings::{Flags, PG_VERSIONS};

const EXAMPLES: &str = "\
Examples:
  alembic-doctor                          look at everything, say what to do
  alembic-doctor --url-env DATABASE_URL   with the database of this variable
  alembic-doctor check                    the offline half, for pull requests
  alembic-doctor gate                     would `alembic upgrade head` work now?
  alembic-doctor graph                    the revision graph, newest first
  alembic-doctor envs                     all environments side by side
  alembic-doctor merge --dry-run          what both sides of a fork do, and how to join them
  alembic-doctor explain multiple-heads   what a finding means, how to fix it
  … | alembic-doctor explain -            which cause this error message has

Exit codes:
  0 healthy · 1 findings · 2 usage or configuration · 3 no revision found
  4 something could not be looked at";

/// Finds out why Alembic migrations will wreck production, before they do. Reads the revision
/// files without running Python, and looks at databases read-only.
#[derive(Parser)]
#[command(name = "alembic-doctor", version, after_help = EXAMPLES, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) global: Global,
}

#[derive(Subcommand, Clone)]
pub(super) enum Command {
    /// Look at configuration, revisions and databases (the default)
    Diagnose,
    /// The offline half, for pull requests: configuration and revisions
    Check,
    /// Draw the revision graph, newest first
    Graph,
    /// The heads, like `alembic heads`
    Heads {
        /// Leave out heads that other revisions depend on
        #[arg(long)]
        resolve_dependencies: bool,
    },
    /// All revisions, newest first, like `alembic history`
    History {
        /// Mark where the database stands
        #[arg(short, long)]
        indicate_current: bool,
        /// Only these: START:END, START: or :END, like Alembic's own -r
        #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
        rev_range: Option<String>,
    },
    /// What Alembic would run, step by step, with the rows that it would write
    Plan(PlanArguments),
    /// Before a deployment: would `alembic upgrade TARGET` work now, and mean what it says?
    Gate(Target),
    /// After a deployment: is the database where `alembic upgrade TARGET` should have brought it?
    Verify(Target),
    /// In an init container: wait until the database has been migrated, or never will be
    Wait {
        /// What to wait for, in Alembic's words: a revision, head, heads
        #[arg(long = "for", value_name = "TARGET", default_value = "head")]
        target: String,
        /// How long at most: 90, 90s, 10m, 1h
        #[arg(long, value_name = "TIME", default_value = "10m", value_parser = time)]
        timeout: Duration,
        /// The pause between two looks
        #[arg(long, value_name = "TIME", default_value = "2s", value_parser = time)]
        interval: Duration,
    },
    /// Where the database stands, like `alembic current`; hides no row
    Current,
    /// All environments side by side: where each stands, and in which revisions they differ
    Envs,
    /// The branch points with their branches, like `alembic branches`
    Branches,
    /// One revision, like `alembic show`
    Show {
        /// An id, a prefix of one, a branch label, head, heads, -N, current
        #[arg(allow_hyphen_values = true)]
        revision: String,
    },
    /// Bring a lost revision file back from git, or write an empty one in its place
    Recover {
        /// The id that a database is stamped with
        revision: String,
        /// Print what would be written, and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Write an empty revision with this id; needs --after
        #[arg(long, requires = "after")]
        stub: bool,
        /// The revision that the empty one continues: everything up to it is in that database
        #[arg(long, value_name = "REV", requires = "stub")]
        after: Option<String>,
    },
    /// Compare what the sides of a fork do, and write a revision that joins them
    Merge(MergeArguments),
    /// Move one side of a fork onto the other, so that the revisions stand in a line again
    Rebase(RebaseArguments),
    /// Give one of two files with the same revision id another one
    Reid(ReidArguments),
    /// Write the lock file: the heads and a hash of what each revision does, for git and `check`
    Lock(LockArguments),
    /// What a finding or a pasted error message means, and which cause it is here
    Explain {
        /// The name of a finding or a message, a revision, an error message, or - for standard input
        #[arg(value_name = "NAME")]
        subject: String,
    },
    /// All findings that this version knows
    Rules,
}

/// The target of an upgrade.
#[derive(Args, Clone)]
pub(super) struct Target {
    /// Where to, in Alembic's words [default: head]
    #[arg(value_name = "TARGET", conflicts_with = "to", allow_hyphen_values = true)]
    target: Option<String>,
    /// The same
    #[arg(long, value_name = "TARGET", allow_hyphen_values = true)]
    to: Option<String>,
}

impl Target {
    pub(super) fn word(&self) -> &str {
        self.target.as_deref().or(self.to.as_deref()).unwrap_or("head")
    }
}

/// The arguments of `merge`.
#[derive(Args, Clone)]
pub(super) struct MergeArguments {
    /// The heads to join [default: all]
    #[arg(value_name = "REV")]
    pub(super) revisions: Vec<String>,
    /// The message of the revision, which names its file too
    #[arg(short, long, value_name = "TEXT")]
    pub(super) message: Option<String>,
    /// The id of the revision [default: one in Alembic's form]
    #[arg(long, value_name = "ID")]
    pub(super) rev_id: Option<String>,
    /// A branch label for the revision; repeated for several
    #[arg(long, value_name = "LABEL")]
    pub(super) branch_label: Vec<String>,
    /// A revision that it depends on; repeated for several
    #[arg(long, value_name = "REV")]
    pub(super) depends_on: Vec<String>,
    /// The head whose side wins where only the order of the sides decides
    #[arg(long, value_name = "REV")]
    pub(super) prefer: Option<String>,
    /// Print what would be written, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// The arguments of `rebase`.
#[derive(Args, Clone)]
pub(super) struct RebaseArguments {
    /// The tip of the side that moves [default: of two heads the one that no database has]
    pub(super) revision: Option<String>,
    /// The revision that it shall continue [default: the other head]
    #[arg(long, value_name = "REV")]
    pub(super) onto: Option<String>,
    /// No database has it, though none could be looked at that would say so
    #[arg(long)]
    pub(super) assume_undeployed: bool,
    /// Print what would be changed, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// The arguments of `reid`.
#[derive(Args, Clone)]
pub(super) struct ReidArguments {
    /// The file that gets another id
    pub(super) file: PathBuf,
    /// The new id [default: one in Alembic's form]
    #[arg(long, value_name = "ID")]
    pub(super) rev_id: Option<String>,
    /// No database has run this file, though none could be looked at that would say so
    #[arg(long)]
    pub(super) assume_undeployed: bool,
    /// Print what would be changed, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// The arguments of `lock`.
#[derive(Args, Clone)]
pub(super) struct LockArguments {
    /// Write nothing; exit with 0 if the lock file is current, else with 1
    #[arg(long)]
    pub(super) check: bool,
    /// Lock this revision though it was changed or removed since it was locked; repeated for several
    #[arg(long, value_name = "REV", conflicts_with = "check")]
    pub(super) accept: Vec<String>,
}

/// The arguments of `plan`.
#[derive(Args, Clone)]
pub(super) struct PlanArguments {
    /// The command of Alembic to plan
    #[arg(long, value_enum, default_value_t = PlanDirection::Upgrade)]
    pub(super) direction: PlanDirection,
    /// Where to, in Alembic's words [default: heads]; several for stamp
    #[arg(long, value_name = "TARGET", allow_hyphen_values = true)]
    pub(super) to: Vec<String>,
    /// The rows to start from, instead of a database's; `base` for none
    #[arg(long, value_name = "REV", value_delimiter = ',')]
    pub(super) from: Option<Vec<String>>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlanDirection {
    /// alembic upgrade
    Upgrade,
    /// alembic downgrade
    Downgrade,
    /// alembic stamp
    Stamp,
}

#[derive(Args, Clone)]
pub(super) struct Global {
    /// The alembic.ini or pyproject.toml to use, like Alembic's own -c
    #[arg(short, long, global = true, value_name = "FILE", help_heading = "Project")]
    config: Vec<PathBuf>,
    /// The section of alembic.ini to use, like Alembic's own -n
    #[arg(short, long, global = true, value_name = "SECTION", help_heading = "Project")]
    name: Option<String>,
    /// Run as if started in this folder
    #[arg(short = 'C', long, global = true, value_name = "DIR", help_heading = "Project")]
    directory: Option<PathBuf>,

    /// The database's URL; NAME=URL, repeated, for several. Better --url-env, which keeps it out of
    /// the process list
    #[arg(long, global = true, value_name = "URL", help_heading = "Database")]
    url: Vec<String>,
    /// The environment variable that holds the database's URL
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "url", help_heading = "Database")]
    url_env: Option<String>,
    /// An environment of the settings ([tool.alembic-doctor.environments.NAME]); repeated for several
    #[arg(long, global = true, value_name = "NAME", conflicts_with_all = ["url", "url_env"], help_heading = "Database")]
    env: Vec<String>,
    /// Judge every schema that has a version table: one for each tenant
    #[arg(long, global = true, conflicts_with = "offline", help_heading = "Database")]
    all_schemas: bool,
    /// Look at no database
    #[arg(long, global = true, conflicts_with_all = ["url", "url_env", "env"], help_heading = "Database")]
    pub(super) offline: bool,
    /// How long to wait for a connection [default: 5]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds, help_heading = "Database")]
    connect_timeout: Option<Duration>,
    /// How long one statement may take [default: 3]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds, help_heading = "Database")]
    statement_timeout: Option<Duration>,
    /// How long to wait for a lock [default: 0.5]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds, help_heading = "Database")]
    lock_timeout: Option<Duration>,

    /// Run only these rules
    #[arg(long, global = true, value_name = "NAME", value_delimiter = ',', help_heading = "Rules")]
    select: Vec<String>,
    /// Leave these rules out
    #[arg(long, global = true, value_name = "NAME", value_delimiter = ',', help_heading = "Rules")]
    ignore: Vec<String>,
    /// Look into the operations of all revisions, also of those that have run everywhere
    #[arg(long, global = true, conflicts_with = "diff_base", help_heading = "Rules")]
    all: bool,
    /// The branch that this one goes into: simulate the merge, and look into the operations of the
    /// revisions that differ from it [default for these: the default branch]
    #[arg(long, global = true, value_name = "REF", help_heading = "Rules")]
    diff_base: Option<String>,
    /// A branch that goes into the same one, too; repeated for several
    #[arg(long, global = true, value_name = "REF", requires = "diff_base", help_heading = "Rules")]
    also: Vec<String>,
    /// The major version of PostgreSQL that the revisions are for [default: the server's, else 15]
    #[arg(long, global = true, value_name = "N", value_parser = pg_version, help_heading = "Rules")]
    pg_version: Option<u32>,
    /// The least severity that makes the run fail [default: error]
    #[arg(long, global = true, value_name = "SEVERITY", help_heading = "Rules")]
    fail_on: Option<FailOn>,
    /// Leave out what stands in this file: the findings of the day it was written
    #[arg(long, global = true, value_name = "FILE", help_heading = "Rules")]
    baseline: Option<PathBuf>,
    /// Write the findings of `diagnose` or `check` into this new file, for --baseline
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "baseline", help_heading = "Rules")]
    pub(super) write_baseline: Option<PathBuf>,

    /// How the result is written; dot and mermaid are for `graph`, and only reports have all the others
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    pub(super) format: Format,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", help_heading = "Output")]
    pub(super) color: Color,
    /// Only findings, no summary of what is fine
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output")]
    pub(super) quiet: bool,
    /// More detail, nothing folded
    #[arg(short, long, global = true, help_heading = "Output")]
    pub(super) verbose: bool,
}

/// The output formats. `dot` and `mermaid` are for `graph`; `text` and `json` every command has; the
/// others are for reports.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Concise,
    Json,
    Sarif,
    Gitlab,
    Junit,
    Markdown,
    Github,
    Dot,
    Mermaid,
}

impl Format {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Github => "github",
            Self::Dot => "dot",
            Self::Mermaid => "mermaid",
        }
    }
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(ValueEnum, Clone, Copy)]
enum FailOn {
    Error,
    Warning,
    Info,
}

/// `15`, or `15.4`, whose second part changes nothing.
fn pg_version(text: &str) -> Result<u32, String> {
    let major = text.split('.').next().and_then(|major| major.parse().ok());
    major
        .filter(|major| PG_VERSIONS.contains(major))
        .ok_or_else(|| "expected a major version of PostgreSQL, 12 or later".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "expected a number of seconds above zero".to_owned())
}

/// `90`, `90s`, `10m`, `1h`.
fn time(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((end, 's')) => (text.get(..end), 1.0),
        Some((end, 'm')) => (text.get(..end), 60.0),
        Some((end, 'h')) => (text.get(..end), 3600.0),
        _ => (Some(text), 1.0),
    };
    number
        .and_then(|number| number.parse::<f64>().ok())
        .and_then(|number| Duration::try_from_secs_f64(number * unit).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "expected a time above zero, for example 90s, 10m or 1h".to_owned())
}

impl Global {
    /// A path that was given, where `-C` puts it.
    pub(super) fn in_directory(&self, path: &Path) -> PathBuf {
        self.directory.as_deref().unwrap_or(Path::new("")).join(path)
    }

    /// What the settings need of it.
    pub(super) fn flags(&self) -> Flags {
        Flags {
            directory: self.directory.clone(),
            config: self.config.clone(),
            section: self.name.clone(),
            urls: self.url.clone(),
            url_env: self.url_env.clone(),
            environments: self.env.clone(),
            all_schemas: self.all_schemas,
            offline: self.offline,
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            all: self.all,
            diff_base: self.diff_base.clone(),
            also: self.also.clone(),
            pg_version: self.pg_version,
            fail_on: self.fail_on.map(|severity| match severity {
                FailOn::Error => Severity::Error,
                FailOn::Warning => Severity::Warning,
                FailOn::Info => Severity::Info,
            }),
            baseline: self.baseline.clone(),
            connect_timeout: self.connect_timeout,
            statement_timeout: self.statement_timeout,
            lock_timeout: self.lock_timeout,
        }
    }
}
