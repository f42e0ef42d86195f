//! What is certain about the tables after some operations.

use std::collections::{BTreeMap, HashMap};

use super::{mention, object::Part};
use crate::operation::model::TableName;
use crate::source::Span;

/// What made it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The revision: its place in the order of the replay.
    pub revision: usize,
    /// The step in its file.
    pub span: Span,
}

/// What is certain about a table or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is there.
    Present(Origin),
    /// It is not there any more.
    Gone(Origin),
}

impl Status {
    /// What made it so.
    pub fn origin(self) -> Origin {
        match self {
            Self::Present(origin) | Self::Gone(origin) => origin,
        }
    }

    /// Whether it is there.
    pub fn is_present(self) -> bool {
        matches!(self, Self::Present(_))
    }
}

/// What is certain about a table; whatever is not in it is unknown.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The table itself.
    pub status: Option<Status>,
    /// Its parts.
    pub parts: BTreeMap<Part, Status>,
    /// The columns of indexes and constraints, where all are known: dropping one drops these too.
    columns: BTreeMap<Part, Vec<String>>,
}

impl Table {
    /// The names of the indexes that are there.
    pub fn indexes(&self) -> Vec<&str> {
        fn index<'a>((part, status): (&'a Part, &Status)) -> Option<&'a str> {
            match part {
                Part::Index(name) if status.is_present() => Some(name),
                _ => None,
            }
        }
        self.parts.iter().filter_map(index).collect()
    }

    /// The columns of an index or constraint, where all are known.
    pub fn columns_of(&self, part: &Part) -> Option<&[String]> {
        self.columns.get(part).map(Vec::as_slice)
    }

    /// The indexes and constraints that are there and known to be about this column, among others.
    pub fn parts_about(&self, column: &str) -> Vec<&Part> {
        let is_about =
            |part: &Part| self.columns.get(part).is_some_and(|columns| columns.iter().any(|one| one == column));
        let present = self.parts.iter().filter(|(_, status)| status.is_present()).map(|(part, _)| part);
        present.filter(|part| is_about(part)).collect()
    }
}

/// What is certain about all tables.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    tables: BTreeMap<TableName, Table>,
    /// The tables by their name in lower case, whatever the schema.
    by_name: HashMap<String, Vec<TableName>>,
    /// Tables of which something changed since the last [`Schema::take_touched`].
    touched: Vec<TableName>,
}

impl Schema {
    /// All tables of which something is certain, in order.
    pub fn tables(&self) -> impl Iterator<Item = (&TableName, &Table)> {
        self.tables.iter()
    }

    /// What is certain about a table.
    pub fn table(&self, name: &TableName) -> Option<&Table> {
        self.tables.get(name)
    }

    /// The tables of which something changed since the last call, each once.
    pub fn take_touched(&mut self) -> Vec<TableName> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    /// The table's record. Another one that may be the same table, written otherwise (without its
    /// schema, in another case), is not certain any more.
    fn entry(&mut self, name: &TableName) -> &mut Table {
        let key = name.name.to_lowercase();
        let same = self.by_name.get(&key).map(Vec::as_slice).unwrap_or_default();
        let is_other = |other: &&TableName| {
            *other != name && (other.schema.is_none() || name.schema.is_none() || other.schema == name.schema)
        };
        let others: Vec<TableName> = same.iter().filter(is_other).cloned().collect();
        for other in &others {
            self.forget_table(other);
        }
        if !self.tables.contains_key(name) {
            self.by_name.entry(key).or_default().push(name.clone());
        }
        self.touched.push(name.clone());
        self.tables.entry(name.clone()).or_default()
    }

    /// Takes it for certain that a table, or a part of it, is there.
    pub fn assume(&mut self, name: &TableName, part: Option<&Part>, origin: Origin) {
        match part {
            None => self.entry(name).status = Some(Status::Present(origin)),
            Some(part) => self.set(name, part.clone(), Status::Present(origin), None),
        }
    }

    /// What is certain about a table or a part of it.
    pub fn status(&self, name: &TableName, part: Option<&Part>) -> Option<Status> {
        let table = self.tables.get(name)?;
        part.map_or(table.status, |part| table.parts.get(part).copied())
    }

    /// The columns that a condition speaks of; `None` where none of them is known.
    pub(super) fn columns_named(&self, name: &TableName, text: &str) -> Option<Vec<String>> {
        let words = mention::words(text);
        let named = self.table(name)?.parts.keys().filter_map(|part| match part {
            Part::Column(column) if words.contains(&column.to_lowercase()) => Some(column.clone()),
            _ => None,
        });
        Some(named.collect()).filter(|columns: &Vec<String>| !columns.is_empty())
    }

    /// The table is there, as it was just made.
    pub(super) fn create_table(&mut self, name: &TableName, origin: Origin) {
        let table = self.entry(name);
        *table = Table { status: Some(Status::Present(origin)), ..Table::default() };
    }

    /// The table is there; its parts are not known.
    pub(super) fn confirm_table(&mut self, name: &TableName, origin: Origin) {
        self.forget_table(name);
        self.entry(name).status = Some(Status::Present(origin));
    }

    /// The table is gone.
    pub(super) fn drop_table(&mut self, name: &TableName, origin: Origin) {
        let table = self.entry(name);
        *table = Table { status: Some(Status::Gone(origin)), ..Table::default() };
    }

    /// The table has another name, and what is known of it stays known.
    pub(super) fn rename_table(&mut self, name: &TableName, new_name: &str, origin: Origin) {
        let moved = std::mem::take(self.entry(name));
        self.drop_table(name, origin);
        let new = TableName { schema: name.schema.clone(), name: new_name.to_owned() };
        *self.entry(&new) = Table { status: Some(Status::Present(origin)), ..moved };
    }

    /// A part of a table is there or gone. `columns`: those of an index or constraint, if all are
    /// known.
    pub(super) fn set(&mut self, name: &TableName, part: Part, status: Status, columns: Option<Vec<String>>) {
        let table = self.entry(name);
        match columns {
            Some(columns) => table.columns.insert(part.clone(), columns),
            None => table.columns.remove(&part),
        };
        table.parts.insert(part, status);
    }

    /// It is not known any more whether the part is there.
    pub(super) fn forget(&mut self, name: &TableName, part: &Part) {
        self.entry(name).parts.remove(part);
    }

    /// The column has another name.
    pub(super) fn rename_column(&mut self, name: &TableName, old: &str, new: &str, origin: Origin) {
        let table = self.entry(name);
        for (old, new) in [
            (Part::Column(old.to_owned()), Part::Column(new.to_owned())),
            (Part::NotNull(old.to_owned()), Part::NotNull(new.to_owned())),
        ] {
            match table.parts.remove(&old) {
                Some(status) if matches!(new, Part::NotNull(_)) => {
                    table.parts.insert(new, status);
                }
                _ if matches!(new, Part::Column(_)) => {
                    table.parts.insert(old, Status::Gone(origin));
                    table.parts.insert(new, Status::Present(origin));
                }
                _ => {}
            }
        }
        for columns in table.columns.values_mut() {
            columns.iter_mut().filter(|column| *column == old).for_each(|column| new.clone_into(column));
        }
    }

    /// Indexes and constraints that may be about this column are not certain any more: the
    /// database drops them with it.
    pub(super) fn forget_parts_of(&mut self, name: &TableName, column: &str) {
        self.forget_parts(name, |columns| columns.is_none_or(|columns| columns.iter().any(|one| one == column)));
    }

    /// Indexes and constraints whose columns are not known are not certain any more.
    pub(super) fn forget_unclear_parts(&mut self, name: &TableName) {
        self.forget_parts(name, |columns| columns.is_none());
    }

    /// Constraints that are gone may be back.
    pub(super) fn forget_lost_constraints(&mut self, name: &TableName) {
        let table = self.entry(name);
        table.parts.retain(|part, status| !matches!(part, Part::Constraint(_)) || status.is_present());
    }

    fn forget_parts(&mut self, name: &TableName, is_lost: impl Fn(Option<&Vec<String>>) -> bool) {
        let table = self.entry(name);
        let known = &table.columns;
        table
            .parts
            .retain(|part, _| !matches!(part, Part::Index(_) | Part::Constraint(_)) || !is_lost(known.get(part)));
    }

    /// Parts of any table of one of these names, in lower case, are not certain any more.
    pub(super) fn forget_parts_named(&mut self, is_named: impl Fn(&str) -> bool) {
        for (name, table) in &mut self.tables {
            let before = table.parts.len();
            table.parts.retain(|part, _| match part {
                Part::Index(name) | Part::Constraint(name) => !is_named(&name.to_lowercase()),
                Part::Column(_) | Part::NotNull(_) => true,
            });
            if table.parts.len() != before {
                self.touched.push(name.clone());
            }
        }
    }

    /// The tables that have the index, of this schema.
    pub fn tables_with_index(&self, schema: Option<&str>, index: &Part) -> Vec<TableName> {
        let has_it =
            |(name, table): &(&TableName, &Table)| name.schema.as_deref() == schema && table.parts.contains_key(index);
        self.tables.iter().filter(has_it).map(|(name, _)| name.clone()).collect()
    }

    /// Nothing is certain about the table any more.
    pub(super) fn forget_table(&mut self, name: &TableName) {
        if let Some(table) = self.tables.get_mut(name) {
            *table = Table::default();
            self.touched.push(name.clone());
        }
    }

    /// Nothing is certain any more about the tables of that name, in lower case.
    pub(super) fn forget_tables_named(&mut self, name: &str) {
        for name in self.by_name.get(name).cloned().unwrap_or_default() {
            self.forget_table(&name);
        }
    }

    /// Nothing is certain any more.
    pub(super) fn forget_everything(&mut self) {
        self.touched.extend(std::mem::take(&mut self.tables).into_keys());
        self.by_name.clear();
    }
}
