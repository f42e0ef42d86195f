//! The same on every PostgreSQL that can be had, with the real Alembic at work.

use super::{assert_no_secret, finding, findings, line_of_three, report, state};
use crate::support::guardian::DeadPort;
use crate::support::postgres::{newest, servers};
use crate::support::sandbox::Sandbox;

const PASSWORD: &str = "s3cr3t-p@ss/w%rd";
/// The same, as a URL has to have it.
const ENCODED: &str = "s3cr3t-p%40ss%2Fw%25rd";

/// A project whose database is a new one on `server`, upgraded to `target`.
fn project_on(url: &str, target: &str) -> Sandbox {
    let sandbox = line_of_three().database_url(url);
    let run = sandbox.alembic(&["upgrade", target]);
    assert!(run.status == 0, "{}", run.stderr);
    sandbox
}

#[test]
fn every_state_is_told_on_every_server() {
    for server in servers() {
        let database = server.database();
        let sandbox = line_of_three().database_url(&database.url());
        let (document, code) = report(&sandbox, &[]);
        assert_eq!((state(&document), code), ("empty", 0), "PostgreSQL {}: {document:#}", server.major);
        let answered = document["databases"][0]["server"].as_str().unwrap();
        assert!(answered.starts_with(&format!("PostgreSQL {}", server.major)), "{answered}");

        assert!(sandbox.alembic(&["upgrade", "a2aa"]).status == 0);
        let (document, _) = report(&sandbox, &[]);
        assert_eq!(state(&document), "behind");
        assert_eq!(document["databases"][0]["pending"], serde_json::json!(["a3aa"]));
        assert_eq!(document["databases"][0]["version_tables"][0]["width"], 32);

        assert!(sandbox.alembic(&["upgrade", "head"]).status == 0);
        let (document, code) = report(&sandbox, &[]);
        assert_eq!((state(&document), code), ("at-head", 0));

        database.sql("UPDATE alembic_version SET version_num = '93c5d1e7fa08'");
        let (document, code) = report(&sandbox, &[]);
        assert_eq!((findings(&document), code), (vec!["orphaned-stamp"], 1));

        database.sql("CREATE TABLE users (id int); DROP TABLE alembic_version");
        assert_eq!(state(&report(&sandbox, &[]).0), "unstamped");
    }
}

#[test]
fn a_version_table_outside_of_the_search_path_is_named() {
    let database = newest().database();
    let sandbox = line_of_three().database_url(&database.url());
    database.sql("CREATE SCHEMA app; CREATE TABLE app.alembic_version (version_num varchar(32) PRIMARY KEY)");
    database.sql("INSERT INTO app.alembic_version VALUES ('a3aa')");
    let (document, code) = report(&sandbox, &[]);
    assert_eq!(code, 1, "{document:#}");
    let elsewhere = finding(&document, "version-table-elsewhere");
    assert!(elsewhere.to_string().contains("app.alembic_version"), "{elsewhere:#}");
}

#[test]
fn a_role_without_rights_is_told_which_right_is_missing() {
    let server = newest();
    let database = server.database();
    let sandbox = project_on(&database.url(), "head");
    let role = server.role(PASSWORD);
    let url = server.url(&role.name, ENCODED, &database.name);
    let sandbox = sandbox.env("DOCTOR_URL", url);
    let (document, code) = report(&sandbox, &["--url-env", "DOCTOR_URL"]);
    assert_eq!(state(&document), "unreadable");
    assert_eq!(code, 4, "{document:#}");
    assert!(finding(&document, "version-table-unreadable").to_string().contains("SELECT"));
}

#[test]
fn a_wrong_password_is_said_and_never_shown() {
    let server = newest();
    let database = server.database();
    let role = server.role("something else");
    let sandbox = line_of_three();
    let url = server.url(&role.name, ENCODED, &database.name);
    let run = sandbox.doctor(&["--url", &url]);
    assert_eq!(run.code, Some(4), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("password"), "{}", run.stdout);
    for secret in [PASSWORD, "s3cr3t", "p%40ss", "p@ss"] {
        assert_no_secret(&run, secret);
    }
}

#[test]
fn a_raw_at_sign_in_the_password_is_explained_and_not_shown() {
    let server = newest();
    let run = line_of_three().doctor(&["--url", &server.url("app", PASSWORD, "app")]);
    assert_eq!(run.code, Some(4), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("%40"), "{}", run.stdout);
    for secret in ["s3cr3t", "p@ss", "ss/w", "w%rd"] {
        assert_no_secret(&run, secret);
    }
}

#[test]
fn an_unknown_database_and_a_closed_port_are_told_apart() {
    let server = newest();
    let sandbox = line_of_three();
    let unknown = server.superuser_url("there_is_no_such_database");
    let (document, code) = report(&sandbox, &["--url", &unknown]);
    assert_eq!(code, 4);
    assert!(document.to_string().contains("does not exist"), "{document:#}");
    let nobody = DeadPort::new();
    let closed = format!("postgresql://app:s3cr3t@127.0.0.1:{}/app", nobody.number());
    let (document, code) = report(&sandbox, &["--url", &closed]);
    assert_eq!(code, 4);
    assert_eq!(findings(&document), ["database-unreachable"]);
    assert!(!document.to_string().contains("s3cr3t"));
}

#[test]
fn an_id_that_does_not_fit_into_the_column_is_found_before_the_upgrade() {
    let database = newest().database();
    let long = "add_a_column_to_the_table_of_all_orders_ever";
    let sandbox = line_of_three().database_url(&database.url()).revision(long, &["a3aa"]);
    assert!(sandbox.alembic(&["upgrade", "a3aa"]).status == 0);
    let (document, code) = report(&sandbox, &[]);
    assert_eq!(code, 1);
    assert!(finding(&document, "revision-id-too-long").to_string().contains("32"));
    let refused = sandbox.alembic(&["upgrade", "head"]);
    assert!(refused.stderr.contains("value too long for type character varying(32)"), "{}", refused.stderr);
    database.sql("ALTER TABLE alembic_version ALTER COLUMN version_num TYPE varchar(64)");
    let (document, _) = report(&sandbox, &[]);
    assert_eq!(findings(&document), ["database-behind"], "a wider column holds it");
    assert!(sandbox.alembic(&["upgrade", "head"]).status == 0);
}

#[test]
fn three_rows_and_ten_thousand_rows_are_read() {
    let database = newest().database();
    let sandbox = project_on(&database.url(), "head");
    database.sql("INSERT INTO alembic_version VALUES ('x1'), ('x2')");
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((state(&document), code), ("orphaned", 1));
    assert_eq!(document["databases"][0]["missing"], serde_json::json!(["x1", "x2"]));
    database.sql("INSERT INTO alembic_version SELECT 'r' || i FROM generate_series(1, 10000) i");
    let run = sandbox.doctor(&[]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.lines().count() < 100, "long lists are folded:\n{}", run.stdout);
}

#[test]
fn a_twin_that_another_role_uses_is_shown_though_this_one_is_at_head() {
    let server = newest();
    let worker = server.role("pw");
    let database = server.database();
    let sandbox = project_on(&database.url(), "head");
    database.sql(&format!(
        "CREATE SCHEMA app; CREATE TABLE app.alembic_version (version_num varchar(32) PRIMARY KEY);
         INSERT INTO app.alembic_version VALUES ('a1aa'); ALTER ROLE {} SET search_path = app",
        worker.name
    ));
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((state(&document), code, findings(&document)), ("at-head", 0, vec!["version-table-elsewhere"]));
    let twin = finding(&document, "version-table-elsewhere");
    assert_eq!(twin["severity"], "warning");
    assert!(twin.to_string().contains(&format!("{}: their search_path begins with app", worker.name)), "{twin:#}");
    let text = sandbox.doctor(&[]).stdout;
    assert!(text.contains("also       not used: app.alembic_version (a1aa)"), "{text}");
}

#[test]
fn a_report_begins_with_what_is_looked_at() {
    let server = newest();
    let database = server.database();
    let sandbox = project_on(&database.url(), "head");
    let cluster = database.sql("SELECT system_identifier FROM pg_control_system()")[0][0].clone().unwrap();
    let text = sandbox.doctor(&[]).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let place =
        format!("127.0.0.1:{}, primary, cluster {cluster}, URL from sqlalchemy.url in alembic.ini", server.port);
    if server.socket.is_some() {
        assert!(text.contains(&format!(" at {place}")), "{text}");
    }
    let account = format!("database {}, role {}, search_path public", database.name, server.superuser);
    assert!(text.contains(&account), "{text}");
    let (document, _) = report(&sandbox, &[]);
    let seen = &document["databases"][0];
    let said = (&seen["cluster"], &seen["standby"], &seen["pooled"], &seen["session_user"]);
    assert_eq!(said, (&cluster.into(), &false.into(), &false.into(), &server.superuser.as_str().into()));
}
