//! Tenants: many schemas of one database, each with a version table of its own.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{finding, findings, line_of_three, report};
use crate::support::postgres::{TestDatabase, newest};
use crate::support::sandbox::Sandbox;

/// So many tenants, each with a table and this stamp.
fn tenants(database: &TestDatabase<'_>, count: usize, row: &str) {
    let mut sql = String::new();
    for number in 0..count {
        let schema = format!("tenant_{number:03}");
        let _ = write!(
            sql,
            "CREATE SCHEMA {schema}; CREATE TABLE {schema}.orders (id int);
             CREATE TABLE {schema}.alembic_version (version_num varchar(32) PRIMARY KEY);
             INSERT INTO {schema}.alembic_version VALUES ('{row}');"
        );
    }
    database.sql(&sql);
}

fn fleet() -> (Sandbox, TestDatabase<'static>) {
    let database = newest().database();
    tenants(&database, 60, "a3aa");
    (line_of_three().database_url(&database.url()), database)
}

fn groups(document: &Value) -> Vec<(&str, usize)> {
    let databases = document["databases"].as_array().unwrap().iter();
    let group = |one: &Value| one["schemas"].as_array().map_or(0, Vec::len);
    databases.map(|one| (one["state"].as_str().unwrap(), group(one))).collect()
}

#[test]
fn one_behind_and_one_orphaned_among_sixty_are_told_worst_first() {
    let (sandbox, database) = fleet();
    database.sql(
        "UPDATE tenant_007.alembic_version SET version_num = 'a2aa';
         UPDATE tenant_042.alembic_version SET version_num = '93c5d1e7fa08';
         CREATE SCHEMA reports; CREATE TABLE reports.daily (id int); CREATE TABLE public.shared (id int)",
    );
    let (document, code) = report(&sandbox, &["envs", "--all-schemas"]);
    assert_eq!((groups(&document), code), (vec![("at-head", 58), ("behind", 1), ("orphaned", 1)], 1), "{document:#}");
    assert_eq!(document["fleets"][0]["schemas"], 60);
    assert_eq!(
        document["fleets"][0]["without_version_table"],
        json!([{"schema": "public", "tables": 1}, {"schema": "reports", "tables": 1}])
    );
    assert_eq!(findings(&document), ["environment-mismatch", "orphaned-stamp", "database-behind"]);
    let mismatch = finding(&document, "environment-mismatch");
    assert_eq!(mismatch["message"], "1 of 59 schemas of database default lacks revisions that others have");
    assert!(mismatch["evidence"].to_string().contains("1 lacks a3aa, at a2aa: tenant_007"), "{mismatch:#}");
    let orphaned = finding(&document, "orphaned-stamp");
    assert!(orphaned["evidence"].to_string().contains("tenant_042"), "{orphaned:#}");

    let run = sandbox.doctor(&["envs", "--all-schemas"]);
    let place = |what: &str| run.stdout.lines().position(|line| line.contains(what)).unwrap_or_else(|| panic!("{run}"));
    assert!(place("1  orphaned") < place("1  behind") && place("1  behind") < place("58  at head"), "{run}");
    assert!(run.stdout.contains("tenant_000, tenant_001, tenant_002 and 55 more"), "{run}");
    assert!(run.stdout.contains("2 more schemas have tables, and no version table: public"), "{run}");
    let (table, _) = run.stdout.split_once("error[").unwrap();
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{run}");
    let all = sandbox.doctor(&["envs", "--all-schemas", "-v"]).stdout;
    assert!((0..60).all(|number| all.contains(&format!("tenant_{number:03}"))), "{all}");
}

#[test]
fn the_same_is_said_once_for_all_schemas_and_by_diagnose_too() {
    let (sandbox, database) = fleet();
    let (document, code) = report(&sandbox, &["--all-schemas"]);
    assert_eq!((groups(&document), findings(&document), code), (vec![("at-head", 60)], vec![], 0), "{document:#}");
    let text = sandbox.doctor(&["--all-schemas"]).stdout;
    assert!(text.contains("alike      60 schemas: tenant_000") && text.contains("60 schemas at head"), "{text}");
    let text = sandbox.doctor(&["current", "--all-schemas"]).stdout;
    assert!(text.contains("default.tenant_000 and 59 more:\na3aa (head)"), "{text}");
    database.sql(
        "DO $$ DECLARE s text; BEGIN FOR s IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'tenant%' LOOP
         EXECUTE format('UPDATE %I.alembic_version SET version_num = ''a1aa''', s); END LOOP; END $$",
    );
    let (document, code) = report(&sandbox, &["--all-schemas"]);
    assert_eq!((groups(&document), code), (vec![("behind", 60)], 0));
    assert_eq!(findings(&document), ["database-behind"], "before a release all are behind alike");
    let behind = finding(&document, "database-behind");
    assert!(behind["evidence"].to_string().contains("the same in 60 schemas of database default"), "{behind:#}");
    assert!(behind["next"][0]["why"].as_str().unwrap().contains("for each of these schemas"), "{behind:#}");
}

#[test]
fn a_schema_that_cannot_be_read_is_a_group_of_its_own() {
    let (sandbox, database) = fleet();
    let role = newest().role("secret-word");
    database.sql(&format!(
        "DO $$ DECLARE s text; BEGIN FOR s IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'tenant%' LOOP
         EXECUTE format('GRANT USAGE ON SCHEMA %I TO {0}; GRANT SELECT ON ALL TABLES IN SCHEMA %I TO {0}', s, s);
         END LOOP; END $$; REVOKE SELECT ON tenant_001.alembic_version FROM {0}",
        role.name
    ));
    let url = newest().url(&role.name, "secret-word", &database.name);
    let (document, code) = report(&sandbox, &["envs", "--all-schemas", "--url", &url]);
    database.sql(&format!("DROP OWNED BY {}", role.name));
    assert_eq!((groups(&document), code), (vec![("at-head", 59), ("unreadable", 1)], 4), "{document:#}");
    assert!(!document.to_string().contains("secret-word"));
}

#[test]
fn a_database_without_tenants_is_judged_as_ever() {
    let database = newest().database();
    let sandbox = line_of_three().database_url(&database.url());
    let (document, code) = report(&sandbox, &["envs", "--all-schemas"]);
    assert_eq!((groups(&document), code), (vec![("empty", 0)], 0), "{document:#}");
    database.sql("CREATE TABLE users (id int)");
    let (document, code) = report(&sandbox, &["envs", "--all-schemas"]);
    assert_eq!((groups(&document), code), (vec![("unstamped", 0)], 1), "{document:#}");
    let sqlite = line_of_three().database_url("sqlite:///app.db");
    assert!(sqlite.alembic(&["upgrade", "head"]).status == 0);
    let (document, code) = report(&sqlite, &["--all-schemas"]);
    assert_eq!((groups(&document), code), (vec![("at-head", 0)], 0), "{document:#}");
}
