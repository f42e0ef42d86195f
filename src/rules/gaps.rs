//! What the files leave open: with these gaps some answers about the graph are not certain.
//!
//! Rules that would accuse someone on uncertain ground keep silent, and the runner says so.

use super::wording;
use crate::facts::Facts;
use crate::graph::Graph;
use crate::revision::{Field, Problem, ProblemKind};

/// Files whose id is not known: any of them may be the revision that seems to be missing. A line
/// each, sorted.
pub(crate) fn unknown_ids(facts: &Facts) -> Vec<String> {
    unknown_ids_in(&facts.problems)
}

pub(crate) fn unknown_ids_in(problems: &[Problem]) -> Vec<String> {
    let mut gaps: Vec<String> = problems
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
    unknown_parents_in(&facts.problems, &facts.graph)
}

/// The same for other revisions than those of this code.
pub(crate) fn unknown_parents_in(problems: &[Problem], graph: &Graph) -> Vec<String> {
    let mut gaps = unknown_ids_in(problems);
    gaps.extend(
        problems
            .iter()
            .filter(|problem| problem.kind == ProblemKind::InvalidValue)
            .map(|problem| format!("{}: Alembic cannot use its header", wording::path(problem.location.path()))),
    );
    gaps.extend(unknown_field_in(graph, Field::DownRevision));
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
    unknown_field_in(&facts.graph, field)
}

fn unknown_field_in(graph: &Graph, field: Field) -> Vec<String> {
    let mut gaps: Vec<String> = graph
        .revisions()
        .iter()
        .filter(|revision| revision.is_unknown(field))
        .map(|revision| format!("{}: `{}` is not static", wording::path(revision.source.path()), field.as_str()))
        .collect();
    gaps.sort();
    gaps
}
