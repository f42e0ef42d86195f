//! Messages of PostgreSQL and of the pooler before it.

use super::{explained, paste};
use crate::stories::line_of_three;
use crate::support::guardian::DeadPort;
use crate::support::postgres::newest;
use crate::support::sandbox::Sandbox;

fn migrating(url: &str, statement: &str) -> Sandbox {
    let body = format!("    op.execute({statement:?})");
    line_of_three().revision_with("a4aa", &["a3aa"], "", &body).database_url(url)
}

#[test]
fn an_id_that_does_not_fit() {
    let database = newest().database();
    let long = "add_a_column_to_the_table_of_all_orders_ever";
    let sandbox = line_of_three().revision(long, &["a3aa"]).database_url(&database.url());
    explained(&sandbox, &["upgrade", "head"]).settles("id-too-long-for-version-table", &["revision-id-too-long"]);
}

#[test]
fn tables_that_are_there_or_not() {
    let database = newest().database();
    let sandbox = migrating(&database.url(), "CREATE TABLE users (id int)");
    database.sql("CREATE TABLE users (id int)");
    explained(&sandbox, &["upgrade", "head"]).settles("object-already-exists", &["unstamped-database"]);

    let sandbox = migrating(&database.url(), "UPDATE users SET email = ''");
    database.sql("DROP TABLE IF EXISTS alembic_version");
    assert_eq!(sandbox.alembic(&["stamp", "a3aa"]).status, 0);
    let explained = explained(&sandbox, &["upgrade", "head"]);
    assert_eq!(explained.names(), ["object-does-not-exist"], "{}", explained.pasted);
    assert_eq!(explained.message("object-does-not-exist")["holes"]["column"], "email");
}

#[test]
fn a_role_without_rights() {
    let server = newest();
    let role = server.role("pw");
    let database = server.database();
    let sandbox = line_of_three().database_url(&server.url(&role.name, "pw", &database.name));
    database.sql("CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('a1aa')");
    let denied = explained(&sandbox, &["upgrade", "head"]);
    denied.settles("permission-denied", &["version-table-unreadable"]);
    assert_eq!(denied.code, 4);
}

#[test]
fn a_role_that_may_not_create_the_table() {
    let server = newest();
    let role = server.role("pw");
    let database = server.database();
    let sandbox = line_of_three().database_url(&server.url(&role.name, "pw", &database.name));
    explained(&sandbox, &["upgrade", "head"]).settles("permission-denied", &["version-table-not-creatable"]);
}

#[test]
fn a_database_that_is_read_only_and_a_scheme_that_is_not_known() {
    let database = newest().database();
    let url = database.url();
    database.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name));
    let sandbox = line_of_three().database_url(&url);
    explained(&sandbox, &["upgrade", "head"]).settles("read-only-transaction", &["read-only-endpoint"]);
    let sandbox = line_of_three().database_url(&url.replace("postgresql://", "postgres://"));
    explained(&sandbox, &["upgrade", "head"]).settles("dialect-not-known", &["postgres-scheme"]);
    let sandbox =
        line_of_three().database_url(&format!("{}?sslmode=prefer", url.replace("postgresql", "postgresql+asyncpg")));
    let pasted = paste(&sandbox, "TypeError: connect() got an unexpected keyword argument 'sslmode'");
    pasted.settles("sslmode-not-known", &["asyncpg-sslmode"]);
}

#[test]
fn a_lock_that_another_session_holds() {
    let database = newest().database();
    database.sql("CREATE TABLE users (id int)");
    let sandbox = migrating(&database.url(), "SET lock_timeout = '100ms'; ALTER TABLE users ADD COLUMN email text");
    database.hold("reader", "LOCK TABLE users");
    let explained = explained(&sandbox, &["upgrade", "head"]);
    assert_eq!(explained.names(), ["lock-timeout"], "{}", explained.pasted);
}

#[test]
fn a_connection_that_may_only_read() {
    let database = newest().database();
    let sandbox = line_of_three().database_url(&database.url());
    assert_eq!(sandbox.alembic(&["upgrade", "a1aa"]).status, 0);
    database.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name));
    let explained = explained(&sandbox, &["upgrade", "head"]);
    assert_eq!(explained.names(), ["read-only-transaction"], "{}", explained.pasted);
}

#[test]
fn two_runs_that_wrote_the_same_row() {
    let database = newest().database();
    let sandbox = migrating(&database.url(), "UPDATE alembic_version SET version_num = 'a4aa'");
    let explained = explained(&sandbox, &["upgrade", "head"]);
    // The migration did it itself; the row that Alembic wants to replace is gone.
    assert_eq!(explained.names(), ["version-row-not-matched"], "{}", explained.pasted);
    let sandbox = migrating(&database.url(), "INSERT INTO alembic_version VALUES ('a3aa')");
    let explained = super::explained(&sandbox, &["upgrade", "head"]);
    assert_eq!(explained.names(), ["two-runs-at-once"], "{}", explained.pasted);
}

#[test]
fn no_server_and_no_such_database() {
    let nobody = DeadPort::new();
    let url = format!("postgresql://app:s3cr3t@127.0.0.1:{}/app", nobody.number());
    let sandbox = line_of_three().database_url(&url);
    let closed = explained(&sandbox, &["upgrade", "head"]);
    closed.settles("cannot-connect", &["database-unreachable"]);
    assert_eq!(closed.code, 4);
    let sandbox = line_of_three().database_url(&newest().superuser_url("there_is_none"));
    let unknown = explained(&sandbox, &["upgrade", "head"]);
    assert!(unknown.names().contains(&"cannot-connect"), "{}", unknown.pasted);
}

#[test]
fn a_pooler_that_refuses_a_parameter() {
    let server = newest();
    let Some(pooler) = crate::support::pgbouncer::pgbouncer(server) else { return };
    let database = server.database();
    let url = pooler.url(&server.superuser, &server.superuser_password, &database.name);
    let sandbox = line_of_three().database_url(&format!("{url}?options=-csearch_path%3Dapp"));
    let output = sandbox.alembic(&["current"]);
    assert_ne!(output.status, 0);
    let explained = paste(&sandbox, &super::both(&output));
    assert_eq!(explained.names(), ["startup-parameter-refused"], "{}", explained.pasted);
}
