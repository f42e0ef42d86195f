//! Where the parents of one revision get in each other's way: steps that Alembic runs but cannot
//! record (alembic.runtime.migration.RevisionStep.merge_branch_idents), and dependencies that it
//! takes in any order. Knows nothing of what the revisions do.

use std::collections::HashSet;

use super::links::{Declared, Links, Node};
use super::{Graph, order};

/// A revision with a parent that another of its parents implies, beside at least two that none
/// implies. `upgrade` to it from nothing runs it, and then fails with a `KeyError` at its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnstorableMerge {
    /// The revision.
    pub revision: String,
    /// The parents (`down_revision` or `depends_on`) that are not needed.
    pub redundant: Vec<ImpliedParent>,
}

/// A parent that another parent of the same revision implies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImpliedParent {
    /// The parent that is not needed.
    pub parent: String,
    /// The parent that comes after it.
    pub by: String,
}

/// A revision with dependencies that neither come before nor after each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnorderedDependencies {
    /// The revision.
    pub revision: String,
    /// Its dependencies that no other of them implies, in the order written.
    pub dependencies: Vec<String>,
}

impl Graph {
    /// Revisions whose step Alembic cannot record on the way from nothing to them, in load order.
    /// Whether `upgrade heads` fails there depends on what else has run: see
    /// [`Self::unstorable_steps`]. Only for graphs without cycles.
    pub fn unstorable_merges(&self) -> Vec<UnstorableMerge> {
        let merges = self.links.nodes().filter_map(|node| {
            let parents: Vec<Node> = self.links.parents(node).collect();
            // Two to merge and one in excess.
            if parents.len() < 3 {
                return None;
            }
            let needed = self.not_implied(&parents);
            if needed.len() < 2 || needed.len() == parents.len() {
                return None;
            }
            let redundant = parents.iter().filter(|parent| !needed.contains(parent)).filter_map(|parent| {
                let above = needed.iter().find(|above| self.links.ancestors([**above]).contains(parent.index()))?;
                Some(ImpliedParent { parent: self.name(*parent).to_owned(), by: self.name(*above).to_owned() })
            });
            Some(UnstorableMerge { revision: self.name(node).to_owned(), redundant: redundant.collect() })
        });
        merges.collect()
    }

    /// The steps of `upgrade heads` from these rows that Alembic cannot record, as if the earlier
    /// ones had been put right. Empty where it refuses to plan.
    pub fn unstorable_steps(&self, rows: &[String]) -> Vec<&str> {
        let Ok(plan) = self.upgrade_nodes(rows, "heads") else { return Vec::new() };
        let resolved = rows.iter().filter_map(|row| self.nodes_named(row).ok()).flatten();
        let mut stored: HashSet<Node> = resolved.collect();
        let mut failing = Vec::new();
        for step in plan {
            let parents: Vec<Node> = self.links.parents(step).collect();
            let present = parents.iter().filter(|parent| stored.contains(parent)).count();
            if present > 1 && present < parents.len() {
                // Alembic leaves alone what a row beside the parents implies.
                let beside = stored.iter().copied().filter(|row| !parents.contains(row));
                let implied = self.links.ancestors(beside);
                if parents.iter().any(|parent| !stored.contains(parent) && !implied.contains(parent.index())) {
                    failing.push(step);
                }
            }
            for parent in &parents {
                stored.remove(parent);
            }
            stored.insert(step);
        }
        self.show(failing)
    }

    /// Revisions with two or more dependencies, after normalisation, whose order Alembic leaves to
    /// the hash seed of the Python process. Only for graphs without cycles.
    pub fn unordered_dependencies(&self) -> Vec<UnorderedDependencies> {
        let unordered = self.links.nodes().filter_map(|node| {
            let down: Vec<Node> = self.links.down(node).collect();
            let dependencies: Vec<Node> = self.links.parents(node).filter(|parent| !down.contains(parent)).collect();
            if dependencies.len() < 2 {
                return None;
            }
            let tips = self.not_implied(&dependencies);
            (tips.len() > 1 && self.depends_on_the_order(node)).then(|| UnorderedDependencies {
                revision: self.name(node).to_owned(),
                dependencies: self.names(&tips),
            })
        });
        unordered.collect()
    }

    /// Whether the plan up to `node` is another one when its dependencies are taken backwards.
    fn depends_on_the_order(&self, node: Node) -> bool {
        let mut declared: Vec<Declared> = self.declarations().collect();
        if let Some(own) = declared.get_mut(node.index()) {
            own.dependencies.reverse();
        }
        let backwards = Links::new(&declared);
        let needed = self.links.ancestors([node]);
        order::walk(&self.links, &needed, &[node]) != order::walk(&backwards, &needed, &[node])
    }

    /// Those of `nodes` that are no ancestor of another, in the same order.
    fn not_implied(&self, nodes: &[Node]) -> Vec<Node> {
        let below = self.links.ancestors(nodes.iter().flat_map(|node| self.links.parents(*node)));
        nodes.iter().copied().filter(|node| !below.contains(node.index())).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::Graph;
    use crate::graph::testing::graph;

    fn merges(graph: &Graph) -> Vec<String> {
        let line = |merge: super::UnstorableMerge| {
            let redundant: Vec<String> =
                merge.redundant.iter().map(|one| format!("{} by {}", one.parent, one.by)).collect();
            format!("{}: {}", merge.revision, redundant.join(", "))
        };
        graph.unstorable_merges().into_iter().map(line).collect()
    }

    #[test]
    fn a_parent_that_another_parent_implies_cannot_be_stored_beside_two_others() {
        let dependency = graph(&["a", "b", "b <- c", "a <- d +c +b"]);
        assert_eq!(merges(&dependency), ["d: b by c"]);
        assert_eq!(dependency.unstorable_steps(&[]), ["d"]);
        let merge = graph(&["a", "b", "b <- c", "a,b,c <- m"]);
        assert_eq!(merges(&merge), ["m: b by c"]);
        assert_eq!(merge.unstorable_steps(&[]), ["m"]);
        let parent = graph(&["a", "a <- a1", "b1", "a1 <- c1", "a1 <- d +b1 +c1"]);
        assert_eq!(merges(&parent), ["d: a1 by c1"]);
        assert_eq!(parent.unstorable_steps(&[]), ["d"]);
    }

    #[test]
    fn ordinary_merges_are_stored() {
        let graph = graph(&["a", "a <- b", "a <- c", "a <- d", "b,c,d <- m", "m <- n", "x", "x <- y +m"]);
        assert_eq!(merges(&graph), Vec::<String>::new());
        assert!(graph.unstorable_steps(&[]).is_empty());
        assert!(graph.unordered_dependencies().is_empty());
    }

    #[test]
    fn one_redundant_parent_beside_one_needed_is_a_plain_update() {
        let graph = graph(&["a", "a <- b", "b <- c +a"]);
        assert_eq!(merges(&graph), Vec::<String>::new());
        assert!(graph.unstorable_steps(&[]).is_empty());
    }

    #[test]
    fn a_row_that_implies_the_redundant_parent_saves_the_step() {
        let graph = graph(&["a", "b", "b <- c", "a <- d +c +b", "b <- e"]);
        let rows = ["a", "c", "e"].map(str::to_owned);
        assert!(graph.unstorable_steps(&rows).is_empty());
        assert!(graph.unstorable_steps(&["d", "e"].map(str::to_owned)).is_empty());
        // Still, `upgrade d` on a new database fails.
        assert_eq!(merges(&graph), ["d: b by c"]);
    }

    #[test]
    fn dependencies_in_one_line_have_an_order() {
        let graph = graph(&["a", "a <- b", "x", "x <- y +a +b"]);
        assert!(graph.unordered_dependencies().is_empty());
    }

    #[test]
    fn swapping_dependencies_without_an_order_changes_the_plan() {
        let mut seen = 0;
        for seed in 0..3_000_u32 {
            let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
            let mut random = |below: u32| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) % below
            };
            let (mut lines, mut swapped) = (Vec::new(), Vec::new());
            for n in 0..6 {
                let parents = if n == 0 || random(3) == 0 { String::new() } else { format!("r{}", random(n)) };
                let mut dependencies: Vec<String> =
                    (0..n).filter(|_| random(3) == 0).map(|d| format!("+r{d}")).collect();
                dependencies.truncate(2);
                let arrow = if parents.is_empty() { "" } else { " <- " };
                lines.push(format!("{parents}{arrow}r{n} {}", dependencies.join(" ")));
                dependencies.reverse();
                swapped.push(format!("{parents}{arrow}r{n} {}", dependencies.join(" ")));
            }
            let written = graph(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            for unordered in written.unordered_dependencies() {
                let at: usize = unordered.revision.trim_start_matches('r').parse().unwrap();
                let mut other = lines.clone();
                other[at].clone_from(&swapped[at]);
                let other = graph(&other.iter().map(String::as_str).collect::<Vec<_>>());
                let plan = |graph: &Graph| {
                    let plan = graph.upgrade_plan(&[], &unordered.revision).unwrap();
                    plan.into_iter().map(str::to_owned).collect::<Vec<_>>()
                };
                assert_ne!(plan(&written), plan(&other), "{lines:?}");
                seen += 1;
            }
        }
        assert!(seen > 100, "{seen}");
    }
}
