//! What the rows of a version table mean, and what is wrong with them.

use std::collections::{HashMap, VecDeque};

use super::Graph;
use super::links::Node;

/// What is wrong with a row of a version table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowProblem {
    /// No revision has this id, and nothing else makes Alembic accept it.
    Unknown {
        /// The row.
        row: String,
    },
    /// Alembic takes it for a revision although it is not its id: a prefix, a label, `head`,
    /// `base`, … (`meaning`: the ids that it resolves to).
    NotAnId {
        /// The row.
        row: String,
        /// What Alembic takes it for; empty for `base`.
        meaning: Vec<String>,
    },
    /// Wrong case or surrounding blanks: Alembic does not accept it, but it is clear what was meant.
    Mistyped {
        /// The row.
        row: String,
        /// The id.
        meant: String,
    },
    /// The same value more than once.
    Duplicate {
        /// The row.
        row: String,
        /// How often.
        times: usize,
    },
    /// Another row implies it: it is an ancestor (dependencies count) of `implied_by`.
    Redundant {
        /// The row.
        row: String,
        /// The row that implies it.
        implied_by: String,
        /// The way from `implied_by` down to `row`, both included.
        path: Vec<String>,
    },
}

impl Graph {
    pub(super) fn problems_of_rows(&self, rows: &[String]) -> Vec<RowProblem> {
        let mut times: HashMap<&str, usize> = HashMap::new();
        for row in rows {
            *times.entry(row).or_default() += 1;
        }
        let mut problems = Vec::new();
        let mut meanings: Vec<(&str, Node)> = Vec::new();
        for row in rows {
            // Each value is spoken of once, at its first row.
            let Some(times) = times.remove(row.as_str()) else { continue };
            match self.nodes_named(row) {
                Ok(nodes) => {
                    meanings.extend(nodes.iter().map(|node| (row.as_str(), *node)));
                    if !matches!(nodes.as_slice(), [node] if self.name(*node) == row) {
                        problems.push(RowProblem::NotAnId { row: row.clone(), meaning: self.names(&nodes) });
                    }
                }
                Err(_) => problems.push(match self.meant_by(row) {
                    Some(meant) => RowProblem::Mistyped { row: row.clone(), meant: meant.to_owned() },
                    None => RowProblem::Unknown { row: row.clone() },
                }),
            }
            if times > 1 {
                problems.push(RowProblem::Duplicate { row: row.clone(), times });
            }
        }
        problems.extend(self.redundant(&meanings));
        problems
    }

    fn redundant(&self, rows: &[(&str, Node)]) -> Vec<RowProblem> {
        let ways = rows.iter().flat_map(|(row, node)| {
            let nearest = rows
                .iter()
                .filter(|(_, other)| other != node)
                .filter_map(|(other_row, other)| Some((*other_row, self.path(*other, *node)?)))
                .min_by_key(|(_, path)| path.len());
            nearest.map(|(implied_by, path)| RowProblem::Redundant {
                row: (*row).to_owned(),
                implied_by: implied_by.to_owned(),
                path: self.names(&path),
            })
        });
        ways.collect()
    }

    /// A shortest way from `from` down to `to`, both included.
    fn path(&self, from: Node, to: Node) -> Option<Vec<Node>> {
        let mut child_of: HashMap<Node, Node> = HashMap::from([(from, from)]);
        let mut todo = VecDeque::from([from]);
        while let Some(node) = todo.pop_front() {
            if node == to {
                let mut path = vec![to];
                let mut last = to;
                while last != from {
                    last = *child_of.get(&last)?;
                    path.push(last);
                }
                path.reverse();
                return Some(path);
            }
            for parent in self.links.parents(node) {
                child_of.entry(parent).or_insert_with(|| {
                    todo.push_back(parent);
                    node
                });
            }
        }
        None
    }

    /// RevisionMap._get_all_current: the rows and all below them, without what has a child in
    /// that set. Rows that mean nothing are left out.
    pub(super) fn current_nodes(&self, rows: &[String]) -> Vec<Node> {
        let named = rows.iter().filter_map(|row| self.nodes_named(row).ok()).flatten();
        let below = self.links.ancestors(named);
        let has_child = |node: Node| self.links.kids(node).any(|kid| kid != node && below.contains(kid.index()));
        below.ones().map(Node::new).filter(|node| !has_child(*node)).collect()
    }
}
