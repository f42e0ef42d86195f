//! `not-null-without-proof`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::Operation;
use crate::operation::model::Change;
use crate::rules::{Check, RevisionFacts, Rule};
use crate::source::printable;

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
    for step in seen.up() {
        match &step.operation {
            Operation::AddColumn(add) if !seen.makes(&add.table) => {
                let column = &add.column;
                let fills = column.server_default.is_some() || column.sequence.is_some() || column.primary_key;
                if column.is_nullable() || fills {
                    continue;
                }
                let (table, name) = (seen::table(&add.table), printable(&column.name));
                found.push(
                    Finding::new(format!(
                        "{table}.{name} is added NOT NULL, and no row that is there has a value for it"
                    ))
                    .at(seen.place(step.span))
                    .evidence(format!("PostgreSQL: column \"{name}\" of relation \"{table}\" contains null values"))
                    .evidence("it works on an empty table, and so in every test")
                    .next_step(explained(RULE.name, "shows the three steps that it takes"))
                    .do_not("give it a default that is not true only to get past this"),
                );
            }
            Operation::AlterColumn(alter) if alter.nullable == Change::Set(false) && !seen.makes(&alter.table) => {
                if !seen::on_postgresql(seen.facts, step) || is_proven(seen, &alter.table.to_string(), &alter.column) {
                    continue;
                }
                let (table, name) = (seen::table(&alter.table), printable(&alter.column));
                found.push(
                    Finding::new(format!("{table}.{name} becomes NOT NULL: nobody can use {table} while every row is read"))
                        .at(seen.place(step.span))
                        .at_most(Severity::Warning)
                        .evidence("SET NOT NULL takes ACCESS EXCLUSIVE and reads the table, unless a valid CHECK proves it (PostgreSQL 12)")
                        .evidence("it fails when one row has no value")
                        .next_step(explained(RULE.name, "shows the constraint that proves it without the lock"))
                        .do_not("backfill in the same migration: the lock is held for that too"),
                );
            }
            _ => {}
        }
    }
    found
}

/// Whether this revision or one before it has a CHECK that says so.
fn is_proven(seen: &RevisionFacts<'_>, table: &str, column: &str) -> bool {
    let graph = &seen.facts.graph;
    let proof = format!("{} is not null", column.to_lowercase());
    let says = |text: &str| text.to_lowercase().replace('"', "").contains(&proof);
    let ancestors = graph.ancestors(&[&seen.revision.id]);
    ancestors.iter().filter_map(|id| seen.facts.operations_of(id)).any(|operations| {
        operations.upgrade.steps.iter().any(|step| match &step.operation {
            Operation::Sql(sql) => says(&sql.text),
            Operation::AddConstraint(add) => {
                use crate::operation::model::{ConstraintKind, SqlExpr};
                add.table.to_string() == table
                    && matches!(&add.constraint.kind, ConstraintKind::Check { condition: SqlExpr::Text(text) } if says(text))
            }
            _ => false,
        })
    })
}
