//! `gate`, `verify` and `wait`: what they say and how they exit.

use std::fs;

use serde_json::{Value, json};

use super::{findings, line_of_three, report};
use crate::support::guardian::DeadPort;
use crate::support::postgres::newest;
use crate::support::sandbox::Sandbox;

/// Three revisions on a SQLite file that is upgraded to `target`.
fn at(target: &str) -> Sandbox {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    assert!(sandbox.alembic(&["upgrade", target]).status == 0);
    sandbox
}

/// The conditions of `part` with what holds.
fn conditions(part: &Value) -> Vec<(&str, Option<bool>)> {
    let databases = part["databases"].as_array().unwrap().iter().map(|database| &database["conditions"]);
    let all = std::iter::once(&part["conditions"]).chain(databases);
    all.flat_map(|list| list.as_array().unwrap())
        .map(|one| (one["name"].as_str().unwrap(), one["holds"].as_bool()))
        .collect()
}

#[test]
fn an_open_gate_says_what_the_upgrade_would_run() {
    let sandbox = at("a1aa");
    let run = sandbox.doctor(&["gate"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.starts_with("open: `alembic upgrade head` would work now, and runs 2 revisions\n"), "{run}");
    assert!(run.stdout.contains("✓ plan       runs 2 revisions: a2aa, a3aa\n"), "{run}");
    let (document, _) = report(&sandbox, &["gate"]);
    let all = ["files", "heads", "findings", "reachable", "writable", "table", "alone", "stamp", "plan"];
    assert_eq!(conditions(&document["gate"]), all.map(|name| (name, Some(true))));
    assert_eq!(document["gate"]["databases"][0]["plan"]["rows_after"], json!(["a3aa"]));
    // And it was true.
    assert!(sandbox.alembic(&["upgrade", "head"]).status == 0);
    let run = sandbox.doctor(&["gate", "-q"]);
    assert_eq!(run.stdout, "open: `alembic upgrade head` would work now, and has nothing to do\n", "{run}");
}

#[test]
fn only_an_upgrade_that_left_nothing_is_called_lost() {
    let lost = "it was rolled back, failed unseen, or ran on";
    let behind = at("a1aa").doctor(&["verify"]);
    assert!(behind.code == Some(1) && behind.stdout.contains(lost), "{behind}");
    let past = at("a2aa").doctor(&["verify", "a1aa"]);
    assert!(past.code == Some(1) && !past.stdout.contains(lost), "{past}");
}

#[test]
fn a_pending_revision_closes_no_gate_whatever_fails_a_run() {
    assert_eq!(at("a1aa").doctor(&["gate", "--fail-on", "warning"]).code, Some(0));
    assert_eq!(at("a1aa").doctor(&["verify", "--fail-on", "warning"]).code, Some(1));
}

#[test]
fn an_error_in_a_pending_revision_closes_the_gate_and_one_that_has_run_does_not() {
    // `alembic upgrade` fails on it: it writes no name, and there is none to drop.
    let broken = "    op.drop_constraint(None, 't')";
    let sandbox = Sandbox::with_project().revision("a1aa", &[]).database_url("sqlite:///app.db");
    assert!(sandbox.alembic(&["upgrade", "head"]).status == 0);
    let sandbox = sandbox.revision_with("a2aa", &["a1aa"], "", broken);
    let (document, code) = report(&sandbox, &["gate"]);
    assert_eq!(code, 1, "{document:#}");
    assert!(findings(&document).contains(&"drop-unnamed-constraint"));
    assert!(conditions(&document["gate"]).contains(&("findings", Some(false))));
    assert!(sandbox.alembic(&["upgrade", "head"]).status != 0, "and it was true");
    // Only what the upgrade would run counts.
    let (document, code) = report(&sandbox, &["gate", "a1aa"]);
    assert_eq!(code, 0, "{document:#}");
    assert!(sandbox.alembic(&["stamp", "a2aa"]).status == 0);
    assert_eq!(sandbox.doctor(&["gate"]).code, Some(0));
}

#[test]
fn a_pending_revision_with_a_warning_says_its_lock_and_lets_the_upgrade_through() {
    let database = newest().database();
    let sandbox = Sandbox::with_project().revision("a1aa", &[]).database_url(&database.url());
    assert!(sandbox.alembic(&["upgrade", "head"]).status == 0);
    let sandbox = sandbox.revision_with("a2aa", &["a1aa"], "", "    op.create_index('ix', 't', ['a'])");
    let (document, code) = report(&sandbox, &["gate"]);
    assert_eq!((findings(&document).contains(&"require-concurrent-index-creation"), code), (true, 0), "{document:#}");
    let plan = &document["gate"]["databases"][0]["plan"];
    assert_eq!(plan["pg_version"]["source"], "server");
    assert_eq!((&plan["steps"][0]["lock"], &plan["steps"][0]["on"]), (&json!("SHARE"), &json!("t")));
    assert_eq!(sandbox.doctor(&["gate", "--fail-on", "warning"]).code, Some(1));
}

#[test]
fn two_heads_close_the_gate_for_head_and_alembic_agrees() {
    let sandbox = at("a3aa").revision("b3bb", &["a2aa"]);
    let run = sandbox.doctor(&["gate"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.contains("✗ heads      2 heads: "), "{run}");
    assert!(run.stdout.contains("✗ plan       Alembic refuses (Multiple head revisions are present"), "{run}");
    assert!(sandbox.alembic(&["upgrade", "head"]).status != 0);
    sandbox.write("alembic-doctor.toml", "expected-heads = 2\n");
    assert_eq!(sandbox.doctor(&["gate", "heads"]).code, Some(0));
    assert_eq!(sandbox.doctor(&["gate", "--to", "b3bb"]).code, Some(0));
}

#[test]
fn a_target_that_names_nothing_closes_the_gate() {
    for target in ["typo", "+7", "typo@head", "a1aa:a2aa"] {
        let run = at("a1aa").doctor(&["gate", target]);
        assert_eq!(run.code, Some(1), "{target}: {run}");
    }
    assert_eq!(at("a1aa").doctor(&["gate", "+1"]).code, Some(0));
}

#[test]
fn a_database_without_a_stamp_closes_the_gate_and_a_new_one_does_not() {
    let sandbox = at("head");
    let connection = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    connection.execute_batch("CREATE TABLE users (id); DROP TABLE alembic_version").unwrap();
    let (document, code) = report(&sandbox, &["gate"]);
    assert_eq!((findings(&document), code), (vec!["unstamped-database"], 1));
    assert!(conditions(&document["gate"]).contains(&("stamp", Some(false))));
    let database = newest().database();
    let (document, code) = report(&line_of_three().database_url(&database.url()), &["gate"]);
    assert_eq!((&document["gate"]["passes"], code), (&true.into(), 0), "{document:#}");
}

#[test]
fn a_database_that_is_read_only_closes_the_gate_unless_only_the_looking_role_is() {
    let (server, database) = (newest(), newest().database());
    let sandbox = line_of_three().database_url(&database.url());
    assert!(sandbox.alembic(&["upgrade", "a1aa"]).status == 0);
    let role = server.role("secret");
    let url = server.url(&role.name, "secret", &database.name);
    database.sql(&format!("GRANT SELECT ON alembic_version TO {0}", role.name));
    database.sql(&format!("ALTER ROLE {} SET default_transaction_read_only = on", role.name));
    let (document, code) = report(&sandbox, &["gate", "--url", &url]);
    assert_eq!(code, 0, "{document:#}");
    database.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name));
    let (document, code) = report(&sandbox, &["gate"]);
    assert_eq!(code, 1, "{document:#}");
    assert!(conditions(&document["gate"]).contains(&("writable", Some(false))), "{document:#}");
    assert!(sandbox.alembic(&["upgrade", "head"]).status != 0, "and Alembic cannot write there");
}

#[test]
fn what_could_not_be_looked_at_is_neither_open_nor_closed() {
    let sandbox = line_of_three().database_url("sqlite:///missing.db");
    let (document, code) = report(&sandbox, &["gate"]);
    assert_eq!((&document["gate"]["passes"], code), (&Value::Null, 4), "{document:#}");
    assert_eq!(document["gate"]["databases"][0]["conditions"][0]["holds"], Value::Null);
    let run = Sandbox::with_project().revision("a1aa", &[]).doctor(&["gate"]);
    assert_eq!(run.code, Some(4), "{run}");
    assert!(run.stdout.starts_with("not known: "), "{run}");
    assert_eq!(sandbox.doctor(&["gate", "--offline"]).code, Some(2));
    assert_eq!(Sandbox::with_project().database_url("sqlite:///app.db").doctor(&["wait"]).code, Some(3));
}

#[test]
fn a_workflow_gets_annotations_and_a_summary() {
    let sandbox = at("a3aa").revision("b3bb", &["a2aa"]).env("GITHUB_STEP_SUMMARY", "summary.md");
    sandbox.write("summary.md", "before\n");
    let run = sandbox.doctor(&["gate", "--format", "github"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.starts_with("closed: do not run `alembic upgrade head` now"), "{run}");
    let annotation = run.stdout.lines().find(|line| line.starts_with("::error title=multiple-heads,file=")).unwrap();
    assert!(annotation.contains("line=") && annotation.contains("%0Anext: alembic-doctor merge"), "{annotation}");
    let summary = fs::read_to_string(sandbox.path().join("summary.md")).unwrap();
    assert!(summary.starts_with("before\n### alembic-doctor gate: closed\n"), "{summary}");
    assert!(summary.contains("- ✗ **heads** 2 heads") && summary.contains("`multiple-heads`"), "{summary}");
}

#[test]
fn nothing_from_outside_can_speak_to_the_runner() {
    let message = "x\n::stop-commands::y,z:50%\r\u{1b}[31m";
    let sandbox = at("head");
    let connection = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    connection.execute("UPDATE alembic_version SET version_num = ?1", [message]).unwrap();
    let run = sandbox.doctor(&["gate", "--format", "github"]);
    assert_eq!(run.code, Some(1), "{run}");
    for line in run.stdout.lines().map(str::trim_start) {
        assert!(!line.starts_with("::") || line.starts_with("::error title="), "{line}");
    }
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains('\r'), "{run}");
    assert!(run.stdout.contains("50%25"), "{run}");
}

#[test]
fn no_more_annotations_than_github_shows() {
    let sandbox =
        (0..15).fold(at("head"), |sandbox, n| sandbox.file(&format!("migrations/versions/bad{n}.py"), "def ("));
    let run = sandbox.doctor(&["gate", "--format", "github"]);
    let lines: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(lines.len(), 10, "{run}");
    assert!(lines[9].starts_with("::notice ") && lines[9].contains(" more; "), "{run}");
}

#[test]
fn verify_says_when_a_success_left_nothing_behind() {
    let sandbox = at("a1aa");
    let run = sandbox.doctor(&["verify"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.contains("not verified: target: the database is at a1aa, 2 pending: a2aa, a3aa\n"), "{run}");
    assert_eq!(sandbox.doctor(&["verify", "--to", "a1aa"]).code, Some(0));
    assert_eq!(sandbox.doctor(&["verify", "+1"]).code, Some(2), "after the upgrade it is another revision");
    assert!(sandbox.alembic(&["upgrade", "head"]).status == 0);
    let run = sandbox.doctor(&["verify"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.starts_with("verified: a fresh connection finds the stamp at head\n"), "{run}");
}

#[test]
fn waiting_ends_at_once_where_it_does_not_help() {
    let sandbox = at("head");
    for (target, why) in [("nope", "names no single revision here"), ("a9", "names no single revision here")] {
        let run = sandbox.doctor(&["wait", "--for", target]);
        assert_eq!(run.code, Some(1), "{run}");
        assert!(run.stdout.starts_with("never: ") && run.stdout.contains(why), "{run}");
    }
    assert_eq!(sandbox.doctor(&["wait", "--for", "a2aa"]).code, Some(0), "what it brings is there");
    let connection = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    connection.execute("UPDATE alembic_version SET version_num = '93c5d1e7fa08'", []).unwrap();
    let run = sandbox.doctor(&["wait"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.contains("error[orphaned-stamp]"), "{run}");
}

#[test]
fn a_server_that_is_not_up_yet_is_waited_for() {
    let nobody = DeadPort::new();
    let sandbox = line_of_three();
    let url = format!("postgresql://app:s3cr3t-pw@127.0.0.1:{}/app", nobody.number());
    sandbox.start(&["wait", "--url", &url]).until_it_says("waiting, not seen: ");
    let run = sandbox.doctor(&["wait", "--url", &url, "--timeout", "0.1s"]);
    assert_eq!(run.code, Some(4), "{run}");
    assert!(run.stdout.starts_with("not known: "), "{run}");
    assert!(run.stdout.contains("error[database-unreachable]"), "{run}");
    super::assert_no_secret(&run, "s3cr3t-pw");
    for time in ["0", "soon", "-1s", "1d"] {
        let run = sandbox.doctor(&["wait", "--timeout", time]);
        assert_eq!(run.code, Some(2), "{time}: {run}");
    }
}

/// The commands in the recipes of the documentation are ones that this version has.
#[test]
fn the_recipes_run() {
    let usage = include_str!("../../docs/usage.md");
    let sandbox = at("head").env("DATABASE_URL", "sqlite:///app.db");
    let mut commands = Vec::new();
    for line in usage.lines() {
        let line = line.trim().trim_start_matches("- run: ").trim_start_matches("run: ");
        let line = line.split(" #").next().unwrap_or_default();
        if ["gate", "wait", "verify"].iter().any(|name| line.starts_with(&format!("alembic-doctor {name}"))) {
            commands.push(line.split_whitespace().skip(1).collect::<Vec<_>>());
        }
    }
    assert!(commands.len() >= 5, "{commands:?}");
    for arguments in commands {
        let run = sandbox.doctor(&arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {run}");
    }
    // The list of a container's arguments.
    let list = usage.lines().find_map(|line| line.trim().strip_prefix("command: ")).expect("an init container");
    let words: Vec<String> = serde_json::from_str(list).unwrap();
    assert_eq!(words[0], "alembic-doctor");
    let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let run = sandbox.doctor(&arguments);
    assert_eq!(run.code, Some(0), "{arguments:?}: {run}");
}
