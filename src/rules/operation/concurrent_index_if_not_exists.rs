//! `concurrent-index-if-not-exists`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::Operation;
use crate::rules::{Check, RevisionFacts, Rule};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "concurrent-index-if-not-exists",
    summary: "A concurrent index build takes an invalid leftover for the index",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/concurrent-index-if-not-exists.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let steps: Vec<_> = seen.up().collect();
    let mut found = Vec::new();
    for (position, step) in steps.iter().enumerate() {
        let Operation::CreateIndex(create) = &step.operation else { continue };
        if !create.if_not_exists || !create.index.is_concurrent() || !seen::on_postgresql(seen.facts, step) {
            continue;
        }
        let name = create.index.name.as_ref().map(|name| name.text.as_str());
        // A leftover that is dropped first is the safe form.
        let is_dropped = steps.iter().take(position).any(|before| {
            matches!(&before.operation, Operation::DropIndex(drop) if drop.name.as_ref().map(|name| name.text.as_str()) == name)
        });
        if is_dropped {
            continue;
        }
        let shown = printable(name.unwrap_or("the index"));
        found.push(
            Finding::new(format!("If an earlier build of {shown} failed, its invalid leftover is taken for the index"))
                .at(seen.place(step.span))
                .evidence("a failed CREATE INDEX CONCURRENTLY leaves an index that is marked invalid and never used")
                .evidence("IF NOT EXISTS looks at the name only, and so does nothing then")
                .next_step(explained(RULE.name, "shows the drop that belongs before it"))
                .do_not("rely on a second run to repair it"),
        );
    }
    found
}
