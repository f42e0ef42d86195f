//! Names as they were where the sides part: a table that a side renames stays the same table.

use std::collections::BTreeMap;

use crate::operation::model::TableName;
use crate::sql;

/// What a side calls the tables and columns of the fork.
#[derive(Debug, Default)]
pub(super) struct Names {
    tables: BTreeMap<TableName, TableName>,
    columns: BTreeMap<(TableName, String), String>,
}

impl Names {
    /// The table's name at the fork.
    pub(super) fn table(&self, name: &TableName) -> TableName {
        let plain = plain(name);
        self.tables.get(&plain).cloned().unwrap_or(plain)
    }

    /// The column's name at the fork; `table` is the table's.
    pub(super) fn column(&self, table: &TableName, column: &str) -> String {
        let key = (table.clone(), column.to_owned());
        self.columns.get(&key).cloned().unwrap_or_else(|| column.to_owned())
    }

    /// From now on the side calls `old` so.
    pub(super) fn rename_table(&mut self, old: &TableName, new: TableName) {
        let fork = self.table(old);
        self.tables.insert(plain(&new), fork);
    }

    /// From now on the side calls the column of `table` (its name at the fork) so.
    pub(super) fn rename_column(&mut self, table: &TableName, old: &str, new: &str) {
        let fork = self.column(table, old);
        self.columns.insert((table.clone(), new.to_owned()), fork);
    }
}

/// `public` is the schema that names without one mean, nearly always.
pub(super) fn plain(name: &TableName) -> TableName {
    TableName { schema: name.schema.clone().filter(|schema| schema != "public"), name: name.name.clone() }
}

/// A name in SQL.
pub(super) fn of_sql(name: &sql::Name) -> TableName {
    plain(&TableName { schema: name.schema.clone(), name: name.name.clone() })
}
