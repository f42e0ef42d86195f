//! Facts about a graph that Alembic could not load, or should not.

use super::Graph;

/// Which declaration an edge comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeKind {
    /// `down_revision`
    Down,
    /// `depends_on`
    Dependency,
}

/// An id that several files claim; indices into [`super::Graph::revisions`], in load order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateId {
    /// The id.
    pub id: String,
    /// The files, in load order; Alembic uses the last.
    pub files: Vec<usize>,
}

/// A parent or dependency that no file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Index of the revision that names it.
    pub revision: usize,
    /// What it names.
    pub parent: String,
    /// Where.
    pub kind: EdgeKind,
}

/// A cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// One way around, each edge from a revision to its parent.
    pub edges: Vec<CycleEdge>,
    /// Everything in the strongly connected component, sorted.
    pub members: Vec<String>,
    /// Whether Alembic's own check notices it (RevisionMap._detect_cycles does not when the
    /// cycle can be entered from a base and left towards a head).
    pub alembic_notices: bool,
}

/// One edge of a cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleEdge {
    /// Index of the child.
    pub revision: usize,
    /// Id of the parent.
    pub parent: String,
    /// Where it is declared.
    pub kind: EdgeKind,
}

/// A branch label that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelConflict {
    /// The label.
    pub label: String,
    /// Index of the revision that claims it.
    pub revision: usize,
    /// Index of the revision that has it as label or id already (may be the same one).
    pub other: usize,
}

impl Graph {
    pub(super) fn find_missing(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        for (file, revision) in self.revisions.iter().enumerate() {
            let is_last = self.keys.id(&revision.id).and_then(|node| self.keys.file(node)) == Some(file);
            // Alembic never asks for the parents of an earlier copy of a duplicated id.
            let parents = revision.down_revision.iter().filter(|id| is_last && self.keys.id(id).is_none());
            let dependencies = revision.depends_on.iter().filter(|key| self.exact(key).is_none());
            let of_kind = |kind| move |parent: &String| Missing { revision: file, parent: parent.clone(), kind };
            missing.extend(parents.map(of_kind(EdgeKind::Down)));
            missing.extend(dependencies.map(of_kind(EdgeKind::Dependency)));
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::graph;

    #[test]
    fn missing_parents_and_dependencies_are_told_and_make_no_edge() {
        let graph = graph(&["gone <- a", "a <- b +lost"]);
        let missing = |revision, parent: &str, kind| Missing { revision, parent: parent.into(), kind };
        assert_eq!(graph.missing(), [missing(0, "gone", EdgeKind::Down), missing(1, "lost", EdgeKind::Dependency)]);
        assert_eq!(graph.history(), ["b", "a"]);
        assert!(graph.bases().is_empty());
    }

    #[test]
    fn a_parent_named_by_its_label_is_missing() {
        let graph = graph(&["a @web", "web <- b"]);
        assert_eq!(graph.missing().len(), 1);
    }

    #[test]
    fn of_a_duplicated_id_the_last_file_speaks_from_the_place_of_the_first() {
        let graph = graph(&["a", "x", "b", "a <- x"]);
        assert_eq!(graph.duplicates(), [DuplicateId { id: "x".into(), files: vec![1, 3] }]);
        assert_eq!(graph.ids(), ["a", "x", "b"]);
        assert_eq!(graph.get("x").unwrap().down_revision, ["a"]);
        assert_eq!(graph.heads(), ["x", "b", "x"]);
        assert_eq!(graph.bases(), ["a", "x", "b"]);
    }

    #[test]
    fn a_label_is_taken_by_an_id_or_by_the_label_loaded_first() {
        let conflict = |label: &str, revision, other| LabelConflict { label: label.into(), revision, other };
        assert_eq!(graph(&["a @web", "b @web"]).label_conflicts(), [conflict("web", 1, 0)]);
        assert_eq!(graph(&["a @b", "b"]).label_conflicts(), [conflict("b", 0, 1)]);
        assert_eq!(graph(&["a @a"]).label_conflicts(), [conflict("a", 0, 0)]);
        assert_eq!(graph(&["a @web", "b @core"]).label_conflicts(), []);
    }
}
