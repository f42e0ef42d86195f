//! Forks that do not exist yet: real repositories whose branches are each fine, and what becomes of
//! them when they are merged.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{finding, findings};
use crate::support::shop::Shop;

/// The database is at `b2bb`, `main` has `c3cc` after `b2bb`, and the branch `feature`, which is checked out, has `d4dd`.
pub(super) fn forking() -> Shop {
    let shop = Shop::new();
    shop.upgrade("b2bb");
    shop.git(&["checkout", "--quiet", "-b", "feature"]);
    shop.revision("d4dd", Some("b2bb"));
    shop.commit("refunds");
    shop.git(&["checkout", "--quiet", "main"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("coupons");
    shop.git(&["checkout", "--quiet", "feature"]);
    shop
}

pub(super) fn check(shop: &Shop, arguments: &[&str]) -> (Value, i32) {
    shop.report(&[&["check", "--select", RULES], arguments].concat())
}

/// The rules that a merge is about.
const RULES: &str = "future-fork,future-duplicate-id,non-linear-insertion,reparented-revision,edited-revision,\
                     deleted-revision,multiple-heads,duplicate-revision-id,missing-parent";

pub(super) fn evidence(finding: &Value) -> String {
    finding["evidence"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

pub(super) fn skipped(document: &Value) -> String {
    document["summary"]["skipped"].to_string()
}

/// Every file below a folder, and what is in it.
pub(super) fn everything(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.insert(format!("{}/", path.display()), Vec::new());
                waiting.push(path);
            } else {
                found.insert(path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Follows the printed way on the branch, and proves with the real Alembic that the merged tree has one head.
fn cures(shop: &Shop, steps: &Value, base: &str) {
    shop.follow(steps);
    shop.git(&["add", "--all"]);
    shop.git(&["commit", "--quiet", "-m", "settled"]);
    let (document, code) = check(shop, &["--diff-base", base]);
    assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
    shop.git(&["checkout", "--quiet", "main"]);
    shop.git(&["merge", "--quiet", "--no-edit", "feature"]);
    assert_eq!(shop.sandbox.alembic(&["heads"]).stdout.lines().count(), 1);
    shop.upgrade_more("head");
    shop.is_healthy();
}

#[test]
fn two_branches_that_are_each_fine_are_two_heads_once_merged() {
    let shop = forking();
    let (document, code) = check(&shop, &[]);
    assert_eq!((findings(&document), code), (vec![], 0), "this branch alone has one head");
    let before = everything(&shop.path().join(".git"));

    let (document, code) = check(&shop, &["--diff-base", "main"]);
    assert_eq!(everything(&shop.path().join(".git")), before, "nothing is written into the repository");
    assert_eq!((findings(&document), code), (vec!["future-fork"], 1), "{document:#}");
    let found = finding(&document, "future-fork");
    let message = found["message"].as_str().unwrap();
    assert!(message.contains("merged into main there are 2 heads, c3cc of main and d4dd of this branch"), "{message}");
    let evidence = evidence(found);
    let author = shop.git(&["log", "-1", "--date=short", "--format=%h, %cd, %an: %s", "--abbrev=10", "main"]);
    assert!(evidence.contains(&format!("came to main in commit {}", author.trim())), "{evidence}");
    assert!(evidence.contains("git merges the files without a conflict"), "{evidence}");
    assert!(evidence.contains("they part at b2bb"), "{evidence}");
    assert_eq!(found["location"]["path"].as_str(), Some("migrations/versions/d4dd_.py"), "{found:#}");
    assert!(found["next"][1]["why"].as_str().unwrap().contains("`down_revision = \"c3cc\"`"), "{found:#}");
    // What was said is true: the real merge is clean, and the real Alembic then has two heads.
    cures(&shop, &found["next"], "main");
}

#[test]
fn the_other_way_joins_the_two() {
    let shop = forking();
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    cures(&shop, &finding(&document, "future-fork")["or"][0], "main");
}

#[test]
fn what_is_not_committed_yet_belongs_to_the_branch() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("coupons");
    shop.git(&["checkout", "--quiet", "-b", "feature", "HEAD~1"]);
    shop.revision("d4dd", Some("b2bb"));
    assert_eq!(findings(&check(&shop, &["--diff-base", "main"]).0), ["future-fork"]);
    shop.git(&["add", "--all"]);
    assert_eq!(findings(&check(&shop, &["--diff-base", "main"]).0), ["future-fork"], "staged");
    shop.remove("d4dd");
    assert!(findings(&check(&shop, &["--diff-base", "main"]).0).is_empty());
    // A removal that is not committed is one, too.
    shop.remove("b2bb");
    shop.git(&["add", "--all"]);
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    assert!(findings(&document).contains(&"deleted-revision"), "{document:#}");
}

#[test]
fn three_pull_requests_that_are_each_fine_fork_together() {
    let shop = Shop::new();
    shop.upgrade("b2bb");
    for (branch, id) in [("one", "c3cc"), ("two", "d4dd"), ("three", "e5ee")] {
        shop.git(&["checkout", "--quiet", "-b", branch, "main"]);
        shop.revision(id, Some("b2bb"));
        shop.commit(branch);
        assert!(findings(&check(&shop, &["--diff-base", "main"]).0).is_empty(), "{branch} alone is fine");
    }
    let (document, code) = check(&shop, &["--diff-base", "main", "--also", "one", "--also", "two"]);
    assert_eq!((findings(&document), code), (vec!["future-fork"], 1), "{document:#}");
    let found = finding(&document, "future-fork");
    let message = found["message"].as_str().unwrap();
    for part in ["main after one and two", "3 heads", "c3cc of one", "d4dd of two", "e5ee of this branch"] {
        assert!(message.contains(part), "{part} in {message}");
    }
    // With one of them the way is a line again.
    let (document, _) = check(&shop, &["--diff-base", "main", "--also", "one"]);
    shop.follow(&finding(&document, "future-fork")["next"]);
    let (document, code) = check(&shop, &["--diff-base", "main", "--also", "one"]);
    assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
    // Two others that fork are not this branch's business to change.
    shop.git(&["checkout", "--quiet", "--force", "main"]);
    let (document, _) = check(&shop, &["--diff-base", "main", "--also", "one", "--also", "two"]);
    let found = finding(&document, "future-fork");
    shop.follow(&found["next"]);
    assert_eq!(found["next"][0]["changes"], "nothing", "{found:#}");
}

#[test]
fn the_same_id_in_two_files_is_told_before_the_merge() {
    let shop = forking();
    shop.sandbox.write("migrations/versions/c3cc_mine.py", {
        let text = fs::read_to_string(shop.versions("d4dd")).unwrap();
        text.replace("d4dd", "c3cc")
    });
    shop.remove("d4dd");
    shop.commit("an id by hand");
    let (document, code) = check(&shop, &["--diff-base", "main"]);
    assert_eq!((findings(&document), code), (vec!["future-duplicate-id"], 1), "{document:#}");
    let found = finding(&document, "future-duplicate-id");
    let evidence = evidence(found);
    for part in ["migrations/versions/c3cc_.py of main", "migrations/versions/c3cc_mine.py of this branch"] {
        assert!(evidence.contains(part), "{evidence}");
    }
    // They make the same table: one of them is enough.
    assert!(evidence.contains("both do the same"), "{evidence}");
    cures(&shop, &found["next"], "main");
}

#[test]
fn a_file_with_an_id_that_the_base_has_gets_another_one() {
    let shop = forking();
    let text = fs::read_to_string(shop.versions("d4dd")).unwrap();
    shop.sandbox.write("migrations/versions/c3cc_mine.py", text.replace("t_d4dd", "t_mine").replace("d4dd", "c3cc"));
    shop.remove("d4dd");
    shop.commit("an id by hand");
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    let found = finding(&document, "future-duplicate-id");
    assert_eq!(found["next"].as_array().unwrap().len(), 3, "{found:#}");
    cures(&shop, &found["next"], "main");
    assert_eq!((shop.rows("t_c3cc"), shop.rows("t_mine")), (0, 0), "both have run");
}

#[test]
fn two_files_of_one_name_and_id_are_two_revisions_and_a_conflict() {
    let shop = forking();
    let text = fs::read_to_string(shop.versions("d4dd")).unwrap();
    let mine = text.replace("t_d4dd", "t_mine").replace("d4dd", "c3cc").replacen("\"\"\"", "\"\"\"mine ", 1);
    fs::write(shop.versions("c3cc"), mine).unwrap();
    shop.remove("d4dd");
    shop.commit("an id by hand");
    let (document, code) = check(&shop, &["--diff-base", "main"]);
    assert_eq!((findings(&document), code), (vec!["future-duplicate-id"], 1), "{document:#}");
    assert!(skipped(&document).contains("c3cc_.py"), "{document:#}");
}

/// `x3xx` was put below `c3cc`, which main has.
fn inserting(shop: &Shop) {
    shop.git(&["merge", "--quiet", "main"]);
    shop.remove("d4dd");
    shop.revision("x3xx", Some("b2bb"));
    shop.edit("migrations/versions/c3cc_.py", "b2bb", "x3xx");
    shop.commit("in between");
}

#[test]
fn a_new_revision_below_one_of_the_base_never_runs() {
    let shop = forking();
    inserting(&shop);
    let (document, code) = check(&shop, &["--diff-base", "main"]);
    assert_eq!((findings(&document), code), (vec!["reparented-revision", "non-linear-insertion"], 1), "{document:#}");
    let found = finding(&document, "non-linear-insertion");
    let message = found["message"].as_str().unwrap();
    assert!(message.contains("x3xx stands below c3cc, which main already has"), "{message}");
    cures(&shop, &found["next"], "main");
}

#[test]
fn a_moved_revision_of_the_base_is_told_with_the_same_cure() {
    let shop = forking();
    inserting(&shop);
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    let found = finding(&document, "reparented-revision");
    assert!(found["message"].as_str().unwrap().contains("was moved from b2bb to x3xx on this branch"), "{found:#}");
    cures(&shop, &found["next"], "main");
}

#[test]
fn an_edit_of_what_the_base_has_is_told_and_a_new_layout_is_not() {
    let shop = forking();
    let path = "migrations/versions/b2bb_.py";
    shop.edit(path, "op.create_table(", "op.create_table(  # formatted\n        ");
    shop.commit("formatted");
    shop.git(&["merge", "--quiet", "main"]);
    shop.remove("d4dd");
    shop.commit("nothing else");
    assert!(findings(&check(&shop, &["--diff-base", "main"]).0).is_empty());
    shop.edit(path, "sa.Integer", "sa.BigInteger");
    let (document, code) = check(&shop, &["--diff-base", "main"]);
    assert_eq!((findings(&document), code), (vec!["edited-revision"], 1), "not committed: {document:#}");
    shop.commit("edited");
    let (document, code) = check(&shop, &["--diff-base", "main"]);
    assert_eq!((findings(&document), code), (vec!["edited-revision"], 1), "{document:#}");
    let found = finding(&document, "edited-revision");
    assert!(
        found["message"].as_str().unwrap().contains("b2bb, which main has, was edited on this branch"),
        "{found:#}"
    );
    shop.follow(&found["next"]);
    cures(&shop, &found["or"][0], "main");
}

#[test]
fn what_the_base_itself_edited_is_not_this_branch_s_doing() {
    let shop = forking();
    shop.git(&["checkout", "--quiet", "main"]);
    shop.edit("migrations/versions/b2bb_.py", "sa.Integer", "sa.BigInteger");
    shop.commit("edited on main");
    shop.git(&["checkout", "--quiet", "feature"]);
    assert_eq!(findings(&check(&shop, &["--diff-base", "main"]).0), ["future-fork"]);
    // Nor what it removed.
    shop.git(&["checkout", "--quiet", "main"]);
    shop.remove("c3cc");
    shop.commit("reverted");
    shop.git(&["checkout", "--quiet", "feature"]);
    assert!(findings(&check(&shop, &["--diff-base", "main"]).0).is_empty());
}

#[test]
fn a_removed_revision_of_the_base_comes_back() {
    let shop = forking();
    shop.git(&["merge", "--quiet", "main"]);
    shop.remove("c3cc");
    shop.commit("clean up");
    let (document, code) = check(&shop, &["--diff-base", "main"]);
    assert_eq!((findings(&document), code), (vec!["deleted-revision"], 1), "{document:#}");
    let found = finding(&document, "deleted-revision");
    assert!(found["message"].as_str().unwrap().contains("c3cc, which main has, is gone on this branch"), "{found:#}");
    shop.follow(&found["next"]);
    assert!(shop.versions("c3cc").exists());
    assert!(!findings(&check(&shop, &["--diff-base", "main"]).0).contains(&"deleted-revision"));
}

#[test]
fn what_another_pull_request_does_is_told_with_its_name() {
    let shop = forking();
    shop.git(&["checkout", "--quiet", "-b", "tidy", "main"]);
    shop.edit("migrations/versions/b2bb_.py", "sa.Integer", "sa.BigInteger");
    shop.commit("tidy");
    shop.git(&["checkout", "--quiet", "feature"]);
    let (document, _) = check(&shop, &["--diff-base", "main", "--also", "tidy"]);
    let found = finding(&document, "edited-revision");
    assert!(found["message"].as_str().unwrap().contains("was edited on tidy"), "{found:#}");
    shop.follow(&found["next"]);
}
