//! What `alembic stamp` would write (alembic.script.base.ScriptDirectory._stamp_revs and
//! alembic.runtime.migration.StampStep). Nothing runs: only rows change.

use super::Graph;
use super::links::Node;
use super::plan::PlanError;
use super::refusal::Refusal;
use super::version_rows::{VersionRows, Writes};

/// One step of a stamp.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// To `base`: this row goes.
    Delete(Node),
    /// A branch that no row is on.
    Insert(Node),
    /// The rows near the destination become the destination, which is above them.
    Up(Vec<Node>, Node),
    /// The same, and it is below them.
    Down(Vec<Node>, Node),
}

impl Graph {
    /// The steps; each is judged against the rows as they are at the beginning.
    pub(super) fn stamp_moves(&self, rows: &[String], targets: &[String]) -> Result<Vec<Move>, PlanError> {
        let stored = self.nodes_of_rows(rows)?;
        let mut near: Vec<Node> = Vec::new();
        for target in targets.iter().filter(|target| !target.is_empty()) {
            for node in self.related(&stored, target).map_err(Refusal::for_stamp)? {
                if !near.contains(&node) {
                    near.push(node);
                }
            }
        }
        let mut destinations = Vec::new();
        for target in targets {
            destinations.extend(self.nodes_named(target)?);
        }
        if destinations.is_empty() {
            return Ok(near.into_iter().map(Move::Delete).collect());
        }
        let mut moves = Vec::new();
        for destination in destinations.into_iter().filter(|destination| !near.contains(destination)) {
            let above = self.links.reach([destination], |node| self.links.all_kids(node));
            let below = self.links.ancestors([destination]);
            let has_above = near.iter().any(|node| above.contains(node.index()));
            let has_below = near.iter().any(|node| below.contains(node.index()));
            moves.push(match (has_above, has_below) {
                (true, true) => {
                    let name = self.name(destination);
                    let reason = format!("the rows lie both above and below {name}: {}", self.names(&near).join(", "));
                    return Err(Refusal::crash("AssertionError", reason).into());
                }
                (true, false) => Move::Down(near.clone(), destination),
                (false, true) => Move::Up(near.clone(), destination),
                (false, false) => Move::Insert(destination),
            });
        }
        Ok(moves)
    }
}

impl Move {
    /// The revision that the step is about.
    pub(super) fn node(&self) -> Node {
        match self {
            Self::Delete(node) | Self::Insert(node) | Self::Up(_, node) | Self::Down(_, node) => *node,
        }
    }

    /// What the step writes (HeadMaintainer.update_to_step).
    pub(super) fn apply(&self, graph: &Graph, rows: &mut VersionRows<'_>) -> Result<Writes, Refusal> {
        let to = graph.name(self.node());
        match self {
            Self::Delete(_) => rows.delete(to),
            Self::Insert(_) => rows.insert(to),
            Self::Up(near, _) | Self::Down(near, _) => {
                let from = graph.names(near);
                let some_gone = from.iter().any(|row| !rows.holds_text(row));
                if matches!(self, Self::Up(..)) && some_gone && !rows.holds_text(to) {
                    return rows.insert(to);
                }
                rows.merge(&from, to)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{graph, texts};

    fn stamp(graph: &Graph, rows: &[&str], targets: &[&str]) -> Result<Vec<String>, String> {
        let mut table = VersionRows::new(graph, &texts(rows), "alembic_version");
        for step in graph.stamp_moves(&texts(rows), &texts(targets)).map_err(|error| error.alembic)? {
            step.apply(graph, &mut table).map_err(|refusal| refusal.for_stamp().alembic)?;
        }
        Ok(table.into_rows())
    }

    #[test]
    fn the_rows_near_the_destination_become_it() {
        let graph = graph(&["r", "r <- a1", "r <- b1", "a1 <- a2", "b1 <- b2 +a2"]);
        assert_eq!(stamp(&graph, &["r"], &["a1", "b1"]).unwrap(), ["a1", "b1"]);
        assert_eq!(stamp(&graph, &["a1", "b1"], &["r"]).unwrap(), ["r"]);
        assert_eq!(stamp(&graph, &["b2"], &["a2"]).unwrap(), ["a2"]);
        assert_eq!(stamp(&graph, &["a1"], &["a1"]).unwrap(), ["a1"]);
        assert!(stamp(&graph, &["a1", "b1"], &["base"]).unwrap().is_empty());
    }

    #[test]
    fn several_heads_are_refused_in_the_words_of_stamp() {
        let graph = graph(&["r", "r <- a", "r <- b"]);
        let sentence = "Multiple heads are present; please specify a single target revision";
        assert_eq!(stamp(&graph, &[], &["head"]).unwrap_err(), sentence);
        assert_eq!(stamp(&graph, &[], &["heads"]).unwrap(), ["a", "b"]);
    }

    #[test]
    fn destinations_are_not_checked_against_each_other() {
        let graph = graph(&["a", "a <- d"]);
        assert_eq!(stamp(&graph, &[], &["a", "d"]).unwrap(), ["a", "d"]);
    }

    #[test]
    fn rows_above_and_below_the_destination_crash_it() {
        let graph = graph(&["a", "a <- b", "b <- c"]);
        assert_eq!(stamp(&graph, &["a", "c"], &["b"]).unwrap_err(), "AssertionError");
    }
}
