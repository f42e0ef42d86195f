//! `enum-value-in-transaction`

use super::parsed;
use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::model::{BulkInsert, Change, Column, Constant, Default, EnumType, SqlExpr, TypeExpr, TypeKind};
use crate::operation::{Operation, Operations, Step};
use crate::project::env::Fact;
use crate::rules::{Check, RevisionFacts, Rule, wording};
use crate::source::{Location, printable};
use crate::sql::{Command, ObjectKind};

pub(super) const RULE: Rule = Rule {
    name: "enum-value-in-transaction",
    summary: "A value is added to an enum and used in the same transaction, which PostgreSQL refuses",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/enum-value-in-transaction.md"),
    check: Check::Revision(check),
};

/// `ALTER TYPE … ADD VALUE` in the transaction of the migration.
struct Added<'s> {
    step: &'s Step,
    position: usize,
    r#type: String,
    value: String,
}

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for added in added(seen) {
        if seen::oldest_server(seen.facts).is_some_and(|major| major < 12) {
            found.push(too_old(seen, &added));
            continue;
        }
        let users = tables_with(seen, &added.r#type);
        let later = seen.up().skip(added.position);
        let same = later.filter(|step| seen::is_one_transaction(added.step, step));
        let uses = same.filter_map(|step| uses(step, &added, &users).map(|certain| (step, certain)));
        // One that is certain is the better proof.
        match uses.max_by_key(|(_, certain)| *certain) {
            Some((step, certain)) => {
                let finding = finding(seen, &added, &seen.place(step.span), "this migration");
                found.push(if certain { finding } else { finding.at_most(Severity::Warning) });
            }
            None => found.extend(used_later(seen, &added, &users)),
        }
    }
    found
}

/// The values that `upgrade()` adds in its transaction, to types that it does not make itself.
fn added<'a>(seen: &RevisionFacts<'a>) -> Vec<Added<'a>> {
    let mut added = Vec::new();
    for (position, step) in seen.up().enumerate() {
        let Operation::Sql(sql) = &step.operation else { continue };
        if step.in_autocommit || !seen::on_postgresql(seen.facts, step) || !seen::mentions(&sql.text, "add value") {
            continue;
        }
        for statement in parsed::statements(step) {
            if let Command::AddEnumValue { name, value, .. } = statement.command {
                added.push(Added { step, position, r#type: name.name, value });
            }
        }
    }
    added
}

/// Whether the step uses the value, and whether that is certain: a text column may hold the same word.
fn uses(step: &Step, added: &Added<'_>, users: &[String]) -> Option<bool> {
    let quoted = format!("'{}'", added.value.replace('\'', "''"));
    let is_of = |r#type: Option<&TypeExpr>| r#type.and_then(enum_name) == Some(added.r#type.as_str());
    match &step.operation {
        Operation::Sql(sql) if sql.text.contains(&quoted) => {
            let cast = format!("{quoted}::{}", added.r#type);
            let mut using = parsed::texts(step)
                .into_iter()
                .filter(|(statement, text)| text.contains(&quoted) && evaluates(&statement.command));
            let certain = |(statement, text): &(crate::sql::Statement, String)| {
                text.contains(&cast)
                    || matches!(&statement.command, Command::Write(write) if users.contains(&write.table.name))
                    || matches!(&statement.command, Command::AlterTable(alter) if users.contains(&alter.table.name))
            };
            let first = using.next()?;
            Some(certain(&first) || using.any(|other| certain(&other)))
        }
        Operation::BulkInsert(insert) if holds(insert, &added.value) => Some(users.contains(&insert.table.name)),
        Operation::AddColumn(add) => {
            (is_default(&add.column, &added.value) && is_of(add.column.r#type.as_ref())).then_some(true)
        }
        Operation::AlterColumn(alter) => {
            let default = alter.server_default.new_value().and_then(Option::as_ref)?;
            let r#type = match &alter.new_type {
                Change::Set(r#type) => Some(r#type),
                _ => alter.existing_type.as_ref(),
            };
            (is_value(default, &added.value) && is_of(r#type)).then_some(true)
        }
        Operation::CreateTable(create) => create
            .columns
            .iter()
            .any(|column| is_default(column, &added.value) && is_of(column.r#type.as_ref()))
            .then_some(true),
        Operation::Data(data) => {
            let is_written = [format!("\"{}\"", added.value), quoted].iter().any(|text| data.written.contains(text));
            let is_user = data.table.as_ref().is_some_and(|table| users.contains(&table.name));
            (is_written && is_user).then_some(true)
        }
        _ => None,
    }
}

/// Whether PostgreSQL works out the literals of a statement when it runs.
fn evaluates(command: &Command) -> bool {
    !matches!(
        command,
        Command::AddEnumValue { .. }
            | Command::RenameEnumValue { .. }
            | Command::CreateType { .. }
            | Command::Comment { .. }
            | Command::Unknown(_)
            | Command::Create { kind: ObjectKind::Function | ObjectKind::Procedure, .. }
    )
}

fn holds(insert: &BulkInsert, value: &str) -> bool {
    let is_it = |constant: &Constant| matches!(constant, Constant::Str(text) if text == value);
    insert.rows.iter().flatten().flatten().any(|setting| is_it(&setting.value))
}

fn is_default(column: &Column, value: &str) -> bool {
    column.server_default.as_ref().is_some_and(|default| is_value(default, value))
}

fn is_value(default: &Default, value: &str) -> bool {
    match default {
        Default::Literal(text) => text == value,
        Default::Sql(SqlExpr::Text(text)) => text.contains(&format!("'{value}'")),
        _ => false,
    }
}

fn enum_name(written: &TypeExpr) -> Option<&str> {
    match &written.on("postgresql").kind {
        TypeKind::Enum(EnumType { name: Some(name), .. }) => Some(name),
        TypeKind::Array { item, .. } => enum_name(item),
        _ => None,
    }
}

/// The tables in which this revision or one before it makes a column of that enum.
fn tables_with(seen: &RevisionFacts<'_>, r#type: &str) -> Vec<String> {
    let mut tables = Vec::new();
    let is_it = |column: &Column| column.r#type.as_ref().and_then(enum_name) == Some(r#type);
    for id in seen.facts.graph.ancestors(&[&seen.revision.id]) {
        let Some(operations) = seen.facts.operations_of(id) else { continue };
        for step in &operations.upgrade.steps {
            let (table, uses) = match &step.operation {
                Operation::CreateTable(create) => (&create.table, create.columns.iter().any(is_it)),
                Operation::AddColumn(add) => (&add.table, is_it(&add.column)),
                Operation::AlterColumn(alter) => {
                    let is_new = alter.new_type.new_value().and_then(enum_name) == Some(r#type);
                    (&alter.table, is_new || alter.existing_type.as_ref().and_then(enum_name) == Some(r#type))
                }
                _ => continue,
            };
            if uses {
                tables.push(table.name.clone());
            }
        }
    }
    tables
}

/// A later revision that certainly uses the value, if both run in one transaction.
fn used_later(seen: &RevisionFacts<'_>, added: &Added<'_>, users: &[String]) -> Option<Finding> {
    let facts = seen.facts;
    let leaves = |operations: &Operations| operations.upgrade.steps.iter().any(|step| step.in_autocommit);
    let is_one = matches!(facts.project.env.transaction_per_migration, Fact::Known(false) | Fact::Absent);
    if !is_one || leaves(seen.operations) {
        return None;
    }
    let later = facts.graph.descendants(&[&seen.revision.id]);
    let revisions = facts.graph.revisions().iter().zip(&facts.operations);
    let mut later: Vec<_> = revisions.filter(|(other, _)| later.contains(other.id.as_str())).collect();
    later.retain(|(other, _)| other.id != seen.revision.id);
    // A block that leaves the transaction may stand in between.
    if later.iter().any(|(_, operations)| leaves(operations)) {
        return None;
    }
    let (other, step) = later.into_iter().find_map(|(other, operations)| {
        let step = operations.upgrade.steps.iter().find(|step| uses(step, added, users) == Some(true))?;
        Some((other, step))
    })?;
    let place = Location::new(&other.source, step.span);
    let finding = finding(seen, added, &place, &format!("revision {}", wording::id(&other.id)));
    Some(
        finding
            .evidence(
                "an upgrade that runs both has them in one transaction: env.py does not set transaction_per_migration",
            )
            .at_most(Severity::Warning),
    )
}

fn finding(seen: &RevisionFacts<'_>, added: &Added<'_>, used: &Location, by: &str) -> Finding {
    let (r#type, value) = (printable(&added.r#type), printable(&added.value));
    Finding::new(format!("The value '{value}' of {type} is used by {by} before the transaction that adds it has ended"))
        .at(seen.place(added.step.span))
        .related(used.clone(), "uses it")
        .evidence(format!("PostgreSQL: unsafe use of new value \"{value}\" of enum type {type}"))
        .evidence(format!("added in line {}, used at {}", seen.line(added.step.span), wording::place(used)))
        .next_step(explained(RULE.name, "shows the block that adds the value on its own"))
        .do_not("count on a downgrade to take it back: PostgreSQL cannot remove a value of an enum")
}

fn too_old(seen: &RevisionFacts<'_>, added: &Added<'_>) -> Finding {
    let (r#type, value) = (printable(&added.r#type), printable(&added.value));
    Finding::new(format!("The value '{value}' is added to {type} inside a transaction, which this server refuses"))
        .at(seen.place(added.step.span))
        .evidence("PostgreSQL 11 and older: ALTER TYPE ... ADD cannot run inside a transaction block")
        .next_step(explained(RULE.name, "shows the block that adds the value on its own"))
        .do_not("count on a downgrade to take it back: PostgreSQL cannot remove a value of an enum")
}
