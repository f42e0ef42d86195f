//! SQL text: quoting, and the statements of the look.
//!
//! Everything is qualified with `pg_catalog` or runs with that search path alone, so that no
//! object of the looked-at database can take part.

use crate::database::catalog::{MOST_PARTS, MOST_RELATIONS};
use crate::database::{MOST_SCHEMAS, MOST_TABLES};

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

/// Who and where the session is, what is set for whom, and the schemas. Servers that only speak the
/// protocol may lack some of it.
pub(super) fn surroundings() -> String {
    format!(
        "SELECT session_user, host(inet_server_addr()), inet_server_port(), pg_backend_pid(),
       EXISTS (SELECT FROM pg_proc WHERE proname = 'pg_control_system' AND pronamespace = 'pg_catalog'::regnamespace
               AND has_function_privilege(oid, 'EXECUTE')),
       (SELECT reset_val FROM pg_settings WHERE name = 'lock_timeout'),
       (SELECT reset_val FROM pg_settings WHERE name = 'statement_timeout');
SELECT r.rolname, d.datname, split_part(c, '=', 1), substr(c, strpos(c, '=') + 1)
FROM pg_db_role_setting s
LEFT JOIN pg_database d ON d.oid = s.setdatabase
LEFT JOIN pg_roles r ON r.oid = s.setrole
CROSS JOIN LATERAL unnest(s.setconfig) AS c
WHERE (s.setdatabase = 0 OR d.datname = current_database()) AND (s.setrole = 0 OR r.rolname IS NOT NULL)
  AND split_part(c, '=', 1) IN ('search_path', 'role', 'default_transaction_read_only', 'lock_timeout', 'statement_timeout')
ORDER BY r.rolname COLLATE \"C\" NULLS FIRST, d.datname NULLS FIRST, 3 LIMIT {MOST_SETTINGS};
SELECT nspname, pg_get_userbyid(CASE WHEN nspowner = to_regrole('pg_database_owner') THEN datdba ELSE nspowner END),
       has_schema_privilege(n.oid, 'USAGE'), has_schema_privilege(n.oid, 'CREATE')
FROM pg_namespace n JOIN pg_database d ON d.datname = current_database()
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
ORDER BY nspname COLLATE \"C\" LIMIT {MOST_SCHEMAS}"
    )
}

/// Roles with settings of their own can be many.
const MOST_SETTINGS: usize = 1_000;

/// What tells one cluster from another. Not everybody may ask it everywhere.
pub(super) const CLUSTER: &str = "SELECT system_identifier FROM pg_control_system()";

/// Every relation with a column `version_num`. A role that may do nothing but connect sees it all.
///
/// The width is that of the type below all domains; 1042 is `char(n)`, 1043 `varchar(n)`, whose
/// modifier is the length and four.
///
/// `OFFSET 0` here, and `NOT IN` below, keep the planner from a join: it expects one version table
/// in all, and with a thousand of them its loops would take seconds.
pub(super) const CANDIDATES: &str = "
SELECT c.oid, n.nspname, c.relname, pg_get_userbyid(c.relowner), format_type(a.atttypid, a.atttypmod),
       (WITH RECURSIVE base(id, modifier) AS (
            SELECT a.atttypid, a.atttypmod
            UNION ALL
            SELECT t.typbasetype, t.typtypmod FROM base JOIN pg_type t ON t.oid = base.id WHERE t.typtype = 'd')
        SELECT modifier - 4 FROM base WHERE id IN (1042, 1043) AND modifier > 4 LIMIT 1),
       EXISTS (SELECT FROM pg_constraint k
               WHERE k.conrelid = c.oid AND k.contype = 'p' AND k.conkey = ARRAY[a.attnum]),
       has_schema_privilege(c.relnamespace, 'USAGE'), has_column_privilege(c.oid, a.attnum, 'SELECT'),
       c.relrowsecurity AND row_security_active(c.oid),
       (SELECT t.typcategory IN ('S', 'E', 'X') FROM pg_type t WHERE t.oid = a.atttypid)
FROM pg_class c
CROSS JOIN LATERAL (SELECT nspname FROM pg_namespace WHERE oid = c.relnamespace OFFSET 0) n
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'version_num' AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"";

/// Tables of people: no version tables, no partitions of other tables, nothing that an extension
/// brought (PostGIS has tables of its own). How many in each schema, then the names of the first.
pub(super) fn user_tables() -> String {
    let tables = "FROM pg_class c
CROSS JOIN LATERAL (SELECT nspname FROM pg_namespace WHERE oid = c.relnamespace OFFSET 0) n
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND c.oid NOT IN (SELECT attrelid FROM pg_attribute
                    WHERE attname = 'version_num' AND attnum > 0 AND NOT attisdropped)
  AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE classid = 'pg_class'::regclass AND deptype = 'e')";
    format!(
        "SELECT n.nspname COLLATE \"C\", count(*) {tables} GROUP BY 1 ORDER BY 1;
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
