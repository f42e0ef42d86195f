//! What the version table says, made by the real Alembic on SQLite, and the cure that is printed.

use super::{finding, findings, line_of_three, report, state};
use crate::support::alembic;
use crate::support::sandbox::Sandbox;

/// A project of three revisions on a SQLite file, upgraded to `target` by the real Alembic.
fn at(target: &str) -> Sandbox {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    let run = sandbox.alembic(&["upgrade", target]);
    assert!(run.status == 0, "{}", run.stderr);
    sandbox
}

fn sql(sandbox: &Sandbox, statement: &str) {
    let connection = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    connection.execute_batch(statement).unwrap();
}

/// Runs the commands of `next` that the finding prints, with the real Alembic, and asserts that
/// the doctor is content afterwards.
fn cure(sandbox: &Sandbox, name: &str) {
    let (document, _) = report(sandbox, &[]);
    for step in finding(&document, name)["next"].as_array().unwrap() {
        let command = step["command"].as_str().unwrap();
        let Some(arguments) = command.strip_prefix("alembic ") else { continue };
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let run = sandbox.alembic(&words);
        assert!(run.status == 0, "`{command}` failed: {}{}", run.stdout, run.stderr);
    }
    let (document, code) = report(sandbox, &[]);
    assert_eq!((findings(&document), code), (vec![], 0), "after the cure of {name}");
    assert_eq!(state(&document), "at-head");
}

#[test]
fn a_database_at_head_is_healthy() {
    let sandbox = at("head");
    let (document, code) = report(&sandbox, &[]);
    assert_eq!(code, 0, "{document:#}");
    assert_eq!(state(&document), "at-head");
    assert_eq!(document["verdict"], "healthy");
    assert_eq!(document["databases"][0]["stamp"], serde_json::json!(["a3aa"]));
}

#[test]
fn a_database_behind_names_the_pending_revisions_in_order_and_the_cure_works() {
    let sandbox = at("a1aa");
    let (document, code) = report(&sandbox, &[]);
    assert_eq!(state(&document), "behind");
    assert_eq!(document["databases"][0]["pending"], serde_json::json!(["a2aa", "a3aa"]));
    assert_eq!(findings(&document), ["database-behind"]);
    assert_eq!(code, 0, "being behind is what a deployment is for");
    let (_, strict) = report(&sandbox, &["--fail-on", "warning"]);
    assert_eq!(strict, 1);
    cure(&sandbox, "database-behind");
}

#[test]
fn a_stamp_that_no_file_has_is_orphaned() {
    let sandbox = at("head");
    sql(&sandbox, "UPDATE alembic_version SET version_num = '93c5d1e7fa08'");
    let (document, code) = report(&sandbox, &[]);
    assert_eq!(state(&document), "orphaned");
    assert_eq!(document["databases"][0]["missing"], serde_json::json!(["93c5d1e7fa08"]));
    assert_eq!(findings(&document), ["orphaned-stamp"]);
    assert_eq!(code, 1);
    let orphaned = finding(&document, "orphaned-stamp");
    assert!(orphaned["message"].as_str().unwrap().contains("93c5d1e7fa08"));
    assert!(!orphaned["do_not"].as_array().unwrap().is_empty());
    // The real Alembic refuses, as the finding says.
    let refused = sandbox.alembic(&["upgrade", "head"]);
    assert!(refused.status != 0 && refused.stdout.contains("Can't locate revision"), "{}", refused.stdout);
}

#[test]
fn tables_without_a_stamp_are_unstamped_and_no_tables_are_empty() {
    let sandbox = at("head");
    sql(&sandbox, "CREATE TABLE users (id INTEGER); DELETE FROM alembic_version");
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((state(&document), code), ("unstamped", 1));
    assert_eq!(findings(&document), ["unstamped-database"]);
    sql(&sandbox, "DROP TABLE alembic_version");
    assert_eq!(state(&report(&sandbox, &[]).0), "unstamped");
    sql(&sandbox, "DROP TABLE users");
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((state(&document), code), ("empty", 0));
    assert_eq!(findings(&document), Vec::<&str>::new(), "a new database is a good state");
}

#[test]
fn a_row_that_another_row_implies_is_redundant_and_the_cure_works() {
    let sandbox = at("head");
    sql(&sandbox, "INSERT INTO alembic_version VALUES ('a1aa')");
    let refused = sandbox.alembic(&["upgrade", "head"]);
    assert!(refused.stdout.contains("overlaps"), "{}", refused.stdout);
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((findings(&document), code), (vec!["redundant-stamp-row"], 1));
    cure(&sandbox, "redundant-stamp-row");
}

#[test]
fn a_shortened_stamp_is_truncated_and_the_cure_works() {
    for row in ["a3a", "A3AA", "a3aa "] {
        let sandbox = at("head");
        sql(&sandbox, &format!("UPDATE alembic_version SET version_num = '{row}'"));
        let (document, code) = report(&sandbox, &[]);
        assert_eq!((findings(&document), code), (vec!["truncated-stamp"], 1), "{row:?}: {document:#}");
        cure(&sandbox, "truncated-stamp");
    }
}

#[test]
fn a_stamp_that_is_a_word_leaves_the_choice_to_a_person() {
    let sandbox = at("head");
    sql(&sandbox, "UPDATE alembic_version SET version_num = 'head'");
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((findings(&document), code), (vec!["truncated-stamp"], 1));
    let found = finding(&document, "truncated-stamp");
    assert_eq!(found["next"][0]["changes"], "nothing", "the first step only looks: {found:#}");
    let other = found["or"][0][0]["command"].as_str().unwrap();
    let words: Vec<&str> = other.strip_prefix("alembic ").unwrap().split_whitespace().collect();
    assert_eq!(sandbox.alembic(&words).status, 0);
    assert_eq!(state(&report(&sandbox, &[]).0), "at-head");
}

#[test]
fn the_same_row_twice_is_found_and_the_cure_works() {
    let sandbox = at("head");
    sql(
        &sandbox,
        "DROP TABLE alembic_version; CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
         INSERT INTO alembic_version VALUES ('a3aa'), ('a3aa')",
    );
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((findings(&document), code), (vec!["duplicate-stamp-rows"], 1));
    cure(&sandbox, "duplicate-stamp-rows");
}

#[test]
fn the_effective_heads_are_what_the_real_alembic_prints() {
    let sandbox = at("a2aa");
    let ours = sandbox.doctor(&["current"]);
    let theirs: alembic::Output = sandbox.alembic(&["current"]);
    assert!(theirs.stdout.starts_with("a2aa"), "{}", theirs.stdout);
    assert!(ours.stdout.starts_with("a2aa"), "{}", ours.stdout);
}

#[test]
fn a_custom_version_table_is_read_from_env_py() {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    let env = std::fs::read_to_string(sandbox.path().join("migrations/env.py")).unwrap();
    let custom = env.replace("context.configure(", "context.configure(version_table=\"shop_version\", ");
    sandbox.write("migrations/env.py", custom);
    assert!(sandbox.alembic(&["upgrade", "a2aa"]).status == 0);
    let (document, _) = report(&sandbox, &[]);
    assert_eq!(document["databases"][0]["stamp"], serde_json::json!(["a2aa"]));
}
