//! Alembic's revision map (alembic.script.revision.RevisionMap), on petgraph.
//!
//! Built from what the files declare; never fails: a missing parent, a duplicate id or a cycle is
//! a fact that can be asked for, and everything else keeps its answer. petgraph's types stay
//! inside. Order is Alembic's: load order decides every tie.

mod defects;
mod identifier;
mod labels;
mod order;
mod plan;

use std::collections::BTreeSet;

use crate::revision::Revision;

pub use defects::{Cycle, CycleEdge, DuplicateId, EdgeKind, LabelConflict, Missing};
pub use identifier::ResolveError;
pub use plan::{PlanError, RowProblem};

/// The revision graph.
#[derive(Debug)]
pub struct Graph {
    revisions: Vec<Revision>,
}

impl Graph {
    /// Builds the graph from revisions in load order.
    pub fn new(_revisions: Vec<Revision>) -> Self {
        todo!()
    }

    /// All revisions in load order; of a duplicate id every copy.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The revision that `id` names: of several files with one id, the last loaded.
    pub fn get(&self, _id: &str) -> Option<&Revision> {
        todo!()
    }

    /// Ids in load order, each once, at the place of its first file.
    pub fn ids(&self) -> Vec<&str> {
        todo!()
    }

    /// Alembic's `heads`: no other revision names them in `down_revision`. In load order. (An
    /// earlier copy of a duplicated id stays listed, as Alembic does.)
    pub fn heads(&self) -> Vec<&str> {
        todo!()
    }

    /// Alembic's *real* heads: not named in any `depends_on` either.
    pub fn real_heads(&self) -> Vec<&str> {
        todo!()
    }

    /// Revisions without `down_revision`, in load order.
    pub fn bases(&self) -> Vec<&str> {
        todo!()
    }

    /// Revisions with more than one child by `down_revision`, in load order.
    pub fn branch_points(&self) -> Vec<&str> {
        todo!()
    }

    /// Revisions with more than one `down_revision`, in load order.
    pub fn merge_points(&self) -> Vec<&str> {
        todo!()
    }

    /// Children by `down_revision` that exist, in load order.
    pub fn children(&self, _id: &str) -> Vec<&str> {
        todo!()
    }

    /// `down_revision` then normalised dependencies, resolved, duplicates removed; only those
    /// that exist. Alembic's edge set for nearly all traversal.
    pub fn parents(&self, _id: &str) -> Vec<&str> {
        todo!()
    }

    /// `depends_on` with labels replaced by the ids they name; only those that exist.
    pub fn dependencies(&self, _id: &str) -> Vec<&str> {
        todo!()
    }

    /// The labels that Alembic shows on a revision (spread along its line), sorted.
    pub fn labels(&self, _id: &str) -> Vec<&str> {
        todo!()
    }

    /// Everything reachable through parents, `ids` included.
    pub fn ancestors(&self, _ids: &[&str]) -> BTreeSet<&str> {
        todo!()
    }

    /// Everything reachable through children (dependencies count), `ids` included.
    pub fn descendants(&self, _ids: &[&str]) -> BTreeSet<&str> {
        todo!()
    }

    /// `alembic history`: newest first. On a broken graph every revision still appears once.
    pub fn history(&self) -> Vec<&str> {
        todo!()
    }

    /// The revisions that an identifier means, by Alembic's rules for non-relative identifiers
    /// (`head`, `heads`, `base`, ids, prefixes, labels, `label@…`): empty for `base`.
    ///
    /// # Errors
    /// Alembic's refusal, with the true reason.
    pub fn resolve(&self, _identifier: &str) -> Result<Vec<&str>, ResolveError> {
        todo!()
    }

    /// What is wrong with the rows of a version table, row by row and among each other; empty
    /// when every row is the exact id of a revision and none implies another.
    pub fn row_problems(&self, _rows: &[String]) -> Vec<RowProblem> {
        todo!()
    }

    /// The effective heads of a set of rows: what `alembic current` prints.
    pub fn effective_heads(&self, _rows: &[String]) -> Vec<&str> {
        todo!()
    }

    /// What `alembic upgrade TARGET` would run from these rows, in order.
    ///
    /// # Errors
    /// Where Alembic refuses.
    pub fn upgrade_plan(&self, _rows: &[String], _target: &str) -> Result<Vec<&str>, PlanError> {
        todo!()
    }

    /// Ids with more than one file.
    pub fn duplicates(&self) -> Vec<DuplicateId> {
        todo!()
    }

    /// Parents and dependencies that no file has.
    pub fn missing(&self) -> Vec<Missing> {
        todo!()
    }

    /// Cycles: one for each strongly connected component, self-loops included.
    pub fn cycles(&self) -> Vec<Cycle> {
        todo!()
    }

    /// Labels that are claimed twice or equal an id.
    pub fn label_conflicts(&self) -> Vec<LabelConflict> {
        todo!()
    }

    /// Ids closest to one that does not exist: same prefix, other case, one typing error, or the
    /// id inside a file name that was written instead. Best first, at most three.
    pub fn near_misses(&self, _id: &str) -> Vec<&str> {
        todo!()
    }
}
