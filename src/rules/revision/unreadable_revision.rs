//! `unreadable-revision`

use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::revision::{Problem, ProblemKind};
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "unreadable-revision",
    summary: "A revision file cannot be read as Python",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/unreadable-revision.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    facts
        .problems
        .iter()
        .filter(|problem| matches!(problem.kind, ProblemKind::Unreadable | ProblemKind::SyntaxBelowHeader))
        .map(finding)
        .collect()
}

fn finding(problem: &Problem) -> Finding {
    let path = wording::path(problem.location.path());
    let mut finding =
        Finding::new(format!("{path} cannot be loaded: {}", printable(&problem.message))).at(problem.location.clone());
    finding = match &problem.revision {
        Some(id) => finding
            .revision(id)
            .evidence(format!("its header says that it is {}, so it keeps its place in the graph", wording::id(id))),
        None => finding.evidence("its id is not known, so it is missing from the graph shown here"),
    };
    finding = finding.evidence("every Alembic command that loads the revisions fails on it");
    finding.next.extend(wording::compile(problem.location.path()));
    finding.do_not("delete or rename the file to get past it: databases that have run it would be lost")
}
