//! What is known of the tables, as the statements of a revision go by.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::proofs::columns_not_null;
use crate::operation::Step;
use crate::operation::ddl::Renderer;
use crate::operation::model::{Operation, TableName};
use crate::sql::{Action, AlterTable, Column, Command, ConstraintKind, Context, CreateTable, Name, ObjectKind};

/// A table's name as the catalog has it: SQLAlchemy quotes what PostgreSQL would fold.
pub(super) fn name(table: &TableName) -> Name {
    Name { schema: table.schema.clone(), name: table.name.clone() }
}

/// What is known, step by step.
pub(super) struct Knowledge {
    context: Arc<Context>,
    /// The columns of CHECK constraints that are not valid yet, by table and constraint.
    unproven: BTreeMap<(Name, String), Vec<String>>,
}

impl Knowledge {
    pub(super) fn new(before: Context) -> Self {
        Self { context: Arc::new(before), unproven: BTreeMap::new() }
    }

    /// What is known now.
    pub(super) fn context(&self) -> Arc<Context> {
        Arc::clone(&self.context)
    }

    /// What a step says about the state that it finds.
    pub(super) fn hear_step(&mut self, renderer: &Renderer, step: &Step) {
        match &step.operation {
            Operation::AlterColumn(alter) => {
                let column = (name(&alter.table), alter.column.clone());
                let existing = alter.existing_type.as_ref().and_then(|existing| renderer.data_type(existing));
                if let Some(existing) = existing {
                    self.known().column_types.insert(column.clone(), existing);
                }
                if alter.existing_nullable == Some(false) {
                    self.known().proven_not_null.insert(column, true);
                }
            }
            Operation::DropIndex(drop) => {
                if let (Some(index), Some(table)) = (&drop.name, &drop.table) {
                    let table = name(table);
                    let schema = drop.schema.clone().or_else(|| table.schema.clone());
                    self.known().indexes.insert(Name { schema, name: index.text.clone() }, table);
                }
            }
            _ => {}
        }
    }

    /// What an operation changes whose SQL is not known: a type of the application does not hide
    /// that a table is new.
    pub(super) fn hear_unrendered(&mut self, operation: &Operation) {
        if let Operation::CreateTable(create) = operation
            && !create.if_not_exists
        {
            self.known().created.insert(name(&create.table));
        }
    }

    /// What a statement changes.
    pub(super) fn hear(&mut self, command: &Command) {
        match command {
            Command::CreateTable(create) if !create.if_not_exists => self.create(create),
            Command::CreateTableAs { table, .. } => {
                self.known().created.insert(table.clone());
            }
            Command::AlterTable(alter) => alter.actions.iter().for_each(|action| self.alter(alter, action)),
            Command::CreateIndex(create) => {
                if let Some(index) = &create.name {
                    let index = create.table.sibling(index.clone());
                    self.known().indexes.insert(index, create.table.clone());
                }
            }
            Command::Drop(drop) if drop.kind == ObjectKind::Table => {
                for table in &drop.names {
                    if self.context.created.contains(table) {
                        self.known().created.remove(table);
                    }
                }
            }
            _ => {}
        }
    }

    /// To be changed: statements before keep what was known to them.
    fn known(&mut self) -> &mut Context {
        Arc::make_mut(&mut self.context)
    }

    fn create(&mut self, create: &CreateTable) {
        let table = &create.table;
        self.known().created.insert(table.clone());
        self.known().partition_of.insert(table.clone(), create.partition_of.clone());
        create.columns.iter().for_each(|column| self.add(table, column));
        for constraint in &create.constraints {
            if let ConstraintKind::PrimaryKey { columns, .. } = &constraint.kind {
                columns.iter().for_each(|column| self.prove(table, column));
            }
        }
    }

    fn add(&mut self, table: &Name, column: &Column) {
        let key = (table.clone(), column.name.clone());
        if !column.data_type.is_empty() {
            self.known().column_types.insert(key, column.data_type.clone());
        }
        if column.not_null || column.primary_key {
            self.prove(table, &column.name);
        }
    }

    fn prove(&mut self, table: &Name, column: &str) {
        self.known().proven_not_null.insert((table.clone(), column.to_owned()), true);
    }

    fn alter(&mut self, alter: &AlterTable, action: &Action) {
        let table = &alter.table;
        let key = |column: &String| (table.clone(), column.clone());
        match action {
            Action::AddColumn { column, if_not_exists: false } => self.add(table, column),
            Action::SetType { column, data_type, .. } => {
                self.known().column_types.insert(key(column), data_type.clone());
            }
            Action::SetNotNull { column } => self.prove(table, column),
            Action::DropNotNull { column } => {
                self.known().proven_not_null.remove(&key(column));
            }
            Action::DropColumn { column, .. } => {
                self.known().proven_not_null.remove(&key(column));
                self.known().column_types.remove(&key(column));
            }
            Action::RenameColumn { from, to } => {
                let known = self.known();
                moved(&mut known.proven_not_null, &key(from), key(to));
                moved(&mut known.column_types, &key(from), key(to));
            }
            Action::AddConstraint(constraint) => {
                let ConstraintKind::Check { expression } = &constraint.kind else { return };
                let columns = columns_not_null(expression);
                if !constraint.not_valid && !constraint.not_enforced {
                    columns.iter().for_each(|column| self.prove(table, column));
                } else if let Some(name) = &constraint.name {
                    self.unproven.insert((table.clone(), name.clone()), columns);
                }
            }
            Action::ValidateConstraint { name } => {
                let columns = self.unproven.remove(&(table.clone(), name.clone())).unwrap_or_default();
                columns.iter().for_each(|column| self.prove(table, column));
            }
            Action::Rename { to } => {
                let new = table.sibling(to.clone());
                let known = self.known();
                renamed(&mut known.proven_not_null, table, &new);
                renamed(&mut known.column_types, table, &new);
                if known.created.contains(table) {
                    known.created.insert(new);
                }
            }
            _ => {}
        }
    }
}

/// What is known of a column goes along with its name.
fn moved<T>(known: &mut BTreeMap<(Name, String), T>, from: &(Name, String), to: (Name, String)) {
    if let Some(value) = known.remove(from) {
        known.insert(to, value);
    }
}

/// What is known of a table's columns goes along with its name.
fn renamed<T>(known: &mut BTreeMap<(Name, String), T>, from: &Name, to: &Name) {
    let columns: Vec<String> =
        known.keys().filter(|(table, _)| table == from).map(|(_, column)| column.clone()).collect();
    for column in columns {
        moved(known, &(from.clone(), column.clone()), (to.clone(), column));
    }
}
