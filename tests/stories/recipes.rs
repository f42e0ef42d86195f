//! The recipes in `examples/` and the pre-commit hooks: their commands are taken out of the files and run
//! in real repositories, as GitHub, GitLab, pre-commit and git would run them.

use std::fs;
use std::path::{Path, PathBuf};

use super::forks::forking;
use crate::support::sandbox::Sandbox;
use crate::support::shop::Shop;

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(root(path)).unwrap()
}

/// The commands of a file: what follows `marker` on its line, or in the block below it.
fn commands(text: &str, marker: &str) -> Vec<String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(command) = line.trim_start().strip_prefix(marker) else { continue };
        if command != "|" {
            found.push(command.to_owned());
            continue;
        }
        let mut block = String::new();
        while let Some(inner) = lines.next_if(|inner| indent(inner) > indent(line)) {
            block.push_str(inner);
            block.push('\n');
        }
        found.push(block);
    }
    assert!(!found.is_empty(), "no {marker} in {text}");
    found
}

/// A clone of the branch that is checked out in another shop, as a runner makes it.
fn runner(origin: &Shop) -> Shop {
    let clone = Shop::in_sandbox(Sandbox::new());
    fs::remove_dir(clone.path().join(".git")).unwrap();
    clone.git(&["clone", "--quiet", &format!("file://{}", origin.path().display()), "."]);
    clone.git(&["checkout", "--quiet", "--detach"]);
    // Main has gone on since the runner cloned it.
    clone.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    clone
}

/// Runs the commands one after the other, as one job; what the last of them said, and whether all worked.
fn job(clone: &Shop, commands: &[String]) -> (String, bool) {
    let script = clone.sandbox.write(".git/job.sh", format!("set -e\n{}\n", commands.join("\n")));
    clone.run(&format!("bash {}", script.display()))
}

#[test]
fn the_github_job_stops_a_fork_and_lets_the_cure_pass() {
    let origin = forking();
    let commands = commands(&read("examples/ci/github.yml"), "- run: ");
    let clone = runner(&origin).map(|sandbox| sandbox.env("GITHUB_BASE_REF", "main"));
    let (said, worked) = job(&clone, &commands);
    assert!(!worked && said.contains("::error") && said.contains("future-fork"), "{said}");
    assert!(said.contains("%0Anext: git merge") && said.contains("%0Anext: alembic-doctor rebase "), "{said}");
    origin.git(&["merge", "--quiet", "--no-edit", "main"]);
    assert_eq!(origin.sandbox.doctor(&["rebase", "d4dd", "--onto", "c3cc"]).code, Some(0));
    origin.commit("behind main");
    let clone = runner(&origin).map(|sandbox| sandbox.env("GITHUB_BASE_REF", "main"));
    let (said, worked) = job(&clone, &commands);
    assert!(worked, "{said}");
}

#[test]
fn the_open_pull_requests_are_looked_at_together() {
    let origin = Shop::new();
    for (number, id) in [("7", "c3cc"), ("8", "d4dd")] {
        origin.git(&["checkout", "--quiet", "-b", &format!("branch-{number}"), "main"]);
        origin.revision(id, Some("b2bb"));
        origin.commit("a revision");
        origin.git(&["update-ref", &format!("refs/pull/{number}/head"), "HEAD"]);
    }
    let commands = commands(&read("examples/ci/github-open-pull-requests.yml"), "- run: ");
    let job_with = |open: &str| {
        let clone = runner(&origin);
        // It lists 30 unless told, the newest first.
        let gh = format!("#!/bin/sh\ncase \"$*\" in *--limit\\ 1000*) {open} ;; *) exit 1 ;; esac\n");
        clone.sandbox.program(".git/programs/gh", &gh);
        let clone = clone.map(|sandbox| sandbox.env("GITHUB_BASE_REF", "main").env("NUMBER", "8"));
        job(&clone, &commands)
    };
    let (said, worked) = job_with("printf '8\\n'");
    assert!(worked, "alone it is fine: {said}");
    let (said, worked) = job_with("printf '7\\n8\\n'");
    assert!(!worked && said.contains("c3cc of pull/7 and d4dd of this branch"), "{said}");
    let (said, worked) = job_with("exit 4");
    assert!(!worked, "nobody was asked, and it passed: {said}");
}

#[test]
fn the_gitlab_job_stops_a_fork_with_a_report() {
    let origin = forking();
    let text = read("examples/ci/gitlab.yml");
    let (_, script) = text.split_once("  script:\n").unwrap();
    let (script, _) = script.split_once("  artifacts:").unwrap();
    let clone = runner(&origin).map(|sandbox| sandbox.env("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"));
    let (said, worked) = job(&clone, &commands(script, "- "));
    assert!(!worked, "{said}");
    let report = fs::read_to_string(clone.path().join("migrations.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert!(report.as_array().unwrap().iter().any(|entry| entry["check_name"] == "future-fork"), "{report:#}");
}

/// The hooks, as pre-commit reads them: the values by key.
fn hooks() -> Vec<std::collections::BTreeMap<String, String>> {
    let text = read(".pre-commit-hooks.yaml");
    let hooks = text.split("\n- ").map(|hook| {
        let pairs = hook.trim_start_matches("- ").lines().filter_map(|line| line.trim().split_once(": "));
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    });
    hooks.collect()
}

#[test]
fn the_pre_commit_hooks_fail_on_what_is_wrong_and_pass_else() {
    let hooks = hooks();
    let ids: Vec<&str> = hooks.iter().map(|hook| hook["id"].as_str()).collect();
    assert_eq!(ids, ["alembic-doctor", "alembic-doctor-system", "alembic-doctor-lock"]);
    let shop = Shop::new();
    assert_eq!(shop.sandbox.doctor(&["lock"]).code, Some(0));
    for hook in &hooks {
        assert_eq!(hook["pass_filenames"], "false", "it looks at the project, not at a list of files");
        let (said, worked) = shop.run(&hook["entry"]);
        assert!(worked, "{}: {said}", hook["id"]);
    }
    shop.revision("c3cc", Some("a1aa"));
    for hook in &hooks {
        assert!(!shop.run(&hook["entry"]).1, "{} passes two heads", hook["id"]);
    }
}

#[test]
fn the_hook_after_a_merge_says_what_it_made_and_fails_nothing() {
    let shop = forking();
    shop.sandbox.program(".git/hooks/post-merge", &read("examples/git-hooks/post-merge"));
    let (said, worked) = shop.run("git merge --no-edit main");
    assert!(
        worked && said.contains("multiple-heads") && said.contains("alembic-doctor check says what to do"),
        "{said}"
    );
    shop.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    shop.remove("d4dd");
    shop.commit("nothing here");
    let (said, worked) = shop.run("git merge --no-edit main");
    assert!(worked && !said.contains("multiple-heads") && !said.contains("two lines"), "{said}");
}
