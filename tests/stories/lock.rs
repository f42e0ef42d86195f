//! The lock file: git stops two branches that each add a revision, and an edit of what is locked is found.

use std::fs;

use serde_json::Value;

use super::forks::evidence;
use super::{finding, findings};
use crate::support::git;
use crate::support::sandbox::Run;
use crate::support::shop::Shop;

const FILE: &str = "migrations/alembic-doctor.lock";

/// A shop whose lock file is committed.
fn locked() -> Shop {
    let shop = Shop::new();
    shop.upgrade("b2bb");
    let run = lock(&shop, &[]);
    assert!(run.code == Some(0) && run.stdout == format!("locked 2 revisions in {FILE}\n"), "{run}");
    shop.commit("lock");
    shop
}

fn lock(shop: &Shop, arguments: &[&str]) -> Run {
    shop.sandbox.doctor(&[&["lock"], arguments].concat())
}

fn text(shop: &Shop) -> String {
    fs::read_to_string(shop.path().join(FILE)).unwrap()
}

fn check(shop: &Shop) -> (Value, i32) {
    shop.report(&["check"])
}

fn is_current(shop: &Shop) {
    let (document, code) = check(shop);
    assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
    assert_eq!(lock(shop, &["--check"]).code, Some(0));
}

#[test]
fn it_is_text_with_a_line_for_each_revision_and_stays_when_written_anew() {
    let shop = locked();
    let before = text(&shop);
    let lines: Vec<&str> = before.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    assert_eq!(lines.len(), 3, "{before}");
    assert_eq!(lines[0], "heads b2bb");
    assert!(lines[1].starts_with("a1aa ") && lines[1].ends_with(" after nothing"), "{before}");
    assert!(lines[2].starts_with("b2bb ") && lines[2].ends_with(" after a1aa"), "{before}");
    is_current(&shop);
    lock(&shop, &[]);
    assert_eq!(text(&shop), before);
    assert_eq!(shop.git(&["status", "--porcelain"]), "", "nothing is left beside it");
}

#[test]
fn layout_and_comments_are_not_locked() {
    let shop = locked();
    shop.edit("migrations/versions/b2bb_.py", "op.create_table(", "op.create_table(  # formatted\n        ");
    let path = shop.versions("a1aa");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace('\n', "\r\n")).unwrap();
    is_current(&shop);
    // Nor the line endings of the lock file itself.
    let path = shop.path().join(FILE);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace('\n', "\r\n")).unwrap();
    is_current(&shop);
}

#[test]
fn git_stops_when_two_branches_each_add_a_revision() {
    let shop = locked();
    for (branch, id) in [("one", "c3cc"), ("two", "d4dd")] {
        shop.git(&["checkout", "--quiet", "-b", branch, "main"]);
        shop.revision(id, Some("b2bb"));
        assert_eq!(lock(&shop, &[]).code, Some(0));
        shop.commit(branch);
    }
    shop.git(&["checkout", "--quiet", "main"]);
    shop.git(&["merge", "--quiet", "--no-edit", "one"]);
    let merge = git::command("git", shop.path()).args(["merge", "--no-edit", "two"]).output().unwrap();
    assert!(!merge.status.success(), "git merged it");
    assert_eq!(shop.git(&["diff", "--name-only", "--diff-filter=U"]).trim(), FILE, "and only there");

    // The way out: the fork is settled, and the file written anew.
    let (document, code) = check(&shop);
    assert_eq!((findings(&document), code), (vec!["stale-lock", "multiple-heads"], 1), "{document:#}");
    let found = finding(&document, "stale-lock");
    assert!(found["message"].as_str().unwrap().contains("git has left a conflict"), "{found:#}");
    let run = shop.sandbox.doctor(&["rebase", "d4dd", "--onto", "c3cc"]);
    assert!(run.code == Some(0) && run.stderr.contains("lock them anew: alembic-doctor lock"), "{run}");
    assert_eq!(lock(&shop, &[]).code, Some(0), "d4dd has not left its branch: it may move");
    shop.commit("merged");
    is_current(&shop);
    shop.upgrade_more("head");
    shop.is_healthy();
}

#[test]
fn a_look_at_it_promises_nothing_that_would_be_refused() {
    let shop = locked();
    shop.revision("c3cc", Some("b2bb"));
    let run = lock(&shop, &["--check"]);
    assert!(run.code == Some(1) && run.stderr.contains("alembic-doctor lock writes it anew"), "{run}");
    shop.remove("c3cc");
    shop.edit("migrations/versions/b2bb_.py", "t_b2bb", "t_other");
    let run = lock(&shop, &["--check"]);
    assert!(run.code == Some(1) && run.stderr.contains("what to do about it: alembic-doctor check"), "{run}");
    assert!(!run.stderr.contains("writes it anew"), "{run}");
    assert_eq!(lock(&shop, &[]).code, Some(1));
}

#[test]
fn one_branch_that_adds_a_revision_is_merged_without_a_conflict() {
    let shop = locked();
    shop.git(&["checkout", "--quiet", "-b", "one"]);
    shop.revision("c3cc", Some("b2bb"));
    lock(&shop, &[]);
    shop.commit("one");
    shop.git(&["checkout", "--quiet", "main"]);
    shop.sandbox.write("README.md", "something else\n");
    shop.commit("another file");
    shop.git(&["merge", "--quiet", "--no-edit", "one"]);
    is_current(&shop);
}

#[test]
fn a_revision_that_is_not_locked_is_found_and_locked() {
    let shop = locked();
    shop.revision("c3cc", Some("b2bb"));
    let run = lock(&shop, &["--check"]);
    assert!(run.code == Some(1) && run.stderr.contains("c3cc is not in it"), "{run}");
    let (document, code) = check(&shop);
    assert_eq!((findings(&document), code), (vec!["stale-lock"], 1), "{document:#}");
    shop.follow(&finding(&document, "stale-lock")["next"]);
    is_current(&shop);
}

#[test]
fn an_edit_of_a_locked_revision_is_found_with_the_lock_as_evidence() {
    let shop = locked();
    shop.edit("migrations/versions/a1aa_.py", "sa.Integer", "sa.BigInteger");
    let (document, code) = check(&shop);
    assert_eq!((findings(&document), code), (vec!["edited-revision"], 1), "{document:#}");
    let found = finding(&document, "edited-revision");
    assert!(evidence(found).contains("migrations/alembic-doctor.lock:5: a1aa "), "{found:#}");
    shop.follow(&found["next"]);
    let run = lock(&shop, &[]);
    assert!(run.code == Some(1) && run.stderr.contains("a1aa does something else (on main)"), "{run}");
    assert!(lock(&shop, &["--check"]).stderr.contains("a1aa does something else"));
    shop.follow(&found["or"][0]);
    is_current(&shop);
}

#[test]
fn what_has_not_left_its_branch_may_change() {
    let shop = locked();
    shop.git(&["checkout", "--quiet", "-b", "feature"]);
    shop.revision("c3cc", Some("b2bb"));
    lock(&shop, &[]);
    shop.commit("coupons");
    shop.edit("migrations/versions/c3cc_.py", "sa.Integer", "sa.BigInteger");
    // Only the base can tell that it is new.
    assert_eq!(findings(&check(&shop).0), ["edited-revision"]);
    let (document, code) = shop.report(&["check", "--diff-base", "main"]);
    assert_eq!((findings(&document), code), (vec!["stale-lock"], 1), "{document:#}");
    shop.follow(&finding(&document, "stale-lock")["next"]);
    is_current(&shop);
    // Once it is tagged somebody may have it.
    shop.commit("edited");
    shop.git(&["tag", "v1"]);
    shop.edit("migrations/versions/c3cc_.py", "sa.BigInteger", "sa.Text");
    let run = lock(&shop, &[]);
    assert!(run.code == Some(1) && run.stderr.contains("c3cc does something else (on v1)"), "{run}");
    shop.remove("c3cc");
    let run = lock(&shop, &[]);
    assert!(run.code == Some(1) && run.stderr.contains("c3cc is gone (on v1)"), "{run}");
}

#[test]
fn where_git_cannot_tell_nothing_is_taken_for_granted() {
    let shop = locked();
    shop.edit("migrations/versions/a1aa_.py", "sa.Integer", "sa.BigInteger");
    fs::rename(shop.path().join(".git/HEAD"), shop.path().join(".git/away")).unwrap();
    let run = lock(&shop, &[]);
    assert!(run.code == Some(1) && run.stderr.contains("who has it cannot be told"), "{run}");
}

#[test]
fn a_locked_revision_that_is_moved_or_gone_is_found_and_comes_back() {
    let shop = locked();
    shop.revision("x3xx", Some("a1aa"));
    shop.edit("migrations/versions/b2bb_.py", "a1aa", "x3xx");
    let (document, _) = check(&shop);
    assert_eq!(findings(&document), ["reparented-revision"], "{document:#}");
    let found = finding(&document, "reparented-revision");
    assert!(found["message"].as_str().unwrap().contains("moved from a1aa to x3xx since it was locked"), "{found:#}");
    shop.follow(&found["next"]);
    shop.remove("x3xx");
    is_current(&shop);

    shop.remove("b2bb");
    shop.commit("clean up");
    let (document, code) = check(&shop);
    assert_eq!((findings(&document), code), (vec!["deleted-revision"], 1), "{document:#}");
    let found = finding(&document, "deleted-revision");
    shop.follow(&found["next"]);
    is_current(&shop);
    shop.remove("b2bb");
    shop.follow(&found["or"][0]);
    is_current(&shop);
}

#[test]
fn nothing_of_somebody_else_is_overwritten() {
    let shop = Shop::new();
    for theirs in ["[package]\n", ""] {
        shop.sandbox.write(FILE, theirs);
        let run = lock(&shop, &[]);
        assert!(run.code == Some(2) && run.stderr.contains("is not overwritten"), "{run}");
        assert_eq!(text(&shop), theirs);
        assert_eq!(lock(&shop, &["--check"]).code, Some(1));
        assert_eq!(findings(&check(&shop).0), ["stale-lock"]);
    }
    let path = shop.path().join(FILE);
    fs::remove_file(&path).unwrap();
    for target in ["nowhere", "script.py.mako"] {
        std::os::unix::fs::symlink(target, &path).unwrap();
        assert_eq!(lock(&shop, &[]).code, Some(2), "a link is followed nowhere");
        fs::remove_file(&path).unwrap();
    }
    assert!(!shop.path().join("migrations/nowhere").exists());
    fs::create_dir(&path).unwrap();
    assert_eq!(lock(&shop, &[]).code, Some(2));
}

/// It is committed to stop something: as if it were not there would be green.
#[test]
fn a_lock_file_that_cannot_be_read_is_a_finding() {
    let shop = Shop::new();
    let path = shop.path().join(FILE);
    let is_said = |why: &str| {
        let (document, code) = check(&shop);
        assert_eq!((findings(&document), code), (vec!["stale-lock"], 1), "{document:#}");
        assert!(finding(&document, "stale-lock").to_string().contains(why), "{document:#}");
        assert_eq!((lock(&shop, &["--check"]).code, lock(&shop, &[]).code), (Some(1), Some(2)));
    };
    fs::create_dir(&path).unwrap();
    is_said("it is no plain file");
    fs::remove_dir(&path).unwrap();
    // It would be waited for without end.
    git::command("mkfifo", shop.path()).arg(&path).status().unwrap();
    is_said("it is no plain file");
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("alembic-doctor.lock", &path).unwrap();
    is_said("it cannot be read");
    fs::remove_file(&path).unwrap();
    fs::File::create(&path).unwrap().set_len(17 << 20).unwrap();
    is_said("larger than 16 MB");
}

#[test]
fn without_a_lock_file_nothing_is_asked_of_anybody() {
    let shop = Shop::new();
    let (document, code) = check(&shop);
    assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
    let run = lock(&shop, &["--check"]);
    assert!(run.code == Some(1) && run.stderr.contains("alembic-doctor lock writes one"), "{run}");
    assert!(!shop.path().join(FILE).exists(), "a look writes nothing");
}

#[test]
fn a_graph_in_doubt_is_not_locked() {
    let shop = Shop::new();
    shop.sandbox.write("migrations/versions/broken.py", "revision = (\n");
    let run = lock(&shop, &[]);
    assert!(run.code == Some(1) && run.stderr.contains("in doubt") && !shop.path().join(FILE).exists(), "{run}");
    shop.remove("a1aa");
    shop.remove("b2bb");
    fs::remove_file(shop.path().join("migrations/versions/broken.py")).unwrap();
    assert_eq!(lock(&shop, &[]).code, Some(3), "there is nothing to lock");
}

#[test]
fn only_what_is_there_can_be_accepted() {
    let shop = locked();
    let run = lock(&shop, &["--accept", "nope"]);
    assert!(run.code == Some(2) && run.stderr.contains("--accept nope"), "{run}");
}
