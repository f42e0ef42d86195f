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
        let mut row_of: HashMap<Node, &str> = HashMap::new();
        for (row, node) in rows {
            row_of.entry(*node).or_insert(row);
        }
        let below = self.links.ancestors(rows.iter().flat_map(|(_, node)| self.links.parents(*node)));
        let implied = rows.iter().filter(|(_, node)| below.contains(node.index())).filter_map(|(row, node)| {
            let path = self.path_from_above(*node, |above| row_of.contains_key(&above))?;
            let implied_by = row_of.get(path.first()?)?;
            Some(RowProblem::Redundant {
                row: (*row).to_owned(),
                implied_by: (*implied_by).to_owned(),
                path: self.names(&path),
            })
        });
        implied.collect()
    }

    /// A shortest way down to `node` from another one that is `wanted`, both included.
    fn path_from_above(&self, node: Node, wanted: impl Fn(Node) -> bool) -> Option<Vec<Node>> {
        let mut parent_of: HashMap<Node, Node> = HashMap::from([(node, node)]);
        let mut todo = VecDeque::from([node]);
        while let Some(above) = todo.pop_front() {
            if above != node && wanted(above) {
                let down = std::iter::successors(Some(above), |at| parent_of.get(at).copied().filter(|_| *at != node));
                return Some(down.collect());
            }
            for child in self.links.dependants(above) {
                parent_of.entry(child).or_insert_with(|| {
                    todo.push_back(child);
                    above
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

#[cfg(test)]
mod tests {
    use super::RowProblem::{Duplicate, Mistyped, NotAnId, Redundant, Unknown};
    use crate::graph::testing::graph;

    fn rows(rows: &[&str]) -> Vec<String> {
        rows.iter().map(|row| (*row).to_owned()).collect()
    }

    #[test]
    fn exact_ids_that_do_not_imply_each_other_are_no_problem() {
        let graph = graph(&["r", "r <- a", "r <- b"]);
        assert_eq!(graph.row_problems(&rows(&["a", "b"])), []);
        assert_eq!(graph.row_problems(&[]), []);
    }

    #[test]
    fn each_kind_of_bad_row_is_told_from_the_others() {
        let graph = graph(&["ae1027 @web", "ae1027 <- bbbb99"]);
        assert_eq!(graph.row_problems(&rows(&["gone"])), [Unknown { row: "gone".into() }]);
        let mistyped = |row: &str| vec![Mistyped { row: row.into(), meant: "ae1027".into() }];
        assert_eq!(graph.row_problems(&rows(&["AE1027"])), mistyped("AE1027"));
        assert_eq!(graph.row_problems(&rows(&["ae1027  "])), mistyped("ae1027  "));
        for (row, meaning) in [("ae1", "ae1027"), ("web", "ae1027"), ("head", "bbbb99"), ("web@head", "bbbb99")] {
            let problem = NotAnId { row: row.into(), meaning: vec![meaning.into()] };
            assert_eq!(graph.row_problems(&rows(&[row])), [problem]);
        }
        assert_eq!(graph.row_problems(&rows(&["base"])), [NotAnId { row: "base".into(), meaning: vec![] }]);
        assert_eq!(graph.row_problems(&rows(&[""])), [Unknown { row: String::new() }]);
    }

    #[test]
    fn a_value_stored_twice_is_told_once() {
        let graph = graph(&["a"]);
        assert_eq!(graph.row_problems(&rows(&["a", "a", "a"])), [Duplicate { row: "a".into(), times: 3 }]);
    }

    #[test]
    fn a_row_below_another_one_is_redundant_dependencies_counted() {
        let graph = graph(&["a1", "a1 <- a2", "b1 +a2"]);
        let problem = |path: &[&str]| Redundant {
            row: path.last().unwrap().to_string(),
            implied_by: path[0].into(),
            path: rows(path),
        };
        assert_eq!(graph.row_problems(&rows(&["a1", "b1"])), [problem(&["b1", "a2", "a1"])]);
        assert_eq!(graph.row_problems(&rows(&["a2", "b1"])), [problem(&["b1", "a2"])]);
    }

    #[test]
    fn current_shows_a_head_that_only_a_dependency_reached() {
        let graph = graph(&["a1", "a1 <- a2", "b1 +a2", "a2 <- a3"]);
        assert_eq!(graph.effective_heads(&rows(&["b1"])), ["a2", "b1"]);
        assert_eq!(graph.effective_heads(&rows(&["a1", "a2"])), ["a2"]);
        assert!(graph.effective_heads(&[]).is_empty());
    }
}
