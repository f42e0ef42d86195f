//! `enum-left-behind`

use std::collections::BTreeSet;

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::model::Column;
use crate::operation::{Operation, Step};
use crate::rules::{Check, RevisionFacts, Rule};
use crate::settings::Downgrade;
use crate::source::{Span, printable};

pub(super) const RULE: Rule = Rule {
    name: "enum-left-behind",
    summary: "downgrade() drops what uses an enum and leaves its type, so a second upgrade fails",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/enum-left-behind.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    if seen.facts.expected.downgrade == Downgrade::ForwardOnly || seen.down().next().is_none() {
        return Vec::new();
    }
    // What is not known may drop it.
    if seen.down().any(|step| matches!(step.operation, Operation::Opaque { .. } | Operation::Raise { .. })) {
        return Vec::new();
    }
    let dropped: BTreeSet<String> = seen.down().flat_map(dropped_names).collect();
    let mut found = Vec::new();
    let mut told = BTreeSet::new();
    for (name, span, step) in made(seen) {
        let mentions = dropped.iter().any(|text| text.contains(&name.to_lowercase()));
        if !mentions && uses_are_dropped(seen, step) && told.insert(name.clone()) {
            let shown = printable(&name);
            found.push(
                Finding::new(format!("`downgrade()` leaves the type {shown} behind"))
                    .at(seen.place(span))
                    .evidence("PostgreSQL keeps an enum when the table or column that uses it is dropped")
                    .evidence(format!("the next upgrade then fails: type \"{shown}\" already exists"))
                    .next_step(explained(RULE.name, "shows the line that drops it"))
                    .do_not("drop a type that another table uses"),
            );
        }
    }
    found
}

/// The enums that `upgrade()` makes along with a table or column.
fn made<'a>(seen: &RevisionFacts<'a>) -> Vec<(String, Span, &'a Step)> {
    let mut made = Vec::new();
    for step in seen.up().filter(|step| seen::on_postgresql(seen.facts, step)) {
        let columns: Vec<&Column> = match &step.operation {
            Operation::CreateTable(create) => create.columns.iter().collect(),
            // Alembic makes no type for a column that is added: the migration would fail going up.
            _ => continue,
        };
        for column in columns {
            let Some((made_along, span)) = column.r#type.as_ref().and_then(seen::enum_of) else { continue };
            if let Some(name) = made_along.name.clone().filter(|_| made_along.create_type) {
                made.push((name, span, step));
            }
        }
    }
    made
}

/// Texts in which the names of dropped types stand, in small letters.
fn dropped_names(step: &Step) -> Vec<String> {
    match &step.operation {
        Operation::DropEnum { r#type, .. } => r#type.name.iter().map(|name| name.to_lowercase()).collect(),
        Operation::Sql(sql) if sql.text.to_lowercase().contains("type") => vec![sql.text.to_lowercase()],
        _ => Vec::new(),
    }
}

/// Whether `downgrade()` drops the table that the step makes.
fn uses_are_dropped(seen: &RevisionFacts<'_>, step: &Step) -> bool {
    let Operation::CreateTable(create) = &step.operation else { return false };
    seen.down().any(|down| matches!(&down.operation, Operation::DropTable(drop) if drop.table == create.table))
}
