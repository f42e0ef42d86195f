//! What `alembic downgrade` would run (RevisionMap._parse_downgrade_target,
//! _collect_downgrade_revisions). What the version table does meanwhile is not known here.

use super::Graph;
use super::identifier::Place;
use super::links::Node;
use super::order;
use super::refusal::Refusal;
use super::relative::{self, Overrun, Relative, ran_out};

/// Where a downgrade goes.
#[derive(Debug)]
pub(super) struct Destination {
    /// The branch that narrows down what is dropped: `branch@…`, or the row that `-N` starts from.
    branch: Option<String>,
    /// The revision that stays; `None` for `base`.
    pub(super) node: Option<Node>,
}

impl Graph {
    /// The revisions that are taken back, in order.
    pub(super) fn downgrade_nodes(&self, rows: &[String], target: &str) -> Result<Vec<Node>, Refusal> {
        let destination = self.downgrade_destination(rows, target, Overrun::Refused)?;
        let mut roots = match destination.node {
            None => self.roots(),
            Some(node) => self.links.kids(node).collect(),
        };
        if let Some(branch) = destination.branch.filter(|_| roots.len() > 1) {
            let below = self.links.reach([self.branch_node(&branch)?], |node| self.links.down(node));
            roots.retain(|root| below.contains(root.index()));
            if roots.is_empty() {
                let reason = format!("'{branch}' is on none of the branches that start above the target");
                return Err(Refusal::message("Not a valid downgrade target from current heads", reason));
            }
        }
        let heads = self.nodes_of_rows(rows)?;
        let active = self.links.ancestors(heads.iter().copied());
        let mut dropped = self.links.reach(roots, |node| self.links.all_kids(node));
        dropped.intersect_with(&active);
        if let Some(node) = destination.node.filter(|node| dropped.is_clear() && !heads.contains(node)) {
            let name = self.name(node);
            let reason = if active.contains(node.index()) {
                format!("{name} is applied only as a dependency; nothing above it on its own branch is applied")
            } else {
                format!("{name} is not applied, so there is no way down to it")
            };
            let sentence = format!("Destination {target} is not a valid downgrade target from current head(s)");
            return Err(Refusal::message(sentence, reason));
        }
        Ok(order::walk(&self.links, &dropped, &heads))
    }

    /// RevisionMap._parse_downgrade_target.
    pub(super) fn downgrade_destination(
        &self,
        rows: &[String],
        target: &str,
        overrun: Overrun,
    ) -> Result<Destination, Refusal> {
        if let Some(relative) = relative::parse(target) {
            return self.relative_destination(rows, &relative, overrun);
        }
        let (branch, identifier) = target.rsplit_once('@').unwrap_or(("", target));
        let node = self.node_named(identifier)?;
        Ok(Destination { branch: Some(branch.to_owned()).filter(|branch| !branch.is_empty()), node })
    }

    fn relative_destination(
        &self,
        rows: &[String],
        target: &Relative<'_>,
        overrun: Overrun,
    ) -> Result<Destination, Refusal> {
        let Relative { branch, word, written, steps } = *target;
        let count = target.count();
        let too_far = || Refusal::message("Walked too far", format!("{written} leads out of the graph"));
        let mut branch = branch.map(str::to_owned);
        let word = match word {
            None if steps >= 0 => {
                let reason = "a downgrade goes down: its relative target is a sign - and a number above zero";
                return Err(ran_out(written, count).because(reason));
            }
            Some(word) if steps >= 0 => {
                let start = self.node_named(word)?.map_or(Place::Base, Place::Revision);
                let place = self.walk_up(start, count, branch.as_deref(), overrun)?;
                let Place::Revision(node) = place else { return Err(too_far()) };
                return Ok(Destination { branch, node: Some(node) });
            }
            Some(word) => word.to_owned(),
            None => match &branch {
                Some(branch) => self.only_row_on(rows, branch)?,
                None => {
                    let Some(row) = rows.first() else {
                        return Err(ran_out(written, count).because("the version table is empty: nothing is applied"));
                    };
                    // So that only the branch of this row is dropped.
                    branch = Some(row.clone());
                    row.clone()
                }
            },
        };
        let start = branch.as_ref().map_or_else(|| word.clone(), |branch| format!("{branch}@{word}"));
        match self.walk_down_from(&start, count, overrun)? {
            Place::Revision(node) => Ok(Destination { branch, node: Some(node) }),
            Place::Base => Ok(Destination { branch, node: None }),
            Place::Nowhere if target.word.is_none() => Err(ran_out(written, count)),
            Place::Nowhere => Err(too_far()),
        }
    }

    /// The row that `branch@-N` starts from.
    fn only_row_on(&self, rows: &[String], branch: &str) -> Result<String, Refusal> {
        let mut found = self.rows_in_lineage(rows, branch)?;
        if found.is_empty() {
            // A head that only another one's dependency keeps applied.
            found = self.names(&self.in_lineage(self.current_nodes(rows), branch)?);
        }
        match found.as_slice() {
            [row] => Ok(row.clone()),
            [] => Err(Refusal::crash("AssertionError", format!("nothing on the branch of '{branch}' is applied"))),
            several => {
                let reason = format!("several rows are on the branch of '{branch}': {}", several.join(", "));
                Err(Refusal::crash("AssertionError", reason))
            }
        }
    }

    /// The rows on a branch, as they are written. Alembic looks them up as ids, not as words.
    fn rows_in_lineage(&self, rows: &[String], branch: &str) -> Result<Vec<String>, Refusal> {
        self.in_lineage(Vec::new(), branch)?;
        if branch == "base" {
            return Ok(rows.to_vec());
        }
        let mut found = Vec::new();
        for row in rows {
            let node = self.look_up(row, None)?;
            if !self.in_lineage(vec![node], branch)?.is_empty() {
                found.push(row.clone());
            }
        }
        Ok(found)
    }

    /// Everything without a parent, once for each name that it has: Alembic counts a base with a
    /// label twice when it asks whether there are several.
    fn roots(&self) -> Vec<Node> {
        let of_label = self.keys.labels().iter().filter_map(|(_, file)| self.revisions.get(*file));
        let labelled = of_label.filter(|it| it.down_revision.is_empty()).filter_map(|it| self.keys.id(&it.id));
        let is_base = |node: &Node| self.revision(*node).is_some_and(|revision| revision.down_revision.is_empty());
        self.links.nodes().filter(is_base).chain(labelled).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::Graph;
    use crate::graph::testing::{graph, texts};

    fn plan<'a>(graph: &'a Graph, rows: &[&str], target: &str) -> Vec<&'a str> {
        graph.show(graph.downgrade_nodes(&texts(rows), target).unwrap())
    }

    fn refusal(graph: &Graph, rows: &[&str], target: &str) -> (String, String) {
        let error = graph.downgrade_nodes(&texts(rows), target).unwrap_err().for_plan(target);
        (error.alembic, error.reason)
    }

    #[test]
    fn everything_above_the_target_goes_newest_first() {
        let graph = graph(&["a", "a <- b", "b <- c"]);
        assert_eq!(plan(&graph, &["c"], "a"), ["c", "b"]);
        assert_eq!(plan(&graph, &["c"], "base"), ["c", "b", "a"]);
        assert_eq!(plan(&graph, &["c"], "-2"), ["c", "b"]);
        assert_eq!(plan(&graph, &["c"], "b-1"), ["c", "b"]);
        assert!(plan(&graph, &["c"], "c").is_empty());
    }

    #[test]
    fn what_depends_on_a_dropped_revision_is_dropped_too() {
        let graph = graph(&["a1 @alpha", "a1 <- a2", "b1 @beta +a2"]);
        assert_eq!(plan(&graph, &["b1"], "alpha@base"), ["b1", "a2", "a1"]);
        assert_eq!(plan(&graph, &["b1"], "alpha@-1"), ["b1", "a2"]);
    }

    #[test]
    fn an_unknown_branch_before_base_is_ignored_when_there_is_one_root() {
        assert_eq!(plan(&graph(&["a", "a <- b"]), &["b"], "typo@base"), ["b", "a"]);
        let two = graph(&["a", "a <- b", "x"]);
        assert_eq!(refusal(&two, &["b"], "typo@base").0, "Can't locate revision identified by 'typo'");
    }

    #[test]
    fn refusals_say_what_is_so() {
        let graph = graph(&["a", "a <- b", "a <- c", "x +b"]);
        let sentence =
            |target: &str| format!("Destination {target} is not a valid downgrade target from current head(s)");
        assert_eq!(
            refusal(&graph, &["b"], "c"),
            (sentence("c"), "c is not applied, so there is no way down to it".into())
        );
        assert_eq!(refusal(&graph, &["x"], "b").0, sentence("b"));
        assert!(refusal(&graph, &["x"], "b").1.contains("only as a dependency"));
        assert_eq!(refusal(&graph, &["b"], "-9").0, "Relative revision -9 didn't produce 9 migrations");
        assert_eq!(refusal(&graph, &["b"], "b-9").0, "Walked too far");
        assert_eq!(refusal(&graph, &["b"], "+1").0, "Relative revision +1 didn't produce 1 migrations");
        assert_eq!(refusal(&graph, &[], "-1").1, "the version table is empty: nothing is applied");
    }
}
