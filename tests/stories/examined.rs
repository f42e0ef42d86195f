//! Which revisions `check` looks into: those that a branch brings.

use std::fs;

use super::report;
use crate::support::git;
use crate::support::sandbox::Sandbox;

fn scope(sandbox: &Sandbox) -> String {
    let (document, _) = report(sandbox, &["check"]);
    let looked = &document["summary"]["operations"];
    format!("{} of {}", looked["revisions"], looked["scope"].as_str().unwrap())
}

#[test]
fn what_the_remote_calls_its_default_comes_before_the_usual_names() {
    let upstream = Sandbox::with_project().revision_with("a1aa", &[], "", "    op.drop_table('a')");
    fs::remove_dir(upstream.path().join(".git")).unwrap();
    let commit = |folder: &Sandbox, message: &str| {
        git::run(folder.path(), &["add", "--all"]);
        git::run(folder.path(), &["commit", "--quiet", "--message", message]);
    };
    git::run(upstream.path(), &["init", "--quiet", "--initial-branch", "main", "."]);
    commit(&upstream, "released");
    git::run(upstream.path(), &["checkout", "--quiet", "-b", "trunk"]);
    let upstream = upstream.revision_with("b2bb", &["a1aa"], "", "    op.drop_table('b')");
    commit(&upstream, "develop");

    let clone = Sandbox::new();
    fs::remove_dir(clone.path().join(".git")).unwrap();
    git::run(clone.path(), &["clone", "--quiet", upstream.path().to_str().unwrap(), "."]);
    git::run(clone.path(), &["checkout", "--quiet", "-b", "feature"]);
    let clone = clone.revision_with("c3cc", &["b2bb"], "", "    op.drop_table('c')");
    assert_eq!(scope(&clone), "1 of those changed since origin/trunk");

    // Without a word of the remote, the usual names count.
    git::run(clone.path(), &["remote", "set-head", "origin", "--delete"]);
    assert_eq!(scope(&clone), "2 of those changed since origin/main");
}
