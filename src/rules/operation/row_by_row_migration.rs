//! `row-by-row-migration`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::{ConditionKind, Step};
use crate::rules::{Check, RevisionFacts, Rule};

pub(super) const RULE: Rule = Rule {
    name: "row-by-row-migration",
    summary: "Rows are changed one by one in a loop of Python",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/row-by-row-migration.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let is_looped = |step: &&Step| step.conditions.iter().any(|condition| condition.kind == ConditionKind::Loop);
    let writes = |step: &&Step| seen::writes_rows(&step.operation);
    let Some(step) = seen.up().filter(is_looped).find(writes) else { return Vec::new() };
    vec![
        Finding::new("Each row is changed by a statement of its own")
            .at(seen.place(step.span))
            .evidence(format!("in a loop: {}", seen::said(&step.operation)))
            .evidence("a million rows are a million round trips, inside the transaction that holds all locks")
            .next_step(explained(RULE.name, "shows the statement that changes them together, and in batches"))
            .do_not("test it on an empty table only: there it is fast"),
    ]
}
