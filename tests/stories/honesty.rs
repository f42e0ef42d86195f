//! What was not seen is not called healthy, and what is secret is not shown.

use super::{assert_no_secret, finding, findings, line_of_three, report, state};
use crate::support::postgres::cluster::{self, Variant};
use crate::support::postgres::{installation, newest};
use crate::support::sandbox::{Sandbox, revision_text};

const URL: &str = "postgresql://u:s3cr3t@h.invalid/d";

#[test]
fn a_url_that_was_typed_in_the_wrong_place_shows_no_password() {
    let sandbox = line_of_three();
    let attached = format!("--urll={URL}");
    for arguments in [
        vec![URL],
        vec![attached.as_str()],
        vec!["--url-env", URL],
        vec!["--env", URL],
        vec!["--format", URL],
        vec!["--connect-timeout", URL],
        vec!["--select", URL],
        vec!["-c", URL],
        vec!["-n", URL],
        vec!["-C", URL],
        vec!["heads", URL],
        vec!["show", URL],
        vec!["explain", URL],
    ] {
        let run = sandbox.doctor(&arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {run}");
        assert_no_secret(&run, "s3cr3t");
    }
}

#[test]
fn escapes_that_were_typed_do_not_come_back() {
    let run = line_of_three().doctor(&["--fail-on", "\u{1b}]0;owned\u{7}", "--color", "always"]);
    assert_eq!(run.code, Some(2));
    assert!(!run.stderr.contains('\u{1b}') && !run.stderr.contains('\u{7}'), "{:?}", run.stderr);
}

#[test]
fn settings_that_mean_nothing_are_not_quoted_with_their_password() {
    let url = URL.replace("s3cr3t", "s3 cr3t");
    for text in [
        format!("[environments]\nprod = \"{url}\"\n"),
        format!("[environments.prod]\nurll = \"{url}\"\n"),
        format!("[environments.prod]\nurl = \"{url}\n"),
        format!("[environments.prod]\nurl-file = \"{URL}\"\n"),
        format!("[environments.prod]\nurl-env = \"{URL}\"\n"),
        format!("fail-on = \"{URL}\"\n"),
    ] {
        let run = line_of_three().file("alembic-doctor.toml", &text).doctor(&["--env", "prod"]);
        assert_eq!(run.code, Some(2), "{text}: {run}");
        assert_no_secret(&run, "cr3t");
    }
}

#[test]
fn snippets_show_no_password() {
    for (file, text) in [
        ("migrations/versions/b.py", "revision = 'b'\ndown_revision = f('postgresql://u:s3cr3t@h/d')\n"),
        ("migrations/versions/b.py", "revision = 'b'\ndown_revision = f(password='s3cr3t', x=(\n"),
        ("migrations/env.py", "connect(password=\"s3cr3t\" if)\n"),
    ] {
        let run = line_of_three().file(file, text).doctor(&["check", "-v"]);
        assert_eq!(run.code, Some(1), "{run}");
        assert!(run.stdout.contains(" | "), "there is a snippet: {run}");
        assert_no_secret(&run, "s3cr3t");
    }
}

#[test]
fn errors_that_are_left_out_are_not_healthy() {
    let sandbox = line_of_three().revision("b3bb", &["a2aa"]);
    let (document, code) = report(&sandbox, &["check", "--ignore", "multiple-heads"]);
    assert_eq!((findings(&document), code), (vec![], 0));
    assert_eq!(document["verdict"], "incomplete");
    assert!(document["summary"]["skipped"].to_string().contains("multiple-heads"), "{document:#}");
}

#[test]
fn a_version_table_that_was_guessed_is_not_healthy() {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    assert!(sandbox.alembic(&["upgrade", "head"]).status == 0);
    let env = std::fs::read_to_string(sandbox.path().join("migrations/env.py")).unwrap();
    let line = "connection=connection, target_metadata=target_metadata";
    assert!(env.contains(line));
    sandbox.write("migrations/env.py", env.replace(line, &format!("{line}, version_table=choose()")));
    let (document, _) = report(&sandbox, &[]);
    assert_eq!((state(&document), &document["verdict"]), ("at-head", &"incomplete".into()), "{document:#}");
}

#[test]
fn the_other_databases_of_several_are_said_to_be_left() {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    assert!(sandbox.alembic(&["upgrade", "head"]).status == 0);
    let ini = std::fs::read_to_string(sandbox.path().join("alembic.ini")).unwrap();
    let several =
        "databases = one, two\n[one]\nsqlalchemy.url = sqlite:///app.db\n[two]\nsqlalchemy.url = sqlite:///b.db\n";
    sandbox.write("alembic.ini", ini.replace("[post_write_hooks]", &format!("{several}[post_write_hooks]")));
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((&document["verdict"], code), (&"incomplete".into(), 4), "{document:#}");
    assert!(document["summary"]["skipped"].to_string().contains("databases = two"), "{document:#}");
    let (document, code) = report(&sandbox, &["--url", "sqlite:///app.db"]);
    assert_eq!((&document["verdict"], code), (&"incomplete".into(), 0), "it was named: {document:#}");
}

#[test]
fn rows_that_a_policy_can_hide_are_no_stamp() {
    let server = newest();
    let role = server.role("pw");
    let database = server.database();
    database.sql(&format!(
        "CREATE TABLE users (id int); CREATE TABLE alembic_version (version_num varchar(32));
         INSERT INTO alembic_version VALUES ('a3aa'); ALTER TABLE alembic_version ENABLE ROW LEVEL SECURITY;
         GRANT SELECT ON alembic_version TO {}",
        role.name
    ));
    let url = server.url(&role.name, "pw", &database.name);
    let (document, code) = report(&line_of_three(), &["--url", &url]);
    assert_eq!((state(&document), code), ("unreadable", 4), "{document:#}");
    assert_eq!(findings(&document), ["version-table-unreadable"]);
    let found = finding(&document, "version-table-unreadable").to_string();
    assert!(found.contains("row-level security") && !found.contains("GRANT SELECT"), "{found}");
    // The other way out that it gives is one.
    database.sql(&format!("ALTER ROLE {} BYPASSRLS", role.name));
    let (document, code) = report(&line_of_three(), &["--url", &url]);
    assert_eq!((state(&document), code), ("at-head", 0), "{document:#}");
}

#[test]
fn a_migration_that_holds_the_version_table_leaves_nothing_claimed() {
    let server = newest();
    let database = server.database();
    let sandbox = line_of_three().database_url(&database.url());
    assert!(sandbox.alembic(&["upgrade", "a2aa"]).status == 0);
    // It holds on for as long as the test goes on: whoever waited for it would see no end.
    database.hold("migration", "LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE");
    let (document, code) = report(&sandbox, &["--lock-timeout", "0.2"]);
    let current = sandbox.doctor(&["current", "--lock-timeout", "0.2"]);
    assert_eq!((state(&document), code), ("in-progress", 4), "{document:#}");
    assert_eq!(document["databases"][0]["pending"], serde_json::Value::Null);
    assert_eq!(current.code, Some(4));
    assert!(!current.stdout.contains("pending"), "{current}");
}

/// The server's own record of what it was asked, as the role that may do everything.
#[test]
fn a_look_asks_for_nothing_but_reading() {
    let installations = installation::find();
    let settings = "log_statement = 'all'\nlog_line_prefix = '%a|%u|'\n".to_owned();
    let variant = Variant { settings, ..Variant::default() };
    let server = cluster::start(installations.last().expect("a PostgreSQL"), &variant).unwrap();
    let database = server.database();
    let sandbox = line_of_three().database_url(&database.url());
    assert!(sandbox.alembic(&["upgrade", "a2aa"]).status == 0);
    database.sql("CREATE SCHEMA twin; CREATE TABLE twin.alembic_version (version_num int)");
    let before = database.sql("SELECT pg_current_wal_insert_lsn()::text, txid_current()::text");
    let log = server.folder.as_deref().unwrap().join("log");
    let asked_before = std::fs::read_to_string(&log).unwrap().len();
    for command in ["diagnose", "current"] {
        assert_eq!(sandbox.doctor(&[command]).code, Some(0));
    }
    assert!(sandbox.doctor(&["history", "--indicate-current"]).code == Some(0));
    let text = std::fs::read_to_string(&log).unwrap();
    let asked = text.get(asked_before..).unwrap();
    let statements: Vec<&str> =
        asked.split("statement: ").skip(1).flat_map(|text| text.split(';')).map(str::trim).collect();
    assert!(statements.len() > 20, "the log shows what was asked:\n{asked}");
    assert!(!asked.contains("execute "), "nothing is prepared:\n{asked}");
    const READING: [&str; 8] =
        ["BEGIN READ ONLY", "SET LOCAL ", "SELECT ", "VALUES ", "WITH ", "SAVEPOINT ", "ROLLBACK", "RELEASE SAVEPOINT"];
    for statement in statements {
        // The next entry of the log follows the last statement of one.
        let is_reading = READING.iter().any(|word| statement.starts_with(word));
        assert!(is_reading || statement.is_empty() || statement.starts_with("alembic-doctor|"), "{statement}");
        for writing in ["pg_advisory", "nextval", "txid_current", "FOR UPDATE", "FOR SHARE", "pg_notify"] {
            assert!(!statement.contains(writing), "{statement}");
        }
    }
    let after = database.sql("SELECT txid_current()::text");
    let number = |text: &Option<String>| text.as_deref().unwrap().parse::<u64>().unwrap();
    assert_eq!(number(&after[0][0]), number(&before[0][1]) + 1, "no look has taken a transaction id");
}

#[test]
fn what_alembic_refuses_to_compare_is_not_at_head() {
    let sandbox = line_of_three().revision("1234", &["a3aa"]).database_url("sqlite:///app.db");
    assert!(sandbox.alembic(&["upgrade", "head"]).status == 0);
    let connection = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    connection.execute_batch("UPDATE alembic_version SET version_num = CAST(version_num AS BLOB)").unwrap();
    assert!(sandbox.alembic(&["current"]).status != 0);
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((state(&document), code), ("unreadable", 4), "{document:#}");

    let database = newest().database();
    database.sql("CREATE TABLE alembic_version (version_num int); INSERT INTO alembic_version VALUES (1234)");
    let (document, code) = report(&sandbox, &["--url", &database.url()]);
    assert_eq!((state(&document), code), ("unreadable", 4), "{document:#}");
    assert!(document.to_string().contains("integer, not text"), "{document:#}");
    database.sql("ALTER TABLE alembic_version ALTER COLUMN version_num TYPE varchar(32)");
    let (document, code) = report(&sandbox, &["--url", &database.url()]);
    assert_eq!((state(&document), code), ("at-head", 0), "{document:#}");
}

#[test]
fn sqlite_finds_its_tables_in_either_case() {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    let connection = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    connection
        .execute_batch("CREATE TABLE Alembic_Version (Version_Num TEXT); INSERT INTO Alembic_Version VALUES ('a3aa')")
        .unwrap();
    assert!(sandbox.alembic(&["current"]).stdout.contains("a3aa (head)"));
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((state(&document), findings(&document), code), ("at-head", vec![], 0), "{document:#}");
}

/// What a revision sends is quoted as evidence, drawn beside its line, and planned.
#[test]
fn sql_of_a_revision_shows_no_password() {
    let upgrade = r#"    op.execute("ALTER ROLE app PASSWORD 's3cret'; ALTER TABLE t DROP COLUMN b")
    op.add_column("t", sa.Column("c", sa.Integer(), nullable=False))
    op.execute("UPDATE t SET url = 'postgresql://u:s3cret@h/d'")
    with op.get_context().autocommit_block():
        op.execute("CREATE ROLE app2 LOGIN PASSWORD 's3cret'")"#;
    let sandbox = Sandbox::with_project().database_url("postgresql://app@localhost/app");
    sandbox.write("migrations/versions/a1aa_.py", revision_text("a1aa", &[], "", upgrade));
    for format in ["text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown"] {
        let run = sandbox.doctor(&["check", "--all", "--format", format]);
        assert!(run.stdout.contains("autocommit-block-not-alone"), "{run}");
        assert_no_secret(&run, "s3cret");
    }
    for format in ["text", "json"] {
        assert_no_secret(&sandbox.doctor(&["plan", "--from", "base", "--format", format]), "s3cret");
    }
}

#[test]
fn what_is_not_known_of_other_databases_is_said() {
    for (url, is_said) in [("mysql://u@h/d", true), ("postgresql://u@h/d", false), ("sqlite:///app.db", false)] {
        let run = line_of_three().database_url(url).doctor(&["check", "--all"]);
        let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(said.contains("locks and rewrites are not known for MySQL"), is_said, "{run}");
    }
}
