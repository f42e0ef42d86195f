//! Tests of the harness itself: what it promises to the other tests is true.

use serde_json::json;

use crate::support::alembic::Session;
use crate::support::pgbouncer::pgbouncer;
use crate::support::postgres::{newest, servers};
use crate::support::sandbox::Sandbox;
use crate::support::tls::tls_server;

#[test]
fn every_server_answers_with_its_major_version() {
    for server in servers() {
        let database = server.database();
        let rows = database.sql("SELECT current_setting('server_version_num')::int / 10000, current_database()");
        assert_eq!(rows, [[Some(server.major.to_string()), Some(database.name.clone())]]);
    }
}

#[test]
fn a_wrong_password_is_refused_over_tcp() {
    let server = newest();
    let role = server.role("right");
    let error = server.try_sql((&role.name, "wrong"), "postgres", "SELECT 1").unwrap_err();
    assert!(error.contains("password authentication failed"), "{error}");
}

#[test]
fn the_real_alembic_answers_in_a_fresh_project() {
    let sandbox = Sandbox::with_project().revision("a1", &[]).revision("b2", &["a1"]).revision("c3", &["a1"]);
    let output = sandbox.alembic(&["heads"]);
    assert_eq!(output.status, 0, "{}", output.stderr);
    assert_eq!(output.stdout.lines().collect::<Vec<_>>(), ["b2 (head)", "c3 (head)"]);
}

#[test]
fn the_session_describes_a_graph_from_literals() {
    let graph = Session::shared().ask(&json!({"command": "graph", "revisions": [
        {"revision": "a", "branch_labels": ["trunk"]},
        {"revision": "b", "down_revision": "a"},
        {"revision": "c", "down_revision": "a"},
        {"revision": "m", "down_revision": ["b", "c"]},
        {"revision": "x", "depends_on": "m"},
    ]}));
    assert_eq!(graph["heads"], json!(["m", "x"]));
    assert_eq!(graph["real_heads"], json!(["x"]));
    assert_eq!(graph["bases"], json!(["a", "x"]));
    assert_eq!(graph["branch_points"], json!(["a"]));
    assert_eq!(graph["merge_points"], json!(["m"]));
    assert_eq!(graph["labels"]["m"], json!(["trunk"]));
}

#[test]
fn the_session_reads_a_project_from_its_files() {
    let sandbox = Sandbox::with_project().revision("a1", &[]).revision("b2", &["a1"]).database_url("sqlite:///%40.db");
    let mut session = Session::shared();
    let config = session.ask(&json!({"command": "config", "path": sandbox.path().join("alembic.ini")}));
    let versions = sandbox.path().join("migrations/versions");
    assert_eq!(config["sqlalchemy_url"], "sqlite:///%40.db");
    assert_eq!(config["version_locations"], json!([versions]));
    let graph = session.ask(&json!({"command": "graph", "folder": versions}));
    assert_eq!(graph["history"], json!(["b2", "a1"]));
}

#[test]
fn the_session_plans_an_upgrade_and_tells_errors() {
    let revisions =
        json!([{"revision": "a"}, {"revision": "b", "down_revision": "a"}, {"revision": "c", "down_revision": "b"}]);
    let mut session = Session::shared();
    let plan =
        session.ask(&json!({"command": "upgrade_plan", "rows": ["a"], "target": "head", "revisions": revisions}));
    assert_eq!(plan, json!(["b", "c"]));
    let lost = session.ask(&json!({"command": "resolve", "identifier": "nope", "revisions": revisions}));
    assert_eq!(lost["text"], "No such revision or branch 'nope'");
    let broken = session.ask(&json!({"command": "configparser", "text": "a = 1"}));
    assert_eq!(broken["error"], "MissingSectionHeaderError");
    let url = session.ask(&json!({"command": "make_url", "text": "postgresql://u:p%40@h:1/d?a=1"}));
    assert_eq!(url["password"], "p@");
}

#[test]
fn the_pooler_shares_one_server_session_between_transactions() {
    let server = newest();
    let Some(pooler) = pgbouncer(server) else { return };
    let database = server.database();
    let role = server.role("secret");
    let ask = |sql: &str| {
        crate::support::postgres::connect::tcp("127.0.0.1", pooler.port, (&role.name, "secret"), &database.name, sql)
    };
    let process = ask("SELECT pg_backend_pid()").unwrap();
    assert_eq!(process, ask("SELECT pg_backend_pid()").unwrap(), "a second client gets the same server session");
}

#[test]
fn the_pooler_refuses_a_startup_parameter_that_it_does_not_know() {
    let server = newest();
    let Some(pooler) = pgbouncer(server) else { return };
    let database = server.database();
    let mut config: tokio_postgres::Config =
        pooler.url(&server.superuser, &server.superuser_password, &database.name).parse().unwrap();
    config.options("-c statement_timeout=3000");
    let error = crate::support::postgres::connect::run(&config, "SELECT 1").unwrap_err();
    assert!(error.contains("unsupported startup parameter"), "{error}");
}

#[test]
fn the_tls_server_refuses_a_plain_connection() {
    let tls = tls_server();
    assert_eq!(tls.sql("postgres", "SHOW ssl"), [[Some("on".to_owned())]]);
    let role = (tls.server.superuser.as_str(), tls.server.superuser_password.as_str());
    let error = tls.server.try_sql(role, "postgres", "SELECT 1").unwrap_err();
    assert!(error.contains("pg_hba.conf rejects connection"), "{error}");
}
