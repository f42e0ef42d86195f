//! Cycles, found by strongly connected components, and Alembic's own check, which misses some
//! (RevisionMap._detect_cycles).

use std::collections::{HashMap, VecDeque};

use fixedbitset::FixedBitSet;
use petgraph::algo::kosaraju_scc;

use super::Graph;
use super::defects::{Cycle, CycleEdge, EdgeKind};
use super::links::Node;
use crate::revision::Revision;

/// In a larger component only the shortest loop through its first member is looked for.
const EXHAUSTIVE: usize = 500;

impl Graph {
    pub(super) fn find_cycles(&self) -> Vec<Cycle> {
        let noticed = self.noticed_by_alembic();
        // Not Tarjan's algorithm: petgraph's is recursive.
        let mut components = kosaraju_scc(self.links.petgraph());
        components.iter_mut().for_each(|component| component.sort_unstable());
        components.sort_unstable_by_key(|component| component.first().copied());
        let cycles = components.into_iter().filter_map(|component| {
            let edges = self.shortest_loop(&component)?;
            // A revision that names itself by its id is refused when its file is read.
            let names_itself = |node: &Node| self.revision(*node).is_some_and(names_own_id);
            let alembic_notices =
                component.iter().any(names_itself) || component.iter().any(|node| noticed.contains(node.index()));
            let mut members = self.names(&component);
            members.sort_unstable();
            Some(Cycle { edges, members, alembic_notices })
        });
        cycles.collect()
    }

    /// A shortest way around inside a component; `None` if there is none.
    fn shortest_loop(&self, component: &[Node]) -> Option<Vec<CycleEdge>> {
        if let Some((node, kind)) = component.iter().find_map(|node| Some((*node, self.names_itself(*node)?))) {
            return Some(vec![self.cycle_edge(node, node, kind)?]);
        }
        let mut inside = FixedBitSet::with_capacity(self.links.len());
        inside.extend(component.iter().map(|node| node.index()));
        let starts = if component.len() > EXHAUSTIVE { 1 } else { component.len() };
        let loops = component.iter().take(starts).filter_map(|start| self.loop_through(*start, &inside));
        let shortest = loops.min_by_key(Vec::len)?;
        let parents = shortest.iter().cycle().skip(1);
        shortest
            .iter()
            .zip(parents)
            .map(|(child, parent)| self.cycle_edge(*child, *parent, self.kind(*child, *parent)))
            .collect()
    }

    /// The nodes of a shortest loop through `start`.
    fn loop_through(&self, start: Node, inside: &FixedBitSet) -> Option<Vec<Node>> {
        let mut child_of: HashMap<Node, Node> = HashMap::new();
        let mut todo = VecDeque::from([start]);
        while let Some(node) = todo.pop_front() {
            for parent in self.links.all_down(node).filter(|parent| inside.contains(parent.index())) {
                if parent == start {
                    let mut way = vec![node];
                    let mut last = node;
                    while last != start {
                        last = *child_of.get(&last)?;
                        way.push(last);
                    }
                    way.reverse();
                    return Some(way);
                }
                child_of.entry(parent).or_insert_with(|| {
                    todo.push_back(parent);
                    node
                });
            }
        }
        None
    }

    /// How a revision names itself, if it does.
    fn names_itself(&self, node: Node) -> Option<EdgeKind> {
        let revision = self.revision(node)?;
        if revision.down_revision.contains(&revision.id) {
            return Some(EdgeKind::Down);
        }
        let by_label = || self.links.dependencies(node).any(|parent| parent == node);
        (revision.depends_on.contains(&revision.id) || by_label()).then_some(EdgeKind::Dependency)
    }

    fn kind(&self, child: Node, parent: Node) -> EdgeKind {
        if self.links.down(child).any(|node| node == parent) { EdgeKind::Down } else { EdgeKind::Dependency }
    }

    fn cycle_edge(&self, child: Node, parent: Node, kind: EdgeKind) -> Option<CycleEdge> {
        Some(CycleEdge { revision: self.keys.file(child)?, parent: self.name(parent).to_owned(), kind })
    }

    /// The nodes that Alembic's check reports: those that cannot be reached both from the heads
    /// downwards and from the bases upwards, first through `down_revision`, then with
    /// dependencies. A cycle that can be reached both ways passes unnoticed.
    fn noticed_by_alembic(&self) -> FixedBitSet {
        let plain = self.not_between(false);
        if plain.is_clear() { self.not_between(true) } else { plain }
    }

    /// What Alembic's check lists, and whether it found it through `down_revision` alone.
    pub(super) fn listed_in_cycle(&self) -> Option<(bool, Vec<&str>)> {
        [false, true].into_iter().find_map(|dependencies| {
            let outside = self.not_between(dependencies);
            let mut listed = self.show_set(&outside).into_iter().collect::<Vec<_>>();
            let has_ends = !self.head_nodes(dependencies).is_empty()
                && self.revisions.iter().any(|revision| is_base(revision, dependencies));
            if !has_ends {
                listed = self.ids();
            }
            (!listed.is_empty()).then_some((!dependencies, listed))
        })
    }

    fn not_between(&self, dependencies: bool) -> FixedBitSet {
        let mut from_heads = self.links.reach(self.head_nodes_of_last_files(dependencies), |node| {
            self.links.all_down(node).filter(move |parent| dependencies || self.kind(node, *parent) == EdgeKind::Down)
        });
        let bases = self
            .links
            .nodes()
            .filter(|node| self.revision(*node).is_some_and(|revision| is_base(revision, dependencies)));
        let mut from_bases = self.links.reach(bases, |node| {
            self.links.all_kids(node).filter(move |kid| dependencies || self.kind(*kid, node) == EdgeKind::Down)
        });
        self.add_earlier_copies(dependencies, &mut from_heads, &mut from_bases);
        from_heads.intersect_with(&from_bases);
        from_heads.toggle_range(..);
        from_heads
    }

    /// Earlier copies of a duplicated id are heads, and bases if they have no parent, but nothing
    /// knows them as its parent.
    fn add_earlier_copies(&self, dependencies: bool, from_heads: &mut FixedBitSet, from_bases: &mut FixedBitSet) {
        for files in self.keys.files() {
            let earlier = files.split_last().map(|(_, earlier)| earlier).unwrap_or_default();
            for revision in earlier.iter().filter_map(|file| self.revisions.get(*file)) {
                let Some(node) = self.keys.id(&revision.id) else { continue };
                if is_base(revision, dependencies) {
                    from_bases.insert(node.index());
                }
                let named = revision.down_revision.iter().filter_map(|id| self.keys.id(id));
                let depended = revision.depends_on.iter().filter(|_| dependencies).filter_map(|key| self.exact(key));
                let below = self.links.reach(named.chain(depended), |node| {
                    self.links
                        .all_down(node)
                        .filter(move |parent| dependencies || self.kind(node, *parent) == EdgeKind::Down)
                });
                from_heads.union_with(&below);
                from_heads.insert(node.index());
            }
        }
    }
}

fn names_own_id(revision: &Revision) -> bool {
    revision.down_revision.contains(&revision.id) || revision.depends_on.contains(&revision.id)
}

fn is_base(revision: &Revision, dependencies: bool) -> bool {
    revision.down_revision.is_empty() && (!dependencies || revision.depends_on.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::graph::testing::graph;
    use crate::graph::{Cycle, EdgeKind, Graph};

    fn only(graph: &Graph) -> Cycle {
        let mut cycles = graph.cycles();
        assert_eq!(cycles.len(), 1);
        cycles.remove(0)
    }

    fn way(graph: &Graph, cycle: &Cycle) -> Vec<String> {
        let child = |file: usize| &graph.revisions()[file].id;
        cycle.edges.iter().map(|edge| format!("{} -> {}", child(edge.revision), edge.parent)).collect()
    }

    #[test]
    fn a_sound_graph_has_no_cycle() {
        assert_eq!(graph(&["a", "a <- b", "a <- c", "b,c <- m +a"]).cycles(), []);
    }

    #[test]
    fn a_cycle_cut_off_from_the_heads_is_noticed_by_alembic() {
        let graph = graph(&["c <- a", "a <- b", "b <- c", "x"]);
        let cycle = only(&graph);
        assert_eq!(way(&graph, &cycle), ["a -> c", "c -> b", "b -> a"]);
        assert_eq!(cycle.members, ["a", "b", "c"]);
        assert!(cycle.alembic_notices);
    }

    #[test]
    fn a_cycle_between_a_base_and_a_head_passes_alembic_unnoticed() {
        let graph = graph(&["root", "root,y <- m", "m <- x", "x <- y", "x <- tip"]);
        let cycle = only(&graph);
        assert_eq!(way(&graph, &cycle), ["m -> y", "y -> x", "x -> m"]);
        assert!(!cycle.alembic_notices);
    }

    #[test]
    fn a_revision_that_names_itself_is_a_cycle_of_one() {
        let graph = graph(&["a", "a <- b +b"]);
        let cycle = only(&graph);
        assert_eq!(way(&graph, &cycle), ["b -> b"]);
        assert_eq!(cycle.edges[0].kind, EdgeKind::Dependency);
        assert!(cycle.alembic_notices);
    }

    #[test]
    fn a_dependency_on_ones_own_label_is_a_cycle_that_alembic_lets_pass() {
        let graph = graph(&["a", "a <- b @web +web", "b <- c"]);
        let cycle = only(&graph);
        assert_eq!(way(&graph, &cycle), ["b -> b"]);
        assert!(!cycle.alembic_notices);
        assert_eq!(graph.history(), ["c", "b", "a"]);
    }

    #[test]
    fn a_dependency_on_a_descendant_is_a_cycle() {
        let graph = graph(&["a", "a <- b +c", "b <- c"]);
        let cycle = only(&graph);
        assert_eq!(way(&graph, &cycle), ["b -> c", "c -> b"]);
        assert_eq!(cycle.edges[0].kind, EdgeKind::Dependency);
        assert_eq!(cycle.edges[1].kind, EdgeKind::Down);
        assert!(cycle.alembic_notices);
    }

    #[test]
    fn of_a_tangle_a_shortest_loop_is_shown() {
        let graph = graph(&["d <- a", "a <- b", "b,d <- c", "c <- d"]);
        let cycle = only(&graph);
        assert_eq!(way(&graph, &cycle), ["c -> d", "d -> c"]);
        assert_eq!(cycle.members, ["a", "b", "c", "d"]);
    }

    #[test]
    fn cycles_are_found_in_a_hundred_thousand_revisions() {
        let mut lines: Vec<String> = (1..100_000).map(|n| format!("{} <- {n}", n - 1)).collect();
        lines.push("99999 <- 0".to_owned());
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let graph = graph(&lines);
        assert_eq!(only(&graph).edges.len(), 100_000);
        assert_eq!(graph.history().len(), 100_000);
    }
}
