//! What `ALTER TABLE` touches.

use super::keys::in_key;
use super::names::{of_sql, plain};
use super::thing::{Leaves, Need, Property, Thing, Touch, Value};
use super::touch::{Reader, counted, made};
use crate::operation::model::TableName;
use crate::schema::{Part, mention};
use crate::sql::types::DataType;
use crate::sql::{Action, AlterTable, Column, Constraint, ConstraintKind};

impl Reader<'_> {
    pub(super) fn sql_alter(&mut self, alter: &AlterTable, text: &str, things: &mut Vec<Touch>) -> Result<(), String> {
        let written = of_sql(&alter.table);
        let table = self.used(&written, things);
        let what = || Value::Unclear(text.split_whitespace().collect::<Vec<_>>().join(" "));
        for action in &alter.actions {
            match action {
                Action::AddColumn { column, if_not_exists } => {
                    let thing = Thing::Column(table.clone(), column.name.clone());
                    things.push(made(thing, what(), *if_not_exists));
                    self.sql_column(&table, column, text, things);
                }
                Action::DropColumn { column, if_exists, cascade: _ } => {
                    let column = self.names.column(&table, column);
                    self.column_gone(&table, &column, *if_exists, things);
                }
                Action::SetType { column, data_type, .. } => {
                    let fork = self.names.column(&table, column);
                    self.no_views(&table, &fork, things);
                    self.sql_type(data_type, things);
                    self.property(&table, column, Property::Type, data_type.clone(), things);
                }
                Action::SetNotNull { column } => self.nullable(&table, &written, column, false, things),
                Action::DropNotNull { column } => self.nullable(&table, &written, column, true, things),
                Action::Default { column, default } => {
                    let text = default.as_ref().map_or_else(String::new, |default| default.text.clone());
                    self.sequences(&text, things);
                    self.property(&table, column, Property::Default, text, things);
                }
                Action::AddConstraint(constraint) => self.sql_constraint(&table, constraint, what(), things),
                Action::DropConstraint { name, if_exists, .. } => {
                    let need = if *if_exists { Need::Nothing } else { Need::Present };
                    things.push(Touch::new(Thing::Constraint(table.clone(), name.clone()), need, Leaves::Gone));
                    things.push(self.index_gone(&table, name));
                }
                Action::ValidateConstraint { name } | Action::AlterConstraint { name, .. } => {
                    things.push(Touch::uses(Thing::Constraint(table.clone(), name.clone())));
                }
                Action::RenameColumn { from, to } => self.rename_column(&table, from, to, things),
                Action::RenameConstraint { from, to } => {
                    let renamed = Value::Known(format!("{from} renamed"));
                    let old = Thing::Constraint(table.clone(), from.clone());
                    things.push(Touch::new(old, Need::Present, Leaves::Gone));
                    // That of a key has the same name, and goes along.
                    let index =
                        |name: &String| Thing::Relation(TableName { schema: table.schema.clone(), name: name.clone() });
                    things.push(Touch::new(index(from), Need::Nothing, Leaves::Gone));
                    things.push(Touch::new(index(to), Need::Absent, Leaves::AsIs));
                    things.push(made(Thing::Constraint(table.clone(), to.clone()), renamed, false));
                }
                Action::Rename { to } => {
                    let new = TableName { schema: written.schema.clone(), name: to.clone() };
                    self.rename_table(&written, new, things);
                }
                Action::SetSchema { schema } => {
                    let new = TableName { schema: Some(schema.clone()), name: written.name.clone() };
                    self.rename_table(&written, new, things);
                }
                Action::ColumnStatistics { column } => {
                    let column = self.names.column(&table, column);
                    let thing = Thing::Other(format!("settings of {table}.{column}"));
                    things.push(Touch::uses(Thing::Column(table.clone(), column)));
                    things.push(Touch::new(thing, Need::Nothing, Leaves::There(what())));
                }
                Action::Owner
                | Action::Trigger
                | Action::ClusterMark
                | Action::StorageParameters { .. }
                | Action::Persistence
                | Action::Tablespace
                | Action::Catalog => {
                    // `CLUSTER ON name`, `REPLICA IDENTITY USING INDEX name`
                    let words: Vec<&str> = text.split_whitespace().collect();
                    let index = words.windows(3).find_map(|words| match words {
                        [one, two, name]
                            if is_pair(one, two, "cluster", "on") || is_pair(one, two, "using", "index") =>
                        {
                            Some(name.trim_matches(['"', ',', ';']))
                        }
                        _ => None,
                    });
                    things.extend(index.map(|name| {
                        let name = TableName { schema: table.schema.clone(), name: name.to_owned() };
                        Touch::uses(Thing::Relation(name))
                    }));
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
        if nullable {
            things.push(Touch::new(in_key(table, &column), Need::Absent, Leaves::AsIs));
        }
        let thing = Thing::Property(table.clone(), column, Property::Nullable);
        things.push(Touch::new(thing, Need::Nothing, Leaves::There(Value::Known(text))));
    }

    fn sql_constraint(&self, table: &TableName, constraint: &Constraint, what: Value, things: &mut Vec<Touch>) {
        if let Some(name) = &constraint.name {
            things.push(made(Thing::Constraint(table.clone(), name.clone()), what.clone(), false));
        }
        self.sql_index_of(table, constraint, things);
        match &constraint.kind {
            ConstraintKind::ForeignKey { columns, references, referred } => {
                self.used_columns(table, columns, things);
                self.referenced(table, &of_sql(references), referred, things);
            }
            ConstraintKind::Unique { columns, .. } => self.used_columns(table, columns, things),
            ConstraintKind::PrimaryKey { columns, .. } => {
                self.used_columns(table, columns, things);
                self.not_null_by_key(table, columns, things);
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

    /// PostgreSQL keeps an index of the same name for a key.
    pub(super) fn sql_index_of(&self, table: &TableName, constraint: &Constraint, things: &mut Vec<Touch>) {
        let (name, taken) = match &constraint.kind {
            ConstraintKind::Unique { using_index, .. } | ConstraintKind::PrimaryKey { using_index, .. } => {
                (constraint.name.as_ref(), using_index.as_ref())
            }
            ConstraintKind::Exclude => (constraint.name.as_ref(), None),
            _ => return,
        };
        let relation = |name: &String| Thing::Relation(TableName { schema: table.schema.clone(), name: name.clone() });
        things.extend(taken.map(|index| Touch::new(relation(index), Need::Present, Leaves::Gone)));
        if let Some(name) = name.filter(|name| Some(*name) != taken) {
            things.push(key_of(table, name));
        }
    }

    /// Constraints that go and may be what a foreign key leads to.
    pub(super) fn sql_keys_gone(&self, alter: &AlterTable) -> Vec<(TableName, Vec<String>)> {
        let dropped = alter.actions.iter().filter_map(|action| match action {
            Action::DropConstraint { name, .. } => Some(Part::Constraint(name.clone())),
            _ => None,
        });
        dropped.map(|part| self.key(&of_sql(&alter.table), part)).collect()
    }

    /// A column's type and default, as far as they are things of their own.
    fn sql_column(&self, table: &TableName, column: &Column, text: &str, things: &mut Vec<Touch>) {
        self.sql_type(&column.data_type, things);
        if let Some(default) = &column.default {
            self.sequences(&default.text, things);
        }
        if column.check || column.generated.is_some() {
            let words = mention::words(text);
            if column.generated.is_some() {
                things.extend(
                    words.iter().map(|word| counted(Thing::Views(table.clone(), self.names.column(table, word)))),
                );
            }
            self.used_words(table, words, things);
        }
        if let Some(other) = &column.references {
            self.referenced(table, &of_sql(other), &column.referred, things);
        }
        things.extend(column.key.as_ref().map(|name| key_of(table, name)));
    }

    /// A type of its own must be there.
    pub(super) fn sql_type(&self, data_type: &str, things: &mut Vec<Touch>) {
        let Some(known) = DataType::parse(data_type).filter(|known| !known.built_in) else { return };
        let (schema, name) = match known.name.split_once('.') {
            Some((schema, name)) => (Some(schema.to_owned()), name.to_owned()),
            None => (None, known.name),
        };
        if !name.contains(' ') && !name.ends_with("serial") {
            things.push(Touch::uses(Thing::Type(plain(&TableName { schema, name }))));
        }
    }
}

fn is_pair(one: &str, two: &str, first: &str, second: &str) -> bool {
    one.eq_ignore_ascii_case(first) && two.eq_ignore_ascii_case(second)
}

/// The index of a key that is made.
pub(super) fn key_of(table: &TableName, name: &str) -> Touch {
    let index = Thing::Relation(TableName { schema: table.schema.clone(), name: name.to_owned() });
    made(index, Value::Known(format!("key of {table}")), false)
}
