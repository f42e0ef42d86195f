//! What becomes of the revisions when this branch is merged. Plain data.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Graph;
use crate::history::Commit;
use crate::revision::{Difference, Field, Problem, Revision};

/// A merge that has not happened yet, and what it would make of the revisions.
#[derive(Debug)]
pub struct Future {
    /// The branch that this one goes into.
    pub base: Side,
    /// Branches that go into it, too, and before this one.
    pub others: Vec<Side>,
    /// The ids of this branch's revisions.
    pub own: BTreeSet<String>,
    /// All of them together: the revisions after the merge.
    pub merged: Graph,
    /// The files of the merged tree that are no readable revisions.
    pub problems: Vec<Problem>,
    /// How that was found out.
    pub simulation: Simulation,
    /// The revision files that cannot be merged; they count as they are on the last branch that
    /// changed them. Paths as shown.
    pub conflicts: Vec<String>,
    /// Revisions of the base that mean something else after the merge.
    pub rewritten: Vec<Rewritten>,
    /// Two files of one name and id that have nothing else in common: that of the base, and the other.
    pub twins: Vec<(Revision, Revision)>,
}

/// A branch as it is now.
#[derive(Debug)]
pub struct Side {
    /// As the user named it.
    pub name: String,
    /// Its commit.
    pub commit: String,
    /// Its revisions.
    pub graph: Graph,
    /// Its files that are no readable revisions.
    pub problems: Vec<Problem>,
    /// The commits that brought the revisions which this branch lacks, by id.
    pub came: BTreeMap<String, Commit>,
}

/// How a merge was simulated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Simulation {
    /// By git itself.
    Git,
    /// File by file, which is what git does to files that only one side changed.
    Files {
        /// Why not by git.
        why: String,
        /// Whether the commit is known where the branches parted: without it a file that one side
        /// removed cannot be told from one that the other side added.
        knows_common: bool,
    },
}

/// A revision of the base that means something else after the merge.
#[derive(Debug)]
pub struct Rewritten {
    /// As the base has it.
    pub before: Revision,
    /// As it would be.
    pub now: Revision,
    /// The branch that changed it; `None` for this one.
    pub by: Option<String>,
    /// What of its functions differs; empty when a text could not be understood.
    pub differences: Vec<Difference>,
    /// The fields of its header that differ.
    pub header: Vec<Field>,
}

impl Future {
    /// The branch that a revision of the merged tree comes from; `None` for this one. What the base has
    /// is the base's; what this branch has, too, is its own.
    pub fn origin(&self, id: &str) -> Option<&Side> {
        let others = self.others.iter().filter(|_| !self.own.contains(id));
        std::iter::once(&self.base).chain(others).find(|side| side.graph.get(id).is_some())
    }
}
