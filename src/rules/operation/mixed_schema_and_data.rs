//! `mixed-schema-and-data`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::model::Verb;
use crate::operation::{Operation, Step};
use crate::rules::{Check, RevisionFacts, Rule};
use crate::source::printable;
use crate::sql::{Command, WriteKind};

pub(super) const RULE: Rule = Rule {
    name: "mixed-schema-and-data",
    summary: "A revision changes a table that is in use and its rows: the lock is held while the rows are changed",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/mixed-schema-and-data.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    if !seen.facts.may_be_postgresql() {
        return Vec::new();
    }
    let Some((lock, table, rows)) = first_pair(seen) else { return Vec::new() };
    vec![
        Finding::new(format!("{table} stays locked while this revision changes rows"))
            .at(seen.place(rows.span))
            .related(seen.place(lock.span), "takes the lock, which is kept until the migration ends")
            .evidence(format!("{} (line {})", seen::said(&lock.operation), seen.line(lock.span)))
            .evidence(format!("{} (line {})", seen::said(&rows.operation), seen.line(rows.span)))
            .next_step(explained(RULE.name, "shows the two revisions that it takes"))
            .do_not("judge the time by a small database: every reader of the table waits for all of its rows"),
    ]
}

/// The first step that locks a table in use, that table, and the step that then changes rows in the
/// same transaction. What is written before keeps nobody waiting for the table.
fn first_pair<'a>(seen: &RevisionFacts<'a>) -> Option<(&'a Step, String, &'a Step)> {
    let mut held: Option<(&Step, String)> = None;
    for (position, step) in seen.up().enumerate() {
        held = held.filter(|(lock, _)| seen::is_one_transaction(lock, step));
        if let Some((lock, table)) = &held
            && writes_many(seen, position)
        {
            return Some((lock, table.clone(), step));
        }
        if held.is_none() && !step.in_autocommit && seen::on_postgresql(seen.facts, step) {
            held = locked_table(seen, position).map(|table| (step, table));
        }
    }
    None
}

/// The table in use that the step locks against all others.
fn locked_table(seen: &RevisionFacts<'_>, position: usize) -> Option<String> {
    let step = seen.operations.upgrade.steps.get(position)?;
    match &step.operation {
        Operation::AddColumn(_)
        | Operation::DropColumn(_)
        | Operation::AlterColumn(_)
        | Operation::AddConstraint(_)
        | Operation::DropConstraint(_) => step.operation.table().filter(|table| !seen.makes(table)).map(seen::table),
        Operation::Sql(_) => seen.sql.of_step(position).find_map(|sent| {
            let Command::AlterTable(alter) = &sent.statement.command else { return None };
            let is_strong = sent.effects.known.iter().any(|effect| effect.lock.blocks_reads());
            let is_used = is_strong && !sent.context.created.contains(&alter.table);
            is_used.then(|| printable(&alter.table.to_string()))
        }),
        _ => None,
    }
}

/// Whether the step changes or deletes rows of a table in use. Rows of tables that this revision
/// makes are few, and nobody waits for them.
fn writes_many(seen: &RevisionFacts<'_>, position: usize) -> bool {
    match seen.operations.upgrade.steps.get(position).map(|step| &step.operation) {
        Some(Operation::Sql(_)) => seen.sql.of_step(position).any(|sent| match &sent.statement.command {
            Command::Write(write) => {
                matches!(write.kind, WriteKind::Update | WriteKind::Delete | WriteKind::Merge)
                    && !sent.context.created.contains(&write.table)
            }
            _ => false,
        }),
        Some(Operation::Data(data)) => {
            matches!(data.verb, Verb::Update | Verb::Delete)
                && data.table.as_ref().is_none_or(|table| !seen.makes(table))
        }
        _ => false,
    }
}
