//! The ordering walk (RevisionMap._topological_sort): history, and reversed, upgrades.
//!
//! Alembic keeps the ancestor set of each tip and asks whether the current tip lies in another
//! one. Mostly the same answer comes from counting: a tip lies below another tip exactly when one
//! of its children is still to come. Only then is the tip above looked for. In a range of history
//! a way down can leave the set and come back; there the tip above is always looked for.

use fixedbitset::FixedBitSet;

use super::links::{Links, Node};

/// The nodes of `set`, children before parents, in Alembic's order, starting at `heads`.
///
/// Where Alembic would hang or fail (cycles, nodes above no head) every node still comes once.
pub(super) fn walk(links: &Links, set: &FixedBitSet, heads: &[Node]) -> Vec<Node> {
    let mut walk = Walk::new(links, set);
    let mut tips: Vec<Node> = heads.iter().copied().filter(|head| set.contains(head.index())).collect();
    tips.sort_unstable();
    tips.dedup();
    walk.run(tips);
    // Only a cycle leaves something: go on with what nothing holds back, else with anything.
    while walk.output.len() < set.count_ones(..) {
        let left: Vec<Node> = walk.todo.ones().map(Node::new).collect();
        let free = left.iter().copied().find(|node| walk.waits_for(*node) == 0);
        walk.run(free.or(left.first().copied()).into_iter().collect());
    }
    walk.output
}

struct Walk<'a> {
    links: &'a Links,
    todo: FixedBitSet,
    /// For each node, how many of its children are in `todo`.
    waits: Vec<usize>,
    /// What lies below the set, outside of it, and above some of it: ways lead through it.
    between: FixedBitSet,
    /// Those of the set that such ways lead to.
    entered: FixedBitSet,
    /// For each node, whether it is a tip.
    is_tip: FixedBitSet,
    output: Vec<Node>,
}

impl<'a> Walk<'a> {
    fn new(links: &'a Links, set: &FixedBitSet) -> Self {
        let mut waits = vec![0; links.len()];
        for node in set.ones().map(Node::new) {
            for parent in links.parents(node).filter(|parent| *parent != node) {
                if let Some(waits) = waits.get_mut(parent.index()) {
                    *waits += 1;
                }
            }
        }
        let output = Vec::with_capacity(set.count_ones(..));
        let is_tip = FixedBitSet::with_capacity(links.len());
        let mut between = links.ancestors(set.ones().map(Node::new));
        between.difference_with(set);
        let mut entered = links.ancestors(between.ones().map(Node::new));
        entered.intersect_with(set);
        Self { links, todo: set.clone(), waits, between, entered, is_tip, output }
    }

    fn waits_for(&self, node: Node) -> usize {
        self.waits.get(node.index()).copied().unwrap_or(0)
    }

    fn run(&mut self, mut tips: Vec<Node>) {
        for tip in &tips {
            self.is_tip.insert(tip.index());
        }
        let mut at = 0;
        let mut moved = 0;
        while let Some(tip) = tips.get(at).copied() {
            // Without a cycle, each move goes strictly up, so there are fewer moves than tips.
            if (self.waits_for(tip) > 0 || self.entered.contains(tip.index()))
                && moved < tips.len()
                && let Some(above) = self.first_tip_above(tip, &tips)
            {
                at = above;
                moved += 1;
                continue;
            }
            moved = 0;
            self.emit(tip);
            let next: Vec<Node> = self
                .links
                .parents(tip)
                .filter(|parent| self.todo.contains(parent.index()) && !self.is_tip.contains(parent.index()))
                .collect();
            match next.split_first() {
                None => {
                    tips.remove(at);
                    at = at.saturating_sub(1);
                }
                Some((first, others)) => {
                    if let Some(place) = tips.get_mut(at) {
                        *place = *first;
                    }
                    tips.extend(others);
                    for tip in &next {
                        self.is_tip.insert(tip.index());
                    }
                }
            }
        }
    }

    fn emit(&mut self, node: Node) {
        self.is_tip.remove(node.index());
        self.todo.remove(node.index());
        self.output.push(node);
        for parent in self.links.parents(node).filter(|parent| *parent != node) {
            if let Some(waits) = self.waits.get_mut(parent.index()) {
                *waits = waits.saturating_sub(1);
            }
        }
    }

    /// The first place in `tips` of a tip above `node`. Everything still to come lies below some
    /// tip, so a search upwards through what is to come (and what lies between) meets all of them.
    fn first_tip_above(&self, node: Node, tips: &[Node]) -> Option<usize> {
        let mut seen = FixedBitSet::with_capacity(self.links.len());
        seen.insert(node.index());
        let mut todo = vec![node];
        let mut above = FixedBitSet::with_capacity(self.links.len());
        while let Some(node) = todo.pop() {
            let is_open = |child: &Node| self.todo.contains(child.index()) || self.between.contains(child.index());
            for child in self.links.dependants(node).filter(is_open) {
                if !seen.put(child.index()) {
                    if self.is_tip.contains(child.index()) {
                        above.insert(child.index());
                    }
                    todo.push(child);
                }
            }
        }
        tips.iter().position(|tip| above.contains(tip.index()))
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::testing::graph;

    #[test]
    fn history_finishes_a_line_before_it_takes_the_one_before_it_in_the_list() {
        let graph = graph(&["r", "r <- a1", "r <- b1", "r <- c1", "a1 <- a2", "b1 <- b2", "c1 <- c2", "c2,a2,b2 <- m"]);
        assert_eq!(graph.history(), ["m", "c2", "c1", "a2", "a1", "b2", "b1", "r"]);
        let plan = graph.upgrade_plan(&[], "head").unwrap();
        assert_eq!(plan, ["r", "b1", "b2", "a1", "a2", "c1", "c2", "m"]);
    }

    #[test]
    fn a_range_waits_for_what_lies_above_over_something_outside_of_it() {
        let graph = graph(&["s", "s <- a", "a <- a2", "x +a", "s <- b", "b <- c +x"]);
        assert_eq!(graph.history_range("s:heads", &[]).unwrap(), ["a2", "c", "b", "a", "s"]);
    }

    #[test]
    fn at_a_merge_history_follows_the_parent_named_first() {
        let graph = graph(&["r", "r <- a1", "r <- b1", "b1,a1 <- m"]);
        assert_eq!(graph.history(), ["m", "b1", "a1", "r"]);
    }

    #[test]
    fn of_independent_heads_the_one_loaded_first_comes_first_in_history() {
        let graph = graph(&["a1", "b1", "a1 <- a2", "b1 <- b2"]);
        assert_eq!(graph.history(), ["a2", "a1", "b2", "b1"]);
    }

    #[test]
    fn in_a_cycle_every_revision_still_comes_once() {
        for lines in [
            vec!["y <- x", "x <- y"],
            vec!["root", "root,y <- m", "m <- x", "x <- y", "x <- tip1", "y <- tip2"],
            vec!["a <- a", "a <- b"],
            vec!["p,q <- p", "p,q <- q", "q <- t"],
        ] {
            let graph = graph(&lines);
            let mut history = graph.history();
            history.sort_unstable();
            let mut ids = graph.ids();
            ids.sort_unstable();
            assert_eq!(history, ids, "{lines:?}");
        }
    }
}
