//! What SQL text touches.

use super::names::of_sql;
use super::rows::{Change, Rows};
use super::thing::{Leaves, Need, Property, Thing, Touch, Value};
use super::touch::{Reader, Touches, counted, made};
use super::touch_alter::key_of;
use crate::operation::model::TableName;
use crate::schema::{Part, mention};
use crate::sql::{
    self, Action, Command, ConstraintKind, CreateTable, Drop, ObjectKind, Query, Statement, Write, WriteKind,
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
            Command::CreateTable(create) => return self.sql_table(create, what(), things),
            Command::AlterTable(alter) => {
                touches.keys_gone.extend(self.sql_keys_gone(alter));
                let needed = alter.actions.iter().filter_map(|action| match action {
                    Action::DropConstraint { name, if_exists: false, .. }
                    | Action::ValidateConstraint { name }
                    | Action::AlterConstraint { name, .. }
                    | Action::RenameConstraint { from: name, .. } => Some(name),
                    _ => None,
                });
                let table = of_sql(&alter.table);
                touches.unclear_constraints.extend(needed.filter_map(|name| self.unclear_constraint(&table, name)));
                return self.sql_alter(alter, text, &mut touches.things);
            }
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
            Command::Drop(drop) => return self.sql_drop(drop, touches),
            Command::Write(write) => return self.write(write, text, touches),
            Command::Select(query) => self.reads(query, text, touches)?,
            Command::Truncate { tables, cascade: false } => {
                for table in tables {
                    let table = self.used(&of_sql(table), &mut touches.things);
                    touches.rows.push(Rows::new(table, Change::Delete, ""));
                }
            }
            Command::Comment { kind, on: Some(on), column } => {
                self.sql_comment(*kind, on, column.as_ref(), what(), things)
            }
            Command::CreateSequence { name, owner } => {
                let soft = text.to_uppercase().contains("IF NOT EXISTS");
                things.push(made(Thing::Relation(of_sql(name)), what(), soft));
                things.extend(owner.iter().map(|owner| Touch::uses(Thing::Relation(self.names.table(&of_sql(owner))))));
            }
            Command::AlterSequence { name, change, owner } => {
                things.extend(owner.iter().map(|owner| Touch::uses(Thing::Relation(self.names.table(&of_sql(owner))))));
                return self.sql_change(ObjectKind::Sequence, name, change, what(), things);
            }
            Command::Alter { kind, name: Some(name), change } => {
                return self.sql_change(*kind, name, change, what(), things);
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

    /// What `ALTER` changes of something that is no table.
    fn sql_change(
        &mut self,
        kind: ObjectKind,
        name: &sql::Name,
        change: &sql::Change,
        what: Value,
        things: &mut Vec<Touch>,
    ) -> Result<(), String> {
        let own = of_sql(name);
        let renamed = |to: &String| TableName { schema: own.schema.clone(), name: to.clone() };
        let is_index = kind == ObjectKind::Index;
        // The index of a constraint takes the constraint along.
        if is_index && self.schema.tables_with_index(own.schema.as_deref(), &Part::Index(own.name.clone())).is_empty() {
            return Err(format!("whether {own} is the index of a constraint is not known"));
        }
        let is_relation = matches!(kind, ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Sequence);
        match change {
            sql::Change::Rename(to) if is_relation => self.rename_table(&own, renamed(to), things),
            sql::Change::Rename(to) if is_index || kind == ObjectKind::Type => {
                let thing = |name| if is_index { Thing::Relation(name) } else { Thing::Type(name) };
                let value = Value::Known(format!("{own} renamed"));
                things.push(Touch::new(thing(own.clone()), Need::Present, Leaves::Gone));
                things.push(Touch::new(thing(renamed(to)), Need::Absent, Leaves::There(value)));
            }
            _ if is_index || kind == ObjectKind::Sequence => {
                things.push(Touch::uses(Thing::Relation(self.names.table(&own))));
                let settings = Thing::Other(format!("settings of {own}"));
                things.push(Touch::new(settings, Need::Nothing, Leaves::There(what)));
            }
            _ => return Err(format!("what this changes of {own} is not known")),
        }
        Ok(())
    }

    fn sql_comment(
        &self,
        kind: ObjectKind,
        on: &sql::Name,
        column: Option<&String>,
        what: Value,
        things: &mut Vec<Touch>,
    ) {
        let own = of_sql(on);
        let thing = match (kind, column) {
            (ObjectKind::Column, Some(column)) => {
                let table = self.used(&own, things);
                let column = self.names.column(&table, column);
                things.push(Touch::uses(Thing::Column(table.clone(), column.clone())));
                Thing::Property(table, column, Property::Comment)
            }
            (
                ObjectKind::Table
                | ObjectKind::View
                | ObjectKind::MaterializedView
                | ObjectKind::Index
                | ObjectKind::Sequence,
                _,
            ) => Thing::Comment(self.used(&own, things)),
            (ObjectKind::Type | ObjectKind::Domain, _) => {
                things.push(Touch::uses(Thing::Type(own.clone())));
                Thing::Other(format!("the comment on {own}"))
            }
            (kind, _) => {
                if matches!(kind, ObjectKind::Constraint | ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule)
                {
                    self.used(&own, things);
                }
                Thing::Other(format!("the comment on a {} of {own}", format!("{kind:?}").to_lowercase()))
            }
        };
        things.push(Touch::new(thing, Need::Nothing, Leaves::There(what)));
    }

    fn sql_table(&self, create: &CreateTable, what: Value, things: &mut Vec<Touch>) -> Result<(), String> {
        let table = of_sql(&create.table);
        things.push(made(Thing::Relation(table.clone()), what, create.if_not_exists));
        for column in &create.columns {
            self.sql_type(&column.data_type, things);
            if column.data_type.to_lowercase().ends_with("serial") {
                things.extend(self.serial(&table, &column.name));
            }
            if let Some(default) = &column.default {
                self.sequences(&default.text, things);
            }
            if let Some(other) = &column.references {
                self.referenced(&table, &of_sql(other), &column.referred, things);
            }
            things.extend(column.key.as_ref().map(|name| key_of(&table, name)));
        }
        for constraint in &create.constraints {
            self.sql_index_of(&table, constraint, things);
            if let ConstraintKind::ForeignKey { references, referred, .. } = &constraint.kind {
                self.referenced(&table, &of_sql(references), referred, things);
            }
        }
        for other in create.like.iter().chain(&create.inherits).chain(&create.partition_of) {
            self.used(&of_sql(other), things);
        }
        match create.like.first() {
            Some(other) => Err(format!("it is made like {other}, whatever that is like")),
            None => Ok(()),
        }
    }

    fn sql_drop(&self, drop: &Drop, touches: &mut Touches) -> Result<(), String> {
        let things = &mut touches.things;
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
                (ObjectKind::Index, _) => {
                    let part = Part::Index(own.name.clone());
                    for table in self.schema.tables_with_index(own.schema.as_deref(), &part) {
                        self.used(&table, things);
                        let key = self.key(&table, part.clone());
                        touches.keys_gone.extend(Some(key).filter(|(_, columns)| !columns.is_empty()));
                    }
                    Thing::Relation(own)
                }
                (ObjectKind::Sequence, _) => {
                    if !drop.cascade {
                        things.push(Touch::new(Thing::Dependents(own.clone()), Need::Absent, Leaves::AsIs));
                    }
                    Thing::Relation(own)
                }
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
        let words = mention::words(text);
        for table in &query.reads {
            let table = self.used(&of_sql(table), things);
            things.push(counted(Thing::Dependents(table.clone())));
            for word in &words {
                let column = self.names.column(&table, word);
                things.push(Touch::uses(Thing::Column(table.clone(), column.clone())));
                things.push(counted(Thing::Views(table.clone(), column)));
            }
        }
        let text = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        if text.contains("select *") || text.contains(".*") {
            return Err("the view reads all columns".to_owned());
        }
        Ok(())
    }

    fn write(&self, write: &Write, text: &str, touches: &mut Touches) -> Result<(), String> {
        let table = self.used(&of_sql(&write.table), &mut touches.things);
        let change = match write.kind {
            WriteKind::Insert | WriteKind::InsertSelect => Change::Insert,
            WriteKind::Update => Change::Update,
            WriteKind::Delete => Change::Delete,
            WriteKind::Merge => Change::Unknown,
        };
        touches.rows.push(Rows::new(table, change, text));
        self.reads(&write.query, text, touches)
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
