//! SQLite files that are not what they should be. Nothing is ever created.

use super::{assert_no_secret, findings, line_of_three, report};

#[test]
fn a_missing_file_is_not_created() {
    let sandbox = line_of_three().database_url("sqlite:///missing.db");
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((findings(&document), code), (vec!["database-unreachable"], 4), "{document:#}");
    assert_eq!(document["verdict"], "incomplete");
    assert!(!sandbox.path().join("missing.db").exists());
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let sandbox = line_of_three()
        .database_url("sqlite:///app.db")
        .file("app.db", "this is a text file, long enough to be none of SQLite's own");
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((findings(&document), code), (vec!["database-unreachable"], 4));
    assert!(document["findings"][0]["message"].as_str().unwrap().contains("app.db"));
}

#[test]
fn a_locked_file_is_said_to_be_locked() {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    assert!(sandbox.alembic(&["upgrade", "head"]).status == 0);
    let connection = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (document, code) = report(&sandbox, &["--lock-timeout", "0.1"]);
    assert_eq!(code, 4, "{document:#}");
    assert!(document.to_string().contains("locked"));
}

#[test]
fn a_dialect_that_cannot_be_looked_at_is_never_healthy() {
    let sandbox = line_of_three();
    let arguments = ["--url", "mysql+pymysql://app:s3cret@db/app"];
    let (document, code) = report(&sandbox, &arguments);
    assert_eq!((findings(&document), code), (vec!["database-unreachable"], 4));
    assert!(document.to_string().contains("MySQL"));
    let run = sandbox.doctor(&arguments);
    assert_no_secret(&run, "s3cret");
    assert!(run.stdout.contains("mysql+pymysql://app:***@db/app"), "{}", run.stdout);
}

#[test]
fn looking_changes_nothing() {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    assert!(sandbox.alembic(&["upgrade", "a2aa"]).status == 0);
    let before = std::fs::read(sandbox.path().join("app.db")).unwrap();
    sandbox.doctor(&[]);
    assert_eq!(std::fs::read(sandbox.path().join("app.db")).unwrap(), before);
    let left: Vec<_> = std::fs::read_dir(sandbox.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("app.db-")), "{left:?}");
}

#[test]
fn a_database_that_nobody_named_is_not_healthy_unless_it_is_not_wanted() {
    let sandbox = line_of_three();
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((document["verdict"].as_str().unwrap(), code), ("incomplete", 4), "{document:#}");
    assert!(!document["summary"]["skipped"].as_array().unwrap().is_empty());
    let (document, code) = report(&sandbox, &["--offline"]);
    assert_eq!((document["verdict"].as_str().unwrap(), code), ("healthy", 0), "{document:#}");
}
