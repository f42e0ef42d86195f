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
            // A revision that names itself is refused when its file is read.
            let names_itself = component.iter().any(|node| self.names_itself(*node).is_some());
            let alembic_notices = names_itself || component.iter().any(|node| noticed.contains(node.index()));
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

fn is_base(revision: &Revision, dependencies: bool) -> bool {
    revision.down_revision.is_empty() && (!dependencies || revision.depends_on.is_empty())
}
