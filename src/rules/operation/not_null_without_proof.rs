//! `not-null-without-proof`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::facts::SentStatement;
use crate::operation::Operation;
use crate::operation::model::Change;
use crate::rules::{Check, RevisionFacts, Rule};
use crate::source::{Span, printable};
use crate::sql::{Action, AlterTable, Command};

pub(super) const RULE: Rule = Rule {
    name: "not-null-without-proof",
    summary: "A column becomes NOT NULL and nothing has made sure that every row has a value",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/not-null-without-proof.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (position, step) in seen.up().enumerate() {
        match &step.operation {
            Operation::AddColumn(add) if !seen.makes(&add.table) => {
                let column = &add.column;
                let fills = column.server_default.is_some() || column.sequence.is_some() || column.primary_key;
                if !column.is_nullable() && !fills {
                    found.push(added(seen, step.span, &seen::table(&add.table), &column.name));
                }
            }
            Operation::AlterColumn(alter)
                if alter.nullable == Change::Set(false)
                    && !seen.makes(&alter.table)
                    && seen::on_postgresql(seen.facts, step)
                    && !seen.sql.proven.contains(&position) =>
            {
                found.push(changed(seen, step.span, &seen::table(&alter.table), &alter.column));
            }
            Operation::Sql(_) => {
                for sent in seen.sql.of_step(position) {
                    let Command::AlterTable(alter) = &sent.statement.command else { continue };
                    if !sent.context.created.contains(&alter.table) {
                        found.extend(alter.actions.iter().filter_map(|action| written(seen, sent, alter, action)));
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// What an action of `ALTER TABLE` in SQL does that is looked for.
fn written(seen: &RevisionFacts<'_>, sent: &SentStatement, alter: &AlterTable, action: &Action) -> Option<Finding> {
    let table = printable(&alter.table.to_string());
    match action {
        Action::AddColumn { column, .. } if column.not_null => {
            let is_serial = column.data_type.to_ascii_lowercase().contains("serial");
            let fills = column.default.is_some() || column.generated.is_some() || column.primary_key || is_serial;
            (!fills).then(|| added(seen, sent.span, &table, &column.name))
        }
        Action::SetNotNull { column } => {
            let is_proven = sent.context.proven_not_null.get(&(alter.table.clone(), column.clone())) == Some(&true);
            (!is_proven).then(|| changed(seen, sent.span, &table, column))
        }
        _ => None,
    }
}

fn added(seen: &RevisionFacts<'_>, span: Span, table: &str, column: &str) -> Finding {
    let column = printable(column);
    Finding::new(format!("{table}.{column} is added NOT NULL, and no row that is there has a value for it"))
        .at(seen.place(span))
        .evidence(format!("PostgreSQL: column \"{column}\" of relation \"{table}\" contains null values"))
        .evidence("it works on an empty table, and so in every test")
        .next_step(explained(RULE.name, "shows the steps that it takes"))
        .do_not("give it a default that is not true only to get past this")
}

fn changed(seen: &RevisionFacts<'_>, span: Span, table: &str, column: &str) -> Finding {
    let column = printable(column);
    Finding::new(format!("{table}.{column} becomes NOT NULL: nobody can use {table} while every row is read"))
        .at(seen.place(span))
        .evidence(
            "SET NOT NULL takes ACCESS EXCLUSIVE and reads the table, unless a valid CHECK proves it (PostgreSQL 12)",
        )
        .evidence("it fails when one row has no value")
        .next_step(explained(RULE.name, "shows the constraint that proves it without the lock"))
        .do_not("backfill in the same migration: the lock is held for that too")
}
