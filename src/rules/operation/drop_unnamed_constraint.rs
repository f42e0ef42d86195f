//! `drop-unnamed-constraint`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::Operation;
use crate::rules::{Check, RevisionFacts, Rule};

pub(super) const RULE: Rule = Rule {
    name: "drop-unnamed-constraint",
    summary: "A constraint without a name is dropped, which always fails",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/drop-unnamed-constraint.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let both = [("upgrade", &seen.operations.upgrade), ("downgrade", &seen.operations.downgrade)];
    let mut found = Vec::new();
    for (function, body) in both {
        for step in &body.steps {
            let Operation::DropConstraint(drop) = &step.operation else { continue };
            // In a batch the table is made anew on SQLite, and its constraints are matched.
            if drop.name.is_some() || !step.notes.is_empty() {
                continue;
            }
            let table = seen::table(&drop.table);
            let mut finding = Finding::new(format!("`{function}()` drops a constraint of {table} that has no name"))
                .at(seen.place(step.span))
                .evidence("SQLAlchemy: Can't emit DROP CONSTRAINT for constraint; it has no name")
                .evidence("autogenerate writes `None` where the constraint was made without a name")
                .next_step(explained(RULE.name, "shows how to find the name that the database gave it"))
                .do_not("leave it: the function fails as soon as it is called");
            if function == "downgrade" {
                finding = finding.at_most(Severity::Warning);
            }
            found.push(finding);
        }
    }
    found
}
