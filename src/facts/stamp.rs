//! What the rows of the version table mean for this revision graph.

use super::runs::runs;
use crate::database::{Holder, Look, Rows, VersionTable};
use crate::graph::{Graph, PlanError, RowProblem};
use crate::project::env::{EnvPy, Fact};

/// The name of the version table unless env.py says otherwise (alembic.runtime.migration).
const DEFAULT_TABLE: &str = "alembic_version";

/// Where a database stands. The words are those of the JSON output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampState {
    /// Every head is applied.
    AtHead,
    /// Revisions are pending.
    Behind,
    /// A row descends from the heads of this code: git has the newer code.
    Ahead,
    /// A row continues from an older revision on another line, which git has.
    Diverged,
    /// Some row is no revision of this code, for another reason or none that is known.
    Orphaned,
    /// Tables, but no version table or no row in it.
    Unstamped,
    /// No tables at all: a new database.
    Empty,
    /// A migration is at work: the rows are those before it.
    InProgress,
    /// The version table cannot be read, or it cannot be known which one it is.
    Unreadable,
}

impl StampState {
    /// The word in the JSON output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtHead => "at-head",
            Self::Behind => "behind",
            Self::Ahead => "ahead",
            Self::Diverged => "diverged",
            Self::Orphaned => "orphaned",
            Self::Unstamped => "unstamped",
            Self::Empty => "empty",
            Self::InProgress => "in-progress",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Which of the version tables Alembic would use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableChoice {
    /// This one (index into [`Look::version_tables`]).
    Found(usize),
    /// None of them: Alembic would create `name` (in `schema`, or in the first schema of the
    /// search path).
    Absent,
    /// It cannot be known, because env.py names the table in a way that is not static; the
    /// reason. The index is the only candidate, if there is just one.
    Unknown {
        /// Why.
        reason: String,
        /// The only candidate.
        only: Option<usize>,
    },
}

impl TableChoice {
    /// The table that Alembic's own look-up would find: by name and schema, or by name along the
    /// search path (alembic.runtime.migration.MigrationContext._has_version_table).
    fn new(env: &EnvPy, tables: &[VersionTable]) -> Self {
        if let Some(reason) = unknown(&env.version_table).or_else(|| unknown(&env.version_table_schema)) {
            return Self::Unknown { reason: reason.to_owned(), only: if tables.len() == 1 { Some(0) } else { None } };
        }
        let name = known(&env.version_table).unwrap_or(DEFAULT_TABLE);
        let schema = known(&env.version_table_schema);
        let found = tables.iter().position(|table| {
            // SQLite's names are the same in either case.
            let is_named =
                if table.schema.is_some() { table.name == name } else { table.name.eq_ignore_ascii_case(name) };
            is_named
                && match (schema, &table.schema) {
                    (Some(wanted), Some(schema)) => schema == wanted,
                    // SQLite has no schemas of its own; an attached one was not looked at.
                    (Some(wanted), None) => wanted == "main",
                    (None, _) => table.visible,
                }
        });
        found.map_or(Self::Absent, Self::Found)
    }

    /// The index of the table to read, if there is one.
    pub(super) fn index(&self) -> Option<usize> {
        match self {
            Self::Found(index) => Some(*index),
            Self::Unknown { only, .. } => *only,
            Self::Absent => None,
        }
    }
}

fn known<T>(fact: &Fact<T>) -> Option<&str>
where
    T: AsRef<str>,
{
    match fact {
        Fact::Known(value) => Some(value.as_ref()),
        Fact::Absent | Fact::Unknown { .. } => None,
    }
}

fn unknown<T>(fact: &Fact<T>) -> Option<&str> {
    match fact {
        Fact::Unknown { reason } => Some(reason),
        Fact::Absent | Fact::Known(_) => None,
    }
}

/// The rows of the version table and what they mean.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// The name that Alembic looks for: `alembic_version` unless env.py says otherwise.
    pub table_name: String,
    /// `version_table_schema`, if env.py names one.
    pub table_schema: Option<String>,
    /// The table that was used.
    pub choice: TableChoice,
    /// Its rows; empty when there is no table or it cannot be read.
    pub rows: Vec<String>,
    /// Where the database stands.
    pub state: StampState,
    /// What is wrong with the rows.
    pub problems: Vec<RowProblem>,
    /// What `alembic upgrade heads` would run, in order; nothing while the rows are not known.
    pub pending: Result<Vec<String>, PlanError>,
    /// Rows that this code does not have.
    pub missing: Vec<String>,
}

impl Stamp {
    /// Reads the stamp of a database that was looked at.
    pub fn new(env: &EnvPy, graph: &Graph, look: &Look) -> Self {
        Self::judge(env, graph, look, TableChoice::new(env, &look.version_tables))
    }

    /// Reads the stamp in one of the tables, whichever Alembic would use.
    pub(super) fn of_table(env: &EnvPy, graph: &Graph, look: &Look, index: usize) -> Self {
        let schema = look.version_tables.get(index).and_then(|table| table.schema.clone());
        Self { table_schema: schema, ..Self::judge(env, graph, look, TableChoice::Found(index)) }
    }

    /// The name of the version table; Alembic's own where env.py does not say it.
    pub(super) fn table_name(env: &EnvPy) -> &str {
        known(&env.version_table).unwrap_or(DEFAULT_TABLE)
    }

    fn judge(env: &EnvPy, graph: &Graph, look: &Look, choice: TableChoice) -> Self {
        let table = choice.index().and_then(|index| look.version_tables.get(index));
        let ambiguous = matches!(choice, TableChoice::Unknown { only: None, .. }) && !look.version_tables.is_empty();
        let (rows, readable) = match table.map(|table| &table.rows) {
            None => (Vec::new(), !ambiguous),
            Some(Rows::Known { values, .. }) => (values.clone(), true),
            Some(Rows::Denied { .. } | Rows::Failed { .. }) => (Vec::new(), false),
        };
        let problems = graph.row_problems(&rows);
        let missing: Vec<String> = problems
            .iter()
            .filter_map(|problem| match problem {
                RowProblem::Unknown { row } | RowProblem::Mistyped { row, .. } => Some(row.clone()),
                RowProblem::NotAnId { .. } | RowProblem::Duplicate { .. } | RowProblem::Redundant { .. } => None,
            })
            .collect();
        let pending = if readable {
            graph.upgrade_plan(&rows, "heads").map(|ids| ids.into_iter().map(str::to_owned).collect())
        } else {
            Ok(Vec::new())
        };
        let state = if !readable {
            StampState::Unreadable
        } else if rows.is_empty() {
            // A version table with rows that Alembic would not see is no empty database.
            let elsewhere = look.version_tables.iter().any(VersionTable::holds_rows);
            if look.user_tables == 0 && !elsewhere { StampState::Empty } else { StampState::Unstamped }
        } else if !missing.is_empty() {
            StampState::Orphaned
        } else if is_at_head(graph, &rows, pending.as_deref().ok()) {
            StampState::AtHead
        } else {
            StampState::Behind
        };
        let state = match state {
            StampState::AtHead | StampState::Behind | StampState::Unstamped | StampState::Empty
                if !runs(look, &choice, is_pending(&pending)).is_empty() =>
            {
                StampState::InProgress
            }
            // Nobody can read it as long as that lasts.
            StampState::Unreadable
                if matches!(table.map(|table| &table.rows), Some(Rows::Failed { .. }))
                    && runs(look, &choice, true).iter().any(|run| run.shuts_out) =>
            {
                StampState::InProgress
            }
            state => state,
        };
        Self {
            table_name: Self::table_name(env).to_owned(),
            table_schema: known(&env.version_table_schema).map(str::to_owned),
            choice,
            rows,
            state,
            problems,
            pending,
            missing,
        }
    }

    /// Rows that name a revision which this code does not have, each once. An empty row names none.
    pub fn lost(&self) -> Vec<String> {
        let mut rows: Vec<String> = self
            .problems
            .iter()
            .filter_map(|problem| match problem {
                RowProblem::Unknown { row } if !row.is_empty() => Some(row.clone()),
                _ => None,
            })
            .collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The sessions that are migrating this database now, as far as their locks tell.
    pub fn runs<'a>(&self, look: &'a Look) -> Vec<&'a Holder> {
        runs(look, &self.choice, !self.is_read(look) || is_pending(&self.pending))
    }

    /// Whether the rows are known.
    pub fn is_read(&self, look: &Look) -> bool {
        let is_held = self.state == StampState::InProgress
            && self.table(look).is_some_and(|table| !matches!(table.rows, Rows::Known { .. }));
        self.state != StampState::Unreadable && !is_held
    }

    /// Whether all rows were read, of those that are known.
    pub fn is_complete(&self, look: &Look) -> bool {
        !self.table(look).is_some_and(|table| matches!(table.rows, Rows::Known { more: Some(_), .. }))
    }

    /// The version table that was used, if there is one.
    pub fn table<'a>(&self, look: &'a Look) -> Option<&'a VersionTable> {
        self.choice.index().and_then(|index| look.version_tables.get(index))
    }
}

/// Whether there is anything to run, or it cannot be known.
fn is_pending(pending: &Result<Vec<String>, PlanError>) -> bool {
    !matches!(pending, Ok(pending) if pending.is_empty())
}

/// Alembic may refuse to plan (rows that overlap); whether every head is applied is known all the same.
fn is_at_head(graph: &Graph, rows: &[String], pending: Option<&[String]>) -> bool {
    pending.map_or_else(
        || {
            let meant: Vec<&str> = rows.iter().filter_map(|row| graph.resolve(row).ok()).flatten().collect();
            let applied = graph.ancestors(&meant);
            graph.real_heads().iter().all(|head| applied.contains(head))
        },
        <[String]>::is_empty,
    )
}
