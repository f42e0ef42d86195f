//! What `alembic upgrade` would run (semantics: alembic.script.base.ScriptDirectory._upgrade_revs).

use super::Graph;
use super::links::Node;
use super::order;
use super::refusal::Refusal;
use super::relative::{self, Overrun};

/// Why Alembic would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{alembic}")]
pub struct PlanError {
    /// Alembic's own sentence; where Alembic crashes instead, the last line of its traceback.
    pub alembic: String,
    /// The true reason.
    pub reason: String,
    /// Identifiers that may have been meant.
    pub suggestions: Vec<String>,
}

impl Graph {
    /// RevisionMap._collect_upgrade_revisions and the walk.
    pub(super) fn upgrade_nodes(&self, rows: &[String], target: &str) -> Result<Vec<Node>, Refusal> {
        let targets = match relative::parse(target) {
            Some(target) => vec![self.relative_target(rows, &target, Overrun::Refused)?],
            None => self.nodes_named(target)?,
        };
        self.refuse_overlaps(&targets)?;
        let current = self.nodes_of_rows(rows)?;
        self.refuse_overlaps(&current)?;
        let mut needed = self.links.ancestors(targets.iter().copied());
        needed.difference_with(&self.links.ancestors(current));
        let mut plan = order::walk(&self.links, &needed, &targets);
        plan.reverse();
        Ok(plan)
    }

    /// What the rows mean, row by row.
    pub(super) fn nodes_of_rows(&self, rows: &[String]) -> Result<Vec<Node>, Refusal> {
        let mut nodes = Vec::new();
        for row in rows {
            nodes.extend(self.nodes_named(row).map_err(|refusal| refusal.of_row(row))?);
        }
        Ok(nodes)
    }

    /// No revision may be an ancestor of another (RevisionMap._iterate_related_revisions, check).
    pub(super) fn refuse_overlaps(&self, nodes: &[Node]) -> Result<(), Refusal> {
        let parents = nodes.iter().flat_map(|node| self.links.parents(*node));
        let below_any = self.links.ancestors(parents);
        if !nodes.iter().any(|node| below_any.contains(node.index())) {
            return Ok(());
        }
        // In the words of the first revision that has another one below it.
        for node in nodes {
            let below = self.links.ancestors([*node]);
            let mut overlaps: Vec<Node> =
                nodes.iter().copied().filter(|other| other != node && below.contains(other.index())).collect();
            overlaps.sort_unstable();
            overlaps.dedup();
            if !overlaps.is_empty() {
                let (name, others) = (self.name(*node), self.names(&overlaps).join(", "));
                return Err(Refusal::message(
                    format!("Requested revision {name} overlaps with other requested revisions {others}"),
                    format!("{others} comes before {name}: who has {name} has it already"),
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::Graph;
    use crate::graph::testing::graph;

    fn plan<'a>(graph: &'a Graph, rows: &[&str], target: &str) -> Vec<&'a str> {
        let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
        graph.upgrade_plan(&rows, target).unwrap()
    }

    fn refusal(graph: &Graph, rows: &[&str], target: &str) -> String {
        let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
        graph.upgrade_plan(&rows, target).unwrap_err().alembic
    }

    #[test]
    fn at_a_merge_the_parent_named_last_runs_first() {
        let graph = graph(&["r", "r <- a1", "r <- b1", "b1,a1 <- m"]);
        assert_eq!(plan(&graph, &[], "head"), ["r", "a1", "b1", "m"]);
    }

    #[test]
    fn a_target_below_the_rows_is_a_success_without_steps() {
        let graph = graph(&["a", "a <- b", "b <- c"]);
        assert!(plan(&graph, &["c"], "a").is_empty());
        assert!(plan(&graph, &["c"], "base").is_empty());
        assert!(plan(&graph, &["c"], "nope@base").is_empty());
    }

    #[test]
    fn a_revision_inserted_below_a_row_never_runs() {
        let graph = graph(&["a", "a <- inserted", "inserted <- b"]);
        assert!(plan(&graph, &["b"], "head").is_empty());
    }

    #[test]
    fn dependencies_are_pulled_in_from_other_branches() {
        let graph = graph(&["a1 @alpha", "a1 <- a2", "a2 <- a3", "b1 @beta +a2"]);
        assert_eq!(plan(&graph, &[], "beta@head"), ["a1", "a2", "b1"]);
    }

    #[test]
    fn several_heads_are_refused_with_the_argument_as_given() {
        let graph = graph(&["r @lab", "r <- a", "r <- b"]);
        assert!(
            refusal(&graph, &["r"], "head")
                .starts_with("Multiple head revisions are present for given argument 'head'; ")
        );
        assert!(refusal(&graph, &["r"], "lab@head").contains("'<branchname>@lab@head'"));
        assert_eq!(plan(&graph, &["r"], "heads"), ["b", "a"]);
    }

    #[test]
    fn rows_that_imply_each_other_are_refused() {
        let graph = graph(&["a", "a <- b", "x +b", "b <- c"]);
        let sentence = "Requested revision b overlaps with other requested revisions a";
        assert_eq!(refusal(&graph, &["a", "b"], "heads"), sentence);
        assert_eq!(
            refusal(&graph, &["b", "x"], "heads"),
            "Requested revision x overlaps with other requested revisions b"
        );
    }

    #[test]
    fn a_row_that_no_file_has_is_what_cannot_be_located() {
        let graph = graph(&["a", "a <- b"]);
        assert_eq!(refusal(&graph, &["gone"], "head"), "Can't locate revision identified by 'gone'");
    }

    #[test]
    fn relative_targets_count_from_the_row() {
        let graph = graph(&["a", "a <- b", "b <- c"]);
        assert_eq!(plan(&graph, &["a"], "+1"), ["b"]);
        assert_eq!(plan(&graph, &[], "+2"), ["a", "b"]);
        assert_eq!(plan(&graph, &[], "c-1"), ["a", "b"]);
        assert_eq!(refusal(&graph, &["a"], "+3"), "Relative revision +3 didn't produce 3 migrations");
        assert_eq!(refusal(&graph, &["a"], "-1"), "Relative revision -1 didn't produce 1 migrations");
        assert_eq!(refusal(&graph, &["a"], "b+9"), "AssertionError");
    }

    #[test]
    fn a_duplicated_tip_stops_head_but_not_heads() {
        let graph = graph(&["a", "a <- b", "a <- b"]);
        assert_eq!(graph.heads(), ["b", "b"]);
        assert!(refusal(&graph, &["a"], "head").starts_with("Multiple head"));
        assert_eq!(plan(&graph, &["a"], "heads"), ["b"]);
    }

    #[test]
    fn a_duplicate_in_mid_line_makes_heads_overlap() {
        let graph = graph(&["a", "a <- b", "a <- b", "b <- c"]);
        assert_eq!(graph.heads(), ["b", "c"]);
        assert_eq!(refusal(&graph, &[], "heads"), "Requested revision c overlaps with other requested revisions b");
    }
}
