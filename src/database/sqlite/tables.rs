//! The version tables of a SQLite file: tables and views with a column `version_num`.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

use crate::database::{Look, MOST_ROWS, MOST_TABLES, Rows, VersionTable, not_text};

/// Reads everything in one read transaction.
pub(super) fn read(connection: &Connection) -> Result<Look> {
    connection.execute_batch("BEGIN")?;
    let mut look = Look { server: format!("SQLite {}", rusqlite::version()), ..Look::default() };
    for (name, kind) in relations(connection)? {
        let columns = match columns(connection, &name) {
            Ok(columns) => columns,
            // A view over a lost table, or a virtual table whose module is not built in.
            Err(error) => {
                look.notes.push(format!("the columns of {name} cannot be read: {error}"));
                Vec::new()
            }
        };
        let version = columns.iter().find(|column| column.name.eq_ignore_ascii_case("version_num"));
        let Some(version) = version else {
            if kind == "table" {
                look.user_tables += 1;
                if look.table_names.len() < MOST_TABLES {
                    look.table_names.push(name);
                }
            }
            continue;
        };
        let rows = rows(connection, &name, &mut look.notes);
        look.version_tables.push(VersionTable {
            schema: None,
            column_type: version.declared_type.clone(),
            width: None,
            has_primary_key: version.is_key && columns.iter().filter(|column| column.is_key).count() == 1,
            owner: None,
            visible: true,
            rows: rows.unwrap_or_else(|error| Rows::Failed { reason: error.to_string() }),
            name,
        });
    }
    Ok(look)
}

struct Column {
    name: String,
    declared_type: String,
    is_key: bool,
}

fn relations(connection: &Connection) -> Result<Vec<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT name, type FROM sqlite_master
         WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn columns(connection: &Connection, relation: &str) -> Result<Vec<Column>> {
    let mut statement = connection.prepare("SELECT name, type, pk FROM pragma_table_info(?1)")?;
    let rows = statement.query_map([relation], |row| {
        Ok(Column { name: row.get(0)?, declared_type: row.get(1)?, is_key: row.get::<_, i64>(2)? > 0 })
    })?;
    rows.collect()
}

fn rows(connection: &Connection, relation: &str, notes: &mut Vec<String>) -> Result<Rows> {
    let name = format!("\"{}\"", relation.replace('"', "\"\""));
    let limit = MOST_ROWS + 1;
    let mut statement = connection.prepare(&format!("SELECT version_num FROM {name} LIMIT {limit}"))?;
    let mut found = statement.query([])?;
    let (mut values, mut without_value, mut count) = (Vec::new(), 0_usize, 0_usize);
    let mut other = None;
    while let Some(row) = found.next()? {
        count += 1;
        match row.get_ref(0)? {
            ValueRef::Null => without_value += 1,
            ValueRef::Integer(_) => other = Some("an integer"),
            ValueRef::Real(_) => other = Some("a number"),
            ValueRef::Blob(_) => other = Some("a blob"),
            ValueRef::Text(bytes) => values.push(String::from_utf8_lossy(bytes).into_owned()),
        }
    }
    if let Some(other) = other {
        return Ok(not_text(other));
    }
    if without_value > 0 {
        notes.push(format!("{relation} has {without_value} rows without a value"));
    }
    let more = if count > MOST_ROWS {
        let all = connection.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get::<_, i64>(0))?;
        u64::try_from(all).ok()
    } else {
        None
    };
    values.truncate(MOST_ROWS);
    values.sort_unstable();
    Ok(Rows::Known { values, more })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(sql: &str) -> Look {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        read(&connection).unwrap()
    }

    #[test]
    fn version_tables_are_found_by_their_column() {
        let look = look(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
             CREATE TABLE \"odd\"\"name\" (id INTEGER, version_num TEXT, PRIMARY KEY (id, version_num));
             CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT);
             INSERT INTO users DEFAULT VALUES;
             INSERT INTO alembic_version VALUES ('b'), ('a');",
        );
        assert_eq!((look.user_tables, look.table_names.as_slice()), (1, ["users".to_owned()].as_slice()));
        let [version, odd] = look.version_tables.as_slice() else { panic!("{look:?}") };
        assert_eq!(version.column_type, "VARCHAR(32)");
        assert!(version.has_primary_key && version.visible);
        assert_eq!(version.rows, Rows::Known { values: vec!["a".into(), "b".into()], more: None });
        assert!(!odd.has_primary_key);
    }

    #[test]
    fn ten_thousand_rows_are_read_and_the_rest_is_counted() {
        let look = look(
            "CREATE TABLE v (version_num TEXT);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10002)
             INSERT INTO v SELECT printf('%06d', i) FROM n;",
        );
        let Rows::Known { values, more } = &look.version_tables[0].rows else { panic!() };
        assert_eq!((values.len(), *more), (MOST_ROWS, Some(10_002)));
    }

    #[test]
    fn values_that_alembic_cannot_compare_are_no_rows() {
        for value in ["7", "0.5", "x'61'"] {
            let look = look(&format!("CREATE TABLE v (version_num); INSERT INTO v VALUES ('a'), ({value});"));
            assert!(matches!(&look.version_tables[0].rows, Rows::Failed { reason } if reason.contains("not text")));
        }
    }

    #[test]
    fn a_broken_view_and_empty_values_are_said_and_hurt_nobody() {
        let look = look(
            "CREATE TABLE t (version_num TEXT); CREATE VIEW w AS SELECT version_num FROM t; DROP TABLE t;
             CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES (NULL), ('7');",
        );
        assert_eq!(look.version_tables.len(), 1);
        assert_eq!(look.version_tables[0].rows, Rows::Known { values: vec!["7".into()], more: None });
        assert_eq!(look.notes.len(), 2, "{:?}", look.notes);
    }
}
