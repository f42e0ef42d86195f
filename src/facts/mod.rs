//! Everything that was found out, put together for the rules: plain data, no judgement.

mod stamp;

use std::path::PathBuf;

use crate::database::DatabaseState;
use crate::graph::Graph;
use crate::project::Project;
use crate::revision::{Problem, Revisions};

pub use stamp::{Stamp, StampState, TableChoice};

/// The facts of one run.
#[derive(Debug)]
pub struct Facts {
    /// The project's configuration.
    pub project: Project,
    /// Files that are no readable revisions.
    pub problems: Vec<Problem>,
    /// How many files Alembic would load.
    pub files: usize,
    /// Files that were reached twice.
    pub loaded_twice: Vec<PathBuf>,
    /// The revision graph.
    pub graph: Graph,
    /// How many heads, and which labels, the project expects.
    pub expected: Expected,
    /// The databases that were looked at, with what their stamps mean.
    pub databases: Vec<DatabaseFacts>,
}

/// What the settings say about the graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// `expected-heads`: how many heads are wanted; without it one, or one for each label.
    pub heads: Option<usize>,
}

/// One database and what its stamp means.
#[derive(Debug)]
pub struct DatabaseFacts {
    /// What was seen.
    pub state: DatabaseState,
    /// What the stamp means; `None` when the database could not be looked at.
    pub stamp: Option<Stamp>,
}

impl Facts {
    /// Puts the facts together.
    pub fn new(project: Project, revisions: Revisions, expected: Expected, databases: Vec<DatabaseState>) -> Self {
        let graph = Graph::new(revisions.revisions);
        let databases = databases
            .into_iter()
            .map(|state| {
                let stamp = state.look.as_ref().ok().map(|look| Stamp::new(&project.env, &graph, look));
                DatabaseFacts { state, stamp }
            })
            .collect();
        Self {
            project,
            problems: revisions.problems,
            files: revisions.files,
            loaded_twice: revisions.loaded_twice,
            graph,
            expected,
            databases,
        }
    }
}
