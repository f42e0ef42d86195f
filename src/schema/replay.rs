//! Plays the steps of a revision on a [`Schema`].

use super::mention::{self, Reach};
use super::object::Part;
use super::state::{Origin, Schema, Status};
use crate::operation::model::{
    AddConstraint, AlterColumn, Change, Column, Condition, ConditionKind, Constraint, ConstraintKind, CreateIndex,
    CreateTable, DropIndex, Index, Name, Operation, SqlExpr, Step, TableName,
};
use crate::source::SourceFile;

/// PostgreSQL's longest name; SQLAlchemy and the server shorten longer ones, each in its way.
const LONGEST_NAME: usize = 63;

/// Plays steps of the revision with the number `revision`, as they run on `dialect` (named as
/// SQLAlchemy does).
pub fn replay(schema: &mut Schema, revision: usize, steps: &[Step], source: &SourceFile, dialect: &str) {
    let mut player = Player { schema, revision, source, dialect, python: None };
    for step in steps {
        match player.certainty(step) {
            Certainty::Never => {}
            // Whatever stands below it never runs.
            Certainty::Always if matches!(step.operation, Operation::Raise { .. }) => break,
            Certainty::Always => player.play(step),
            Certainty::Perhaps => player.blur(&step.operation),
        }
    }
}

/// Whether a step runs.
enum Certainty {
    Always,
    Perhaps,
    Never,
}

struct Player<'a> {
    schema: &'a mut Schema,
    revision: usize,
    source: &'a SourceFile,
    dialect: &'a str,
    /// How far code in this file reaches that is not understood, once that was asked.
    python: Option<Reach>,
}

impl Player<'_> {
    fn certainty(&self, step: &Step) -> Certainty {
        let mut certainty = if step.database.is_some() { Certainty::Perhaps } else { Certainty::Always };
        for Condition { kind, .. } in &step.conditions {
            match kind {
                ConditionKind::Dialect { names, is } => {
                    if names.iter().any(|name| name == self.dialect) != *is {
                        return Certainty::Never;
                    }
                }
                ConditionKind::Offline { is: true } => return Certainty::Never,
                ConditionKind::Offline { is: false } => {}
                ConditionKind::Test { .. } | ConditionKind::Loop | ConditionKind::Try | ConditionKind::Except => {
                    certainty = Certainty::Perhaps;
                }
            }
        }
        certainty
    }

    /// A step that runs for certain.
    fn play(&mut self, step: &Step) {
        let origin = Origin { revision: self.revision, span: step.called_from.unwrap_or(step.span) };
        if let (Some(_), Some(table)) = (step.batch, step.operation.table()) {
            // SQLite copies the table, and with it only what SQLAlchemy can read of it.
            if self.dialect == "sqlite" {
                self.schema.forget_unclear_parts(table);
            }
        }
        match &step.operation {
            Operation::CreateTable(create) => self.create_table(create, origin),
            Operation::DropTable(drop) => self.schema.drop_table(&drop.table, origin),
            Operation::RenameTable(rename) => self.schema.rename_table(&rename.table, &rename.new_name, origin),
            Operation::AddColumn(add) => {
                self.add_column(&add.table, &add.column, add.if_not_exists, origin);
            }
            Operation::DropColumn(drop) => {
                self.schema.forget_parts_of(&drop.table, &drop.column);
                self.schema.forget(&drop.table, &Part::NotNull(drop.column.clone()));
                self.schema.set(&drop.table, Part::Column(drop.column.clone()), Status::Gone(origin), None);
            }
            Operation::AlterColumn(alter) => self.alter_column(alter, origin),
            Operation::CreateIndex(create) => self.create_index(create, origin),
            Operation::DropIndex(drop) => self.drop_index(drop, origin),
            Operation::AddConstraint(AddConstraint { table, constraint }) => {
                self.add_constraint(table, constraint, origin);
            }
            Operation::DropConstraint(drop) => match part(drop.name.as_ref(), Part::Constraint) {
                Some(part) => self.schema.set(&drop.table, part, Status::Gone(origin), None),
                None => self.schema.forget_parts_of(&drop.table, ""),
            },
            Operation::Sql(_) | Operation::Opaque { .. } => self.blur(&step.operation),
            Operation::CommentTable(_)
            | Operation::CreateEnum { .. }
            | Operation::DropEnum { .. }
            | Operation::BulkInsert(_)
            | Operation::Data(_)
            | Operation::Raise { .. } => {}
        }
    }

    fn create_table(&mut self, create: &CreateTable, origin: Origin) {
        let table = &create.table;
        if table.name.len() > LONGEST_NAME || create.prefixes.iter().any(|prefix| is_temporary(prefix)) {
            self.schema.forget_table(table);
            return;
        }
        if create.if_not_exists {
            // One that was there before stays as it was.
            self.schema.confirm_table(table, origin);
            return;
        }
        self.schema.create_table(table, origin);
        for column in &create.columns {
            self.add_column(table, column, false, origin);
        }
        for constraint in &create.constraints {
            self.add_constraint(table, constraint, origin);
        }
        for index in &create.indexes {
            self.add_index(table, index, origin);
        }
    }

    fn add_column(&mut self, table: &TableName, column: &Column, if_not_exists: bool, origin: Origin) {
        if column.name.len() > LONGEST_NAME {
            return;
        }
        self.schema.set(table, Part::Column(column.name.clone()), Status::Present(origin), None);
        let not_null = Part::NotNull(column.name.clone());
        if if_not_exists {
            self.schema.forget(table, &not_null);
        } else {
            self.schema.set(table, not_null, status(!column.is_nullable(), origin), None);
        }
        for constraint in &column.constraints {
            self.add_constraint(table, constraint, origin);
        }
    }

    fn alter_column(&mut self, alter: &AlterColumn, origin: Origin) {
        let (table, column) = (&alter.table, &alter.column);
        match &alter.nullable {
            Change::Keep => {}
            Change::Set(nullable) => {
                self.schema.set(table, Part::NotNull(column.clone()), status(!nullable, origin), None);
            }
            Change::Unknown(_) => self.schema.forget(table, &Part::NotNull(column.clone())),
        }
        match &alter.new_name {
            Change::Keep => {}
            Change::Set(new) if new == column => {}
            Change::Set(new) => self.schema.rename_column(table, column, new, origin),
            Change::Unknown(_) => {
                self.schema.forget_parts_of(table, column);
                self.schema.forget(table, &Part::Column(column.clone()));
            }
        }
    }

    fn create_index(&mut self, create: &CreateIndex, origin: Origin) {
        self.add_index(&create.table, &create.index, origin);
    }

    fn add_index(&mut self, table: &TableName, index: &Index, origin: Origin) {
        let Some(part) = part(index.name.as_ref(), Part::Index) else { return };
        // Options may hold conditions on other columns.
        let columns = if index.options.iter().any(|option| option.name.ends_with("_where")) {
            None
        } else {
            index.elements.iter().map(column_of).collect()
        };
        self.schema.set(table, part, Status::Present(origin), columns);
    }

    fn drop_index(&mut self, drop: &DropIndex, origin: Origin) {
        let Some(part) = part(drop.name.as_ref(), Part::Index) else { return };
        let tables = match &drop.table {
            Some(table) => vec![table.clone()],
            None => self.schema.tables_with_index(drop.schema.as_deref(), &part),
        };
        for table in tables {
            self.schema.set(&table, part.clone(), Status::Gone(origin), None);
        }
    }

    fn add_constraint(&mut self, table: &TableName, constraint: &Constraint, origin: Origin) {
        let Some(part) = part(constraint.name.as_ref(), Part::Constraint) else {
            // The name that the database gives it may be one that was dropped before.
            self.schema.forget_lost_constraints(table);
            return;
        };
        let columns = match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns } => Some(columns.clone()),
            ConstraintKind::ForeignKey(key) => Some(key.columns.clone()),
            ConstraintKind::Check { condition: SqlExpr::Text(text) } => self.schema.columns_named(table, text),
            ConstraintKind::Check { .. } | ConstraintKind::Exclude { .. } => None,
        };
        self.schema.set(table, part, Status::Present(origin), columns);
    }

    /// A step of which it is not known whether it runs, or what it does.
    fn blur(&mut self, operation: &Operation) {
        match operation {
            Operation::Sql(sql) => self.blur_text(mention::of_sql(&sql.text), &sql.text),
            Operation::Opaque { .. } => {
                let reach = *self.python.get_or_insert_with(|| mention::of_python(self.source.text()));
                self.blur_text(reach, self.source.text());
            }
            Operation::RenameTable(rename) => {
                let new = TableName { schema: rename.table.schema.clone(), name: rename.new_name.clone() };
                self.schema.forget_table(&rename.table);
                self.schema.forget_table(&new);
            }
            Operation::AddColumn(add) => {
                self.schema.forget(&add.table, &Part::Column(add.column.name.clone()));
                self.schema.forget(&add.table, &Part::NotNull(add.column.name.clone()));
            }
            Operation::AlterColumn(alter) if alter.new_name.is_keep() => {
                self.schema.forget(&alter.table, &Part::NotNull(alter.column.clone()));
            }
            Operation::CreateIndex(CreateIndex { table, index, .. }) => {
                if let Some(part) = part(index.name.as_ref(), Part::Index) {
                    self.schema.forget(table, &part);
                }
            }
            Operation::DropIndex(drop) => {
                let named = drop.name.as_ref().map(|name| name.text.to_lowercase());
                self.schema.forget_parts_named(|name| named.as_deref() == Some(name));
            }
            Operation::AddConstraint(AddConstraint { table, constraint }) => {
                if let Some(part) = part(constraint.name.as_ref(), Part::Constraint) {
                    self.schema.forget(table, &part);
                }
            }
            Operation::DropColumn(_)
            | Operation::AlterColumn(_)
            | Operation::DropConstraint(_)
            | Operation::CreateTable(_)
            | Operation::DropTable(_) => {
                if let Some(table) = operation.table() {
                    self.schema.forget_table(table);
                }
            }
            Operation::CommentTable(_)
            | Operation::CreateEnum { .. }
            | Operation::DropEnum { .. }
            | Operation::BulkInsert(_)
            | Operation::Data(_)
            | Operation::Raise { .. } => {}
        }
    }

    fn blur_text(&mut self, reach: Reach, text: &str) {
        match reach {
            Reach::Nothing => {}
            Reach::Anything => self.schema.forget_everything(),
            Reach::PartsNamed => {
                let words = mention::words(text);
                self.schema.forget_parts_named(|name| words.contains(name));
            }
            Reach::TablesNamed => {
                let words = mention::words(text);
                for word in &words {
                    self.schema.forget_tables_named(word);
                }
                self.schema.forget_parts_named(|name| words.contains(name));
            }
        }
    }
}

fn status(is_present: bool, origin: Origin) -> Status {
    if is_present { Status::Present(origin) } else { Status::Gone(origin) }
}

/// The part of that name, unless there is none that is certain.
fn part(name: Option<&Name>, kind: fn(String) -> Part) -> Option<Part> {
    name.filter(|name| name.text.len() <= LONGEST_NAME).map(|name| kind(name.text.clone()))
}

fn is_temporary(prefix: &str) -> bool {
    prefix.to_ascii_uppercase().starts_with("TEMP")
}

/// The column that an element of an index is, if it is one.
fn column_of(element: &SqlExpr) -> Option<String> {
    match element {
        SqlExpr::Column(name) => Some(name.clone()),
        _ => None,
    }
}
