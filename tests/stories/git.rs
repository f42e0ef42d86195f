//! Databases stamped by other code: the real git and the real Alembic make the state, the doctor
//! names it, and the commands that it prints are run as printed.

use std::fs;

use serde_json::{Value, json};

use super::{finding, findings, report};
use crate::support::git;
use crate::support::sandbox::Sandbox;
use crate::support::shop::{Shop, says};

/// A release `v2.4.0` with two more revisions, a database that it migrated, and the code before.
fn rolled_back() -> Shop {
    let shop = Shop::new();
    shop.git(&["checkout", "--quiet", "-b", "release"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.revision("d4dd", Some("c3cc"));
    shop.commit("add refunds");
    shop.git(&["tag", "v2.4.0"]);
    shop.upgrade("head");
    shop.git(&["checkout", "--quiet", "main"]);
    shop
}

#[test]
fn a_database_that_a_newer_release_migrated_is_ahead_and_both_cures_work() {
    let shop = rolled_back();
    let found = shop.only("database-ahead", "ahead");
    for expected in
        ["d4dd (first in v2.4.0), 2 revisions", "this code ends at b2bb", "missing here: c3cc", "add refunds", "Ann"]
    {
        says(&found, expected);
    }
    says(&found, "drop and rename no table or column that this code knows");
    assert_eq!(found["next"][0]["command"], "git checkout v2.4.0");
    shop.follow(&found["next"]);
    shop.is_healthy();
    assert_eq!(shop.rows("t_d4dd"), 0, "its table is still there");

    let shop = rolled_back();
    let found = shop.only("database-ahead", "ahead");
    shop.follow(&found["or"][0]);
    shop.is_healthy();
    assert_eq!(shop.git(&["branch", "--show-current"]).trim(), "main");
}

#[test]
fn what_the_newer_revisions_take_away_from_this_code_is_said() {
    let shop = Shop::new();
    shop.git(&["checkout", "--quiet", "-b", "release"]);
    let made = "op.create_table(\"tmp\", sa.Column(\"id\", sa.Integer))\nop.drop_table(\"tmp\")";
    shop.revision_with("c3cc", Some("b2bb"), &format!("op.drop_table(\"t_b2bb\")\n{made}"), "pass");
    shop.commit("no b");
    shop.upgrade("head");
    shop.git(&["checkout", "--quiet", "main"]);
    let found = shop.only("database-ahead", "ahead");
    says(&found, "c3cc drops the table t_b2bb: this code may still need it");
    assert!(!found["evidence"].to_string().contains("tmp"), "{found:#}");
}

#[test]
fn the_message_of_the_older_code_is_explained_by_the_database_that_is_ahead() {
    let shop = rolled_back();
    let refused = shop.sandbox.alembic(&["upgrade", "head"]);
    let run = shop.sandbox.doctor_reading(format!("{}{}", refused.stderr, refused.stdout), &["explain", "-"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.contains("it is cause 1: see database-ahead below"), "{run}");
    assert!(run.stdout.contains("git checkout v2.4.0"), "{run}");
}

#[test]
fn a_database_that_was_migrated_on_a_feature_branch_names_the_branch() {
    let shop = Shop::new();
    shop.git(&["checkout", "--quiet", "-b", "feature/coupons"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    shop.git(&["checkout", "--quiet", "main"]);
    let found = shop.only("database-ahead", "ahead");
    says(&found, "branch that has it: feature/coupons");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

/// `main` and `feature` both continue `b2bb`; the database has been migrated by `feature`.
fn diverged() -> Shop {
    let shop = Shop::new();
    shop.git(&["checkout", "--quiet", "-b", "feature"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    shop.git(&["checkout", "--quiet", "main"]);
    shop.revision("d4dd", Some("b2bb"));
    shop.commit("add refunds");
    shop
}

#[test]
fn a_database_that_went_another_way_leaves_the_choice_and_every_choice_works() {
    for choice in 0..3 {
        let shop = diverged();
        let found = shop.only("database-diverged", "diverged");
        for expected in ["c3cc", "parts from this code at b2bb", "not in the database: d4dd", "feature", "to decide"] {
            says(&found, expected);
        }
        assert_eq!(found["next"][0]["changes"], "nothing");
        shop.follow(&found["next"]);
        assert_eq!(found["or"].as_array().unwrap().len(), 3, "{found:#}");
        shop.follow(&found["or"][choice]);
        shop.is_healthy();
    }
}

/// `c3cc` has run, and a later commit removed it.
fn withdrawn() -> Shop {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    shop.remove("c3cc");
    shop.commit("no coupons after all");
    shop
}

#[test]
fn a_revision_that_a_commit_removed_comes_back_from_git_or_is_undone() {
    let shop = withdrawn();
    let found = shop.only("orphaned-stamp", "orphaned");
    shop.follow(&found["or"][0]);
    shop.is_healthy();
    let shop = withdrawn();
    let found = shop.only("orphaned-stamp", "orphaned");
    for expected in ["c3cc was removed in commit", "no coupons after all", "was written in commit", "add coupons"] {
        says(&found, expected);
    }
    assert_eq!(found["next"][0]["command"], "alembic-doctor recover c3cc");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

#[test]
fn a_revision_that_was_given_another_id_is_found_under_its_old_one() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    let path = shop.path().join("migrations/versions/c3cc_.py");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("\"c3cc\"", "\"e5ee\"")).unwrap();
    shop.commit("another id");
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "another id");
    // Its path is taken by the file that it has become.
    let run = shop.sandbox.doctor(&["recover", "c3cc"]);
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.stderr.contains("exists, and is not overwritten"), "{run}");
}

#[test]
fn a_file_that_is_only_gone_from_the_working_tree_comes_back() {
    let shop = Shop::new();
    shop.upgrade("head");
    shop.remove("b2bb");
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "gone from the working tree");
    shop.follow(&found["next"]);
    shop.is_healthy();
    assert_eq!(shop.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_file_that_was_moved_is_found_where_it_was() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    shop.git(&["mv", "migrations/versions/c3cc_.py", "migrations/c3cc_.py"]);
    shop.commit("move");
    shop.git(&["rm", "--quiet", "migrations/c3cc_.py"]);
    shop.commit("drop");
    let found = shop.only("orphaned-stamp", "orphaned");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

#[test]
fn a_revision_in_a_stash_is_found_there() {
    for arguments in [&["stash", "--quiet", "--include-untracked"][..], &["stash", "--quiet"]] {
        let shop = Shop::new();
        shop.revision("c3cc", Some("b2bb"));
        shop.upgrade("head");
        if arguments.len() == 2 {
            shop.git(&["add", "--all"]);
        }
        shop.git(arguments);
        let found = shop.only("orphaned-stamp", "orphaned");
        says(&found, "stash@{0}");
        shop.follow(&found["next"]);
        shop.is_healthy();
    }
}

#[test]
fn a_revision_that_only_the_reflog_remembers_is_found_with_its_parents() {
    let shop = Shop::new();
    for (id, down) in [("c3cc", "b2bb"), ("d4dd", "c3cc")] {
        shop.revision(id, Some(down));
        shop.commit(id);
    }
    shop.upgrade("head");
    shop.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "only the reflog remembers");
    says(&found, "missing here: c3cc");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

#[test]
fn a_revision_that_was_never_committed_can_be_stood_in_for() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.upgrade("head");
    shop.remove("c3cc");
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "nor any commit of this repository");
    assert_eq!(found["next"][0]["changes"], "nothing", "without a remote only the schema can tell: {found:#}");
    shop.follow(&found["or"][0]);
    shop.is_healthy();
    // The real Alembic goes through it, down and up.
    for target in ["downgrade b2bb", "upgrade head"] {
        let words: Vec<&str> = target.split(' ').collect();
        assert_eq!(shop.sandbox.alembic(&words).status, 0, "{target}");
    }
    assert_eq!(shop.rows("t_c3cc"), 0, "its table is still there");
}

#[test]
fn a_stamp_before_a_pruned_history_is_brought_to_what_was_kept() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("a1aa");
    shop.remove("a1aa");
    shop.remove("b2bb");
    shop.revision("c3cc", None);
    shop.commit("prune");
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "belongs to the history");
    says(&found, "prune");
    says(&found, "nearest that was kept: c3cc");
    shop.follow(&found["next"]);
    shop.is_healthy();
    assert_eq!((shop.rows("t_b2bb"), shop.rows("t_c3cc")), (0, 0), "the removed revisions have run");
}

#[test]
fn a_stamp_before_a_squashed_history_leaves_the_choice_and_the_offer_works() {
    let shop = Shop::new();
    shop.upgrade("a1aa");
    shop.remove("a1aa");
    shop.remove("b2bb");
    shop.revision_with(
        "e5ee",
        None,
        "op.create_table(\"t_a1aa\", sa.Column(\"id\", sa.Integer))\nop.create_table(\"t_b2bb\", sa.Column(\"id\", sa.Integer))",
        "op.drop_table(\"t_b2bb\")\nop.drop_table(\"t_a1aa\")",
    );
    shop.commit("squash");
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "for a person to say");
    assert_eq!(found["next"][0]["changes"], "nothing");
    shop.follow(&found["next"]);
    shop.follow(&found["or"][0]);
    shop.is_healthy();
}

#[test]
fn a_shallow_clone_says_what_it_hides_and_the_fetch_finds_it() {
    let origin = Shop::new();
    origin.revision("c3cc", Some("b2bb"));
    origin.commit("add coupons");
    origin.remove("c3cc");
    origin.commit("no coupons");
    let shop = Shop::in_sandbox(Sandbox::new());
    fs::remove_dir(shop.path().join(".git")).unwrap();
    let url = format!("file://{}", origin.path().display());
    shop.git(&["clone", "--quiet", "--depth=1", &url, "."]);
    shop.upgrade("head");
    shop.sql("UPDATE alembic_version SET version_num = 'c3cc'; CREATE TABLE t_c3cc (id INTEGER)");
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "shallow");
    assert!(!found["message"].as_str().unwrap().contains("nor any commit"), "a shallow clone does not know: {found:#}");
    shop.follow(&found["next"]);
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "no coupons");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

#[test]
fn a_branch_that_was_not_fetched_is_found_after_the_fetch() {
    let origin = Shop::new();
    let shop = Shop::in_sandbox(Sandbox::new());
    fs::remove_dir(shop.path().join(".git")).unwrap();
    shop.git(&["clone", "--quiet", &format!("file://{}", origin.path().display()), "."]);
    origin.git(&["checkout", "--quiet", "-b", "feature"]);
    origin.revision("c3cc", Some("b2bb"));
    origin.commit("add coupons");
    shop.upgrade("head");
    shop.sql("UPDATE alembic_version SET version_num = 'c3cc'; CREATE TABLE t_c3cc (id INTEGER)");
    let found = shop.only("orphaned-stamp", "orphaned");
    assert_eq!(found["next"][0]["command"], "git fetch --all --tags");
    shop.follow(&found["next"]);
    let found = shop.only("database-ahead", "ahead");
    assert_eq!(found["next"][0]["command"], "git checkout --detach origin/feature");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

#[test]
fn without_git_or_a_repository_the_rest_is_said_all_the_same() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.upgrade("head");
    shop.remove("c3cc");
    let path = shop.path().display().to_string();
    let shop = shop.map(|sandbox| sandbox.env("PATH", path));
    says(&shop.only("orphaned-stamp", "orphaned"), "the git command cannot be run");
    shop.sql("UPDATE alembic_version SET version_num = 'b2bb'");
    let seen = shop.sandbox.doctor(&["-v"]);
    assert!(seen.stdout.contains("git        no repository"), "{seen}");
    shop.sql("UPDATE alembic_version SET version_num = 'c3cc'");
    let run = shop.sandbox.doctor(&["recover", "c3cc"]);
    assert_eq!(run.code, Some(4), "{run}");

    let sandbox = super::line_of_three().database_url("sqlite:///app.db");
    assert_eq!(sandbox.alembic(&["upgrade", "head"]).status, 0);
    fs::remove_file(sandbox.path().join("migrations/versions/a3aa_.py")).unwrap();
    let (document, _) = report(&sandbox, &[]);
    says(finding(&document, "orphaned-stamp"), "not a git repository");
}

#[test]
fn git_is_asked_only_what_a_run_needs() {
    let shop = Shop::new();
    shop.upgrade("head");
    let programs = shop.path().join(".git/programs");
    let path = std::env::var_os("PATH").unwrap();
    let git = std::env::split_paths(&path).map(|folder| folder.join("git")).find(|git| git.is_file()).expect("git");
    let script = format!("#!/bin/sh\necho \"$*\" >> .git/asked\nexec {} \"$@\"\n", git.display());
    shop.sandbox.program(".git/programs/git", &script);
    let shop = shop.map(|sandbox| sandbox.env("PATH", programs.display().to_string()));
    let asked = || {
        let asked = fs::read_to_string(shop.path().join(".git/asked")).unwrap_or_default();
        let _ = fs::remove_file(shop.path().join(".git/asked"));
        asked.lines().count()
    };
    for command in ["heads", "history", "branches", "current", "graph", "plan"] {
        assert_eq!(shop.sandbox.doctor(&[command]).code, Some(0), "{command}");
        assert_eq!(asked(), 0, "{command}");
    }
    // Where is the repository, what did the mainline bring, what is not committed.
    shop.is_healthy();
    assert_eq!(asked(), 3);
    shop.sql("UPDATE alembic_version SET version_num = 'gone'");
    shop.only("orphaned-stamp", "orphaned");
    assert!(asked() > 3, "git is asked about a lost row");
}

#[test]
fn nothing_of_the_repository_changes_while_it_is_asked() {
    let shop = rolled_back();
    let index = fs::read(shop.path().join(".git/index")).unwrap();
    // A file that looks changed would make `git status` write the index anew.
    let env = shop.path().join("migrations/env.py");
    fs::write(&env, fs::read(&env).unwrap()).unwrap();
    let before = shop.git(&["for-each-ref"]);
    shop.only("database-ahead", "ahead");
    assert_eq!(fs::read(shop.path().join(".git/index")).unwrap(), index);
    assert_eq!(shop.git(&["for-each-ref"]), before);
    assert!(!shop.path().join(".git/index.lock").exists());
}

#[test]
fn another_working_tree_sees_the_same_history() {
    let shop = rolled_back();
    let tree = shop.path().join("tree");
    shop.git(&["worktree", "add", "--quiet", "--detach", tree.to_str().unwrap(), "main"]);
    shop.git(&["checkout", "--quiet", "release"]);
    fs::copy(shop.path().join("app.db"), tree.join("app.db")).unwrap();
    let run = shop.sandbox.doctor_in("tree", &["--format", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(findings(&document), ["database-ahead"], "{document:#}");
}

#[test]
fn a_submodule_has_its_own_history() {
    let origin = rolled_back();
    let outer = Sandbox::new();
    git::run(outer.path(), &["init", "--quiet"]);
    let url = format!("file://{}", origin.path().display());
    git::run(
        outer.path(),
        &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "-b", "main", &url, "app"],
    );
    fs::copy(origin.path().join("app.db"), outer.path().join("app/app.db")).unwrap();
    let run = outer.doctor_in("app", &["--format", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(findings(&document), ["database-ahead"], "{document:#}");
}

#[test]
fn tables_of_another_application_explain_a_row_that_nobody_knows() {
    let shop = Shop::new();
    shop.sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY);
         INSERT INTO alembic_version VALUES ('451aebb31d03');
         CREATE TABLE experiments (id INTEGER); CREATE TABLE latest_metrics (id INTEGER);
         CREATE TABLE model_versions (id INTEGER); CREATE TABLE registered_models (id INTEGER)",
    );
    let found = shop.only("foreign-stamp", "orphaned");
    says(&found, "MLflow");
    says(&found, "experiments");
    shop.follow(&found["next"]);
    // What the page says.
    let env = fs::read_to_string(shop.path().join("migrations/env.py")).unwrap();
    let custom = env.replace("context.configure(", "context.configure(version_table=\"shop_version\", ");
    shop.sandbox.write("migrations/env.py", custom);
    shop.upgrade("head");
    shop.is_healthy();
    assert_eq!(shop.rows("alembic_version WHERE version_num = '451aebb31d03'"), 1, "the other's row is untouched");
}

#[test]
fn recover_shows_writes_and_refuses() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    let path = shop.path().join("migrations/versions/c3cc_.py");
    let text = fs::read_to_string(&path).unwrap();
    shop.remove("c3cc");
    shop.commit("no coupons");
    let code = |arguments: &[&str]| shop.sandbox.doctor(arguments).code.unwrap();

    let shown = shop.sandbox.doctor(&["recover", "c3cc", "--dry-run"]);
    assert!(shown.code == Some(0) && shown.stdout.contains("t_c3cc"), "{shown}");
    assert!(!path.exists(), "a dry run writes nothing");
    assert_eq!(code(&["recover", "c3cc"]), 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(code(&["recover", "c3cc"]), 2, "it is there");
    assert_eq!(code(&["recover", "nowhere"]), 3, "git has no trace");
    assert_eq!(code(&["recover", "x9", "--stub"]), 2, "a stub needs a place");
    assert_eq!(code(&["recover", "x9", "--stub", "--after", "nope"]), 2);
    let stub = shop.sandbox.doctor(&["recover", "x9", "--stub", "--after", "head", "--dry-run"]);
    assert!(stub.code == Some(0) && stub.stdout.contains("(an empty revision after c3cc)"), "{stub}");
    assert_eq!(shop.git(&["status", "--porcelain"]), "?? migrations/versions/c3cc_.py\n");
}

#[test]
fn the_state_words_of_json_are_those_of_the_contract() {
    let (document, _) = report(&rolled_back().sandbox, &[]);
    assert_eq!(document["databases"][0]["missing"], json!(["d4dd"]));
    assert_eq!(document["databases"][0]["pending"], Value::Null, "it cannot be known from here");
}
