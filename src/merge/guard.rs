//! The test that keeps an operation from failing because the other side has run.

use super::side::Operation;
use super::thing::Thing;
use crate::operation::model::{ConstraintKind, Operation as What, TableName};
use crate::source::Location;
use crate::sql::{self, Action, Command};

/// An operation of a revision that needs a test around it.
#[derive(Debug, Clone)]
pub struct Guard {
    /// The revision.
    pub revision: String,
    /// The operation.
    pub location: Location,
    /// The revision of the other side after which it fails.
    pub after: String,
    /// The line to put above it, and to indent it under; `None` where the statement itself has to
    /// be changed.
    pub test: Option<String>,
    /// What to do, in one sentence.
    pub advice: String,
}

/// The guard of an operation that fails when that of `other` has run, because of these things; `None`
/// if there is none that one line could hold.
pub(super) fn of(operation: &Operation, other: &Operation, things: &[Thing]) -> Option<Guard> {
    let guard = |test: Option<String>, advice: String| {
        Some(Guard {
            revision: operation.revision.clone(),
            location: operation.location.clone(),
            after: other.revision.clone(),
            test,
            advice,
        })
    };
    if let Some(condition) = test(&operation.step.operation, things) {
        let advice = format!("put it under `if {condition}:`");
        return guard(Some(format!("if {condition}:")), advice);
    }
    match &operation.step.operation {
        What::CreateEnum { .. } | What::DropEnum { .. } => guard(None, "give it checkfirst=True".to_owned()),
        What::Sql(text) => guard(None, format!("write {} into the statement", words(&text.text)?)),
        _ => None,
    }
}

/// What PostgreSQL has for statements that may meet what is there, or not there.
fn words(text: &str) -> Option<&'static str> {
    let mut words: Vec<&str> = Vec::new();
    for statement in sql::statements(text) {
        words.push(match statement.command {
            Command::CreateTable(_) | Command::CreateIndex(_) | Command::AddEnumValue { .. } => "IF NOT EXISTS",
            Command::Drop(_) => "IF EXISTS",
            Command::CreateView { materialized: false, .. } => "OR REPLACE",
            Command::AlterTable(alter) => {
                let adds = |action: &Action| matches!(action, Action::AddColumn { .. });
                let drops =
                    |action: &Action| matches!(action, Action::DropColumn { .. } | Action::DropConstraint { .. });
                match (alter.actions.iter().all(adds), alter.actions.iter().all(drops)) {
                    (true, _) => "IF NOT EXISTS",
                    (_, true) => "IF EXISTS",
                    _ => return None,
                }
            }
            _ => return None,
        });
    }
    words.dedup();
    if let [one] = words.as_slice() { Some(one) } else { None }
}

/// The condition under which the operation still has something to do.
fn test(operation: &What, things: &[Thing]) -> Option<String> {
    let table = operation.table()?;
    let is_about = |name: &str| things.iter().any(|thing| thing.name() == Some(name));
    // What it makes or removes itself; the rest goes with it.
    if let Some(name) = object(operation).filter(|name| is_about(name)) {
        return own(operation, table, name);
    }
    // What it needs: its table, or a column of it.
    let [thing] = things else { return None };
    match thing {
        Thing::Relation(name) if name.name == table.name => Some(has_table(table)),
        Thing::Column(owner, column) if owner.name == table.name => {
            Some(member(true, column, "column", "get_columns", table))
        }
        _ => None,
    }
}

/// The name of what the operation makes, removes or changes.
fn object(operation: &What) -> Option<&str> {
    Some(match operation {
        What::CreateTable(create) => &create.table.name,
        What::DropTable(drop) => &drop.table.name,
        What::RenameTable(rename) => &rename.table.name,
        What::AddColumn(add) => &add.column.name,
        What::DropColumn(drop) => &drop.column,
        What::AlterColumn(alter) => &alter.column,
        What::CreateIndex(create) => &create.index.name.as_ref()?.text,
        What::DropIndex(drop) => &drop.name.as_ref()?.text,
        What::AddConstraint(add) => &add.constraint.name.as_ref()?.text,
        What::DropConstraint(drop) => &drop.name.as_ref()?.text,
        _ => return None,
    })
}

fn own(operation: &What, table: &TableName, name: &str) -> Option<String> {
    Some(match operation {
        What::CreateTable(_) => format!("not {}", has_table(table)),
        What::DropTable(_) | What::RenameTable(_) => has_table(table),
        What::AddColumn(_) => member(false, name, "column", "get_columns", table),
        What::DropColumn(_) | What::AlterColumn(_) => member(true, name, "column", "get_columns", table),
        What::CreateIndex(_) => member(false, name, "index", "get_indexes", table),
        What::DropIndex(_) => member(true, name, "index", "get_indexes", table),
        What::AddConstraint(add) => {
            let question = match add.constraint.kind {
                ConstraintKind::Unique { .. } => "get_unique_constraints",
                ConstraintKind::ForeignKey(_) => "get_foreign_keys",
                ConstraintKind::Check { .. } => "get_check_constraints",
                ConstraintKind::PrimaryKey { .. } | ConstraintKind::Exclude { .. } => return None,
            };
            member(false, name, "key", question, table)
        }
        What::DropConstraint(drop) => {
            let question = match drop.r#type.as_deref() {
                Some("unique") => "get_unique_constraints",
                Some("foreignkey") => "get_foreign_keys",
                Some("check") => "get_check_constraints",
                _ => return None,
            };
            member(true, name, "key", question, table)
        }
        _ => return None,
    })
}

const INSPECT: &str = "sa.inspect(op.get_bind())";

fn has_table(table: &TableName) -> String {
    format!("{INSPECT}.has_table({})", arguments(table))
}

fn member(is_there: bool, name: &str, item: &str, question: &str, table: &TableName) -> String {
    let operator = if is_there { "in" } else { "not in" };
    format!("{name:?} {operator} [{item}[\"name\"] for {item} in {INSPECT}.{question}({})]", arguments(table))
}

fn arguments(table: &TableName) -> String {
    match &table.schema {
        Some(schema) => format!("{:?}, schema={schema:?}", table.name),
        None => format!("{:?}", table.name),
    }
}
