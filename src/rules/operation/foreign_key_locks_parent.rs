//! `foreign-key-locks-parent` and `create-table-references-busy-table`: both tables are locked.

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::Operation;
use crate::operation::model::{Constant, ConstraintKind, TableName};
use crate::rules::{Check, RevisionFacts, Rule, wording};

pub(super) const FOREIGN_KEY: Rule = Rule {
    name: "foreign-key-locks-parent",
    summary: "A foreign key that is checked at once blocks writes to both tables while it reads all rows",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/foreign-key-locks-parent.md"),
    check: Check::Revision(foreign_key),
};

pub(super) const NEW_TABLE: Rule = Rule {
    name: "create-table-references-busy-table",
    summary: "A new table with a foreign key blocks writes to the table that it refers to until the migration ends",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/create-table-references-busy-table.md"),
    check: Check::Revision(new_table),
};

fn foreign_key(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for step in seen.up().filter(|step| seen::on_postgresql(seen.facts, step)) {
        let Operation::AddConstraint(add) = &step.operation else { continue };
        let ConstraintKind::ForeignKey(key) = &add.constraint.kind else { continue };
        let is_later = add.constraint.option("postgresql_not_valid") == Some(&Constant::Bool(true));
        if is_later || seen.makes(&add.table) {
            continue;
        }
        let (table, parent) = (seen::table(&add.table), seen::table(&key.referred_table));
        found.push(
            Finding::new(format!("Nobody can write to {table} or {parent} while every row of {table} is checked"))
                .at(seen.place(step.span))
                .evidence("PostgreSQL takes SHARE ROW EXCLUSIVE on both tables and reads both")
                .evidence(
                    "postgresql_not_valid=True checks new rows only; VALIDATE CONSTRAINT checks the old ones later",
                )
                .next_step(explained(FOREIGN_KEY.name, "shows the two revisions that it takes"))
                .do_not("validate it in the same migration: the first lock is still held"),
        );
    }
    found
}

fn new_table(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for step in seen.up().filter(|step| seen::on_postgresql(seen.facts, step)) {
        let Operation::CreateTable(create) = &step.operation else { continue };
        let own = create.constraints.iter().chain(create.columns.iter().flat_map(|column| &column.constraints));
        let mut parents: Vec<&TableName> = own
            .filter_map(|constraint| match &constraint.kind {
                ConstraintKind::ForeignKey(key) => Some(&key.referred_table),
                _ => None,
            })
            .filter(|parent| **parent != create.table && !seen.makes(parent))
            .collect();
        parents.sort();
        parents.dedup();
        // Alone in its migration it is over at once.
        let is_followed = seen.up().skip_while(|other| !std::ptr::eq(*other, step)).skip(1).any(|later| {
            seen::writes_rows(&later.operation)
                || matches!(
                    &later.operation,
                    Operation::AlterColumn(_) | Operation::CreateIndex(_) | Operation::AddConstraint(_)
                ) && later.operation.table().is_some_and(|table| !seen.makes(table))
        });
        if parents.is_empty() || !is_followed {
            continue;
        }
        let names: Vec<String> = parents.iter().map(|parent| seen::table(parent)).collect();
        let table = seen::table(&create.table);
        found.push(
            Finding::new(format!("Making {table} blocks writes to {} until the migration ends", wording::ids(&names)))
                .at(seen.place(step.span))
                .evidence("PostgreSQL takes SHARE ROW EXCLUSIVE on the tables that a foreign key refers to")
                .evidence("what follows in this revision keeps the lock for longer")
                .next_step(explained(NEW_TABLE.name, "shows how to keep the lock short"))
                .do_not("put a long step behind it in the same revision"),
        );
    }
    found
}
