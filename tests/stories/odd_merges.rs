//! Merges that are not simple: conflicts, moved and rewritten files, histories that are cut off, and a
//! git that cannot simulate one.

use std::fs;

use super::forks::{check, everything, evidence, forking, skipped};
use super::{finding, findings};
use crate::support::sandbox::Sandbox;
use crate::support::shop::Shop;

#[test]
fn a_conflict_in_a_version_file_is_told() {
    let shop = forking();
    shop.git(&["checkout", "--quiet", "main"]);
    shop.edit("migrations/versions/b2bb_.py", "sa.Integer", "sa.BigInteger");
    shop.commit("edited on main");
    shop.git(&["checkout", "--quiet", "feature"]);
    shop.edit("migrations/versions/b2bb_.py", "sa.Integer", "sa.SmallInteger");
    shop.commit("edited here");
    let (document, code) = check(&shop, &["--diff-base", "main"]);
    assert_eq!(code, 1);
    assert_eq!(findings(&document), ["edited-revision", "future-fork"], "{document:#}");
    assert!(skipped(&document).contains("what the merge into main makes of migrations/versions/b2bb_.py"));
    assert!(!evidence(finding(&document, "future-fork")).contains("without a conflict"));
}

#[test]
fn a_file_removed_here_and_edited_there_is_a_conflict_and_not_gone() {
    let shop = forking();
    shop.git(&["checkout", "--quiet", "main"]);
    shop.edit("migrations/versions/b2bb_.py", "sa.Integer", "sa.BigInteger");
    shop.commit("edited on main");
    shop.git(&["checkout", "--quiet", "-b", "other", "main~2"]);
    shop.remove("b2bb");
    shop.commit("removed here");
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    assert!(!findings(&document).contains(&"deleted-revision"), "{document:#}");
    assert!(skipped(&document).contains("b2bb_.py"), "{document:#}");
}

#[test]
fn carriage_returns_are_no_edit() {
    let shop = forking();
    shop.git(&["merge", "--quiet", "main"]);
    shop.remove("d4dd");
    let path = shop.versions("b2bb");
    let text = fs::read_to_string(&path).unwrap().replace('\n', "\r\n");
    fs::write(&path, text).unwrap();
    let both = |what: &str| {
        let (document, code) = check(&shop, &["--diff-base", "main"]);
        assert_eq!((findings(&document), code), (vec![], 0), "{what}: {document:#}");
    };
    both("in the working tree");
    shop.commit("line endings");
    both("committed");
    shop.git(&["config", "core.autocrlf", "true"]);
    shop.git(&["checkout", "--quiet", "main"]);
    shop.git(&["checkout", "--quiet", "feature"]);
    both("checked out with autocrlf");
}

#[test]
fn a_renamed_file_is_the_same_revision() {
    let shop = forking();
    shop.git(&["merge", "--quiet", "main"]);
    shop.remove("d4dd");
    shop.git(&["mv", "migrations/versions/b2bb_.py", "migrations/versions/2026_b2bb_users.py"]);
    let both = |what: &str| {
        let (document, code) = check(&shop, &["--diff-base", "main"]);
        assert_eq!((findings(&document), code), (vec![], 0), "{what}: {document:#}");
    };
    both("staged");
    shop.commit("a better name");
    both("committed");
    // An edit on main follows the file, as git's own merge does.
    shop.git(&["checkout", "--quiet", "main"]);
    shop.edit("migrations/versions/b2bb_.py", "sa.Integer", "sa.BigInteger");
    shop.commit("edited on main");
    shop.git(&["checkout", "--quiet", "feature"]);
    both("edited on main");
    // An edit here does not hide behind the new name.
    shop.git(&["merge", "--quiet", "--no-edit", "main"]);
    shop.edit("migrations/versions/2026_b2bb_users.py", "sa.BigInteger", "sa.Text");
    shop.commit("edited here");
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    assert_eq!(findings(&document), ["edited-revision"], "{document:#}");
    shop.follow(&finding(&document, "edited-revision")["next"]);
}

#[test]
fn an_edit_that_is_not_committed_follows_the_name_that_the_base_gave_the_file() {
    let shop = forking();
    shop.git(&["checkout", "--quiet", "main"]);
    shop.git(&["mv", "migrations/versions/b2bb_.py", "migrations/versions/2026_b2bb_users.py"]);
    shop.commit("a better name");
    shop.git(&["checkout", "--quiet", "feature"]);
    shop.edit("migrations/versions/b2bb_.py", "sa.Integer", "sa.Text");
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    assert_eq!(findings(&document), ["edited-revision", "future-fork"], "{document:#}");
}

#[test]
fn a_branch_that_was_squashed_into_the_base_is_fine_and_forks_when_it_goes_on() {
    let shop = forking();
    shop.git(&["checkout", "--quiet", "main"]);
    shop.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    shop.git(&["merge", "--quiet", "--squash", "feature"]);
    shop.commit("squashed");
    shop.git(&["checkout", "--quiet", "feature"]);
    let (document, code) = check(&shop, &["--diff-base", "main"]);
    assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
    // Main goes on, and so does the branch.
    shop.git(&["checkout", "--quiet", "main"]);
    shop.revision("e5ee", Some("d4dd"));
    shop.commit("next");
    shop.git(&["checkout", "--quiet", "feature"]);
    shop.revision("f6ff", Some("d4dd"));
    shop.commit("next here");
    assert_eq!(findings(&check(&shop, &["--diff-base", "main"]).0), ["future-fork"]);
    // An edit after the squash is an edit of what main has, though git sees two new files.
    shop.remove("f6ff");
    shop.edit("migrations/versions/d4dd_.py", "sa.Integer", "sa.Text");
    shop.commit("edited");
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    assert_eq!(findings(&document), ["edited-revision"], "{document:#}");
}

#[test]
fn a_file_moved_to_another_version_location_is_the_same_revision() {
    let shop = forking();
    let ini = fs::read_to_string(shop.path().join("alembic.ini")).unwrap();
    let located = ini.replacen("[alembic]", "[alembic]\nversion_locations = migrations/versions:migrations/old", 1);
    for branch in ["main", "feature"] {
        shop.git(&["checkout", "--quiet", branch]);
        shop.sandbox.write("alembic.ini", &located);
        shop.sandbox.write("migrations/old/README", "");
        shop.commit("two locations");
    }
    shop.git(&["mv", "migrations/versions/a1aa_.py", "migrations/old/a1aa_.py"]);
    shop.commit("moved");
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    assert_eq!(findings(&document), ["future-fork"], "{document:#}");
}

#[test]
fn a_project_below_the_root_of_its_repository_is_found_there() {
    let shop = Shop::in_sandbox(Sandbox::new());
    shop.git(&["init", "--quiet", "--initial-branch=main"]);
    let inner = Sandbox::with_project().database_url("sqlite:///app.db");
    let backend = shop.path().join("back end");
    fs::create_dir(&backend).unwrap();
    for name in ["alembic.ini", "migrations"] {
        fs::rename(inner.path().join(name), backend.join(name)).unwrap();
    }
    let write = |id: &str, down: &[&str]| {
        let text = crate::support::sandbox::revision_text(id, down, "", "    pass");
        shop.sandbox.write(&format!("back end/migrations/versions/{id}_.py"), text);
    };
    write("a1aa", &[]);
    shop.commit("start");
    shop.git(&["checkout", "--quiet", "-b", "feature"]);
    write("c3cc", &["a1aa"]);
    shop.commit("mine");
    shop.git(&["checkout", "--quiet", "main"]);
    write("b2bb", &["a1aa"]);
    shop.commit("theirs");
    shop.git(&["checkout", "--quiet", "feature"]);
    let (document, code) = check(&shop, &["-C", "back end", "--diff-base", "main"]);
    assert_eq!((findings(&document), code), (vec!["future-fork"], 1), "{document:#}");
    let found = finding(&document, "future-fork");
    assert_eq!(found["location"]["path"], "migrations/versions/c3cc_.py");
    assert!(evidence(found).contains("came to main in commit"), "{found:#}");
}

#[test]
fn a_name_that_means_nothing_is_an_error_of_usage() {
    let shop = forking();
    for (arguments, said) in [
        (&["--diff-base", "origin/nope"][..], "--diff-base origin/nope: this repository has no such branch"),
        (&["--diff-base", "main", "--also", "nope"], "--also nope: this repository has no such branch"),
        (&["--diff-base=--output=x"], "no such branch"),
        (&["--also", "main"], "--diff-base"),
    ] {
        let run = shop.sandbox.doctor(&[&["check"], arguments].concat());
        assert!(run.code == Some(2) && run.stderr.contains(said), "{arguments:?}: {run}");
    }
    let run = shop.sandbox.doctor(&["check", "--diff-base", "origin/nope"]);
    assert!(run.stderr.contains("git fetch origin nope"), "{run}");
    assert!(!shop.path().join("x").exists());
}

#[test]
fn without_git_it_says_so() {
    let sandbox = Sandbox::with_project().revision("a1aa", &[]);
    let run = sandbox.doctor(&["check", "--diff-base", "main"]);
    assert!(run.code == Some(2) && run.stderr.contains("--diff-base main: git says: not a git repository"), "{run}");
    let sandbox = sandbox.env("PATH", "/nowhere");
    let run = sandbox.doctor(&["check", "--diff-base", "main"]);
    assert!(run.code == Some(2) && run.stderr.contains("the git command cannot be run"), "{run}");
}

#[test]
fn a_branch_without_a_commit_cannot_be_merged() {
    let shop = forking();
    shop.git(&["checkout", "--quiet", "--orphan", "empty"]);
    let (document, code) = check(&shop, &["--diff-base", "main"]);
    assert_eq!(code, 4, "{document:#}");
    assert!(skipped(&document).contains("nothing is committed on this branch yet"), "{document:#}");
}

/// A clone with only the newest commit of each branch.
fn shallow(origin: &Shop) -> Shop {
    let clone = Shop::in_sandbox(Sandbox::new());
    fs::remove_dir_all(clone.path().join(".git")).unwrap();
    let url = format!("file://{}", origin.path().display());
    clone.git(&["clone", "--quiet", "--depth=1", "--branch=feature", "--no-single-branch", &url, "."]);
    clone
}

#[test]
fn a_shallow_clone_finds_the_fork_and_says_what_it_cannot_know() {
    let origin = forking();
    origin.git(&["mv", "migrations/versions/a1aa_.py", "migrations/versions/2026_a1aa.py"]);
    origin.commit("a better name");
    let clone = shallow(&origin);
    let (document, code) = check(&clone, &["--diff-base", "origin/main"]);
    assert_eq!((findings(&document), code), (vec!["future-fork"], 1), "{document:#}");
    let said = skipped(&document);
    assert!(said.contains("the exact merge into origin/main") && said.contains("unrelated histories"), "{said}");
    assert!(said.contains("what this branch changed or removed of origin/main"), "{said}");

    // What it cannot know it does not claim.
    origin.git(&["merge", "--quiet", "--no-edit", "main"]);
    origin.remove("d4dd");
    origin.edit("migrations/versions/b2bb_.py", "sa.Integer", "sa.Text");
    origin.remove("c3cc");
    origin.commit("edited and removed");
    let clone = shallow(&origin);
    let (document, code) = check(&clone, &["--diff-base", "origin/main"]);
    assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
    assert_eq!(document["verdict"], "incomplete");
    assert!(skipped(&document).contains("b2bb_.py"), "{document:#}");
}

#[test]
fn a_shallow_clone_that_reaches_back_far_enough_is_as_good_as_a_whole_one() {
    let origin = forking();
    let clone = shallow(&origin);
    clone.git(&["fetch", "--quiet", "--depth=2", "origin", "+refs/heads/*:refs/remotes/origin/*"]);
    let (document, _) = check(&clone, &["--diff-base", "origin/main"]);
    assert_eq!(findings(&document), ["future-fork"]);
    assert!(evidence(finding(&document, "future-fork")).contains("without a conflict"), "{document:#}");
}

#[test]
fn histories_that_have_nothing_in_common_are_put_together() {
    let shop = forking();
    shop.git(&["checkout", "--quiet", "--orphan", "again"]);
    shop.commit("a new start");
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    assert_eq!(findings(&document), ["future-fork"], "{document:#}");
    assert!(skipped(&document).contains("the commit where they parted is not in this clone"), "{document:#}");
}

/// A `git` that knows no `merge-tree --write-tree`, or cannot write anywhere.
pub(super) fn with_old_git(shop: Shop) -> Shop {
    let real =
        String::from_utf8(std::process::Command::new("sh").args(["-c", "command -v git"]).output().unwrap().stdout);
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *merge-tree*) echo 'usage: git merge-tree <base> <a> <b>' >&2; exit 129;; esac\n\
         exec {} \"$@\"\n",
        real.unwrap().trim()
    );
    let path = shop.sandbox.program(".git/old/git", &script);
    let path = format!("{}:{}", path.parent().unwrap().display(), std::env::var("PATH").unwrap());
    shop.map(|sandbox| sandbox.env("PATH", &path))
}

#[test]
fn an_old_git_gives_the_same_answer_file_by_file() {
    let shop = forking();
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    let exact = finding(&document, "future-fork")["message"].clone();
    let shop = with_old_git(shop);
    let (document, code) = check(&shop, &["--diff-base", "main"]);
    assert_eq!((findings(&document), code), (vec!["future-fork"], 1), "{document:#}");
    assert_eq!(finding(&document, "future-fork")["message"], exact);
    assert!(evidence(finding(&document, "future-fork")).contains("file by file"), "{document:#}");
    assert!(skipped(&document).contains("this git is older than 2.38"), "{document:#}");
    // What this branch removed or edited is known all the same.
    shop.git(&["merge", "--quiet", "--no-edit", "main"]);
    shop.remove("d4dd");
    shop.remove("c3cc");
    shop.edit("migrations/versions/b2bb_.py", "sa.Integer", "sa.Text");
    shop.commit("clean up");
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    assert_eq!(findings(&document), ["edited-revision", "deleted-revision"], "{document:#}");
}

#[test]
fn without_a_place_for_new_objects_the_files_are_put_together() {
    let shop = forking().map(|sandbox| sandbox.env("TMPDIR", "/nowhere"));
    let before = everything(&shop.path().join(".git"));
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    assert_eq!(findings(&document), ["future-fork"], "{document:#}");
    assert!(skipped(&document).contains("no folder for temporary files can be made"), "{document:#}");
    assert_eq!(everything(&shop.path().join(".git")), before);
}

#[test]
fn no_program_of_the_project_is_run_and_nothing_is_left_behind() {
    let shop = forking();
    shop.sandbox.write(".gitattributes", "*.py merge=mine\n");
    shop.commit("attributes");
    shop.git(&["config", "merge.mine.driver", "touch ran"]);
    shop.git(&["config", "core.fsmonitor", "touch ran"]);
    shop.git(&["checkout", "--quiet", "main"]);
    shop.edit("migrations/versions/b2bb_.py", "sa.Integer", "sa.BigInteger");
    shop.commit("edited on main");
    shop.git(&["checkout", "--quiet", "feature"]);
    shop.edit("migrations/versions/b2bb_.py", "sa.Integer", "sa.SmallInteger");
    shop.commit("edited here");
    let _ = fs::remove_file(shop.path().join("ran"));
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().display().to_string();
    let shop = shop.map(|sandbox| sandbox.env("TMPDIR", &folder));
    let before = everything(&shop.path().join(".git"));
    let (document, _) = check(&shop, &["--diff-base", "main"]);
    assert!(findings(&document).contains(&"future-fork"), "{document:#}");
    assert!(!shop.path().join("ran").exists(), "a merge driver was run");
    assert_eq!(everything(&shop.path().join(".git")), before);
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "the scratch folder is gone");
}

#[test]
fn a_file_that_cannot_be_read_keeps_the_heads_open() {
    let shop = forking();
    shop.git(&["checkout", "--quiet", "main"]);
    shop.sandbox.write("migrations/versions/broken.py", "revision = (\n");
    shop.commit("broken");
    shop.git(&["checkout", "--quiet", "feature"]);
    let (document, code) = check(&shop, &["--diff-base", "main"]);
    assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
    assert!(skipped(&document).contains("the heads after the merge into main"), "{document:#}");
}

#[test]
fn a_worktree_and_a_clone_that_borrows_objects_are_looked_at_alike() {
    let shop = forking();
    let tree = Shop::in_sandbox(Sandbox::new());
    fs::remove_dir_all(tree.path().join(".git")).unwrap();
    shop.git(&["worktree", "add", "--quiet", "--detach", tree.path().to_str().unwrap()]);
    let borrowing = Shop::in_sandbox(Sandbox::new());
    fs::remove_dir_all(borrowing.path().join(".git")).unwrap();
    borrowing.git(&["clone", "--quiet", "--shared", "--no-single-branch", shop.path().to_str().unwrap(), "."]);
    let before = everything(&shop.path().join(".git"));
    for (place, base) in [(&tree, "main"), (&borrowing, "origin/main")] {
        let (document, _) = check(place, &["--diff-base", base]);
        assert_eq!(findings(&document), ["future-fork"], "{document:#}");
        assert_eq!(document["future"]["simulated_by"], "git", "{document:#}");
    }
    assert_eq!(everything(&shop.path().join(".git")), before);
}

#[test]
fn a_branch_among_the_others_that_is_this_one_changes_nothing() {
    let shop = forking();
    let (document, _) = check(&shop, &["--diff-base", "main", "--also", "feature"]);
    let found = finding(&document, "future-fork");
    assert!(found["message"].as_str().unwrap().contains("d4dd of this branch"), "{found:#}");
    assert_eq!(found["next"].as_array().unwrap().len(), 2, "{found:#}");
    let (document, code) = check(&shop, &["--diff-base", "HEAD"]);
    assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
    assert_eq!(document["verdict"], "healthy");
}

#[test]
fn the_report_says_what_was_merged() {
    let shop = forking();
    let (document, _) = check(&shop, &["--diff-base", "main", "--also", "feature"]);
    let future = &document["future"];
    assert_eq!(future["base"]["commit"].as_str().unwrap(), shop.git(&["rev-parse", "main"]).trim());
    assert_eq!(future["base"]["heads"], serde_json::json!(["c3cc"]));
    assert_eq!(future["also"][0]["name"], "feature");
    assert_eq!(
        (&future["heads"], &future["conflicts"]),
        (&serde_json::json!(["c3cc", "d4dd"]), &serde_json::json!([]))
    );
    let run = shop.sandbox.doctor(&["check", "--diff-base", "main"]);
    assert!(run.stdout.contains("merged     into main: 2 heads"), "{run}");
    let (document, _) = check(&shop, &[]);
    assert!(document.get("future").is_none() && document.get("lock").is_none(), "only where it was asked for");
}

#[test]
fn a_database_that_has_this_branch_keeps_its_revision_in_place() {
    let shop = forking();
    shop.upgrade_more("head");
    let (document, _) = shop.report(&["--diff-base", "main"]);
    let found = finding(&document, "future-fork");
    shop.git(&["merge", "--quiet", "--no-edit", "main"]);
    let (said, worked) = shop.run(found["next"][1]["command"].as_str().unwrap());
    assert!(!worked && said.contains("database default has d4dd"), "{said}");
    // The other way is the one that is left, and it works.
    shop.follow(&found["or"][0]);
    shop.upgrade_more("head");
    shop.is_healthy();
}

#[test]
fn a_comment_sets_a_merge_s_finding_aside_and_is_not_unused_without_one() {
    let shop = forking();
    shop.edit(
        "migrations/versions/d4dd_.py",
        "down_revision:",
        "# alembic-doctor: ignore[future-fork] a plugin\ndown_revision:",
    );
    let (document, code) = shop.report(&["check", "--diff-base", "main"]);
    assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
    let (document, _) = shop.report(&["check"]);
    assert!(!findings(&document).contains(&"unused-ignore"), "{document:#}");
}
