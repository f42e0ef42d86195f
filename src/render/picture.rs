//! The revision graph as nodes and edges with safe names, for the formats that other programs
//! draw. Knows no format.

use std::collections::{HashMap, HashSet};

use super::words::clean_uncut;
use crate::facts::Facts;
use crate::source::printable;

/// Nodes and edges; nodes are numbered from 0.
#[derive(Debug)]
pub(super) struct Picture {
    /// Revisions, newest first, then parents that no file has.
    pub(super) nodes: Vec<Node>,
    /// From a revision to what it builds upon.
    pub(super) edges: Vec<Edge>,
    /// Databases, each with the nodes at which it stands.
    pub(super) databases: Vec<(String, Vec<usize>)>,
}

/// A revision.
#[derive(Debug)]
pub(super) struct Node {
    /// The id and its marks.
    pub(super) title: String,
    /// The message.
    pub(super) message: String,
    /// What kind of node it is.
    pub(super) kind: NodeKind,
}

/// The kinds of nodes that look different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeKind {
    /// Nothing special.
    Plain,
    /// A head.
    Head,
    /// Named as parent or dependency, but no file has it.
    Missing,
}

/// An edge from a revision to what it builds upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Edge {
    /// The revision.
    pub(super) from: usize,
    /// Its parent or dependency.
    pub(super) to: usize,
    /// Whether it is `depends_on`.
    pub(super) dependency: bool,
}

impl Picture {
    /// The picture of a graph and of the databases on it.
    pub(super) fn new(facts: &Facts) -> Self {
        let graph = &facts.graph;
        let order = graph.history();
        let heads: Vec<&str> = graph.heads();
        let mut numbers: HashMap<&str, usize> = order.iter().enumerate().map(|(number, id)| (*id, number)).collect();
        let mut nodes: Vec<Node> = order
            .iter()
            .map(|id| {
                let labels = graph.get(id).map(|revision| revision.branch_labels.join(", ")).unwrap_or_default();
                let labels = if labels.is_empty() { labels } else { format!(" ({labels})") };
                let is_head = heads.contains(id);
                let head = if is_head { " (head)" } else { "" };
                Node {
                    title: clean_uncut(&format!("{id}{labels}{head}")),
                    message: graph.get(id).map(|revision| printable(&revision.message())).unwrap_or_default(),
                    kind: if is_head { NodeKind::Head } else { NodeKind::Plain },
                }
            })
            .collect();

        let mut edges = Vec::new();
        let mut known = HashSet::new();
        let mut edge = |from: usize, to: &'_ str, dependency: bool, numbers: &HashMap<&str, usize>| {
            let edge = numbers.get(to).map(|to| Edge { from, to: *to, dependency });
            edges.extend(edge.filter(|edge| known.insert(*edge)));
        };
        for (from, id) in order.iter().enumerate() {
            let dependencies = graph.dependencies(id);
            let declared = graph.get(id).map(|revision| revision.down_revision.as_slice()).unwrap_or_default();
            for parent in graph.parents(id) {
                if declared.iter().any(|down| down == parent) || !dependencies.contains(&parent) {
                    edge(from, parent, false, &numbers);
                }
            }
            for dependency in dependencies {
                edge(from, dependency, true, &numbers);
            }
        }
        let missing = graph.missing();
        for gap in &missing {
            let Some(from) = graph.revisions().get(gap.revision).and_then(|child| numbers.get(child.id.as_str()))
            else {
                continue;
            };
            let from = *from;
            if !numbers.contains_key(gap.parent.as_str()) {
                numbers.insert(&gap.parent, nodes.len());
                let title = clean_uncut(&format!("{} (missing)", gap.parent));
                nodes.push(Node { title, message: String::new(), kind: NodeKind::Missing });
            }
            edge(from, &gap.parent, gap.kind == crate::graph::EdgeKind::Dependency, &numbers);
        }

        let databases = facts
            .databases
            .iter()
            .map(|database| {
                let rows = database.stamp.iter().flat_map(|stamp| &stamp.rows);
                let at = rows.filter_map(|row| numbers.get(row.as_str()).copied()).collect();
                (clean_uncut(&database.state.name), at)
            })
            .collect();
        Self { nodes, edges, databases }
    }
}
