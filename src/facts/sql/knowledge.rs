//! What is known of the tables, as the statements of a revision go by.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::proofs::columns_not_null;
use crate::operation::Step;
use crate::operation::ddl::Renderer;
use crate::operation::model::{Change, Operation, TableName};
use crate::sql::{Action, AlterTable, Column, Command, ConstraintKind, Context, CreateTable, Name, ObjectKind};

/// A table's name as the catalog has it: SQLAlchemy quotes what PostgreSQL would fold.
pub(super) fn name(table: &TableName) -> Name {
    Name { schema: table.schema.clone(), name: table.name.clone() }
}

/// What is known, step by step.
pub(super) struct Knowledge {
    context: Context,
    /// The tables and indexes that something is known of, by their last names.
    named: BTreeMap<String, BTreeSet<Name>>,
    /// Those whose names are more than one word.
    odd: BTreeSet<Name>,
    /// The columns of CHECK constraints that are not valid yet, by table and constraint.
    unproven: BTreeMap<(Name, String), Vec<String>>,
}

impl Knowledge {
    pub(super) fn new(before: Context) -> Self {
        let mut knowledge = Self {
            context: Context::default(),
            named: BTreeMap::new(),
            odd: BTreeSet::new(),
            unproven: BTreeMap::new(),
        };
        let columns = before.column_types.keys().chain(before.proven_not_null.keys()).map(|(table, _)| table);
        columns.chain(&before.created).chain(before.indexes.keys()).for_each(|name| knowledge.note(name));
        knowledge.context = before;
        knowledge
    }

    /// All that is known now.
    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// The same, at the end.
    pub(super) fn into_context(self) -> Context {
        self.context
    }

    /// What is known of the tables, columns and indexes that a text may name. To keep all of it for
    /// each statement would take the square of their number.
    pub(super) fn about(&self, text: &str) -> Context {
        let plain = text.split(|c| !is_of_word(c)).filter(|word| !word.is_empty());
        let mut words: BTreeSet<Cow<'_, str>> = plain.clone().map(Cow::Borrowed).collect();
        words.extend(plain.filter(|word| word.chars().any(char::is_uppercase)).map(|word| word.to_lowercase().into()));
        let mut about = Context { utc: self.context.utc, ..Context::default() };
        let named = words.iter().filter_map(|word| self.named.get(&**word)).flatten();
        for name in named.chain(&self.odd) {
            self.tell(name, &words, &mut about);
        }
        about
    }

    fn tell(&self, name: &Name, words: &BTreeSet<Cow<'_, str>>, about: &mut Context) {
        let Context { created, column_types, proven_not_null, indexes, .. } = &self.context;
        about.created.extend(created.get(name).cloned());
        if let Some(table) = indexes.get(name) {
            about.indexes.insert(name.clone(), table.clone());
            about.created.extend(created.get(table).cloned());
        }
        let first = (name.clone(), String::new());
        let is_named = |column: &str| words.contains(column) || !column.chars().all(is_of_word);
        for (key, data_type) in column_types.range(&first..).take_while(|((table, _), _)| table == name) {
            if is_named(&key.1) {
                about.column_types.insert(key.clone(), data_type.clone());
            }
        }
        for (key, proven) in proven_not_null.range(&first..).take_while(|((table, _), _)| table == name) {
            if is_named(&key.1) {
                about.proven_not_null.insert(key.clone(), *proven);
            }
        }
    }

    fn note(&mut self, name: &Name) {
        if name.name.chars().all(is_of_word) {
            self.named.entry(name.name.clone()).or_default().insert(name.clone());
        } else {
            self.odd.insert(name.clone());
        }
    }

    /// What a step says about the state that it finds.
    pub(super) fn hear_step(&mut self, renderer: &Renderer, step: &Step) {
        match &step.operation {
            Operation::AlterColumn(alter) => {
                let column = (name(&alter.table), alter.column.clone());
                let existing = alter.existing_type.as_ref().and_then(|existing| renderer.data_type(existing));
                if let Some(existing) = existing {
                    self.known(&column.0).column_types.insert(column.clone(), existing);
                }
                if alter.existing_nullable == Some(false) {
                    self.known(&column.0).proven_not_null.insert(column, true);
                }
            }
            Operation::DropIndex(drop) => {
                if let (Some(index), Some(table)) = (&drop.name, &drop.table) {
                    let table = name(table);
                    let schema = drop.schema.clone().or_else(|| table.schema.clone());
                    let index = Name { schema, name: index.text.clone() };
                    self.known(&index).indexes.insert(index, table);
                }
            }
            _ => {}
        }
    }

    /// Whether the step makes a column NOT NULL that holds no NULL, as far as is known.
    pub(super) fn proves(&self, step: &Step) -> bool {
        let Operation::AlterColumn(alter) = &step.operation else { return false };
        let column = (name(&alter.table), alter.column.clone());
        alter.nullable == Change::Set(false) && self.context.proven_not_null.get(&column) == Some(&true)
    }

    /// What an operation changes whose SQL is not known: a type of the application does not hide
    /// that a table is new.
    pub(super) fn hear_unrendered(&mut self, operation: &Operation) {
        if let Operation::CreateTable(create) = operation
            && !create.if_not_exists
        {
            let table = name(&create.table);
            self.known(&table).created.insert(table);
        }
    }

    /// What a statement changes.
    pub(super) fn hear(&mut self, command: &Command) {
        match command {
            Command::CreateTable(create) if !create.if_not_exists => self.create(create),
            Command::CreateTableAs { table, .. } => {
                self.known(table).created.insert(table.clone());
            }
            Command::AlterTable(alter) => alter.actions.iter().for_each(|action| self.alter(alter, action)),
            Command::CreateIndex(create) => {
                if let Some(index) = &create.name {
                    let index = create.table.sibling(index.clone());
                    self.known(&index).indexes.insert(index, create.table.clone());
                }
            }
            Command::Drop(drop) if drop.kind == ObjectKind::Table => {
                for table in &drop.names {
                    self.context.created.remove(table);
                }
            }
            _ => {}
        }
    }

    /// To be changed in what it says of that table or index.
    fn known(&mut self, name: &Name) -> &mut Context {
        self.note(name);
        &mut self.context
    }

    fn create(&mut self, create: &CreateTable) {
        let table = &create.table;
        self.known(table).created.insert(table.clone());
        self.context.partition_of.insert(table.clone(), create.partition_of.clone());
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
            self.known(table).column_types.insert(key, column.data_type.clone());
        }
        if column.not_null || column.primary_key {
            self.prove(table, &column.name);
        }
    }

    fn prove(&mut self, table: &Name, column: &str) {
        self.known(table).proven_not_null.insert((table.clone(), column.to_owned()), true);
    }

    fn alter(&mut self, alter: &AlterTable, action: &Action) {
        let table = &alter.table;
        let key = |column: &String| (table.clone(), column.clone());
        match action {
            Action::AddColumn { column, if_not_exists: false } => self.add(table, column),
            Action::SetType { column, data_type, .. } => {
                self.known(table).column_types.insert(key(column), data_type.clone());
            }
            Action::SetNotNull { column } => self.prove(table, column),
            Action::DropNotNull { column } => {
                self.context.proven_not_null.remove(&key(column));
            }
            Action::DropColumn { column, .. } => {
                self.context.proven_not_null.remove(&key(column));
                self.context.column_types.remove(&key(column));
            }
            Action::RenameColumn { from, to } => {
                let known = self.known(table);
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
                let known = self.known(&new);
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

/// Whether a name has this character without being more than one word of SQL.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}
