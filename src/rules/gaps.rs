//! What the files leave open: with these gaps some answers about the graph are not certain.
//!
//! Rules that would accuse someone on uncertain ground keep silent, and the runner says so.

use super::wording;
use crate::facts::Facts;
use crate::revision::{Field, ProblemKind};

/// Files whose id is not known: any of them may be the revision that seems to be missing. A line
/// each, sorted.
pub(crate) fn unknown_ids(facts: &Facts) -> Vec<String> {
    let mut gaps: Vec<String> = facts
        .problems
        .iter()
        .filter(|problem| match problem.kind {
            ProblemKind::Unreadable | ProblemKind::IdNotStatic | ProblemKind::InvalidValue => {
                problem.revision.is_none()
            }
            // It has no id in any case, or it is known.
            ProblemKind::Stray | ProblemKind::SyntaxBelowHeader => false,
        })
        .map(|problem| {
            let path = problem.location.path();
            let what = if path.extension().is_none() { "what is in it" } else { "the revision's id" };
            format!("{}: {what} is not known", wording::path(path))
        })
        .collect();
    gaps.sort();
    gaps.dedup();
    gaps
}

/// Files whose parents are not known: any revision may be the parent, so heads are not certain.
pub(crate) fn unknown_parents(facts: &Facts) -> Vec<String> {
    let mut gaps = unknown_ids(facts);
    gaps.extend(
        facts
            .problems
            .iter()
            .filter(|problem| problem.kind == ProblemKind::InvalidValue)
            .map(|problem| format!("{}: Alembic cannot use its header", wording::path(problem.location.path()))),
    );
    gaps.extend(unknown_field(facts, Field::DownRevision));
    gaps.sort();
    gaps.dedup();
    gaps
}

/// Whether Alembic itself can load the graph: while it cannot, none of its commands runs.
pub(crate) fn alembic_loads(facts: &Facts) -> bool {
    let graph = &facts.graph;
    facts.problems.is_empty()
        && graph.missing().is_empty()
        && graph.label_conflicts().is_empty()
        && graph.cycles().iter().all(|cycle| !cycle.alembic_notices)
}

/// Files whose `field` is not known.
pub(crate) fn unknown_field(facts: &Facts, field: Field) -> Vec<String> {
    let mut gaps: Vec<String> = facts
        .graph
        .revisions()
        .iter()
        .filter(|revision| revision.is_unknown(field))
        .map(|revision| format!("{}: `{}` is not static", wording::path(revision.source.path()), field.as_str()))
        .collect();
    gaps.sort();
    gaps
}
