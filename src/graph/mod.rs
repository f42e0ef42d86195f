//! Alembic's revision map (alembic.script.revision.RevisionMap), on petgraph.
//!
//! Built from what the files declare; never fails: a missing parent, a duplicate id or a cycle is
//! a fact that can be asked for, and everything else keeps its answer. petgraph's types stay
//! inside. Order is Alembic's: load order decides every tie.

mod cycles;
mod defects;
mod downgrade;
mod identifier;
mod keys;
mod labels;
mod links;
mod loading;
mod merge_steps;
mod order;
mod plan;
mod range;
mod reached;
mod refusal;
mod relative;
mod rows;
mod stamp;
mod steps;
mod suggest;
#[cfg(test)]
pub(crate) mod testing;
mod version_rows;

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;

use crate::revision::Revision;
use keys::Keys;
use links::{Declared, Links, Node};

pub use defects::{Cycle, CycleEdge, DuplicateId, EdgeKind, LabelConflict, Missing};
pub use identifier::ResolveError;
pub use merge_steps::{ImpliedParent, UnorderedDependencies, UnstorableMerge};
pub use plan::PlanError;
pub use reached::Reached;
pub use rows::RowProblem;
pub use steps::{Direction, Plan, Step};

/// The revision graph.
#[derive(Debug)]
pub struct Graph {
    revisions: Vec<Revision>,
    keys: Keys,
    links: Links,
    /// For each node the labels that Alembic shows on it, as places in [`Keys::labels`].
    labels: Vec<Vec<usize>>,
}

impl Graph {
    /// Builds the graph from revisions in load order.
    pub fn new(revisions: Vec<Revision>) -> Self {
        let keys = Keys::new(&revisions);
        let declared: Vec<Declared> =
            keys.files().iter().map(|files| declared(&revisions, &keys, files.last().copied())).collect();
        let links = Links::new(&declared);
        let labels = labels::spread(&revisions, &keys, &links);
        Self { revisions, keys, links, labels }
    }

    /// All revisions in load order; of a duplicate id every copy.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The revision that `id` names: of several files with one id, the last loaded.
    pub fn get(&self, id: &str) -> Option<&Revision> {
        self.revision(self.keys.id(id)?)
    }

    /// Ids in load order, each once, at the place of its first file.
    pub fn ids(&self) -> Vec<&str> {
        self.show(self.links.nodes())
    }

    /// Alembic's `heads`: no other revision names them in `down_revision`. In load order. (An
    /// earlier copy of a duplicated id stays listed, as Alembic does.)
    pub fn heads(&self) -> Vec<&str> {
        self.show(self.head_nodes(false))
    }

    /// Alembic's *real* heads: not named in any `depends_on` either.
    pub fn real_heads(&self) -> Vec<&str> {
        self.show(self.head_nodes(true))
    }

    /// Revisions without `down_revision`, in load order. (Each copy of a duplicated id counts, as
    /// in Alembic.)
    pub fn bases(&self) -> Vec<&str> {
        self.show(self.base_nodes())
    }

    /// Revisions with more than one child by `down_revision`, in load order.
    pub fn branch_points(&self) -> Vec<&str> {
        self.show(self.links.nodes().filter(|node| self.links.kids(*node).nth(1).is_some()))
    }

    /// Revisions with more than one `down_revision`, in load order.
    pub fn merge_points(&self) -> Vec<&str> {
        let is_merge = |node: &Node| self.revision(*node).is_some_and(|revision| revision.down_revision.len() > 1);
        self.show(self.links.nodes().filter(is_merge))
    }

    /// Children by `down_revision` that exist, in load order.
    pub fn children(&self, id: &str) -> Vec<&str> {
        self.show(self.keys.id(id).into_iter().flat_map(|node| self.links.kids(node)))
    }

    /// `down_revision` then normalised dependencies, resolved, duplicates removed; only those
    /// that exist. Alembic's edge set for nearly all traversal.
    pub fn parents(&self, id: &str) -> Vec<&str> {
        self.show(self.keys.id(id).into_iter().flat_map(|node| self.links.parents(node)))
    }

    /// `depends_on` with labels replaced by the ids they name; only those that exist.
    pub fn dependencies(&self, id: &str) -> Vec<&str> {
        self.show(self.keys.id(id).into_iter().flat_map(|node| self.links.dependencies(node)))
    }

    /// The labels that Alembic shows on a revision (spread along its line), sorted.
    pub fn labels(&self, id: &str) -> Vec<&str> {
        let places = self.keys.id(id).and_then(|node| self.labels.get(node.index())).into_iter().flatten();
        let mut labels: Vec<&str> =
            places.filter_map(|place| self.keys.labels().get(*place)).map(|(label, _)| label.as_str()).collect();
        labels.sort_unstable();
        labels
    }

    /// Everything reachable through parents, `ids` included.
    pub fn ancestors(&self, ids: &[&str]) -> BTreeSet<&str> {
        self.show_set(&self.links.ancestors(self.nodes_of(ids)))
    }

    /// Everything reachable through children (dependencies count), `ids` included.
    pub fn descendants(&self, ids: &[&str]) -> BTreeSet<&str> {
        self.show_set(&self.links.reach(self.nodes_of(ids), |node| self.links.all_kids(node)))
    }

    /// `alembic history`: newest first. On a broken graph every revision still appears once.
    /// Between several dependencies of one revision the order is Alembic's to choose, from run to
    /// run; here it is the order written. The same holds for [`Self::upgrade_plan`].
    pub fn history(&self) -> Vec<&str> {
        let mut all = FixedBitSet::with_capacity(self.links.len());
        all.insert_range(..);
        self.show(order::walk(&self.links, &all, &self.head_nodes_of_last_files(true)))
    }

    /// The revisions that an identifier means, by Alembic's rules for non-relative identifiers
    /// (`head`, `heads`, `base`, ids, prefixes, labels, `label@…`): empty for `base`.
    ///
    /// # Errors
    /// Alembic's refusal, with the true reason.
    pub fn resolve(&self, identifier: &str) -> Result<Vec<&str>, ResolveError> {
        Ok(self.show(self.nodes_named(identifier)?))
    }

    /// What is wrong with the rows of a version table, row by row and among each other; empty
    /// when every row is the exact id of a revision and none implies another.
    pub fn row_problems(&self, rows: &[String]) -> Vec<RowProblem> {
        self.problems_of_rows(rows)
    }

    /// The effective heads of a set of rows: what `alembic current` prints, in load order. Rows
    /// that Alembic does not accept are left out.
    pub fn effective_heads(&self, rows: &[String]) -> Vec<&str> {
        self.show(self.current_nodes(rows))
    }

    /// What `alembic upgrade TARGET` would run from these rows, in order.
    ///
    /// # Errors
    /// Where Alembic refuses.
    pub fn upgrade_plan(&self, rows: &[String], target: &str) -> Result<Vec<&str>, PlanError> {
        let plan = self.upgrade_nodes(rows, target).map_err(|refusal| refusal.for_plan(target))?;
        Ok(self.show(plan))
    }

    /// Whether `upgrade` and `downgrade` would read this as a number of steps, whatever else it may
    /// name: `+1`, `ae10+2`, and also the label `team-2024`.
    pub fn is_relative(target: &str) -> bool {
        relative::parse(target).is_some()
    }

    /// Ids with more than one file.
    pub fn duplicates(&self) -> Vec<DuplicateId> {
        let twice = self.links.nodes().zip(self.keys.files()).filter(|(_, files)| files.len() > 1);
        twice.map(|(node, files)| DuplicateId { id: self.name(node).to_owned(), files: files.clone() }).collect()
    }

    /// Parents and dependencies that no file has.
    pub fn missing(&self) -> Vec<Missing> {
        self.find_missing()
    }

    /// Cycles: one for each strongly connected component, self-loops included.
    pub fn cycles(&self) -> Vec<Cycle> {
        self.find_cycles()
    }

    /// Labels that are claimed twice or equal an id.
    pub fn label_conflicts(&self) -> Vec<LabelConflict> {
        self.keys.conflicts().to_vec()
    }

    /// Ids closest to one that does not exist: same prefix, other case, one typing error, or the
    /// id inside a file name that was written instead. Best first, at most three.
    pub fn near_misses(&self, id: &str) -> Vec<&str> {
        self.closest(id)
    }
}

/// Between nodes, names and files.
impl Graph {
    fn revision(&self, node: Node) -> Option<&Revision> {
        self.revisions.get(self.keys.file(node)?)
    }

    fn name(&self, node: Node) -> &str {
        self.revision(node).map_or("", |revision| &revision.id)
    }

    fn names(&self, nodes: &[Node]) -> Vec<String> {
        nodes.iter().map(|node| self.name(*node).to_owned()).collect()
    }

    fn show(&self, nodes: impl IntoIterator<Item = Node>) -> Vec<&str> {
        nodes.into_iter().map(|node| self.name(node)).collect()
    }

    fn show_set(&self, set: &FixedBitSet) -> BTreeSet<&str> {
        set.ones().map(|index| self.name(Node::new(index))).collect()
    }

    fn nodes_of(&self, ids: &[&str]) -> Vec<Node> {
        ids.iter().filter_map(|id| self.keys.id(id)).collect()
    }

    /// The node that a key names exactly: an id, or a label.
    fn exact(&self, key: &str) -> Option<Node> {
        find(&self.revisions, &self.keys, key)
    }

    /// All ids, then all labels.
    fn key_texts(&self) -> impl Iterator<Item = &str> {
        let labels = self.keys.labels().iter().map(|(label, _)| label.as_str());
        self.links.nodes().map(|node| self.name(node)).chain(labels)
    }

    /// `heads`, or real heads, file by file: earlier copies of a duplicated id are always heads,
    /// because nothing knows them as its parent.
    fn head_nodes(&self, real: bool) -> Vec<Node> {
        let files = self.revisions.iter().enumerate().filter_map(|(file, revision)| {
            let node = self.keys.id(&revision.id)?;
            (self.keys.file(node) != Some(file) || self.has_no_child(node, real)).then_some(node)
        });
        files.collect()
    }

    /// The same without earlier copies.
    fn head_nodes_of_last_files(&self, real: bool) -> Vec<Node> {
        self.links.nodes().filter(|node| self.has_no_child(*node, real)).collect()
    }

    /// What each node declares, in load order.
    fn declarations(&self) -> impl Iterator<Item = Declared> {
        self.keys.files().iter().map(|files| declared(&self.revisions, &self.keys, files.last().copied()))
    }

    fn has_no_child(&self, node: Node, real: bool) -> bool {
        if real { self.links.all_kids(node).next().is_none() } else { self.links.kids(node).next().is_none() }
    }

    fn base_nodes(&self) -> Vec<Node> {
        let bases = self.revisions.iter().filter(|revision| revision.down_revision.is_empty());
        bases.filter_map(|revision| self.keys.id(&revision.id)).collect()
    }
}

fn find(revisions: &[Revision], keys: &Keys, key: &str) -> Option<Node> {
    keys.id(key).or_else(|| {
        let (_, file) = keys.labels().get(keys.label(key)?)?;
        keys.id(&revisions.get(*file)?.id)
    })
}

/// What the file says, resolved. A revision that names itself is a cycle, not an edge; only when
/// it depends on itself by a label does Alembic go on.
fn declared(revisions: &[Revision], keys: &Keys, file: Option<usize>) -> Declared {
    let Some(revision) = file.and_then(|file| revisions.get(file)) else { return Declared::default() };
    let own = &revision.id;
    Declared {
        down: revision.down_revision.iter().filter(|id| *id != own).filter_map(|id| keys.id(id)).collect(),
        dependencies: revision
            .depends_on
            .iter()
            .filter(|key| *key != own)
            .filter_map(|key| find(revisions, keys, key))
            .collect(),
    }
}
