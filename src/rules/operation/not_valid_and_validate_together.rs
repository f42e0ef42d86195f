//! `not-valid-and-validate-together`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::Step;
use crate::rules::{Check, RevisionFacts, Rule};
use crate::source::{Span, printable};
use crate::sql::{Action, Command, Constraint, ConstraintKind, Lock, Name};

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
    span: Span,
    table: &'s Name,
    name: &'s str,
    lock: Lock,
}

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let mut open: Vec<Added<'_>> = Vec::new();
    let mut found = Vec::new();
    for (step, sent) in seen.statements() {
        let Command::AlterTable(alter) = &sent.statement.command else { continue };
        let (table, span) = (&alter.table, sent.span);
        if sent.context.created.contains(table) {
            continue;
        }
        for action in &alter.actions {
            match action {
                Action::AddConstraint(Constraint { name: Some(name), kind, not_valid: true, .. }) => {
                    let is_key = matches!(kind, ConstraintKind::ForeignKey { .. });
                    let lock = if is_key { Lock::ShareRowExclusive } else { Lock::AccessExclusive };
                    open.push(Added { step, span, table, name, lock });
                }
                Action::ValidateConstraint { name } => {
                    let added = open.iter().find(|added| added.table == table && added.name == name);
                    let added = added.filter(|added| seen::is_one_transaction(added.step, step));
                    found.extend(added.map(|added| finding(seen, added, span)));
                }
                _ => {}
            }
        }
    }
    found
}

fn finding(seen: &RevisionFacts<'_>, added: &Added<'_>, validated: Span) -> Finding {
    let (table, name) = (printable(&added.table.to_string()), printable(added.name));
    let blocked = if added.lock.blocks_reads() { "use" } else { "write to" };
    Finding::new(format!("Nobody can {blocked} {table} while {name} is validated: its first lock is still held"))
        .at(seen.place(validated))
        .related(seen.place(added.span), format!("takes {}, until the transaction ends", added.lock))
        .evidence(format!(
            "line {} adds it NOT VALID under {}, line {} reads all rows of {table}",
            seen.line(added.span),
            added.lock,
            seen.line(validated)
        ))
        .evidence("VALIDATE CONSTRAINT on its own takes only SHARE UPDATE EXCLUSIVE, which lets others read and write")
        .next_step(explained(RULE.name, "shows the two revisions that it takes, and when they are two transactions"))
        .do_not("leave NOT VALID away instead: the rows are then read under the same lock")
}
