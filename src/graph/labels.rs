//! How branch labels spread along a line (RevisionMap._map_branch_labels, _add_branches).
//!
//! A label goes to all descendants of the revision that declares it, dependencies left aside. It
//! goes to ancestors only when everything from the one tip down past that revision is a plain
//! line: no merge, and no branching, where dependencies count.

use super::keys::Keys;
use super::links::{Links, Node};
use crate::revision::Revision;

/// The labels of each node, as sorted places in [`Keys::labels`].
pub(super) fn spread(revisions: &[Revision], keys: &Keys, links: &Links) -> Vec<Vec<usize>> {
    let mut labels: Vec<Vec<usize>> = vec![Vec::new(); links.len()];
    for (label, (_, file)) in keys.labels().iter().enumerate() {
        let Some(revision) = revisions.get(*file) else { continue };
        let Some(node) = keys.id(&revision.id) else { continue };
        let line = Line { revisions, keys, links };
        // Nothing knows an earlier copy of a duplicated id as its parent: it has no descendants.
        let is_copy = keys.file(node) != Some(*file);
        let (down, tip_is_plain) = if is_copy {
            (Vec::new(), revision.down_revision.len() < 2)
        } else {
            let below = links.reach([node], |node| links.kids(node));
            (below.ones().map(Node::new).collect(), below.ones().map(Node::new).all(|node| line.is_plain(node)))
        };
        let parent = revision.down_revision.first().and_then(|id| keys.id(id));
        let up = if tip_is_plain { line.climb(parent) } else { Vec::new() };
        for node in down.into_iter().chain(up) {
            if let Some(labels) = labels.get_mut(node.index())
                && labels.last() != Some(&label)
            {
                labels.push(label);
            }
        }
    }
    labels
}

struct Line<'a> {
    revisions: &'a [Revision],
    keys: &'a Keys,
    links: &'a Links,
}

impl Line<'_> {
    /// Neither a merge (as written: a parent named twice counts) nor a real branch point.
    fn is_plain(&self, node: Node) -> bool {
        let written = self.keys.file(node).and_then(|file| self.revisions.get(file));
        written.is_some_and(|revision| revision.down_revision.len() < 2) && self.links.all_kids(node).nth(1).is_none()
    }

    /// `from` and its ancestors, down to the first that is not plain.
    fn climb(&self, from: Option<Node>) -> Vec<Node> {
        let mut reached = Vec::new();
        let mut next = from;
        // In a cycle the climb would go round for ever.
        while let Some(node) = next.filter(|node| self.is_plain(*node) && reached.len() < self.links.len()) {
            reached.push(node);
            next = self.links.down(node).next();
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::testing::graph;

    #[test]
    fn a_label_in_mid_line_reaches_the_whole_line() {
        let graph = graph(&["a", "a <- b @web", "b <- c"]);
        assert_eq!(["a", "b", "c"].map(|id| graph.labels(id)), [["web"], ["web"], ["web"]]);
    }

    #[test]
    fn a_label_above_a_fork_does_not_reach_the_fork_point() {
        let graph = graph(&["r", "r <- a1 @web", "a1 <- a2", "r <- b1"]);
        assert!(graph.labels("r").is_empty());
        assert!(graph.labels("b1").is_empty());
        assert_eq!(graph.labels("a2"), ["web"]);
    }

    #[test]
    fn a_label_below_a_fork_stays_there() {
        let graph = graph(&["z", "z <- r @web", "r <- a", "r <- b"]);
        assert!(graph.labels("z").is_empty());
        assert_eq!(graph.labels("b"), ["web"]);
    }

    #[test]
    fn a_dependency_that_points_into_the_line_takes_the_label_from_its_older_part() {
        let graph = graph(&["a", "a <- b", "b <- c @web", "x +b"]);
        assert!(graph.labels("a").is_empty());
        assert!(graph.labels("b").is_empty());
        assert_eq!(graph.labels("c"), ["web"]);
    }
}
