//! `missing-enum-type`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::model::{Column, TableName, TypeExpr, TypeKind};
use crate::operation::{Operation, Step};
use crate::rules::{Check, RevisionFacts, Rule, gaps};
use crate::source::{Span, printable};

pub(super) const RULE: Rule = Rule {
    name: "missing-enum-type",
    summary: "A column gets an enum whose type nothing creates, so the migration fails",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/missing-enum-type.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let asks = |step: &Step| wanted(&step.operation).is_some() && seen::on_postgresql(seen.facts, step);
    // Most revisions ask for none, and looking back at all others takes its time.
    if !seen.up().any(asks) || !gaps::unknown_parents(seen.facts).is_empty() {
        return Vec::new();
    }
    let before = before(seen);
    let mut found = Vec::new();
    for (position, step) in seen.up().enumerate().filter(|(_, step)| asks(step)) {
        let Some((table, name, span)) = wanted(&step.operation) else { continue };
        let earlier = || before.iter().copied().chain(seen.up().take(position));
        // Whoever made the table elsewhere may have made the type there too.
        let is_whole = earlier().any(|step| makes_table(&step.operation, table));
        if is_whole && !earlier().any(|step| may_make(&step.operation, name)) {
            found.push(finding(seen, &step.operation, name, span));
        }
    }
    found
}

/// The steps of all revisions that have run by then.
fn before<'a>(seen: &RevisionFacts<'a>) -> Vec<&'a Step> {
    let ancestors = seen.facts.graph.ancestors(&[&seen.revision.id]);
    let others = ancestors.into_iter().filter(|id| *id != seen.revision.id);
    others.filter_map(|id| seen.facts.operations_of(id)).flat_map(|operations| &operations.upgrade.steps).collect()
}

/// The enum that a step gives to a column, by the type's name.
fn wanted(operation: &Operation) -> Option<(&TableName, &str, Span)> {
    let (table, given) = match operation {
        Operation::AddColumn(add) => (&add.table, add.column.r#type.as_ref()?),
        Operation::AlterColumn(alter) => (&alter.table, alter.new_type.new_value()?),
        _ => return None,
    };
    let (wanted, span) = seen::enum_of(given)?;
    Some((table, wanted.name.as_deref()?, span))
}

fn makes_table(operation: &Operation, table: &TableName) -> bool {
    match operation {
        Operation::CreateTable(create) => create.table == *table,
        Operation::RenameTable(rename) => rename.new_name == table.name,
        Operation::Sql(sql) => seen::mentions(&sql.text, "create table") && seen::mentions(&sql.text, &table.name),
        _ => false,
    }
}

/// Whether it makes the type, as far as that can be told: what is not read may make anything.
fn may_make(operation: &Operation, name: &str) -> bool {
    let is_it = |given: &TypeExpr| match seen::enum_of(given) {
        Some((made, _)) => made.name.as_deref().is_none_or(|made| made == name),
        None => matches!(given.on("postgresql").kind, TypeKind::Other(_)),
    };
    let of_column = |column: &Column| column.r#type.as_ref().is_none_or(is_it);
    match operation {
        Operation::Opaque { .. } => true,
        Operation::CreateTable(create) => create.columns.iter().any(of_column),
        Operation::CreateEnum { r#type, .. } => r#type.name.as_deref().is_none_or(|made| made == name),
        Operation::Sql(sql) => seen::mentions(&sql.text, name) || seen::mentions(&sql.text, "execute"),
        // The first one fails, or has worked: told once.
        Operation::AddColumn(add) => of_column(&add.column),
        Operation::AlterColumn(alter) => alter.existing_type.iter().chain(alter.new_type.new_value()).any(is_it),
        _ => false,
    }
}

fn finding(seen: &RevisionFacts<'_>, operation: &Operation, name: &str, span: Span) -> Finding {
    let shown = printable(name);
    let directive = if matches!(operation, Operation::AddColumn(_)) { "add_column" } else { "alter_column" };
    let finding = Finding::new(format!("Nothing creates the enum {shown}: `{directive}` makes no type"))
        .at(seen.place(span))
        .evidence("no revision up to here has CREATE TYPE, `sa.Enum(…).create(…)` or a new table for it")
        .evidence(format!("PostgreSQL answers: type \"{shown}\" does not exist"))
        .next_step(explained(RULE.name, "shows the line that creates it"))
        .do_not("create the type by hand: the next database does not have it");
    // Other databases have no types of that kind.
    if seen.facts.is_postgresql() { finding } else { finding.at_most(Severity::Warning) }
}
