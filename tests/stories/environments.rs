//! Several environments side by side: where each stands, and what is no matter of releases.

use std::path::Path;

use serde_json::{Value, json};

use super::{assert_no_secret, finding, findings, line_of_three, report};
use crate::support::sandbox::Sandbox;

/// The settings of these environments, each in an SQLite file of its name.
fn settings(names: &[&str], promotion: &[&str]) -> String {
    let mut text = format!("promotion = {promotion:?}\n");
    for name in names {
        text.push_str(&format!("[environments.{name}]\nurl = \"sqlite:///{name}.db\"\n"));
    }
    text
}

/// Writes these rows into the version table of an environment, as Alembic would have.
fn stamp(sandbox: &Sandbox, name: &str, rows: &[&str]) {
    let database = rusqlite::Connection::open(sandbox.path().join(format!("{name}.db"))).unwrap();
    database
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER);
             CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
             DELETE FROM alembic_version",
        )
        .unwrap();
    for row in rows {
        database.execute("INSERT INTO alembic_version VALUES (?1)", [row]).unwrap();
    }
}

/// Name and state of each database, in the order of the report.
fn states(document: &Value) -> Vec<(&str, &str)> {
    let databases = document["databases"].as_array().unwrap().iter();
    databases.map(|database| (database["name"].as_str().unwrap(), database["state"].as_str().unwrap())).collect()
}

fn envs(sandbox: &Sandbox, arguments: &[&str]) -> (Value, i32) {
    report(sandbox, &[&["envs"], arguments].concat())
}

/// No line is wider than a terminal of 80 columns; commands are never broken.
fn fits(text: &str) {
    let (table, _) = text.split_once("error[").unwrap_or((text, ""));
    for line in table.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
}

#[test]
fn each_environment_is_a_row_whatever_its_state() {
    let names = ["dev", "prod", "lost"];
    let text = settings(&names, &["dev", "prod"])
        + "[environments.unset]\nurl-env = \"NOT_SET_ANYWHERE\"\n[environments.file]\nurl-file = \"no.txt\"\n\
           [environments.bad]\nurl = \"postgresql://app:s3cr3t@h:s3cr3t/db\"\n\
           [environments.closed]\nurl = \"postgresql://app:s3cr3t@127.0.0.1:1/db\"\n";
    let sandbox = line_of_three().file("alembic-doctor.toml", text);
    stamp(&sandbox, "dev", &["a3aa"]);
    stamp(&sandbox, "prod", &["a1aa"]);
    stamp(&sandbox, "lost", &["93c5d1e7fa08"]);

    let (document, code) = envs(&sandbox, &[]);
    assert_eq!(
        states(&document),
        [
            ("dev", "at-head"),
            ("prod", "behind"),
            ("bad", "unreadable"),
            ("closed", "unreadable"),
            ("file", "unreadable"),
            ("lost", "orphaned"),
            ("unset", "unreadable"),
        ]
    );
    assert_eq!((code, &document["verdict"]), (4, &json!("incomplete")));
    assert_eq!(document["databases"][1]["pending"], json!(["a2aa", "a3aa"]));
    assert_eq!(document["databases"][6]["url"], Value::Null, "{document:#}");
    assert!(!document.to_string().contains("s3cr3t"));
    assert!(!findings(&document).contains(&"environment-mismatch"), "{document:#}");
    let differences = document["environments"]["differences"].as_array().unwrap();
    let revisions: Vec<&str> = differences.iter().map(|one| one["revision"].as_str().unwrap()).collect();
    assert_eq!(revisions, ["93c5d1e7fa08", "a3aa", "a2aa"], "newest first");
    assert_eq!(
        (&differences[1]["present"], &differences[1]["missing"], &differences[1]["unknown"]),
        (&json!(["dev"]), &json!(["prod"]), &json!(["lost"]))
    );

    let run = sandbox.doctor(&["envs"]);
    assert_no_secret(&run, "s3cr3t");
    fits(&run.stdout);
    for expected in ["NOT_SET_ANYWHERE is not set", "no.txt", "127.0.0.1:1", "93c5d1e7fa08", "differences"] {
        assert!(run.stdout.contains(expected), "no {expected:?}:\n{}", run.stdout);
    }
}

#[test]
fn being_behind_in_the_order_of_promotion_is_normal() {
    let sandbox =
        line_of_three().file("alembic-doctor.toml", settings(&["dev", "prod", "staging"], &["dev", "staging", "prod"]));
    stamp(&sandbox, "dev", &["a3aa"]);
    stamp(&sandbox, "staging", &["a2aa"]);
    stamp(&sandbox, "prod", &["a1aa"]);
    let (document, code) = envs(&sandbox, &[]);
    assert_eq!(states(&document), [("dev", "at-head"), ("staging", "behind"), ("prod", "behind")]);
    assert_eq!((findings(&document), code), (vec!["database-behind", "database-behind"], 0));
    let run = sandbox.doctor(&["envs"]);
    assert!(!run.stdout.contains("warning["), "the table says it:\n{}", run.stdout);
}

#[test]
fn what_prod_has_and_staging_lacks_is_cured_by_the_printed_command() {
    let sandbox =
        line_of_three().database_url("sqlite:///staging.db").file("alembic-doctor.toml", settings(&["prod"], &[]));
    assert!(sandbox.alembic(&["upgrade", "a1aa"]).status == 0);
    stamp(&sandbox, "prod", &["a2aa"]);
    let text = settings(&["prod", "staging"], &["staging", "prod"]);
    sandbox.write("alembic-doctor.toml", text);
    let (document, code) = envs(&sandbox, &[]);
    assert_eq!(code, 1, "{document:#}");
    let found = finding(&document, "environment-mismatch");
    assert_eq!(found["message"], "prod has a2aa, which staging lacks, though revisions reach staging first");
    assert_eq!(found["database"], "staging");
    assert!(found["evidence"].to_string().contains("on prod, not on staging: a2aa"), "{found:#}");
    assert_eq!(found["next"][0]["command"], "alembic upgrade a2aa");
    assert!(sandbox.alembic(&["upgrade", "a2aa"]).status == 0);
    let (document, code) = envs(&sandbox, &[]);
    assert!(!findings(&document).contains(&"environment-mismatch"), "{document:#}");
    assert_eq!(code, 0);
}

#[test]
fn environments_that_went_different_ways_leave_the_choice() {
    let sandbox = line_of_three().revision("b2bb", &["a1aa"]).file("alembic-doctor.toml", settings(&["eu", "us"], &[]));
    stamp(&sandbox, "eu", &["a3aa"]);
    stamp(&sandbox, "us", &["b2bb"]);
    let (document, _) = envs(&sandbox, &[]);
    let found = finding(&document, "environment-mismatch");
    assert_eq!(found["severity"], "warning");
    assert_eq!(found["message"], "eu and us went different ways: eu lacks b2bb, us lacks a3aa");
    let commands: Vec<&Value> = found["or"].as_array().unwrap().iter().map(|way| &way[0]["command"]).collect();
    assert_eq!(commands, [&json!("alembic upgrade b2bb"), &json!("alembic upgrade a3aa")]);
    // Either of the ways ends it.
    stamp(&sandbox, "us", &["a3aa", "b2bb"]);
    assert!(!findings(&envs(&sandbox, &[]).0).contains(&"environment-mismatch"));
}

#[test]
fn several_urls_and_several_names_are_looked_at_by_diagnose_too() {
    let sandbox = line_of_three().file("alembic-doctor.toml", settings(&["one", "two"], &[]));
    stamp(&sandbox, "one", &["a3aa"]);
    stamp(&sandbox, "two", &["a2aa"]);
    let (document, code) = report(&sandbox, &["--url", "x=sqlite:///one.db?a=b", "--url", "y=sqlite:///two.db"]);
    assert_eq!((states(&document), code), (vec![("x", "at-head"), ("y", "behind")], 0), "{document:#}");
    let (document, code) = report(&sandbox, &["--env", "two", "--env", "one"]);
    assert_eq!((states(&document), code), (vec![("two", "behind"), ("one", "at-head")], 0));
    let (document, code) = report(&sandbox, &["--url", "x=", "--url", "y=sqlite:///two.db"]);
    assert_eq!((states(&document), code), (vec![("x", "unreadable"), ("y", "behind")], 4));

    let refused = |arguments: &[&str], expected: &str| {
        let run = sandbox.doctor(arguments);
        assert_eq!(run.code, Some(2), "{run}");
        assert!(run.stderr.contains(expected), "no {expected:?}:\n{run}");
        assert_no_secret(&run, "s3cr3t");
    };
    refused(&["--url", "postgresql://u:s3cr3t@h/d", "--url", "sqlite:///two.db"], "NAME=URL");
    refused(&["envs", "--env", "one", "--env", "three"], "`three`");
    refused(&["plan", "--env", "one", "--env", "two"], "one database");
    sandbox.write("alembic-doctor.toml", settings(&["one", "two"], &["one", "tow"]));
    refused(&["envs"], "`tow`");
}

#[test]
fn sections_of_the_ini_are_environments() {
    let sandbox = line_of_three().database_url("sqlite:///main.db");
    let ini = std::fs::read_to_string(sandbox.path().join("alembic.ini")).unwrap();
    let sections = "[staging]\nscript_location = %(here)s/migrations\nsqlalchemy.url = sqlite:///staging.db\n\
                    [broken]\nsqlalchemy.url = postgresql://u:s3c%r3t@h/d\n\
                    [other]\nscript_location = other\nsqlalchemy.url = sqlite:///other.db\n";
    sandbox.write("alembic.ini", ini.replace("[post_write_hooks]", &format!("{sections}[post_write_hooks]")));
    stamp(&sandbox, "main", &["a3aa"]);
    stamp(&sandbox, "staging", &["a2aa"]);
    let (document, code) = envs(&sandbox, &[]);
    assert_eq!(states(&document), [("default", "at-head"), ("staging", "behind"), ("broken", "unreadable")]);
    assert_eq!(code, 4);
    let skipped = document["summary"]["skipped"].to_string();
    assert!(skipped.contains("section [other]") && skipped.contains("-n other"), "{skipped}");
    let text = document.to_string();
    assert!(text.contains("InterpolationSyntaxError") && !text.contains("r3t"), "{document:#}");

    // What a section names, Alembic itself can go to.
    sandbox.write(
        "alembic-doctor.toml",
        "promotion = [\"staging\", \"prod\"]\n[environments.prod]\nsection = \"alembic\"\n",
    );
    let (document, _) = envs(&sandbox, &[]);
    assert_eq!(states(&document)[..2], [("staging", "behind"), ("prod", "at-head")]);
    let found = finding(&document, "environment-mismatch");
    assert_eq!(found["next"][0]["command"], "alembic -n staging upgrade a3aa");
    std::fs::remove_file(sandbox.path().join("staging.db")).unwrap();
    assert!(sandbox.alembic(&["-n", "staging", "upgrade", "a3aa"]).status == 0);
    assert!(!findings(&envs(&sandbox, &[]).0).contains(&"environment-mismatch"));
}

#[test]
fn many_environments_are_told_by_their_state() {
    let names: Vec<String> = (0..24).map(|number| format!("e{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let sandbox = line_of_three().file("alembic-doctor.toml", settings(&names, &[]));
    for name in &names {
        stamp(&sandbox, name, &["a3aa"]);
    }
    stamp(&sandbox, "e07", &["a1aa"]);
    stamp(&sandbox, "e11", &["93c5d1e7fa08"]);
    let run = sandbox.doctor(&["envs"]);
    assert_eq!(run.code, Some(1), "{run}");
    fits(&run.stdout);
    let place = |what: &str| run.stdout.lines().position(|line| line.contains(what)).unwrap_or_else(|| panic!("{run}"));
    assert!(place("1  orphaned") < place("1  behind") && place("1  behind") < place("22  at head"), "{run}");
    assert!(run.stdout.contains("e00, e01, e02 and 19 more"), "{run}");
    let all = sandbox.doctor(&["envs", "-v"]).stdout;
    for name in names {
        assert!(all.lines().any(|line| line.starts_with(&format!("{name} "))), "no {name}:\n{all}");
    }
}

#[test]
fn the_day_of_a_revision_is_that_of_its_commit() {
    let shop = crate::support::shop::Shop::new();
    shop.upgrade("head");
    shop.revision("c3cc", Some("b2bb"));
    let (document, _) = shop.report(&["envs"]);
    let commits = document["environments"]["commits"].as_array().unwrap();
    let commit = |id: &str| commits.iter().find(|one| one["revision"] == id).unwrap_or_else(|| panic!("{commits:?}"));
    assert_eq!(commit("b2bb")["subject"], "start");
    assert_eq!(commit("c3cc")["commit"], Value::Null, "it is not committed yet");
    let text = shop.sandbox.doctor(&["envs"]).stdout;
    assert!(text.contains("committed  c3cc not yet"), "{text}");
    assert!(text.contains(commit("b2bb")["date"].as_str().unwrap()), "{text}");

    // Without git the rest stays.
    std::fs::remove_dir_all(Path::new(shop.path()).join(".git")).unwrap();
    std::fs::create_dir(Path::new(shop.path()).join(".git")).unwrap();
    let (document, code) = shop.report(&["envs"]);
    assert_eq!((&document["environments"]["commits"], code), (&Value::Null, 0));
    assert!(document["environments"]["commits_unknown"].is_string());
}

#[test]
fn a_silent_environment_holds_up_no_other_and_progress_is_told() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let text: String = (0..8)
        .map(|at| format!("[environments.s{at}]\nurl = \"postgresql://u:s3cr3t@127.0.0.1:{port}/d{at}\"\n"))
        .collect();
    let sandbox = line_of_three().file("alembic-doctor.toml", settings(&[], &[]) + &text);
    let start = std::time::Instant::now();
    let run = sandbox.doctor(&["envs", "-v", "--connect-timeout", "1.5"]);
    let took = start.elapsed();
    assert_eq!(run.code, Some(4), "{run}");
    assert!(took.as_secs_f64() < 8.0 * 1.5, "one after the other: {took:?}");
    assert!(run.stderr.contains("of 8 databases"), "{run}");
    assert!(!sandbox.doctor(&["envs", "--connect-timeout", "0.1"]).stderr.contains("looked at"));
}
