//! Moves one side of a fork onto the other, so that the revisions stand in a line again.
//!
//! Only `down_revision` changes: the first revisions of the side continue the other one, and a
//! merge inside the side forgets the parents that are then behind it.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::graph::Graph;
use crate::revision::{Field, Revision};
use crate::source::printable;

/// What moves, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebase {
    /// The tip of the side that moves.
    pub tip: String,
    /// The revision that it will continue.
    pub onto: String,
    /// The revisions of the side, in the order in which they run.
    pub side: Vec<String>,
    /// Those of them that get other parents, with these.
    pub parents: Vec<(String, Vec<String>)>,
}

/// Why it cannot be moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A name that means no revision, or several.
    #[error("{name}: {reason}")]
    Unclear {
        /// As typed.
        name: String,
        /// Why.
        reason: String,
    },
    /// There is nothing to do.
    #[error("{tip} continues {onto} already: nothing has to move")]
    InLine {
        /// The tip.
        tip: String,
        /// The other revision.
        onto: String,
    },
    /// Moving it would not give a line.
    #[error("{0}")]
    Tangled(String),
}

/// Plans to move the revisions that `tip` has and `onto` lacks.
///
/// # Errors
/// See [`Refusal`].
pub fn plan(facts: &Facts, tip: &str, onto: &str) -> Result<Rebase, Refusal> {
    let graph = &facts.graph;
    let tip = single(graph, tip)?;
    let onto = single(graph, onto)?;
    let kept = graph.ancestors(&[onto]);
    let ancestors = graph.ancestors(&[tip]);
    let side: Vec<&str> =
        graph.history().into_iter().rev().filter(|id| ancestors.contains(id) && !kept.contains(id)).collect();
    if tip == onto {
        return Err(Refusal::Tangled(format!("{} is named twice: nothing has to move", printable(tip))));
    }
    if side.is_empty() {
        return Err(Refusal::InLine { tip: printable(onto), onto: printable(tip) });
    }
    if ancestors.contains(onto) {
        return Err(Refusal::InLine { tip: printable(tip), onto: printable(onto) });
    }
    let moving: BTreeSet<&str> = side.iter().copied().collect();
    refuse_tangles(graph, &moving, &kept)?;
    let mut parents = Vec::new();
    for id in &side {
        let Some(revision) = graph.get(id) else { continue };
        refuse_unclear_header(revision)?;
        if revision.down_revision.is_empty() {
            let id = printable(id);
            return Err(Refusal::Tangled(format!(
                "{id} has no parent: it begins a line of its own, which was never part of the other one"
            )));
        }
        let inside: Vec<String> =
            revision.down_revision.iter().filter(|parent| moving.contains(parent.as_str())).cloned().collect();
        let new = if inside.is_empty() { vec![onto.to_owned()] } else { inside };
        if new != revision.down_revision {
            parents.push(((*id).to_owned(), new));
        }
    }
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    Ok(Rebase { tip: tip.to_owned(), onto: onto.to_owned(), side: owned(&side), parents })
}

fn single<'g>(graph: &'g Graph, name: &str) -> Result<&'g str, Refusal> {
    let unclear = |reason: String| Refusal::Unclear { name: printable(name), reason };
    let found = graph.resolve(name).map_err(|error| unclear(error.reason))?;
    let [id] = found.as_slice() else { return Err(unclear(format!("means {} revisions: name one", found.len()))) };
    if graph.duplicates().iter().any(|duplicate| duplicate.id == *id) {
        return Err(unclear("several files have this id: `alembic-doctor reid` gives one of them another".to_owned()));
    }
    Ok(id)
}

/// What hangs on the side and on what is kept at once would stand on both sides of the move.
fn refuse_tangles(graph: &Graph, moving: &BTreeSet<&str>, kept: &BTreeSet<&str>) -> Result<(), Refusal> {
    let roots: Vec<&str> = moving.iter().copied().collect();
    let later = graph.descendants(&roots);
    if let Some(id) = later.iter().find(|id| kept.contains(*id)) {
        let id = printable(id);
        return Err(Refusal::Tangled(format!("{id}, which stays, comes after a revision that would move")));
    }
    for id in later.iter().filter(|id| !moving.contains(*id)) {
        let parents = graph.parents(id);
        if parents.iter().any(|parent| !later.contains(parent)) {
            let id = printable(id);
            return Err(Refusal::Tangled(format!(
                "{id} joins the two sides already: after a move one of its parents would imply the other"
            )));
        }
    }
    Ok(())
}

fn refuse_unclear_header(revision: &Revision) -> Result<(), Refusal> {
    let unclear = revision.not_static.iter().find(|part| part.field != Field::BranchLabels);
    unclear.map_or(Ok(()), |part| {
        let id = printable(&revision.id);
        Err(Refusal::Tangled(format!("{} of {id} {}", part.field.as_str(), printable(&part.reason))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{facts, revision};

    fn forked() -> Facts {
        facts(vec![
            revision("a", &[]),
            revision("b", &["a"]),
            revision("c", &["a"]),
            revision("d", &["c"]),
            revision("e", &["b"]),
        ])
    }

    fn parents(facts: &Facts, tip: &str, onto: &str) -> Vec<(String, Vec<String>)> {
        plan(facts, tip, onto).unwrap().parents
    }

    fn to(id: &str, parents: &[&str]) -> (String, Vec<String>) {
        (id.to_owned(), parents.iter().map(|parent| (*parent).to_owned()).collect())
    }

    #[test]
    fn the_first_revision_of_the_side_continues_the_other() {
        let plan = plan(&forked(), "d", "e").unwrap();
        assert_eq!(plan.side, ["c", "d"]);
        assert_eq!(plan.parents, [to("c", &["e"])]);
    }

    #[test]
    fn what_is_in_line_stays() {
        assert!(matches!(plan(&forked(), "e", "b"), Err(Refusal::InLine { .. })));
        assert!(matches!(plan(&forked(), "b", "e"), Err(Refusal::InLine { .. })));
        assert!(matches!(plan(&forked(), "x", "e"), Err(Refusal::Unclear { .. })));
        assert!(matches!(plan(&forked(), "heads", "e"), Err(Refusal::Unclear { .. })));
    }

    #[test]
    fn a_merge_inside_the_side_forgets_what_is_then_behind_it() {
        let facts = facts(vec![
            revision("a", &[]),
            revision("b", &["a"]),
            revision("e", &["b"]),
            revision("c", &["a"]),
            revision("m", &["c", "b"]),
        ]);
        assert_eq!(parents(&facts, "m", "e"), [to("c", &["e"]), to("m", &["c"])]);
    }

    #[test]
    fn a_fork_inside_the_side_moves_with_it() {
        let facts = facts(vec![
            revision("a", &[]),
            revision("e", &["a"]),
            revision("c", &["a"]),
            revision("x", &["c"]),
            revision("y", &["c"]),
            revision("m", &["x", "y"]),
        ]);
        assert_eq!(parents(&facts, "m", "e"), [to("c", &["e"])]);
        // The other tip hangs on what moves, and moves along.
        assert_eq!(parents(&facts, "x", "e"), [to("c", &["e"])]);
    }

    #[test]
    fn what_joins_both_sides_or_begins_a_line_is_refused() {
        let joined =
            facts(vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"]), revision("m", &["b", "c"])]);
        assert!(matches!(plan(&joined, "c", "b"), Err(Refusal::Tangled(_))));
        let apart = facts(vec![revision("a", &[]), revision("z", &[])]);
        assert!(matches!(plan(&apart, "z", "a"), Err(Refusal::Tangled(_))));
        let mut needed = forked();
        let mut revisions = needed.graph.revisions().to_vec();
        revisions[4].depends_on = vec!["c".to_owned()];
        needed.graph = Graph::new(revisions);
        assert!(matches!(plan(&needed, "d", "b"), Err(Refusal::Tangled(_))), "e depends on what would move");
    }
}
