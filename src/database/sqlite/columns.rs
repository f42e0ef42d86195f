//! What the tables of a SQLite file look like.

use std::collections::HashMap;

use rusqlite::{Connection, Result};

use crate::database::catalog::{Catalog, Column, Index, MOST_RELATIONS, Relation, RelationKind, Tables};

/// Reads tables, views, columns and indexes. In the transaction that `tables::read` has begun.
pub(super) fn read(connection: &Connection) -> Tables {
    match catalog(connection) {
        Ok(catalog) => Tables::Read(catalog),
        Err(error) => Tables::Failed(error.to_string()),
    }
}

fn catalog(connection: &Connection) -> Result<Catalog> {
    let mut indexes = indexes(connection)?;
    let most = MOST_RELATIONS + 1;
    let mut statement = connection.prepare(&format!(
        "SELECT name, type, sql LIKE 'CREATE VIRTUAL%' FROM sqlite_master WHERE type IN ('table', 'view')
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT {most}"
    ))?;
    let found = statement.query_map([], |row| {
        let is_plain = row.get::<_, String>(1)? == "table" && !row.get::<_, Option<bool>>(2)?.unwrap_or_default();
        Ok((row.get::<_, String>(0)?, if is_plain { RelationKind::Table } else { RelationKind::Other }))
    })?;
    let mut relations = Vec::new();
    let mut is_cut = false;
    for found in found {
        let (name, kind) = found?;
        if relations.len() == MOST_RELATIONS {
            is_cut = true;
            break;
        }
        // A view over a lost table, or a virtual table whose module is not built in, has none that
        // can be read.
        let columns = columns(connection, &name).ok();
        let indexes = indexes.remove(&name).unwrap_or_default();
        relations.push(Relation { schema: None, name, kind, columns, indexes, constraints: None });
    }
    Ok(Catalog::new(relations, Vec::new(), is_cut))
}

/// `table_xinfo` has generated columns too, which `table_info` leaves out.
fn columns(connection: &Connection, relation: &str) -> Result<Vec<Column>> {
    let mut statement = connection.prepare_cached(
        "SELECT name, type, \"notnull\", dflt_value IS NOT NULL OR hidden IN (2, 3) FROM pragma_table_xinfo(?1)
         WHERE hidden <> 1",
    )?;
    let rows = statement.query_map([relation], |row| {
        let not_null: bool = row.get(2)?;
        Ok(Column { name: row.get(0)?, type_text: row.get(1)?, nullable: !not_null, has_default: row.get(3)? })
    })?;
    rows.collect()
}

/// All indexes, by their table.
fn indexes(connection: &Connection) -> Result<HashMap<String, Vec<Index>>> {
    let mut statement = connection.prepare(
        "SELECT tbl_name, name, sql LIKE 'CREATE UNIQUE%' OR sql IS NULL FROM sqlite_master WHERE type = 'index'
         ORDER BY name",
    )?;
    let rows = statement.query_map([], |row| {
        let index = Index { name: row.get(1)?, unique: row.get(2)?, valid: true };
        Ok((row.get::<_, String>(0)?, index))
    })?;
    let mut found: HashMap<String, Vec<Index>> = HashMap::new();
    for row in rows {
        let (table, index) = row?;
        found.entry(table).or_default().push(index);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_generated_ones_and_indexes_are_read_and_broken_views_hurt_nobody() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(5) DEFAULT 'x', twice INT AS (id * 2));
                 CREATE UNIQUE INDEX ix_name ON t (name);
                 CREATE TABLE lost (a); CREATE VIEW v AS SELECT a FROM lost; DROP TABLE lost;",
            )
            .unwrap();
        let Tables::Read(catalog) = read(&connection) else { panic!() };
        let [table, view] = catalog.relations() else { panic!("{catalog:?}") };
        let columns = table.columns.as_deref().unwrap();
        let seen: Vec<_> =
            columns.iter().map(|column| (column.name.as_str(), column.nullable, column.has_default)).collect();
        assert_eq!(seen, [("id", false, false), ("name", true, true), ("twice", true, true)]);
        assert_eq!(columns[1].type_text, "VARCHAR(5)");
        assert_eq!(table.indexes, [Index { name: "ix_name".into(), unique: true, valid: true }]);
        assert_eq!((view.kind, &view.columns), (RelationKind::Other, &None));
    }
}
