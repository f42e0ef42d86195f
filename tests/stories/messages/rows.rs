//! Messages about the rows of the version table.

use super::{at_head, both, explained, paste, sql};
use crate::stories::line_of_three;
use crate::support::alembic;

#[test]
fn a_row_that_is_no_revision_here() {
    let sandbox = at_head();
    sql(&sandbox, "UPDATE alembic_version SET version_num = 'A3AA'");
    let explained = explained(&sandbox, &["upgrade", "head"]);
    explained.settles("cannot-locate-revision", &["truncated-stamp"]);
    explained.says("cannot-locate-revision", "the version table of database default holds A3AA");
    // Another id than the one in the message proves nothing about it.
    paste(&sandbox, "Can't locate revision identified by 'other'").settles("cannot-locate-revision", &[]);
}

#[test]
fn a_row_that_another_implies() {
    let sandbox = at_head();
    sql(&sandbox, "INSERT INTO alembic_version VALUES ('a1aa')");
    explained(&sandbox, &["upgrade", "head"]).settles("overlapping-revisions", &["redundant-stamp-row"]);
}

#[test]
fn a_row_that_is_empty_crashes_alembic() {
    let sandbox = at_head();
    sql(&sandbox, "UPDATE alembic_version SET version_num = ''");
    explained(&sandbox, &["upgrade", "head"]).settles("crash-in-revision-map", &["truncated-stamp"]);
}

#[test]
fn a_row_that_alembic_cannot_replace() {
    let sandbox = at_head();
    sql(&sandbox, "UPDATE alembic_version SET version_num = 'a3a'");
    explained(&sandbox, &["downgrade", "a2aa"]).settles("version-row-not-matched", &["truncated-stamp"]);
}

#[test]
fn a_row_that_stands_there_twice() {
    let sandbox = at_head();
    sql(
        &sandbox,
        "DROP TABLE alembic_version; CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
         INSERT INTO alembic_version VALUES ('a3aa'), ('a3aa')",
    );
    explained(&sandbox, &["downgrade", "-1"]).settles("version-row-not-matched", &["duplicate-stamp-rows"]);
}

#[test]
fn a_database_that_is_not_at_head() {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    assert_eq!(sandbox.alembic(&["upgrade", "a1aa"]).status, 0);
    explained(&sandbox, &["current", "--check-heads"]).settles("not-on-all-heads", &["database-behind"]);
    let explained = explained(&sandbox, &["revision", "--autogenerate", "-mx"]);
    explained.settles("database-not-up-to-date", &["database-behind"]);
    explained.says("database-not-up-to-date", "2 revisions are pending");
}

#[test]
fn a_database_with_tables_and_without_a_stamp() {
    let sandbox = at_head();
    sql(&sandbox, "CREATE TABLE users (id INTEGER); DELETE FROM alembic_version");
    explained(&sandbox, &["current", "--check-heads"]).settles("not-on-all-heads", &["unstamped-database"]);
}

#[test]
fn several_rows_where_code_wants_one() {
    let sandbox = at_head().revision("b3bb", &["a2aa"]);
    assert_eq!(sandbox.alembic(&["upgrade", "heads"]).status, 0);
    let script = "from alembic.migration import MigrationContext\nimport sqlalchemy as sa\n\
                  with sa.create_engine('sqlite:///app.db').connect() as c:\n    \
                  MigrationContext.configure(c).get_current_revision()\n";
    let python = std::process::Command::new(alembic::python());
    let mut python = python;
    let said = python.args(["-c", script]).current_dir(sandbox.path()).output().unwrap();
    paste(&sandbox, &String::from_utf8_lossy(&said.stderr)).settles("several-current-heads", &["multiple-heads"]);
}

#[test]
fn models_without_a_revision() {
    let sandbox = at_head();
    let env = std::fs::read_to_string(sandbox.path().join("migrations/env.py")).unwrap();
    explained(&sandbox, &["check"]).settles("no-metadata", &[]);
    let models = "import sqlalchemy as sa\ntarget_metadata = sa.MetaData()\nsa.Table('users', target_metadata, sa.Column('id', sa.Integer))\n";
    sandbox.write("migrations/env.py", env.replace("target_metadata = None", models));
    let output = sandbox.alembic(&["check"]);
    paste(&sandbox, &both(&output)).settles("operations-not-in-a-revision", &[]);
}

#[test]
fn two_causes_at_once_are_both_named_with_the_test_that_separates_them() {
    let sandbox = at_head();
    sql(&sandbox, "INSERT INTO alembic_version VALUES ('a1a')");
    let said = both(&sandbox.alembic(&["upgrade", "head"]));
    let run = sandbox.doctor_reading(&said, &["explain", "-"]);
    assert!(run.stdout.contains("causes 1 and 2 fit: see redundant-stamp-row, truncated-stamp below"), "{run}");
    assert!(run.stdout.contains("to tell: `alembic-doctor current` lists all rows"), "{run}");
}

#[test]
fn a_container_that_waits_for_code_that_it_does_not_have() {
    // Airflow's words; many projects have copied them.
    let text = "TimeoutError: There are still unapplied migrations after 60 seconds. Migration Head(s) in DB: {'x'} | \
                Migration Head(s) in Source Code: {'a3aa'}";
    let sandbox = at_head();
    paste(&sandbox, text).settles("waited-in-vain", &[]);
    sql(&sandbox, "UPDATE alembic_version SET version_num = 'a2aa'");
    paste(&sandbox, text).settles("waited-in-vain", &["database-behind"]);
    sql(&sandbox, "UPDATE alembic_version SET version_num = '93c5d1e7fa08'");
    paste(&sandbox, text).settles("waited-in-vain", &["orphaned-stamp"]);
}
