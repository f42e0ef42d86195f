//! `unnamed-constraint`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::Operation;
use crate::rules::{Check, RevisionFacts, Rule};

pub(super) const RULE: Rule = Rule {
    name: "unnamed-constraint",
    summary: "A constraint gets no name, so no later revision can name it",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/unnamed-constraint.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    if seen.facts.models.as_ref().is_some_and(|models| models.names_constraints) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for step in seen.up() {
        let Operation::AddConstraint(add) = &step.operation else { continue };
        if add.constraint.name.is_some() {
            continue;
        }
        let table = seen::table(&add.table);
        found.push(
            Finding::new(format!("A constraint of {table} gets no name"))
                .at(seen.place(step.span))
                .evidence("the database makes up a name, and may make up another one elsewhere")
                .evidence(
                    "right only when the metadata of the application has a naming_convention: neither env.py nor what it imports of this repository has one",
                )
                .next_step(explained(RULE.name, "shows how to give it a name, or all of them one by convention"))
                .do_not("drop it later with `None`: that fails"),
        );
    }
    found
}
