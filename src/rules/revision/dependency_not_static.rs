//! `dependency-not-static`

use super::identifier_not_static::{computed, not_static};
use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::revision::Field;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    name: "dependency-not-static",
    summary: "A revision's dependencies or branch labels are only known once Python has run",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/dependency-not-static.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    not_static(facts, &[Field::DependsOn, Field::BranchLabels])
        .map(|(revision, value)| {
            computed(revision, value)
                .evidence("the order of revisions across branches, and names like `label@head`, are not certain here")
                .next(
                    facts.project.command("history --verbose"),
                    "runs the files and shows the true values; write them into the file as literals",
                    Changes::Nothing,
                )
        })
        .collect()
}
