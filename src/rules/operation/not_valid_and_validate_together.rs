//! `not-valid-and-validate-together`

use super::parsed;
use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::model::{Constant, TableName};
use crate::operation::{Operation, Step};
use crate::rules::{Check, RevisionFacts, Rule};
use crate::source::printable;
use crate::sql::{Action, Command, Constraint, ConstraintKind, Lock};

pub(super) const RULE: Rule = Rule {
    name: "not-valid-and-validate-together",
    summary: "A constraint is added NOT VALID and validated in the same transaction, under the lock that NOT VALID avoids",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/not-valid-and-validate-together.md"),
    check: Check::Revision(check),
};

/// A constraint that is added NOT VALID.
struct Added<'s> {
    step: &'s Step,
    table: TableName,
    name: String,
    lock: Lock,
}

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let mut open: Vec<Added<'_>> = Vec::new();
    let mut found = Vec::new();
    for step in seen.up().filter(|step| seen::on_postgresql(seen.facts, step)) {
        if let Operation::AddConstraint(add) = &step.operation
            && add.constraint.option("postgresql_not_valid") == Some(&Constant::Bool(true))
            && let Some(name) = &add.constraint.name
        {
            let is_key = matches!(add.constraint.kind, crate::operation::model::ConstraintKind::ForeignKey(_));
            open.push(Added { step, table: add.table.clone(), name: name.text.clone(), lock: lock(is_key) });
        }
        for statement in parsed::statements(step) {
            let Command::AlterTable(alter) = statement.command else { continue };
            let table = parsed::table(&alter.table);
            for action in alter.actions {
                match action {
                    Action::AddConstraint(Constraint { name: Some(name), kind, not_valid: true, .. }) => {
                        let is_key = matches!(kind, ConstraintKind::ForeignKey { .. });
                        open.push(Added { step, table: table.clone(), name, lock: lock(is_key) });
                    }
                    Action::ValidateConstraint { name } => {
                        let added = open.iter().find(|added| added.table == table && added.name == name);
                        if let Some(added) = added.filter(|added| seen::is_one_transaction(added.step, step)) {
                            found.extend((!seen.makes(&table)).then(|| finding(seen, added, step)));
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    found
}

/// What adding the constraint takes, and keeps until the transaction ends.
fn lock(is_key: bool) -> Lock {
    if is_key { Lock::ShareRowExclusive } else { Lock::AccessExclusive }
}

fn finding(seen: &RevisionFacts<'_>, added: &Added<'_>, validated: &Step) -> Finding {
    let (table, name) = (seen::table(&added.table), printable(&added.name));
    let blocked = if added.lock == Lock::AccessExclusive { "use" } else { "write to" };
    Finding::new(format!("Nobody can {blocked} {table} while {name} is validated: its first lock is still held"))
        .at(seen.place(validated.span))
        .related(seen.place(added.step.span), format!("takes {}, until the transaction ends", added.lock))
        .evidence(format!(
            "line {} adds it NOT VALID under {}, line {} reads all rows of {table}",
            seen.line(added.step.span),
            added.lock,
            seen.line(validated.span)
        ))
        .evidence("VALIDATE CONSTRAINT on its own takes only SHARE UPDATE EXCLUSIVE, which lets others read and write")
        .next_step(explained(RULE.name, "shows the two revisions that it takes, and when they are two transactions"))
        .do_not("leave NOT VALID away instead: the rows are then read under the same lock")
}
