//! Sessions that hold on to the version table: which of them are a migration, and which are not.

use serde_json::Value;

use super::{finding, findings, line_of_three, report, state};
use crate::support::postgres::{TestDatabase, newest, servers};
use crate::support::sandbox::Sandbox;

fn project_at(database: &TestDatabase<'_>, target: &str) -> Sandbox {
    let sandbox = line_of_three().database_url(&database.url());
    let run = sandbox.alembic(&["upgrade", target]);
    assert!(run.status == 0, "{}", run.stderr);
    sandbox
}

/// Name, severity and state of what is found.
fn seen(document: &Value) -> (Vec<(&str, &str)>, &str) {
    let found = document["findings"].as_array().unwrap().iter();
    let found = found.map(|found| (found["name"].as_str().unwrap(), found["severity"].as_str().unwrap())).collect();
    (found, state(document))
}

#[test]
fn every_server_shows_who_migrates() {
    for server in servers() {
        let database = server.database();
        let sandbox = project_at(&database, "a1aa");
        let error = (vec![("migration-in-progress", "error")], "in-progress");
        for statements in [
            "UPDATE alembic_version SET version_num = 'a2aa'",
            "SELECT * FROM alembic_version; CREATE TABLE new (id int)",
            "SELECT * FROM alembic_version; DELETE FROM t",
            "LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE",
        ] {
            database.sql("CREATE TABLE IF NOT EXISTS t AS SELECT 1 AS id");
            database.hold("deploy job", statements);
            let (document, code) = report(&sandbox, &[]);
            // Behind that lock nobody can read the stamp.
            let expected = if statements.starts_with("LOCK") { 4 } else { 1 };
            assert_eq!((seen(&document), code), (error.clone(), expected), "PostgreSQL {}: {document:#}", server.major);
            let found = finding(&document, "migration-in-progress").to_string();
            assert!(found.contains("application 'deploy job'") && found.contains("active"), "{found}");
            database.release("deploy job");
            assert_eq!(findings(&report(&sandbox, &[]).0), ["database-behind"], "{statements}");
        }
    }
}

#[test]
fn a_table_that_is_locked_against_readers_is_in_progress_and_not_unreadable() {
    let database = newest().database();
    let sandbox = project_at(&database, "a1aa");
    database.hold("locker", "LOCK TABLE alembic_version");
    let (document, code) = report(&sandbox, &["gate"]);
    assert_eq!((state(&document), code), ("in-progress", 4), "{document:#}");
    let seen = &document["databases"][0];
    assert_eq!((&seen["pending"], &seen["version_tables"][0]["rows"]), (&Value::Null, &Value::Null), "not known");
    let (waited, code) = report(&sandbox, &["wait", "--timeout", "0.2s"]);
    assert_eq!((waited["wait"]["why"].as_str(), code), (Some("a migration is at work"), 1), "{waited:#}");
}

#[test]
fn a_role_that_sees_no_statistics_still_sees_the_run_and_says_what_is_hidden() {
    let (server, database) = (newest(), newest().database());
    let sandbox = project_at(&database, "a1aa");
    let role = server.role("secret");
    database.sql(&format!("GRANT USAGE ON SCHEMA public TO {0}; GRANT SELECT ON alembic_version TO {0}", role.name));
    database.hold("deploy", "UPDATE alembic_version SET version_num = 'a2aa'");
    let url = server.url(&role.name, "secret", &database.name);
    let (document, _) = report(&sandbox, &["--url", &url]);
    assert_eq!(state(&document), "in-progress");
    let found = finding(&document, "migration-in-progress").to_string();
    assert!(found.contains("pg_read_all_stats") && found.contains("application deploy"), "{found}");
    assert!(!found.contains("began"), "its age is hidden: {found}");
}

#[test]
fn who_only_reads_is_a_warning_while_revisions_are_pending_and_nothing_otherwise() {
    let database = newest().database();
    let sandbox = project_at(&database, "a1aa");
    database.hold("reader", "SELECT * FROM alembic_version");
    let (document, code) = report(&sandbox, &[]);
    assert_eq!(seen(&document), (vec![("migration-in-progress", "warning")], "in-progress"), "{document:#}");
    assert_eq!(code, 0);
    assert_eq!(report(&sandbox, &["gate"]).1, 1, "whether it is a run is not known, so nobody starts another one");
    assert!(sandbox.alembic(&["upgrade", "head"]).status == 0);
    assert_eq!(seen(&report(&sandbox, &[]).0), (vec![], "at-head"));
    // It may be the application, which writes something else after its look.
    database.release("reader");
    database.sql("CREATE TABLE t (id int)");
    database.hold("application", "SELECT * FROM alembic_version; INSERT INTO t VALUES (1)");
    assert_eq!(seen(&report(&sandbox, &[]).0), (vec![], "at-head"));
}

#[test]
fn backups_and_vacuum_are_no_migration() {
    let database = newest().database();
    let sandbox = project_at(&database, "a1aa");
    database.hold("pg_dump", "SELECT * FROM alembic_version");
    database.hold("vacuum", "LOCK TABLE alembic_version IN SHARE UPDATE EXCLUSIVE MODE");
    assert_eq!(seen(&report(&sandbox, &[]).0), (vec![("database-behind", "warning")], "behind"));
}

#[test]
fn new_tables_count_only_where_the_version_table_is_still_to_be_made() {
    let database = newest().database();
    let sandbox = line_of_three().database_url(&database.url());
    database.hold("temporary", "CREATE TEMPORARY TABLE x (id int)");
    assert_eq!(state(&report(&sandbox, &[]).0), "empty", "a temporary table is no migration");
    database.hold("first", "CREATE TABLE x (id int)");
    let (document, _) = report(&sandbox, &[]);
    assert_eq!(seen(&document), (vec![("migration-in-progress", "error")], "in-progress"), "{document:#}");
    let found = finding(&document, "migration-in-progress").to_string();
    assert!(found.contains("is making tables in schema public") && !found.contains("temporary"), "{found}");
    assert!(sandbox.alembic(&["upgrade", "head"]).status == 0);
    assert_eq!(state(&report(&sandbox, &[]).0), "at-head");
}

#[test]
fn a_prepared_transaction_is_shown_with_the_way_to_end_it() {
    let database = newest().database();
    if database.sql("SHOW max_prepared_transactions")[0][0].as_deref() == Some("0") {
        assert!(database.server.folder.is_none(), "the servers of these tests allow them");
        return;
    }
    let sandbox = project_at(&database, "a1aa");
    let gid = format!("half of {}", database.name);
    database.sql(&format!("BEGIN; UPDATE alembic_version SET version_num = 'a2aa'; PREPARE TRANSACTION '{gid}'"));
    let (document, _) = report(&sandbox, &[]);
    let found = finding(&document, "migration-in-progress").clone();
    assert!(found["message"].as_str().unwrap().contains(&gid), "{found:#}");
    assert!(found["or"][0][0]["command"].as_str().unwrap().contains("ROLLBACK PREPARED"), "{found:#}");
    database.sql(&format!("ROLLBACK PREPARED '{gid}'"));
    assert_eq!(findings(&report(&sandbox, &[]).0), ["database-behind"]);
}

#[test]
fn a_locked_file_is_in_progress_but_was_not_looked_at() {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    assert!(sandbox.alembic(&["upgrade", "a1aa"]).status == 0);
    let connection = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (document, code) = report(&sandbox, &["--lock-timeout", "0.1"]);
    assert_eq!(seen(&document), (vec![("migration-in-progress", "error")], "in-progress"), "{document:#}");
    assert_eq!(code, 4);
    let (waited, code) = report(&sandbox, &["wait", "--timeout", "0.2s", "--lock-timeout", "0.1"]);
    assert_eq!((&waited["wait"]["reached"], code), (&false.into(), 4));
    drop(connection);
    assert_eq!(findings(&report(&sandbox, &[]).0), ["database-behind"]);
}

#[test]
fn what_a_dead_writer_left_in_a_file_is_taken_back_by_the_printed_command() {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    assert!(sandbox.alembic(&["upgrade", "a1aa"]).status == 0);
    let (path, journal) = (sandbox.path().join("app.db"), sandbox.path().join("app.db-journal"));
    // A copy of both in the middle of a change is what a crash leaves.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; CREATE TABLE big (x);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             INSERT INTO big SELECT randomblob(200) FROM n;",
        )
        .unwrap();
    let (left, its_journal) = (std::fs::read(&path).unwrap(), std::fs::read(&journal).unwrap());
    drop(connection);
    std::fs::write(&path, left).unwrap();
    std::fs::write(&journal, its_journal).unwrap();
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((findings(&document), code), (vec!["migration-in-progress"], 4), "{document:#}");
    let found = finding(&document, "migration-in-progress");
    assert!(found["message"].as_str().unwrap().contains("died"), "{found:#}");
    assert_eq!(found["next"][0]["command"], "alembic current");
    assert!(sandbox.alembic(&["current"]).status == 0);
    assert_eq!(findings(&report(&sandbox, &[]).0), ["database-behind"]);
}
