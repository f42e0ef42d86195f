//! Whole stories: a project and a database in some state, the doctor's answer, its exit code.

mod broken_files;
mod command_line;
mod configuration;
mod deployment;
mod environments;
mod examined;
mod forks;
mod gate;
mod git;
mod honesty;
mod layouts;
mod lock;
mod merge;
mod messages;
mod odd_merges;
mod plan;
mod postgres;
mod rebase;
mod recipes;
mod runs;
mod safe_commands;
mod schemas;
mod simulated;
mod sqlite;
mod stamps;
mod table_locks;
mod traps;

use serde_json::Value;

use crate::support::sandbox::{Run, Sandbox};

/// The JSON report of a run with `arguments`, and its exit code.
fn report(sandbox: &Sandbox, arguments: &[&str]) -> (Value, i32) {
    let mut all = arguments.to_vec();
    all.extend(["--format", "json"]);
    let run = sandbox.doctor(&all);
    let document = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("no JSON ({error}): {}\n{}", run.stdout, run.stderr));
    (document, run.code.expect("ended by a signal"))
}

/// The names of the findings, in the order of the report.
fn findings(document: &Value) -> Vec<&str> {
    document["findings"].as_array().unwrap().iter().map(|finding| finding["name"].as_str().unwrap()).collect()
}

/// The finding of that name.
fn finding<'a>(document: &'a Value, name: &str) -> &'a Value {
    document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {document:#}"))
}

fn state(document: &Value) -> &str {
    document["databases"][0]["state"].as_str().unwrap()
}

fn assert_no_secret(run: &Run, secret: &str) {
    for stream in [&run.stdout, &run.stderr] {
        assert!(!stream.contains(secret), "the password is shown:\n{stream}");
    }
}

/// Three revisions in a line: a1 <- a2 <- a3.
fn line_of_three() -> Sandbox {
    Sandbox::with_project().revision("a1aa", &[]).revision("a2aa", &["a1aa"]).revision("a3aa", &["a2aa"])
}
