//! `drop-add-rename`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::Operation;
use crate::operation::model::{Column, DropColumn, TypeKind};
use crate::operation::{Operations, Step};
use crate::rules::{Check, RevisionFacts, Rule};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "drop-add-rename",
    summary: "A column is dropped and another one like it is added: a rename that loses the data",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/drop-add-rename.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    // Rows that are moved in between are no loss.
    if seen.up().any(|step| seen::writes_rows(&step.operation) || matches!(step.operation, Operation::Opaque { .. })) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (step, drop) in dropped(seen.operations) {
        if seen.makes(&drop.table) || was_taken_back(seen.operations, drop) {
            continue;
        }
        let added = seen.up().filter_map(|other| match &other.operation {
            Operation::AddColumn(add) if add.table == drop.table => Some((other, &add.column)),
            _ => None,
        });
        let old = old_column(seen.operations, drop);
        if let Some((other, column)) = added.into_iter().find(|(_, column)| is_like(drop, old, column)) {
            found.push(finding(seen, step, drop, other, column));
        }
    }
    found
}

fn dropped(operations: &Operations) -> impl Iterator<Item = (&Step, &DropColumn)> {
    operations.upgrade.steps.iter().filter_map(|step| match &step.operation {
        Operation::DropColumn(drop) => Some((step, drop)),
        _ => None,
    })
}

/// A column that the same function adds again is not renamed.
fn was_taken_back(operations: &Operations, drop: &DropColumn) -> bool {
    operations.upgrade.steps.iter().any(|step| {
        matches!(&step.operation, Operation::AddColumn(add) if add.table == drop.table && add.column.name == drop.column)
    })
}

/// The dropped column as `downgrade()` brings it back, which tells its type.
fn old_column<'o>(operations: &'o Operations, drop: &DropColumn) -> Option<&'o Column> {
    operations.downgrade.steps.iter().find_map(|step| match &step.operation {
        Operation::AddColumn(add) if add.table == drop.table && add.column.name == drop.column => Some(&add.column),
        _ => None,
    })
}

fn is_like(drop: &DropColumn, old: Option<&Column>, new: &Column) -> bool {
    let same_type = old.and_then(|old| old.r#type.as_ref()).zip(new.r#type.as_ref()).map(|(old, new)| {
        matches!((&old.kind, &new.kind), (TypeKind::Sql(a), TypeKind::Sql(b)) if a.class == b.class)
            || old.kind == new.kind
    });
    match same_type {
        Some(same) => same && shares_a_word(&drop.column, &new.name),
        // Without the old type only a name that is nearly the same tells.
        None => shares_a_word(&drop.column, &new.name),
    }
}

/// `full_name` and `display_name` share a word; so do `mail` and `email`.
fn shares_a_word(one: &str, other: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        name.split('_')
            .filter(|word| word.len() > 2 && *word != "new" && *word != "old")
            .map(str::to_lowercase)
            .collect()
    };
    let (one, other) = (words(one), words(other));
    one.iter().any(|a| {
        other.iter().any(|b| a == b || (a.len().min(b.len()) > 3 && (a.contains(b.as_str()) || b.contains(a.as_str()))))
    })
}

fn finding(seen: &RevisionFacts<'_>, step: &Step, drop: &DropColumn, other: &Step, column: &Column) -> Finding {
    let table = seen::table(&drop.table);
    let (old, new) = (printable(&drop.column), printable(&column.name));
    Finding::new(format!("{table}.{old} is dropped and {table}.{new} is added: what the column holds is lost"))
        .at(seen.place(step.span))
        .related(seen.place(other.span), "the new column starts empty")
        .evidence(format!(
            "autogenerate cannot see a rename: it writes a drop and an add (line {})",
            seen.line(other.span)
        ))
        .evidence(format!("a rename is op.alter_column(\"{table}\", \"{old}\", new_column_name=\"{new}\")"))
        .next_step(explained(RULE.name, "shows the rename that keeps the rows, and the way without downtime"))
        .do_not("run it and copy the rows afterwards: they are gone once it has run")
}
