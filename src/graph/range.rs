//! `alembic history -r start:end` (command.history, RevisionMap._collect_upgrade_revisions): the
//! end with all below it, without what is below the start.

use fixedbitset::FixedBitSet;

use super::Graph;
use super::identifier::Place;
use super::links::Node;
use super::order;
use super::plan::PlanError;
use super::refusal::Refusal;
use super::relative::{self, Overrun};

/// One end of a range.
#[derive(Debug)]
enum End {
    Written(String),
    /// `current`: the rows of the version table.
    Rows(Vec<String>),
}

impl End {
    /// As Alembic's sentences show it: a row set is a Python tuple.
    fn shown(&self) -> String {
        match self {
            Self::Written(text) => text.clone(),
            Self::Rows(rows) => {
                let rows: Vec<String> = rows.iter().map(|row| format!("'{row}'")).collect();
                format!("({}{})", rows.join(", "), if rows.len() == 1 { "," } else { "" })
            }
        }
    }

    fn rows(&self) -> Vec<String> {
        match self {
            Self::Written(text) => vec![text.clone()],
            Self::Rows(rows) => rows.clone(),
        }
    }
}

impl Graph {
    /// The revisions of a range, newest first, both ends included. `rows` is what `current` means.
    ///
    /// # Errors
    /// Where Alembic refuses or crashes.
    pub fn history_range(&self, range: &str, rows: &[String]) -> Result<Vec<&str>, PlanError> {
        let (start, end) = ends(range, rows)?;
        let nodes = self.range_nodes(&start, &end).map_err(|refusal| refusal.for_plan(&end.shown()))?;
        Ok(self.show(nodes))
    }

    fn range_nodes(&self, start: &End, end: &End) -> Result<Vec<Node>, Refusal> {
        let targets = self.range_targets(start, end)?;
        self.refuse_overlaps(&targets)?;
        let needed = self.links.ancestors(targets.iter().copied());
        let current = self.range_start(start, end, &needed)?;
        self.refuse_overlaps(&current)?;
        let mut wanted = needed;
        wanted.difference_with(&self.links.ancestors(current.iter().copied()));
        wanted.extend(current.iter().map(|node| node.index()));
        if !current.is_empty() {
            wanted.intersect_with(&self.links.reach(current.iter().copied(), |node| self.links.kids(node)));
        }
        let tips = targets.iter().copied().filter(|node| wanted.contains(node.index()));
        let reached = self.links.reach(tips, |node| {
            self.links.parents(node).filter(|parent| wanted.contains(parent.index())).collect::<Vec<_>>().into_iter()
        });
        if let Some(lost) = wanted.difference(&reached).next() {
            let name = self.name(Node::new(lost));
            return Err(Refusal::crash(
                "AssertionError",
                format!("the end reaches {name} only over a revision outside of the range, by a dependency"),
            ));
        }
        Ok(order::walk(&self.links, &wanted, &targets))
    }

    /// What the end names; with `branch@…` at the start, only what carries that label.
    fn range_targets(&self, start: &End, end: &End) -> Result<Vec<Node>, Refusal> {
        let mut targets = match end {
            End::Written(text) => match relative::parse(text) {
                Some(target) => vec![self.relative_target(&start.rows(), &target, Overrun::Stays)?],
                None => self.nodes_named(text)?,
            },
            End::Rows(rows) => self.nodes_of_rows(rows)?,
        };
        if let End::Written(text) = start
            && let Some((branch, _)) = text.split_once('@')
        {
            let label = self.label_of(branch)?;
            targets.retain(|node| self.labels(self.name(*node)).contains(&label));
        }
        Ok(targets)
    }

    /// The label that stands before `@`; an id stands for its only label.
    fn label_of<'a>(&'a self, branch: &'a str) -> Result<&'a str, Refusal> {
        match self.node_named(branch)? {
            Some(node) if self.name(node) == branch => match self.labels(branch).as_slice() {
                [label] => Ok(label),
                labels => {
                    let reason =
                        format!("before @, {branch} must carry exactly one branch label, not {}", labels.len());
                    Err(Refusal::crash("AssertionError", reason))
                }
            },
            _ => Ok(branch),
        }
    }

    /// What the start names.
    fn range_start(&self, start: &End, end: &End, needed: &FixedBitSet) -> Result<Vec<Node>, Refusal> {
        let nodes = match start {
            End::Rows(rows) => self.nodes_of_rows(rows)?,
            End::Written(text) => match self.steps_below_heads(text) {
                Some(places) => return self.start_below_heads(places?, text, start, end, needed),
                None => self.nodes_named(text)?,
            },
        };
        if nodes.iter().any(|node| !needed.contains(node.index())) {
            return Err(self.not_along_one_branch(start, end));
        }
        Ok(nodes)
    }

    /// `-N` as a start: from each head so many steps down.
    fn start_below_heads(
        &self,
        places: Vec<Place>,
        text: &str,
        start: &End,
        end: &End,
        needed: &FixedBitSet,
    ) -> Result<Vec<Node>, Refusal> {
        let outside = |place: &Place| match place {
            Place::Revision(node) => !needed.contains(node.index()),
            Place::Base => true,
            Place::Nowhere => false,
        };
        if places.iter().any(outside) {
            return Err(self.not_along_one_branch(start, end));
        }
        if places.first() == Some(&Place::Nowhere) {
            // Alembic tries it again as the target of a downgrade from the end.
            let destination = self.downgrade_destination(&end.rows(), text, Overrun::Stays)?;
            return Ok(destination.node.into_iter().collect());
        }
        // Alembic compares those that it found before it stumbles over the others.
        let found = places.iter().filter_map(|place| match place {
            Place::Revision(node) => Some(*node),
            Place::Base | Place::Nowhere => None,
        });
        self.refuse_overlaps(&found.collect::<Vec<_>>())?;
        let nodes = places.into_iter().map(|place| match place {
            Place::Revision(node) => Ok(node),
            Place::Base | Place::Nowhere => {
                Err(Refusal::crash("AssertionError", format!("{text} is past the base of some heads")))
            }
        });
        nodes.collect()
    }

    fn not_along_one_branch(&self, start: &End, end: &End) -> Refusal {
        let (start, end) = (start.shown(), end.shown());
        Refusal::message(
            format!(
                "Requested range {start}:{end} does not refer to ancestor/descendant revisions along the same branch"
            ),
            format!("{start} does not come before {end}"),
        )
    }
}

/// The ends of a range as written, with `current` replaced.
fn ends(range: &str, rows: &[String]) -> Result<(End, End), PlanError> {
    let Some((start, end)) = range.trim().split_once(':') else {
        let sentence = "History range requires [start]:[end], [start]:, or :[end]";
        return Err(Refusal::message(sentence, format!("'{range}' has no colon")).into());
    };
    if end.contains(':') {
        let sentence = "ValueError: too many values to unpack (expected 2)";
        return Err(Refusal::crash(sentence, "a range has one colon").into());
    }
    let written = |text: &str, otherwise: &str| End::Written(if text.is_empty() { otherwise } else { text }.to_owned());
    // An empty table is no row set, but the same as nothing written.
    let current = |otherwise: &str| match rows {
        [] => written("", otherwise),
        rows => End::Rows(rows.to_vec()),
    };
    Ok(match (start, end) {
        (start, "current") => (written(start, "base"), current("heads")),
        ("current", end) => (current("base"), written(end, "heads")),
        (start, end) => (written(start, "base"), written(end, "heads")),
    })
}

#[cfg(test)]
mod tests {
    use crate::graph::Graph;
    use crate::graph::testing::{graph, texts};

    fn refusal(graph: &Graph, range: &str) -> String {
        graph.history_range(range, &[]).unwrap_err().alembic
    }

    #[test]
    fn both_ends_are_included_and_may_be_left_out() {
        let graph = graph(&["a", "a <- b", "b <- c", "c <- d"]);
        assert_eq!(graph.history_range("b:c", &[]).unwrap(), ["c", "b"]);
        assert_eq!(graph.history_range(":b", &[]).unwrap(), ["b", "a"]);
        assert_eq!(graph.history_range("c:", &[]).unwrap(), ["d", "c"]);
        assert_eq!(graph.history_range(":", &[]).unwrap(), ["d", "c", "b", "a"]);
        assert_eq!(graph.history_range("-2:", &[]).unwrap(), ["d", "c", "b"]);
        assert_eq!(graph.history_range("a:+2", &[]).unwrap(), ["c", "b", "a"]);
        assert_eq!(graph.history_range("a:+9", &[]).unwrap(), ["d", "c", "b", "a"]);
        assert_eq!(graph.history_range("-9:d", &[]).unwrap(), ["d", "c", "b", "a"]);
    }

    #[test]
    fn current_is_what_the_version_table_holds() {
        let graph = graph(&["a", "a <- b", "b <- c"]);
        assert_eq!(graph.history_range("a:current", &texts(&["b"])).unwrap(), ["b", "a"]);
        assert_eq!(graph.history_range("current:", &texts(&["b"])).unwrap(), ["c", "b"]);
        assert_eq!(graph.history_range("b:current", &[]).unwrap(), ["c", "b"]);
    }

    #[test]
    fn a_start_that_does_not_come_before_the_end_is_refused() {
        let graph = graph(&["a", "a <- b", "b <- c"]);
        let sentence = "does not refer to ancestor/descendant revisions along the same branch";
        assert_eq!(refusal(&graph, "c:a"), format!("Requested range c:a {sentence}"));
        assert_eq!(
            graph.history_range("c:current", &texts(&["a"])).unwrap_err().alembic,
            format!("Requested range c:('a',) {sentence}")
        );
        assert_eq!(refusal(&graph, "a"), "History range requires [start]:[end], [start]:, or :[end]");
        assert_eq!(refusal(&graph, "a:b:c"), "ValueError: too many values to unpack (expected 2)");
    }

    #[test]
    fn a_branch_before_the_start_cuts_the_heads() {
        let graph = graph(&["r", "r <- a1 @alpha", "r <- b1", "a1 <- a2"]);
        assert_eq!(graph.history_range("alpha@a1:", &[]).unwrap(), ["a2", "a1"]);
    }

    #[test]
    fn an_end_across_a_dependency_crashes() {
        let graph = graph(&["a1", "a1 <- a2", "b1 +a1", "b1 <- b2 +a2"]);
        assert_eq!(refusal(&graph, "a1:b2"), "AssertionError");
    }
}
