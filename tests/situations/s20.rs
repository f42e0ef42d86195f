//! S20: the database holds a revision that no file has, for one of many reasons. The others of the
//! list are S21 (rolled back), S24 (another application), S60 (another database), S12 and S13.

use std::fs;

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "(a) migrated on another branch", cure: on_another_branch },
    Story { what: "(a) on another branch, and this one went on", cure: both_went_on },
    Story { what: "(b) deleted after it ran", cure: deleted },
    Story { what: "(b) given another id after it ran", cure: given_another_id },
    Story { what: "(c) a release candidate had it, the release has not", cure: withdrawn_from_a_release },
    Story { what: "(d) a preview shared the database", cure: a_preview_shared_the_database },
    Story { what: "(e) run from a laptop, never committed", cure: never_committed },
    Story { what: "(e) staged, and lost before the commit", cure: staged },
    Story { what: "(e) stashed", cure: stashed },
];

/// `c3cc` on `feature`, run from there; `main` is checked out.
fn migrated_on_a_branch() -> Shop {
    let shop = Shop::new();
    shop.git(&["checkout", "--quiet", "-b", "feature"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    shop.git(&["checkout", "--quiet", "main"]);
    shop
}

fn on_another_branch() {
    let shop = migrated_on_a_branch();
    let found = shop.only("database-ahead", "ahead");
    says(&found, "feature");
    // Down to the fork point with the code that can, and back.
    shop.follow(&found["or"][0]);
    shop.is_healthy();
    assert_eq!(shop.git(&["branch", "--show-current"]).trim(), "main");
}

fn both_went_on() {
    for choice in 0..3 {
        let shop = migrated_on_a_branch();
        shop.revision("d4dd", Some("b2bb"));
        shop.commit("add refunds");
        let found = shop.only("database-diverged", "diverged");
        says(&found, "parts from this code at b2bb");
        shop.follow(&found["or"][choice]);
        shop.is_healthy();
    }
}

fn deleted() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    shop.remove("c3cc");
    shop.commit("no coupons after all");
    let found = shop.only("orphaned-stamp", "orphaned");
    for expected in ["c3cc was removed in commit", "no coupons after all", "add coupons", "Ann"] {
        says(&found, expected);
    }
    shop.follow(&found["next"]);
    shop.is_healthy();
}

fn given_another_id() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    let path = shop.versions("c3cc");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("\"c3cc\"", "\"e5ee\"")).unwrap();
    shop.commit("another id");
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "its id is e5ee now");
    shop.follow(&found["next"]);
    shop.is_healthy();
    assert_eq!(shop.rows("t_c3cc"), 0, "its table is still there");
}

fn withdrawn_from_a_release() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.git(&["tag", "v4.0rc2"]);
    shop.upgrade("head");
    shop.remove("c3cc");
    shop.commit("coupons come later");
    shop.git(&["tag", "v4.0rc3"]);
    let found = shop.only("orphaned-stamp", "orphaned");
    for expected in ["the last release that has it: v4.0rc2", "the first release without it: v4.0rc3"] {
        says(&found, expected);
    }
    shop.follow(&found["or"][0]);
    shop.is_healthy();
    assert_eq!(shop.stamp(), ["b2bb"]);
}

fn a_preview_shared_the_database() {
    // The branch of the pull request is not here yet.
    let origin = Shop::new();
    let shop = Shop::clone_of(&origin);
    origin.git(&["checkout", "--quiet", "-b", "preview"]);
    origin.revision("c3cc", Some("b2bb"));
    origin.commit("add coupons");
    shop.upgrade("head");
    shop.sql("UPDATE alembic_version SET version_num = 'c3cc'; CREATE TABLE t_c3cc (id INTEGER)");
    let found = shop.only("orphaned-stamp", "orphaned");
    shop.follow(&found["next"]);
    let found = shop.only("database-ahead", "ahead");
    says(&found, "origin/preview");
    shop.follow(&found["or"][0]);
    shop.is_healthy();
}

fn never_committed() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.upgrade("head");
    shop.remove("c3cc");
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "nor any commit of this repository");
    assert_eq!(found["next"][0]["changes"], "nothing");
    shop.follow(&found["or"][0]);
    shop.is_healthy();
}

fn staged() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.upgrade("head");
    shop.git(&["add", "--all"]);
    shop.remove("c3cc");
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "was never committed, but is staged");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

fn stashed() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.upgrade("head");
    shop.git(&["stash", "--quiet", "--include-untracked"]);
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "stash@{0}");
    shop.follow(&found["next"]);
    shop.is_healthy();
}
