//! The live probe behind a real pgbouncer in transaction mode.
//!
//! There, a client has a server session only for one transaction, other clients use it before and
//! after, and the pooler refuses startup parameters that it does not know.

use std::thread;
use std::time::Duration;

use alembic_doctor::database::{
    ClientEnvironment, DatabaseUrl, Detail, ErrorKind, Look, ProbeError, Rows, Target, Timeouts, probe,
};

use crate::support::pgbouncer::{PgBouncer, pgbouncer};
use crate::support::postgres::{Server, TestDatabase, connect, newest, servers};

const STAMP: &str = "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('ae1027a6acf')";

#[test]
fn clients_that_share_a_server_session_all_see_the_stamp() {
    for server in servers() {
        let Some(pooler) = pgbouncer(server) else { return };
        let database = server.database();
        database.sql(STAMP);
        let url = superuser_url(&pooler, server, &database);
        // One after the other: a named statement would meet itself in the shared session.
        for _ in 0..2 {
            assert_eq!(stamp(&look(&url).unwrap()), ["ae1027a6acf"], "{server:?}");
        }
        let looks: Vec<_> = thread::scope(|scope| {
            let clients: Vec<_> = (0..4).map(|_| scope.spawn(|| look(&url))).collect();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        for look in looks {
            assert_eq!(stamp(&look.unwrap()), ["ae1027a6acf"], "{server:?}");
        }
    }
}

#[test]
fn the_look_leaves_no_setting_behind_for_the_next_client() {
    let server = newest();
    let Some(pooler) = pgbouncer(server) else { return };
    let database = server.database();
    let ask = || {
        let settings = "SELECT pg_backend_pid(), current_setting('statement_timeout'), current_setting('lock_timeout'),
            current_setting('search_path'), current_setting('default_transaction_read_only')";
        let role = (server.superuser.as_str(), server.superuser_password.as_str());
        connect::tcp("127.0.0.1", pooler.port, role, &database.name, settings).unwrap()
    };
    let before = ask();
    look(&superuser_url(&pooler, server, &database)).unwrap();
    assert_eq!(ask(), before);
}

#[test]
fn a_role_other_than_the_superuser_gets_through() {
    let server = newest();
    let Some(pooler) = pgbouncer(server) else { return };
    let role = server.role("secret");
    let database = server.database();
    database.sql(STAMP);
    let seen = look(&pooler.url(&role.name, "secret", &database.name)).unwrap();
    assert_eq!(seen.user.as_deref(), Some(role.name.as_str()));
    let [table] = seen.version_tables.as_slice() else { panic!("one version table: {seen:?}") };
    assert!(matches!(&table.rows, Rows::Denied { .. }), "{:?}", table.rows);
}

#[test]
fn a_search_path_in_the_url_counts_although_the_pooler_refuses_startup_options() {
    let server = newest();
    let Some(pooler) = pgbouncer(server) else { return };
    let database = server.database();
    database.sql("CREATE SCHEMA app");
    database.sql(&STAMP.replace("alembic_version", "app.alembic_version"));
    let plain = superuser_url(&pooler, server, &database);
    let url = format!("{plain}?options=-csearch_path%3Dapp");
    let config: tokio_postgres::Config = url.parse().unwrap();
    let refusal = connect::run(&config, "SELECT 1").unwrap_err();
    assert!(refusal.contains("unsupported startup parameter: options"), "{refusal}");

    let seen = look(&url).unwrap();
    assert_eq!(seen.search_path, ["app"]);
    assert_eq!(stamp(&seen), ["ae1027a6acf"]);
    assert!(seen.version_tables[0].visible);
    assert!(!look(&plain).unwrap().version_tables[0].visible, "the next client has the usual path again");
}

#[test]
fn a_wrong_password_is_told_from_an_unknown_database() {
    let server = newest();
    let Some(pooler) = pgbouncer(server) else { return };
    let database = server.database();
    let error = look(&pooler.url(&server.superuser, "hunter2", &database.name)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Authentication, "{error:?}");
    assert!(!words(&error).contains("hunter2"), "{error:?}");
    let error = look(&pooler.url(&server.superuser, &server.superuser_password, "no_such_database")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::UnknownDatabase, "{error:?}");
}

#[test]
fn a_pooler_without_a_free_server_session_is_a_timeout_and_no_hang() {
    let server = newest();
    let Some(pooler) = pgbouncer(server) else { return };
    let database = server.database();
    let url = superuser_url(&pooler, server, &database);
    // The pool has one server session; this client keeps it until its database is dropped.
    thread::spawn({
        let url = url.clone();
        move || {
            let config: tokio_postgres::Config = url.parse().unwrap();
            let _ = connect::run(&config, "BEGIN; SELECT pg_sleep(3600)");
        }
    });
    let sleeps = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    while database.sql(sleeps).is_empty() {
        thread::sleep(Duration::from_millis(20));
    }
    let timeouts =
        Timeouts { connect: Duration::from_secs(1), statement: Duration::from_secs(1), ..Timeouts::default() };
    let error = look_within(&url, timeouts).unwrap_err();
    assert_eq!(error.kind, ErrorKind::TimedOut, "{error:?}");
    assert!(!database.sql(sleeps).is_empty(), "it came to an end before the other client");
}

fn superuser_url(pooler: &PgBouncer, server: &Server, database: &TestDatabase<'_>) -> String {
    pooler.url(&server.superuser, &server.superuser_password, &database.name)
}

fn look(url: &str) -> Result<Look, ProbeError> {
    look_within(url, Timeouts::default())
}

fn look_within(url: &str, timeouts: Timeouts) -> Result<Look, ProbeError> {
    let target = Target { name: "default".to_owned(), url: DatabaseUrl::new(url), source: "a test".to_owned() };
    probe(&target, Detail::Tables, &timeouts, &ClientEnvironment::default()).look
}

/// The rows of the only version table.
fn stamp(look: &Look) -> Vec<String> {
    let [table] = look.version_tables.as_slice() else { panic!("one version table: {look:?}") };
    let Rows::Known { values, more: None } = &table.rows else { panic!("readable: {:?}", table.rows) };
    values.clone()
}

/// Everything that a person would read.
fn words(error: &ProbeError) -> String {
    format!("{}\n{}\n{}", error.message, error.detail.as_deref().unwrap_or_default(), error.hints.join("\n"))
}
