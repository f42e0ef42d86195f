//! SQL text: quoting, and the statements of the look.
//!
//! Everything is qualified with `pg_catalog` or runs with that search path alone, so that no
//! object of the looked-at database can take part.

use crate::database::MOST_TABLES;
use crate::database::catalog::{MOST_PARTS, MOST_RELATIONS};

/// A quoted identifier.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A quoted text, right under either `standard_conforming_strings`.
pub(super) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// What the session is; read under the search path that the application would have.
pub(super) const FACTS: &str = "
SELECT pg_catalog.version(), pg_catalog.current_setting('server_version'), pg_catalog.current_database(),
       current_user, pg_catalog.pg_is_in_recovery(),
       pg_catalog.current_setting('default_transaction_read_only'), pg_catalog.current_setting('search_path');
SELECT schema FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) AS path(schema)";

/// Every relation with a column `version_num`. A role that may do nothing but connect sees it all.
///
/// The width is that of the type below all domains; 1042 is `char(n)`, 1043 `varchar(n)`, whose
/// modifier is the length and four.
pub(super) const CANDIDATES: &str = "
SELECT c.oid, n.nspname, c.relname, pg_get_userbyid(c.relowner), format_type(a.atttypid, a.atttypmod),
       (WITH RECURSIVE base(id, modifier) AS (
            SELECT a.atttypid, a.atttypmod
            UNION ALL
            SELECT t.typbasetype, t.typtypmod FROM base JOIN pg_type t ON t.oid = base.id WHERE t.typtype = 'd')
        SELECT modifier - 4 FROM base WHERE id IN (1042, 1043) AND modifier > 4 LIMIT 1),
       EXISTS (SELECT FROM pg_constraint k
               WHERE k.conrelid = c.oid AND k.contype = 'p' AND k.conkey = ARRAY[a.attnum]),
       has_schema_privilege(n.oid, 'USAGE'), has_column_privilege(c.oid, a.attnum, 'SELECT'),
       c.relrowsecurity AND row_security_active(c.oid),
       (SELECT t.typcategory IN ('S', 'E', 'X') FROM pg_type t WHERE t.oid = a.atttypid)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'version_num' AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"";

/// Tables of people: no version tables, no partitions of other tables, nothing that an extension
/// brought (PostGIS has tables of its own). How many, then the names of the first.
pub(super) fn user_tables() -> String {
    let tables = "FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attname = 'version_num' AND a.attnum > 0 AND NOT a.attisdropped)
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";
    format!(
        "SELECT count(*) {tables};
SELECT relname COLLATE \"C\" {tables} GROUP BY 1 ORDER BY 1 LIMIT {MOST_TABLES}"
    )
}

/// Tables and views, those of the search path first; then their columns, indexes and constraints,
/// and the enumerations. At most one more of each than is kept, so that a cut is noticed.
///
/// Nothing here takes a lock on a table or needs a right to it.
pub(super) fn tables(search_path: &[String]) -> String {
    let path: Vec<String> = search_path.iter().map(|schema| literal(schema)).collect();
    let path = format!("n.nspname = ANY (ARRAY[{}]::name[])", path.join(", "));
    let relations = format!(
        "SELECT c.oid, n.nspname, c.relname, c.relkind
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY NOT ({path}), n.nspname COLLATE \"C\", c.relname COLLATE \"C\" LIMIT {}",
        MOST_RELATIONS + 1
    );
    let most = MOST_PARTS + 1;
    format!(
        "{relations};
WITH t AS ({relations})
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef
FROM pg_attribute a WHERE a.attrelid IN (SELECT oid FROM t) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum LIMIT {most};
WITH t AS ({relations})
SELECT i.indrelid, c.relname, i.indisunique, i.indisvalid
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid IN (SELECT oid FROM t)
ORDER BY i.indrelid, c.relname COLLATE \"C\" LIMIT {most};
WITH t AS ({relations})
SELECT k.conrelid, k.conname, k.contype, k.convalidated
FROM pg_constraint k WHERE k.conrelid IN (SELECT oid FROM t) AND k.contype IN ('c', 'f', 'p', 'u', 'x')
ORDER BY k.conrelid, k.conname COLLATE \"C\" LIMIT {most};
SELECT n.nspname, t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE \"C\", t.typname COLLATE \"C\" LIMIT {most}"
    )
}

/// Which of the relations an unqualified name finds, under the application's search path.
pub(super) fn visibility(oids: &[&str], search_path: &str) -> String {
    let columns: Vec<String> =
        oids.iter().map(|oid| format!("(pg_catalog.pg_table_is_visible({oid}::pg_catalog.oid))")).collect();
    format!("{}; VALUES {}; {ONLY_THE_CATALOG}", set_search_path(search_path), columns.join(", "))
}

/// Sets the search path until the transaction ends.
pub(super) fn set_search_path(value: &str) -> String {
    format!("SELECT pg_catalog.set_config('search_path', {}, true)", literal(value))
}

/// From here on names mean the catalog's objects.
pub(super) const ONLY_THE_CATALOG: &str = "SET LOCAL search_path = pg_catalog";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled_and_backslashes_escaped() {
        assert_eq!(identifier(r#"we"ird"#), r#""we""ird""#);
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal(r"a\b"), r"E'a\\b'");
    }
}
