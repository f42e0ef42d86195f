//! `invalid-revision-value`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::revision::ProblemKind;
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "invalid-revision-value",
    summary: "A revision's header holds a value that makes Alembic crash",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/invalid-revision-value.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    facts
        .problems
        .iter()
        .filter(|problem| problem.kind == ProblemKind::InvalidValue)
        .map(|problem| {
            let path = wording::path(problem.location.path());
            let mut finding =
                Finding::new(format!("{path}: {}", printable(&problem.message))).at(problem.location.clone());
            finding.revision.clone_from(&problem.revision);
            finding
                .evidence("`revision` takes one string; the others take None, a string or a sequence of strings")
                .next(
                    facts.project.command("history"),
                    "shows Alembic's own crash; after the correction, the history",
                    Changes::Nothing,
                )
                .do_not("set `down_revision` to None to get past it, unless this really is the first revision")
        })
        .collect()
}
