//! `foreign-key-locks-parent` and `create-table-references-busy-table`: both tables are locked.

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::Operation;
use crate::operation::model::{ConstraintKind, TableName};
use crate::rules::{Check, RevisionFacts, Rule, wording};
use crate::source::printable;
use crate::sql::{Action, Command, Name};

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
    for (_, sent) in seen.statements() {
        let Command::AlterTable(alter) = &sent.statement.command else { continue };
        if sent.context.created.contains(&alter.table) {
            continue;
        }
        for parent in alter.actions.iter().filter_map(checked_at_once) {
            let (table, parent) = (printable(&alter.table.to_string()), printable(&parent.to_string()));
            found.push(
                Finding::new(format!("Nobody can write to {table} or {parent} while every row of {table} is checked"))
                    .at(seen.place(sent.span))
                    .evidence("PostgreSQL takes SHARE ROW EXCLUSIVE on both tables and reads both")
                    .evidence(
                        "postgresql_not_valid=True checks new rows only; VALIDATE CONSTRAINT checks the old ones later",
                    )
                    .next_step(explained(FOREIGN_KEY.name, "shows the two revisions that it takes"))
                    .do_not("validate it in the same migration: the first lock is still held"),
            );
        }
    }
    found
}

/// The table that a new foreign key refers to, if all rows are checked against it now.
fn checked_at_once(action: &Action) -> Option<&Name> {
    match action {
        Action::AddConstraint(constraint) if !constraint.not_valid && !constraint.not_enforced => {
            constraint.references()
        }
        // A column without a value has nothing to be checked.
        Action::AddColumn { column, .. } if column.default.as_ref().is_some_and(|default| !default.is_null) => {
            column.references.as_ref()
        }
        _ => None,
    }
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
