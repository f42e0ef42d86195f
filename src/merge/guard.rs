//! The test that keeps an operation from failing because the other side has run.

use super::side::Operation;
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

/// The guard of an operation that fails when that of `other` has run; `None` if there is none that
/// leaves the same in both orders.
pub(super) fn of(operation: &Operation, other: &Operation) -> Option<Guard> {
    let guard = |test: Option<String>, advice: String| {
        Some(Guard {
            revision: operation.revision.clone(),
            location: operation.location.clone(),
            after: other.revision.clone(),
            test,
            advice,
        })
    };
    if let Some(condition) = test(&operation.step.operation) {
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
fn test(operation: &What) -> Option<String> {
    Some(match operation {
        What::CreateTable(create) => format!("not {}", has_table(&create.table)),
        What::DropTable(drop) => has_table(&drop.table),
        What::RenameTable(rename) => has_table(&rename.table),
        What::AddColumn(add) => member(false, &add.column.name, "column", "get_columns", &add.table),
        What::DropColumn(drop) => member(true, &drop.column, "column", "get_columns", &drop.table),
        What::AlterColumn(alter) => member(true, &alter.column, "column", "get_columns", &alter.table),
        What::CreateIndex(create) => {
            member(false, &create.index.name.as_ref()?.text, "index", "get_indexes", &create.table)
        }
        What::DropIndex(drop) => member(true, &drop.name.as_ref()?.text, "index", "get_indexes", drop.table.as_ref()?),
        What::AddConstraint(add) => {
            let question = match add.constraint.kind {
                ConstraintKind::Unique { .. } => "get_unique_constraints",
                ConstraintKind::ForeignKey(_) => "get_foreign_keys",
                ConstraintKind::Check { .. } => "get_check_constraints",
                ConstraintKind::PrimaryKey { .. } | ConstraintKind::Exclude { .. } => return None,
            };
            member(false, &add.constraint.name.as_ref()?.text, "key", question, &add.table)
        }
        What::DropConstraint(drop) => {
            let question = match drop.r#type.as_deref() {
                Some("unique") => "get_unique_constraints",
                Some("foreignkey") => "get_foreign_keys",
                Some("check") => "get_check_constraints",
                _ => return None,
            };
            member(true, &drop.name.as_ref()?.text, "key", question, &drop.table)
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
