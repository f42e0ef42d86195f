//! `identifier-not-static`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::revision::{Field, NotStatic, ProblemKind, Revision};
use crate::rules::{Check, Rule, wording};
use crate::source::{Location, printable};

pub(super) const RULE: Rule = Rule {
    name: "identifier-not-static",
    summary: "A revision's id or parent is only known once Python has run, so the heads cannot be known",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/identifier-not-static.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let ids = facts.problems.iter().filter(|problem| problem.kind == ProblemKind::IdNotStatic).map(|problem| {
        let message = format!("{}: {}", wording::path(problem.location.path()), printable(&problem.message));
        advise(facts, Finding::new(message).at(problem.location.clone()))
    });
    let parents = not_static(facts, &[Field::Revision, Field::DownRevision])
        .map(|(revision, value)| advise(facts, computed(revision, value)));
    ids.chain(parents).collect()
}

/// The values of `fields` that are not static, with their revisions, in load order.
pub(super) fn not_static<'a>(
    facts: &'a Facts,
    fields: &'a [Field],
) -> impl Iterator<Item = (&'a Revision, &'a NotStatic)> {
    let revisions = facts.graph.revisions().iter();
    revisions
        .flat_map(|revision| revision.not_static.iter().map(move |value| (revision, value)))
        .filter(|(_, value)| fields.contains(&value.field))
}

/// A finding that says why a value cannot be known.
pub(super) fn computed(revision: &Revision, value: &NotStatic) -> Finding {
    let message = format!(
        "`{}` of {} cannot be known without running Python: its value {}",
        value.field.as_str(),
        wording::id(&revision.id),
        printable(&value.reason)
    );
    Finding::new(message)
        .at(Location::new(&revision.source, value.span))
        .revision(&revision.id)
        .evidence(wording::revision(revision))
}

fn advise(facts: &Facts, finding: Finding) -> Finding {
    finding
        .evidence("heads, history and pending revisions are not certain here")
        .next(
            facts.project.command("history"),
            "runs the files and shows the true order; write it into the file as a literal",
            Changes::Nothing,
        )
        .do_not("take \"no other finding\" for a sound graph while this is open")
}
