//! Keys, and what PostgreSQL keeps for a column or a key under a name of its own: indexes and sequences.

use super::names::plain;
use super::thing::{Leaves, Need, Thing, Touch, Value};
use super::touch::{Reader, counted, made};
use crate::operation::model::{Constraint, ConstraintKind, DropIndex, TableName};
use crate::schema::Part;

impl Reader<'_> {
    /// The table that is named, or else that of which it is known to be an index.
    pub(super) fn tables_of_index(&self, drop: &DropIndex) -> Vec<TableName> {
        match (&drop.table, &drop.name) {
            (Some(table), _) => vec![table.clone()],
            (None, Some(name)) => {
                self.schema.tables_with_index(drop.schema.as_deref(), &Part::Index(name.text.clone()))
            }
            (None, None) => Vec::new(),
        }
    }

    pub(super) fn key_of_index(&self, drop: &DropIndex) -> Vec<(TableName, Vec<String>)> {
        let Some(name) = &drop.name else { return Vec::new() };
        let part = Part::Index(name.text.clone());
        let keys = self.tables_of_index(drop).into_iter().map(|table| self.key(&table, part.clone()));
        // One that is not known is no key, nearly always.
        keys.filter(|(_, columns)| !columns.is_empty()).collect()
    }

    /// The table, if it is not known which columns its constraint is about.
    pub(super) fn unclear_constraint(&self, table: &TableName, name: &str) -> Option<TableName> {
        let (table, columns) = self.key(table, Part::Constraint(name.to_owned()));
        columns.is_empty().then_some(table)
    }

    /// The columns of a key, as the fork calls them.
    pub(super) fn key(&self, table: &TableName, part: Part) -> (TableName, Vec<String>) {
        let table = self.names.table(table);
        let known = self.schema.table(&table).and_then(|known| known.columns_of(&part));
        let columns = known.map(<[String]>::to_vec).unwrap_or_default();
        (table, columns)
    }

    /// The index of a key goes with the key, under the same name.
    pub(super) fn index_gone(&self, table: &TableName, constraint: &str) -> Touch {
        let index = TableName { schema: table.schema.clone(), name: constraint.to_owned() };
        Touch::new(Thing::Relation(index), Need::Nothing, Leaves::Gone)
    }

    /// PostgreSQL keeps an index of the same name for keys.
    pub(super) fn constraint_relation(&self, table: &TableName, constraint: &Constraint, things: &mut Vec<Touch>) {
        let has_index = matches!(
            constraint.kind,
            ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } | ConstraintKind::Exclude { .. }
        );
        let Some(name) = constraint.name.as_ref().filter(|_| has_index && self.is_postgresql) else { return };
        let relation = TableName { schema: table.schema.clone(), name: name.text.clone() };
        let what = Value::Known(format!("key of {table}"));
        things.push(made(Thing::Relation(relation), what, false));
    }

    /// The columns of a primary key take no NULL, whatever was said of them.
    pub(super) fn not_null_by_key(&self, table: &TableName, columns: &[String], things: &mut Vec<Touch>) {
        let columns = columns.iter().map(|column| self.names.column(table, column));
        things.extend(columns.map(|column| counted(in_key(table, &column))));
    }

    /// PostgreSQL makes a sequence for it; where its name is taken, under another one.
    pub(super) fn serial(&self, table: &TableName, column: &str) -> Option<Touch> {
        let sequence = TableName { schema: table.schema.clone(), name: format!("{}_{column}_seq", table.name) };
        let what = Value::Known(format!("sequence of {table}.{column}"));
        let touch = Touch::new(Thing::Relation(sequence), Need::Nothing, Leaves::There(what));
        self.is_postgresql.then_some(touch)
    }

    /// A default that names a sequence keeps it from being dropped.
    pub(super) fn sequences(&self, default: &str, things: &mut Vec<Touch>) {
        let lower = default.to_lowercase();
        if !self.is_postgresql || !lower.contains("nextval") {
            return;
        }
        // 'public.counter'::regclass
        let Some(name) = default.split('\'').nth(1) else { return };
        let (schema, name) = name.split_once('.').map_or((None, name), |(schema, name)| (Some(schema), name));
        let name = plain(&TableName { schema: schema.map(str::to_owned), name: name.replace('"', "") });
        things.push(Touch::uses(Thing::Relation(name.clone())));
        things.push(counted(Thing::Dependents(name)));
    }
}

/// That a column is in the primary key.
pub(super) fn in_key(table: &TableName, column: &str) -> Thing {
    Thing::Other(format!("the primary key over {table}.{column}"))
}
