//! What earlier revisions tell of columns: which are without NULL (NOT NULL from the start, or proven by
//! a valid CHECK constraint), and which type they have.

use std::collections::{BTreeMap, BTreeSet};

use super::knowledge;
use crate::graph::Graph;
use crate::operation::ddl::Renderer;
use crate::operation::model::{Change, Column, Constant, ConstraintKind, Dialect, SqlExpr, TableName, TypeExpr};
use crate::operation::{ConditionKind, Operation, Operations, Step};
use crate::sql::{self, Action, AlterTable, Command, Name};

/// What revisions say about NULL, each with the revision's id.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    /// Columns that are made NOT NULL.
    required: Vec<(String, Name, String)>,
    /// Columns that take NULL again or get another name, and tables (no column) that go.
    loosened: BTreeSet<(String, Name, Option<String>)>,
    /// The types that columns get; `None` where it is not known.
    types: Vec<(String, Name, String, Option<String>)>,
    checks: Vec<(String, Check)>,
    validated: BTreeSet<(String, Name, String)>,
    dropped: BTreeSet<(String, Name, String)>,
}

#[derive(Debug)]
struct Check {
    table: Name,
    name: Option<String>,
    columns: Vec<String>,
    is_valid: bool,
}

/// Whether a step makes a column NOT NULL that is there already, or changes a type without saying
/// from which.
pub(super) fn asks_for_proof(step: &Step) -> bool {
    match &step.operation {
        Operation::AlterColumn(alter) => {
            alter.nullable == Change::Set(false) || (!alter.new_type.is_keep() && alter.existing_type.is_none())
        }
        Operation::Sql(sql) => contains(&sql.text, "set not null") || contains(&sql.text, " type "),
        _ => false,
    }
}

fn may_be_postgresql(step: &Step) -> bool {
    step.conditions.iter().all(|condition| match &condition.kind {
        ConditionKind::Dialect { names, is } => names.iter().any(|name| name == "postgresql") == *is,
        _ => true,
    })
}

/// A type's name in PostgreSQL.
fn data_type(written: &TypeExpr) -> Option<String> {
    Renderer::new(Dialect::Postgresql, false).data_type(written)
}

fn contains(text: &str, words: &str) -> bool {
    text.to_ascii_lowercase().contains(words)
}

/// The columns that `a IS NOT NULL AND b IS NOT NULL` names; none where an alternative is allowed.
pub(super) fn columns_not_null(expression: &str) -> Vec<String> {
    let lower = expression.to_lowercase();
    let column = |part: &str| {
        let part = part.trim().trim_matches(['(', ')']).trim();
        let named = part.strip_suffix("is not null")?.trim().trim_matches(['(', ')', '"']);
        let is_name = !named.is_empty() && named.chars().all(|c| c.is_alphanumeric() || c == '_');
        is_name.then(|| named.to_owned())
    };
    let is_plain = !lower.contains(" or ") && !lower.contains("not (");
    if is_plain { lower.split(" and ").filter_map(column).collect() } else { Vec::new() }
}

impl Proofs {
    pub(super) fn new(graph: &Graph, operations: &[Operations]) -> Self {
        let mut proofs = Self::default();
        for (revision, operations) in graph.revisions().iter().zip(operations) {
            for step in operations.upgrade.steps.iter().filter(|step| may_be_postgresql(step)) {
                proofs.hear(&revision.id, step);
            }
        }
        proofs
    }

    /// The columns that these revisions leave proven.
    pub(super) fn of<'p>(&'p self, ids: &'p BTreeSet<&str>) -> impl Iterator<Item = (Name, String)> + 'p {
        let says = |set: &BTreeSet<(String, Name, String)>, check: &Check| {
            let of_it = |entry: &(String, Name, String)| {
                ids.contains(entry.0.as_str()) && entry.1 == check.table && Some(&entry.2) == check.name.as_ref()
            };
            set.iter().any(of_it)
        };
        let holds =
            move |check: &Check| (check.is_valid || says(&self.validated, check)) && !says(&self.dropped, check);
        let proven = self.checks.iter().filter(move |(id, check)| ids.contains(id.as_str()) && holds(check));
        let proven =
            proven.flat_map(|(_, check)| check.columns.iter().map(|column| (check.table.clone(), column.clone())));
        // In whatever order: what was NOT NULL once and never loosened.
        let loosened = self.loosened_by(ids);
        let is_loosened = move |table: &Name, column: &String| {
            loosened.contains(&(table, None)) || loosened.contains(&(table, Some(column.as_str())))
        };
        let required = self
            .required
            .iter()
            .filter(move |(id, table, column)| ids.contains(id.as_str()) && !is_loosened(table, column));
        proven.chain(required.map(|(_, table, column)| (table.clone(), column.clone())))
    }

    /// The types of the columns that got one once, under the name that they still have.
    pub(super) fn types(&self, ids: &BTreeSet<&str>) -> BTreeMap<(Name, String), String> {
        let mut given: BTreeMap<(Name, String), Vec<Option<&String>>> = BTreeMap::new();
        for (_, table, column, r#type) in self.types.iter().filter(|(id, ..)| ids.contains(id.as_str())) {
            given.entry((table.clone(), column.clone())).or_default().push(r#type.as_ref());
        }
        let loosened = self.loosened_by(ids);
        given.retain(|(table, column), _| {
            !loosened.contains(&(table, None)) && !loosened.contains(&(table, Some(column.as_str())))
        });
        let once = given.into_iter().filter_map(|(column, types)| match types.as_slice() {
            [Some(only)] => Some((column, (*only).clone())),
            _ => None,
        });
        once.collect()
    }

    /// What these revisions loosen.
    fn loosened_by(&self, ids: &BTreeSet<&str>) -> BTreeSet<(&Name, Option<&str>)> {
        let loosened = self.loosened.iter().filter(|(id, ..)| ids.contains(id.as_str()));
        loosened.map(|(_, table, column)| (table, column.as_deref())).collect()
    }

    fn r#type(&mut self, id: &str, table: Name, column: &str, r#type: Option<String>) {
        self.types.push((id.to_owned(), table, column.to_owned(), r#type));
    }

    /// What a directive says of a column.
    fn column(&mut self, id: &str, table: &TableName, column: &Column) {
        let written = column.r#type.as_ref().and_then(data_type);
        self.r#type(id, knowledge::name(table), &column.name, written);
        if column.primary_key || !column.is_nullable() {
            self.required.push((id.to_owned(), knowledge::name(table), column.name.clone()));
        }
    }

    fn loosen(&mut self, id: &str, table: Name, column: Option<&str>) {
        self.loosened.insert((id.to_owned(), table, column.map(str::to_owned)));
    }

    fn hear(&mut self, id: &str, step: &Step) {
        match &step.operation {
            Operation::CreateTable(create) => {
                create.columns.iter().for_each(|column| self.column(id, &create.table, column));
            }
            Operation::AddColumn(add) => self.column(id, &add.table, &add.column),
            Operation::AlterColumn(alter) => {
                let table = knowledge::name(&alter.table);
                if !alter.new_type.is_keep() {
                    let new = alter.new_type.new_value().and_then(data_type);
                    self.r#type(id, table.clone(), &alter.column, new);
                }
                if alter.nullable == Change::Set(false) {
                    self.required.push((id.to_owned(), table.clone(), alter.column.clone()));
                }
                let keeps = matches!(alter.nullable, Change::Set(false) | Change::Keep);
                if !keeps || alter.new_name != Change::Keep {
                    self.loosen(id, table, Some(&alter.column));
                }
            }
            Operation::DropColumn(drop) => self.loosen(id, knowledge::name(&drop.table), Some(&drop.column)),
            Operation::DropTable(drop) => self.loosen(id, knowledge::name(&drop.table), None),
            Operation::RenameTable(rename) => self.loosen(id, knowledge::name(&rename.table), None),
            Operation::AddConstraint(add) => {
                let ConstraintKind::Check { condition: SqlExpr::Text(condition) } = &add.constraint.kind else {
                    return;
                };
                let later = add.constraint.option("postgresql_not_valid") == Some(&Constant::Bool(true));
                let check = Check {
                    table: knowledge::name(&add.table),
                    name: add.constraint.name.as_ref().map(|name| name.text.clone()),
                    columns: columns_not_null(condition),
                    is_valid: !later,
                };
                self.check(id, check);
            }
            Operation::DropConstraint(drop) => {
                if let Some(name) = &drop.name {
                    self.dropped.insert((id.to_owned(), knowledge::name(&drop.table), name.text.clone()));
                }
            }
            Operation::Sql(text)
                if ["is not null", "validate", "drop", "rename", " type "]
                    .iter()
                    .any(|it| contains(&text.text, it)) =>
            {
                for statement in sql::statements(&text.text) {
                    match &statement.command {
                        Command::AlterTable(alter) => {
                            alter.actions.iter().for_each(|action| self.action(id, alter, action));
                        }
                        Command::Drop(drop) => {
                            drop.names.iter().for_each(|name| self.loosen(id, name.clone(), None));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn action(&mut self, id: &str, alter: &AlterTable, action: &Action) {
        let key = |name: &String| (id.to_owned(), alter.table.clone(), name.clone());
        match action {
            Action::AddConstraint(constraint) => {
                if let sql::ConstraintKind::Check { expression } = &constraint.kind {
                    let check = Check {
                        table: alter.table.clone(),
                        name: constraint.name.clone(),
                        columns: columns_not_null(expression),
                        is_valid: !constraint.not_valid && !constraint.not_enforced,
                    };
                    self.check(id, check);
                }
            }
            Action::DropColumn { column, .. } | Action::DropNotNull { column } => {
                self.loosen(id, alter.table.clone(), Some(column));
            }
            Action::SetType { column, data_type, .. } => {
                self.r#type(id, alter.table.clone(), column, Some(data_type.clone()));
            }
            Action::RenameColumn { from, .. } => self.loosen(id, alter.table.clone(), Some(from)),
            Action::Rename { .. } => self.loosen(id, alter.table.clone(), None),
            Action::ValidateConstraint { name } => {
                self.validated.insert(key(name));
            }
            Action::DropConstraint { name, .. } => {
                self.dropped.insert(key(name));
            }
            _ => {}
        }
    }

    fn check(&mut self, id: &str, check: Check) {
        if !check.columns.is_empty() {
            self.checks.push((id.to_owned(), check));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_conditions_prove_something() {
        assert_eq!(columns_not_null("(email IS NOT NULL)"), ["email"]);
        assert_eq!(columns_not_null("\"a\" is not null AND b IS NOT NULL"), ["a", "b"]);
        assert!(columns_not_null("a IS NOT NULL OR b IS NOT NULL").is_empty());
        assert!(columns_not_null("lower(a) IS NOT NULL").is_empty());
        assert!(columns_not_null("NOT (a IS NOT NULL AND b IS NOT NULL)").is_empty());
        assert_eq!(columns_not_null("a IS NOT NULL AND b > 0"), ["a"]);
    }
}
