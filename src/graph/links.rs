//! Who names whom: the nodes, Alembic's four kinds of neighbour, and reachability.
//!
//! A node is an id, not a file: of several files with one id the last one speaks. Edges run from
//! child to parent. Nothing here knows labels, defects or identifiers, and nothing recurses.

use std::collections::{HashMap, HashSet};

use fixedbitset::FixedBitSet;
use petgraph::Direction::{Incoming, Outgoing};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

/// An id's place among all ids, in load order.
pub(super) type Node = NodeIndex<u32>;

/// What one revision says of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edge {
    /// Named in `down_revision`.
    down: bool,
    /// Named in `depends_on`, perhaps by a label.
    dependency: bool,
    /// A dependency that no ancestor declares too (RevisionMap._normalize_depends_on).
    normalised: bool,
}

/// What one node declares, resolved; absent parents and loops to itself are left out.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// `down_revision`, in the order written.
    pub(super) down: Vec<Node>,
    /// `depends_on`, in the order written.
    pub(super) dependencies: Vec<Node>,
}

/// The edges of the graph.
#[derive(Debug)]
pub(super) struct Links {
    edges: DiGraph<(), Edge, u32>,
}

impl Links {
    /// Links nodes in load order.
    pub(super) fn new(declared: &[Declared]) -> Self {
        let mut edges = DiGraph::with_capacity(declared.len(), declared.len());
        for _ in declared {
            edges.add_node(());
        }
        // petgraph lists the newest edge first: adding everything backwards gives parents in the
        // order written and children in load order.
        for (index, declared) in declared.iter().enumerate().rev() {
            for (parent, edge) in merged(declared).into_iter().rev() {
                edges.add_edge(Node::new(index), parent, edge);
            }
        }
        let mut links = Self { edges };
        links.normalise();
        links
    }

    pub(super) fn len(&self) -> usize {
        self.edges.node_count()
    }

    /// All nodes in load order.
    pub(super) fn nodes(&self) -> impl DoubleEndedIterator<Item = Node> + use<> {
        (0..self.len()).map(Node::new)
    }

    /// The petgraph graph of all edges, for algorithms.
    pub(super) fn petgraph(&self) -> &DiGraph<(), impl Sized + use<>, u32> {
        &self.edges
    }

    /// `down_revision`, each once, in the order written.
    pub(super) fn down(&self, node: Node) -> impl Iterator<Item = Node> {
        self.neighbours(node, Outgoing, |edge| edge.down)
    }

    /// `depends_on`, each once.
    pub(super) fn dependencies(&self, node: Node) -> impl Iterator<Item = Node> {
        self.neighbours(node, Outgoing, |edge| edge.dependency)
    }

    /// The normalised dependencies that are no `down_revision`: those that Alembic keeps in a set.
    pub(super) fn only_dependencies(&self, node: Node) -> impl Iterator<Item = Node> {
        self.neighbours(node, Outgoing, |edge| edge.normalised && !edge.down)
    }

    /// `down_revision`, then the normalised dependencies.
    pub(super) fn parents(&self, node: Node) -> impl Iterator<Item = Node> {
        self.neighbours(node, Outgoing, |edge| edge.down || edge.normalised)
    }

    /// `down_revision` and all dependencies, normalised or not.
    pub(super) fn all_down(&self, node: Node) -> impl Iterator<Item = Node> {
        self.neighbours(node, Outgoing, |_| true)
    }

    /// Those that name the node in `down_revision`, in load order.
    pub(super) fn kids(&self, node: Node) -> impl Iterator<Item = Node> {
        self.neighbours(node, Incoming, |edge| edge.down)
    }

    /// Those that name the node in `down_revision` or `depends_on`, in load order.
    pub(super) fn all_kids(&self, node: Node) -> impl Iterator<Item = Node> {
        self.neighbours(node, Incoming, |_| true)
    }

    /// Those that have the node among their [`Self::parents`], in load order.
    pub(super) fn dependants(&self, node: Node) -> impl Iterator<Item = Node> {
        self.neighbours(node, Incoming, |edge| edge.down || edge.normalised)
    }

    fn neighbours(
        &self,
        node: Node,
        direction: petgraph::Direction,
        wanted: fn(&Edge) -> bool,
    ) -> impl Iterator<Item = Node> {
        self.edges.edges_directed(node, direction).filter(move |edge| wanted(edge.weight())).map(move |edge| {
            match direction {
                Outgoing => edge.target(),
                Incoming => edge.source(),
            }
        })
    }

    /// Everything reachable from `from` by `step`, `from` included.
    pub(super) fn reach<I: Iterator<Item = Node>>(
        &self,
        from: impl IntoIterator<Item = Node>,
        step: impl Fn(Node) -> I,
    ) -> FixedBitSet {
        let mut seen = FixedBitSet::with_capacity(self.len());
        let mut todo: Vec<Node> = from.into_iter().collect();
        while let Some(node) = todo.pop() {
            if !seen.put(node.index()) {
                todo.extend(step(node).filter(|next| !seen.contains(next.index())));
            }
        }
        seen
    }

    /// Ancestors through [`Self::parents`], `from` included.
    pub(super) fn ancestors(&self, from: impl IntoIterator<Item = Node>) -> FixedBitSet {
        self.reach(from, |node| self.parents(node))
    }

    /// The nodes, their ancestors and their descendants, dependencies left aside
    /// (RevisionMap._shares_lineage).
    pub(super) fn lineage(&self, nodes: &[Node]) -> FixedBitSet {
        let mut lineage = self.reach(nodes.iter().copied(), |node| self.down(node));
        lineage.union_with(&self.reach(nodes.iter().copied(), |node| self.kids(node)));
        lineage
    }

    /// Drops each dependency that a proper ancestor, through `down_revision`, declares too.
    fn normalise(&mut self) {
        let mut declared_by: HashMap<Node, usize> = HashMap::new();
        for edge in self.edges.edge_references().filter(|edge| edge.weight().dependency) {
            *declared_by.entry(edge.target()).or_default() += 1;
        }
        let shared = |parent: &Node| declared_by.get(parent).is_some_and(|times| *times > 1);
        for node in self.nodes() {
            // Only a dependency that somebody else has as well can be dropped.
            let mut open: HashSet<Node> = self.dependencies(node).filter(shared).collect();
            let asked = open.clone();
            let mut seen = HashSet::from([node]);
            let mut todo: Vec<Node> = if open.is_empty() { Vec::new() } else { self.down(node).collect() };
            while let Some(ancestor) = todo.pop().filter(|_| !open.is_empty()) {
                if seen.insert(ancestor) {
                    for dependency in self.dependencies(ancestor) {
                        open.remove(&dependency);
                    }
                    todo.extend(self.down(ancestor));
                }
            }
            let mut walker = self.edges.neighbors(node).detach();
            while let Some((edge, parent)) = walker.next(&self.edges) {
                if let Some(edge) = self.edges.edge_weight_mut(edge) {
                    edge.normalised = edge.dependency && (!asked.contains(&parent) || open.contains(&parent));
                }
            }
        }
    }
}

/// One edge for each parent, `down_revision` first.
fn merged(declared: &Declared) -> Vec<(Node, Edge)> {
    let mut places: HashMap<Node, usize> = HashMap::new();
    let mut edges: Vec<(Node, Edge)> = Vec::new();
    let down = declared.down.iter().map(|parent| (*parent, true));
    let dependencies = declared.dependencies.iter().map(|parent| (*parent, false));
    for (parent, is_down) in down.chain(dependencies) {
        let place = *places.entry(parent).or_insert_with(|| {
            edges.push((parent, Edge { down: false, dependency: false, normalised: false }));
            edges.len() - 1
        });
        if let Some((_, edge)) = edges.get_mut(place) {
            edge.down |= is_down;
            edge.dependency |= !is_down;
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use crate::graph::testing::graph;

    #[test]
    fn parents_stand_in_the_order_written_and_children_in_load_order() {
        let graph = graph(&["b <- z", "b", "a", "c", "c,a,b <- m", "b <- y"]);
        assert_eq!(graph.parents("m"), ["c", "a", "b"]);
        assert_eq!(graph.children("b"), ["z", "m", "y"]);
    }

    #[test]
    fn a_dependency_is_dropped_only_when_an_ancestor_declares_the_same_one() {
        let graph = graph(&["a1", "a1 <- a2", "a2 <- a3", "b1 +a2", "b1 <- b2 +a2", "b2 <- b3 +a1", "b3 <- b4 +a3"]);
        assert_eq!(graph.parents("b1"), ["a2"]);
        assert_eq!(graph.parents("b2"), ["b1"]);
        assert_eq!(graph.parents("b3"), ["b2", "a1"]);
        assert_eq!(graph.parents("b4"), ["b3", "a3"]);
        assert_eq!(graph.dependencies("b2"), ["a2"]);
    }

    #[test]
    fn a_dependency_on_a_label_means_the_revision_that_declares_it() {
        let graph = graph(&["a1 @core", "a1 <- a2", "b1 +core"]);
        assert_eq!(graph.dependencies("b1"), ["a1"]);
    }

    #[test]
    fn ancestors_and_descendants_count_dependencies() {
        let graph = graph(&["a1", "a1 <- a2", "b1 +a1", "b1 <- b2"]);
        assert_eq!(graph.ancestors(&["b2"]).into_iter().collect::<Vec<_>>(), ["a1", "b1", "b2"]);
        assert_eq!(graph.descendants(&["a1"]).into_iter().collect::<Vec<_>>(), ["a1", "a2", "b1", "b2"]);
    }
}
