//! S05: the file of a parent is missing; Alembic says `KeyError`.

use std::fs;

use serde_json::Value;

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "a commit removed it", cure: removed },
    Story { what: "it is on another branch", cure: on_another_branch },
    Story { what: "it is only staged", cure: only_staged },
    Story { what: "it has another id now", cure: another_id },
    Story { what: "its file name was written", cure: the_file_name },
    Story { what: "its id was mistyped", cure: mistyped },
    Story { what: "it was never pushed", cure: never_pushed },
];

/// The finding, in `check` and with a database; Alembic crashes.
fn found(shop: &Shop, lost: &str) -> Value {
    let crash = shop.sandbox.alembic(&["heads"]);
    assert!(crash.stderr.contains(&format!("KeyError: '{lost}'")), "{crash:?}");
    let (document, code) = shop.report(&["check"]);
    let findings = document["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["name"] == "missing-parent").unwrap().clone();
    assert_eq!(code, 1);
    says(&found, lost);
    assert_eq!(shop.finds("missing-parent")["next"], found["next"]);
    assert!(!found["do_not"].as_array().unwrap().is_empty());
    found
}

fn cured(shop: &Shop, found: &Value) {
    shop.follow(&found["next"]);
    shop.upgrade_more("head");
    shop.is_healthy();
}

/// `c3cc` and `d4dd` after `b2bb`; the database has everything.
fn line() -> Shop {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.revision("d4dd", Some("c3cc"));
    shop.commit("add refunds");
    shop.upgrade("head");
    shop
}

fn removed() {
    let shop = line();
    shop.remove("b2bb");
    shop.remove("c3cc");
    shop.commit("clean up");
    let found = found(&shop, "c3cc");
    for expected in ["removed in commit", "clean up", "add coupons", "Ann", "missing here: b2bb"] {
        says(&found, expected);
    }
    assert_eq!(found["next"][0]["command"], "alembic-doctor recover c3cc");
    cured(&shop, &found);
}

fn on_another_branch() {
    let shop = Shop::new();
    shop.upgrade("head");
    shop.git(&["checkout", "--quiet", "-b", "feature"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.revision("d4dd", Some("c3cc"));
    shop.commit("add refunds");
    shop.git(&["checkout", "--quiet", "main"]);
    shop.git(&["cherry-pick", "feature"]);
    let found = found(&shop, "c3cc");
    says(&found, "branch that has it: feature");
    cured(&shop, &found);
}

fn only_staged() {
    let shop = Shop::new();
    shop.upgrade("head");
    shop.revision("c3cc", Some("b2bb"));
    shop.git(&["add", "--all"]);
    shop.remove("c3cc");
    shop.revision("d4dd", Some("c3cc"));
    let found = found(&shop, "c3cc");
    says(&found, "it is staged");
    cured(&shop, &found);
}

fn another_id() {
    let shop = line();
    let path = shop.versions("c3cc");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("\"c3cc\"", "\"c3c0\"")).unwrap();
    shop.commit("another id");
    let found = found(&shop, "c3cc");
    says(&found, "its id is c3c0 now");
    cured(&shop, &found);
}

/// `d4dd` with another parent.
fn continuing(parent: &str) -> Shop {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.revision("d4dd", Some(parent));
    shop.commit("add refunds");
    shop.sql("CREATE TABLE t_a1aa (id INTEGER); INSERT INTO t_a1aa VALUES (42)");
    shop.sql("CREATE TABLE t_b2bb (id INTEGER)");
    shop.sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)");
    shop.sql("INSERT INTO alembic_version VALUES ('b2bb')");
    shop
}

fn the_file_name() {
    let shop = continuing("c3cc_");
    let found = found(&shop, "c3cc_");
    says(&found, "is the name of a file; its id is c3cc");
    cured(&shop, &found);
}

fn mistyped() {
    let shop = continuing("c3cd");
    let found = found(&shop, "c3cd");
    says(&found, "did you mean c3cc");
    says(&found, "no commit of this repository has it");
    cured(&shop, &found);
}

fn never_pushed() {
    let origin = Shop::new();
    let shop = Shop::clone_of(&origin);
    shop.upgrade("head");
    origin.git(&["checkout", "--quiet", "-b", "feature"]);
    origin.revision("c3cc", Some("b2bb"));
    origin.commit("add coupons");
    shop.revision("d4dd", Some("c3cc"));
    let lost = found(&shop, "c3cc");
    assert_eq!(lost["next"][0]["command"], "git fetch --all --tags");
    shop.follow(&lost["next"]);
    cured(&shop, &found(&shop, "c3cc"));
}
