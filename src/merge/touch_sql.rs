//! What SQL text touches.

use super::names::of_sql;
use super::rows::{Change, Rows};
use super::thing::{Leaves, Need, Property, Thing, Touch, Value};
use super::touch::{Reader, Touches, made};
use crate::operation::model::TableName;
use crate::schema::mention;
use crate::sql::{
    self, Action, AlterTable, Command, Constraint, ConstraintKind, CreateTable, Drop, ObjectKind, Query, Statement,
    Write, WriteKind,
};

impl Reader<'_> {
    /// What the statements of a text touch.
    pub(super) fn sql(&mut self, text: &str) -> Touches {
        let mut touches = Touches::default();
        for statement in sql::statements(text) {
            let own = text.get(statement.span.start..statement.span.end).unwrap_or_default();
            if let Err(reason) = self.statement(&statement, own, &mut touches) {
                // The first one that is not understood stands for all.
                touches.unknown.get_or_insert((reason, own.to_owned()));
            }
        }
        touches
    }

    fn statement(&mut self, statement: &Statement, text: &str, touches: &mut Touches) -> Result<(), String> {
        let things = &mut touches.things;
        let what = || Value::Unclear(text.split_whitespace().collect::<Vec<_>>().join(" "));
        match &statement.command {
            Command::CreateTable(create) => self.sql_table(create, what(), things),
            Command::AlterTable(alter) => return self.sql_alter(alter, text, things),
            Command::CreateIndex(index) => {
                let table = self.used(&of_sql(&index.table), things);
                self.used_words(&table, mention::words(text), things);
                if let Some(name) = &index.name {
                    let name = TableName { schema: table.schema, name: name.clone() };
                    things.push(made(Thing::Relation(name), what(), index.if_not_exists));
                }
            }
            Command::CreateView { view, query, or_replace, .. } => {
                if *or_replace {
                    let thing = Thing::Relation(of_sql(view));
                    things.push(Touch::new(thing, Need::Nothing, Leaves::There(what())));
                } else {
                    things.push(made(Thing::Relation(of_sql(view)), what(), false));
                }
                return self.read_by_view(query, text, things);
            }
            Command::CreateType { name, .. } => things.push(made(Thing::Type(of_sql(name)), what(), false)),
            Command::AddEnumValue { name, value, if_not_exists } => {
                let name = of_sql(name);
                things.push(Touch::uses(Thing::Type(name.clone())));
                let label = Value::Known(value.clone());
                things.push(made(Thing::Label(name.clone(), value.clone()), label.clone(), *if_not_exists));
                things.push(Touch::new(Thing::Labels(name), Need::Nothing, Leaves::There(label)));
            }
            Command::RenameEnumValue { name, from, to } => {
                let name = of_sql(name);
                things.push(Touch::uses(Thing::Type(name.clone())));
                things.push(Touch::new(Thing::Label(name.clone(), from.clone()), Need::Present, Leaves::Gone));
                let renamed = Value::Known(format!("{from} renamed"));
                things.push(made(Thing::Label(name, to.clone()), renamed, false));
            }
            Command::Drop(drop) => return self.sql_drop(drop, things),
            Command::Write(write) => self.write(write, text, touches),
            Command::Select(query) => self.reads(query, text, touches)?,
            Command::Truncate { tables, cascade: false } => {
                for table in tables {
                    let table = self.used(&of_sql(table), &mut touches.things);
                    touches.rows.push(Rows::new(table, Change::Delete, ""));
                }
            }
            Command::Comment { on: Some(on), .. } => {
                let thing = Thing::Comment(of_sql(on));
                things.push(Touch::new(thing, Need::Nothing, Leaves::There(what())));
            }
            Command::Create { kind, name: Some(name) } if *kind != ObjectKind::Other => {
                let kind = format!("{kind:?}").to_lowercase();
                let thing = Thing::Other(format!("{kind} {name}"));
                let upper = text.to_uppercase();
                let soft = upper.contains("IF NOT EXISTS") || upper.contains("OR REPLACE");
                things.push(made(thing, what(), soft));
            }
            Command::CreateOn { name, table, kind, .. } => {
                let table = self.used(&of_sql(table), things);
                let kind = format!("{kind:?}").to_lowercase();
                things.push(made(Thing::Other(format!("{kind} {name} of {table}")), what(), false));
            }
            Command::Set { .. }
            | Command::Reset { .. }
            | Command::Transaction(_)
            | Command::LockTable { .. }
            | Command::Analyze { .. }
            | Command::Vacuum { .. }
            | Command::Grant { .. } => {}
            Command::Unknown(unreadable) => return Err(format!("the statement was not read: {}", unreadable.reason)),
            Command::Do => return Err("what a DO block does is not looked at".to_owned()),
            Command::Other(words) => return Err(format!("what {words} does is not known")),
            _ => return Err("what this statement changes is not known".to_owned()),
        }
        Ok(())
    }

    fn sql_table(&self, create: &CreateTable, what: Value, things: &mut Vec<Touch>) {
        let table = of_sql(&create.table);
        things.push(made(Thing::Relation(table.clone()), what, create.if_not_exists));
        for other in create.references() {
            self.referenced(&table, &of_sql(other), &[], things);
        }
        for other in create.like.iter().chain(&create.inherits).chain(&create.partition_of) {
            self.used(&of_sql(other), things);
        }
    }

    fn sql_alter(&mut self, alter: &AlterTable, text: &str, things: &mut Vec<Touch>) -> Result<(), String> {
        let written = of_sql(&alter.table);
        let table = self.used(&written, things);
        let what = || Value::Unclear(text.split_whitespace().collect::<Vec<_>>().join(" "));
        for action in &alter.actions {
            match action {
                Action::AddColumn { column, if_not_exists } => {
                    let thing = Thing::Column(table.clone(), column.name.clone());
                    things.push(made(thing, what(), *if_not_exists));
                    if let Some(other) = &column.references {
                        self.referenced(&table, &of_sql(other), &[], things);
                    }
                }
                Action::DropColumn { column, if_exists, cascade: _ } => {
                    let column = self.names.column(&table, column);
                    self.column_gone(&table, &column, *if_exists, things);
                }
                Action::SetType { column, data_type, .. } => {
                    let fork = self.names.column(&table, column);
                    self.no_views(&table, &fork, things);
                    self.property(&table, column, Property::Type, data_type.clone(), things);
                }
                Action::SetNotNull { column } => self.nullable(&table, &written, column, false, things),
                Action::DropNotNull { column } => self.nullable(&table, &written, column, true, things),
                Action::Default { column, default } => {
                    let text = default.as_ref().map_or_else(String::new, |default| default.text.clone());
                    self.property(&table, column, Property::Default, text, things);
                }
                Action::AddConstraint(constraint) => self.sql_constraint(&table, constraint, what(), things),
                Action::DropConstraint { name, if_exists, .. } => {
                    let need = if *if_exists { Need::Nothing } else { Need::Present };
                    things.push(Touch::new(Thing::Constraint(table.clone(), name.clone()), need, Leaves::Gone));
                }
                Action::ValidateConstraint { name } | Action::AlterConstraint { name, .. } => {
                    things.push(Touch::uses(Thing::Constraint(table.clone(), name.clone())));
                }
                Action::RenameColumn { from, to } => self.rename_column(&table, from, to, things),
                Action::RenameConstraint { from, to } => {
                    let renamed = Value::Known(format!("{from} renamed"));
                    let old = Thing::Constraint(table.clone(), from.clone());
                    things.push(Touch::new(old, Need::Present, Leaves::Gone));
                    things.push(made(Thing::Constraint(table.clone(), to.clone()), renamed, false));
                }
                Action::Rename { to } => self.rename_table(&written, to, things),
                Action::Owner
                | Action::ColumnStatistics { .. }
                | Action::Trigger
                | Action::ClusterMark
                | Action::StorageParameters { .. }
                | Action::Persistence
                | Action::Tablespace
                | Action::Catalog => {
                    let thing = Thing::Other(format!("settings of {table}"));
                    things.push(Touch::new(thing, Need::Nothing, Leaves::There(what())));
                }
                _ => return Err(format!("what this changes of {table} is not known")),
            }
        }
        Ok(())
    }

    fn property(&self, table: &TableName, column: &str, property: Property, text: String, things: &mut Vec<Touch>) {
        let column = self.names.column(table, column);
        things.push(Touch::uses(Thing::Column(table.clone(), column.clone())));
        let thing = Thing::Property(table.clone(), column, property);
        things.push(Touch::new(thing, Need::Nothing, Leaves::There(Value::Unclear(text))));
    }

    /// In the words of the SQL that Alembic makes, so that both can be compared.
    fn nullable(&self, table: &TableName, written: &TableName, column: &str, nullable: bool, things: &mut Vec<Touch>) {
        let verb = if nullable { "DROP" } else { "SET" };
        let text = format!("ALTER TABLE {written} ALTER COLUMN {column} {verb} NOT NULL");
        let column = self.names.column(table, column);
        things.push(Touch::uses(Thing::Column(table.clone(), column.clone())));
        let thing = Thing::Property(table.clone(), column, Property::Nullable);
        things.push(Touch::new(thing, Need::Nothing, Leaves::There(Value::Known(text))));
    }

    fn sql_constraint(&self, table: &TableName, constraint: &Constraint, what: Value, things: &mut Vec<Touch>) {
        if let Some(name) = &constraint.name {
            things.push(made(Thing::Constraint(table.clone(), name.clone()), what.clone(), false));
        }
        match &constraint.kind {
            ConstraintKind::ForeignKey { columns, references } => {
                self.used_columns(table, columns, things);
                self.referenced(table, &of_sql(references), &[], things);
            }
            ConstraintKind::Unique { columns, .. } => self.used_columns(table, columns, things),
            ConstraintKind::PrimaryKey { columns, .. } => {
                self.used_columns(table, columns, things);
                things.push(made(Thing::PrimaryKey(table.clone()), what, false));
            }
            ConstraintKind::NotNull { column } => {
                let column = self.names.column(table, column);
                let thing = Thing::Property(table.clone(), column, Property::Nullable);
                things.push(Touch::new(thing, Need::Nothing, Leaves::There(what)));
            }
            ConstraintKind::Check { expression } => self.used_words(table, mention::words(expression), things),
            ConstraintKind::Exclude => {}
        }
    }

    fn sql_drop(&self, drop: &Drop, things: &mut Vec<Touch>) -> Result<(), String> {
        let need = if drop.if_exists { Need::Nothing } else { Need::Present };
        for name in &drop.names {
            let own = of_sql(name);
            let thing = match (drop.kind, &drop.on) {
                (ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView, _) => {
                    let table = self.names.table(&own);
                    if !drop.cascade {
                        things.push(Touch::new(Thing::Dependents(table.clone()), Need::Absent, Leaves::AsIs));
                    }
                    Thing::Relation(table)
                }
                (ObjectKind::Index | ObjectKind::Sequence, _) => Thing::Relation(own),
                (ObjectKind::Type | ObjectKind::Domain, _) => Thing::Type(own),
                (ObjectKind::Other, _) => return Err("what is dropped is not known".to_owned()),
                (kind, Some(table)) => {
                    let table = self.used(&of_sql(table), things);
                    Thing::Other(format!("{} {own} of {table}", format!("{kind:?}").to_lowercase()))
                }
                (kind, None) => Thing::Other(format!("{} {own}", format!("{kind:?}").to_lowercase())),
            };
            things.push(Touch::new(thing, need, Leaves::Gone));
        }
        if drop.cascade { Err("CASCADE drops whatever depends on it".to_owned()) } else { Ok(()) }
    }

    /// Each word of a view may be a column of what it reads.
    fn read_by_view(&self, query: &Query, text: &str, things: &mut Vec<Touch>) -> Result<(), String> {
        let there = || Leaves::There(Value::Known(String::new()));
        let words = mention::words(text);
        for table in &query.reads {
            let table = self.used(&of_sql(table), things);
            things.push(Touch::new(Thing::Dependents(table.clone()), Need::Nothing, there()));
            for word in &words {
                let column = self.names.column(&table, word);
                things.push(Touch::uses(Thing::Column(table.clone(), column.clone())));
                things.push(Touch::new(Thing::Views(table.clone(), column), Need::Nothing, there()));
            }
        }
        let text = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        if text.contains("select *") || text.contains(".*") {
            return Err("the view reads all columns".to_owned());
        }
        Ok(())
    }

    fn write(&self, write: &Write, text: &str, touches: &mut Touches) {
        let table = self.used(&of_sql(&write.table), &mut touches.things);
        let change = match write.kind {
            WriteKind::Insert | WriteKind::InsertSelect => Change::Insert,
            WriteKind::Update => Change::Update,
            WriteKind::Delete => Change::Delete,
            WriteKind::Merge => Change::Unknown,
        };
        touches.rows.push(Rows::new(table, change, text));
        for read in &write.query.reads {
            let read = self.used(&of_sql(read), &mut touches.things);
            touches.rows.push(Rows::new(read, Change::Read, text));
        }
    }

    fn reads(&self, query: &Query, text: &str, touches: &mut Touches) -> Result<(), String> {
        for (tables, change) in [(&query.reads, Change::Read), (&query.writes, Change::Unknown)] {
            for table in tables {
                let table = self.used(&of_sql(table), &mut touches.things);
                touches.rows.push(Rows::new(table, change, text));
            }
        }
        match query.calls.first() {
            Some(function) => Err(format!("the function {function}() can do anything")),
            None => Ok(()),
        }
    }
}
