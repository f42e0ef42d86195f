//! What the rows of the version table mean for this revision graph.

use crate::database::{Look, Rows, VersionTable};
use crate::graph::{Graph, PlanError, RowProblem};
use crate::project::Project;
use crate::project::env::Fact;

/// Where a database stands. The words are those of the JSON output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampState {
    /// Every head is applied.
    AtHead,
    /// Revisions are pending.
    Behind,
    /// Some row is no revision of this code.
    Orphaned,
    /// Tables, but no version table or no row in it.
    Unstamped,
    /// No tables at all: a new database.
    Empty,
    /// The version table cannot be read.
    Unreadable,
}

impl StampState {
    /// The word in the JSON output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtHead => "at-head",
            Self::Behind => "behind",
            Self::Orphaned => "orphaned",
            Self::Unstamped => "unstamped",
            Self::Empty => "empty",
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
    /// What `alembic upgrade heads` would run, in order.
    pub pending: Result<Vec<String>, PlanError>,
    /// Rows that this code does not have.
    pub missing: Vec<String>,
}

impl Stamp {
    /// Reads the stamp of a database that was looked at.
    pub fn new(_project: &Project, _graph: &Graph, _look: &Look) -> Self {
        let _ = (Fact::<String>::Absent, Rows::default());
        todo!()
    }

    /// The version table that was used, if there is one.
    pub fn table<'a>(&self, look: &'a Look) -> Option<&'a VersionTable> {
        match self.choice {
            TableChoice::Found(index) | TableChoice::Unknown { only: Some(index), .. } => {
                look.version_tables.get(index)
            }
            TableChoice::Absent | TableChoice::Unknown { only: None, .. } => None,
        }
    }
}
