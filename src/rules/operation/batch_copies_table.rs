//! `batch-copies-table`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::model::Recreate;
use crate::rules::{Check, RevisionFacts, Rule};

pub(super) const RULE: Rule = Rule {
    name: "batch-copies-table",
    summary: "A batch copies the whole table, also where an ALTER TABLE would do",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/batch-copies-table.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let batches = seen.operations.upgrade.batches.iter();
    let copying = batches.filter(|batch| batch.recreate == Recreate::Always && seen.facts.may_be_postgresql());
    copying
        .map(|batch| {
            let table = seen::table(&batch.table);
            Finding::new(format!("recreate=\"always\" copies {table} and puts the copy in its place"))
                .at(seen.place(batch.span))
                .evidence("the table is locked for the whole copy, and what Alembic does not reflect is lost")
                .evidence("lost on the way: triggers, rights, comments of others, dependent views, identity options")
                .next_step(explained(RULE.name, "shows the batch that copies on SQLite only"))
                .do_not("run it on a large table while the application works")
        })
        .collect()
}
