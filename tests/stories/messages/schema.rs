//! Messages about tables and columns, on SQLite.

use super::{explained, paste, sql};
use crate::support::sandbox::Sandbox;

fn shop() -> Sandbox {
    let create = "    op.create_table('users', sa.Column('id', sa.Integer()))";
    let add = "    op.add_column('users', sa.Column('email', sa.String()))";
    let sandbox = Sandbox::with_project()
        .revision_with("a1aa", &[], "", create)
        .revision_with("a2aa", &["a1aa"], "", add)
        .database_url("sqlite:///app.db");
    assert_eq!(sandbox.alembic(&["upgrade", "a1aa"]).status, 0);
    sandbox
}

#[test]
fn a_table_that_is_there_already() {
    let sandbox = shop();
    sql(&sandbox, "DELETE FROM alembic_version");
    let explained = explained(&sandbox, &["upgrade", "head"]);
    explained.settles("object-already-exists", &["unstamped-database"]);
    explained.says("object-already-exists", "revision a1aa names users");
    assert_eq!(explained.message("object-already-exists")["holes"]["table"], "users");
}

#[test]
fn a_column_that_is_there_already_with_a_stamp_that_is_older() {
    let sandbox = shop();
    sql(&sandbox, "ALTER TABLE users ADD COLUMN email VARCHAR");
    let explained = explained(&sandbox, &["upgrade", "head"]);
    explained.settles("object-already-exists", &["half-applied-revision"]);
    explained.says("object-already-exists", "revision a2aa names email in its text; it is pending");
}

#[test]
fn a_column_that_only_a_pending_revision_makes() {
    let sandbox = shop();
    let connection = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    let error = connection.execute("SELECT email FROM users", []).unwrap_err().to_string();
    assert!(error.contains("no such column: email"), "{error}");
    let text = format!("sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) {error}");
    paste(&sandbox, &text).settles("object-does-not-exist", &["database-behind"]);
    // A table that no revision makes is not in the pending ones either.
    let explained = paste(&sandbox, "(sqlite3.OperationalError) no such table: orders");
    explained.settles("object-does-not-exist", &[]);
    explained.says("object-does-not-exist", "no revision here names orders");
}

#[test]
fn a_stamp_that_is_not_true() {
    let sandbox = shop();
    assert_eq!(sandbox.alembic(&["stamp", "head"]).status, 0);
    let sandbox = sandbox.revision_with("a3aa", &["a2aa"], "", "    op.execute('UPDATE users SET email = 1')");
    let explained = explained(&sandbox, &["upgrade", "head"]);
    explained.says("object-does-not-exist", "revision a2aa names email in its text; it has run, says the stamp");
}
