//! The names that a node can be found by: ids and branch labels, in one key space
//! (RevisionMap._revision_map). An id beats a label, and of two equal labels the first loaded
//! wins; where Alembic would refuse to go on, a [`LabelConflict`] says so.

use std::collections::HashMap;

use super::defects::LabelConflict;
use super::links::Node;
use crate::revision::Revision;

/// Ids and labels.
#[derive(Debug, Default)]
pub(super) struct Keys {
    nodes: HashMap<String, Node>,
    /// All files of each node, in load order.
    files: Vec<Vec<usize>>,
    /// Labels in load order of their revisions, with the file that declares each.
    labels: Vec<(String, usize)>,
    by_label: HashMap<String, usize>,
    conflicts: Vec<LabelConflict>,
}

impl Keys {
    pub(super) fn new(revisions: &[Revision]) -> Self {
        let mut keys = Self::default();
        for (file, revision) in revisions.iter().enumerate() {
            match keys.nodes.get(&revision.id) {
                Some(node) => {
                    if let Some(files) = keys.files.get_mut(node.index()) {
                        files.push(file);
                    }
                }
                None => {
                    keys.nodes.insert(revision.id.clone(), Node::new(keys.files.len()));
                    keys.files.push(vec![file]);
                }
            }
        }
        for (file, revision) in revisions.iter().enumerate() {
            for label in &revision.branch_labels {
                keys.claim(label, file);
            }
        }
        keys
    }

    fn claim(&mut self, label: &str, file: usize) {
        let taken = self.by_label.get(label).and_then(|place| self.labels.get(*place)).map(|(_, file)| *file);
        let own = self.nodes.get(label).and_then(|node| self.file(*node));
        if let Some(other) = own.or(taken) {
            self.conflicts.push(LabelConflict { label: label.to_owned(), revision: file, other });
        } else {
            self.by_label.insert(label.to_owned(), self.labels.len());
            self.labels.push((label.to_owned(), file));
        }
    }

    /// The node with this id.
    pub(super) fn id(&self, id: &str) -> Option<Node> {
        self.nodes.get(id).copied()
    }

    /// The place in [`Self::labels`] of this label.
    pub(super) fn label(&self, label: &str) -> Option<usize> {
        self.by_label.get(label).copied()
    }

    /// Labels with the file that declares each.
    pub(super) fn labels(&self) -> &[(String, usize)] {
        &self.labels
    }

    /// The files of each node, nodes in load order.
    pub(super) fn files(&self) -> &[Vec<usize>] {
        &self.files
    }

    /// The file that speaks for a node: the last.
    pub(super) fn file(&self, node: Node) -> Option<usize> {
        self.files.get(node.index()).and_then(|files| files.last()).copied()
    }

    pub(super) fn conflicts(&self) -> &[LabelConflict] {
        &self.conflicts
    }
}
