//! S04: two files with the same revision id.

use super::Story;
use crate::support::shop::{Shop, leaves_the_choice, says};

pub(super) const STORIES: &[Story] =
    &[Story { what: "a copy", cure: a_copy }, Story { what: "two different revisions", cure: two_revisions }];

fn a_copy() {
    let shop = Shop::new();
    shop.upgrade("head");
    let copy = shop.path().join("migrations/versions/b2bb_again_.py");
    std::fs::copy(shop.versions("b2bb"), copy).unwrap();
    let found = shop.finds("duplicate-revision-id");
    says(&found, "byte for byte");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

fn two_revisions() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add refunds");
    shop.upgrade("head");
    let text = std::fs::read_to_string(shop.versions("c3cc")).unwrap().replace("t_c3cc", "t_other");
    shop.sandbox.write("migrations/versions/c3cc_other_.py", text);
    shop.commit("add coupons");
    let found = shop.finds("duplicate-revision-id");
    leaves_the_choice(&found);
    // The look that it asks for; git exits with 1 where files differ.
    let (said, _) = shop.run(found["next"][0]["command"].as_str().unwrap());
    assert!(said.contains("+    op.create_table(\"t_other\""), "{said}");
    let ways = found["or"].as_array().unwrap();
    assert_eq!(ways.len(), 2, "{found:#}");
    // The database has run the first one: its table is there.
    let way = ways.iter().find(|way| way[0]["command"].as_str().unwrap().contains("c3cc_other_")).unwrap();
    shop.follow(way);
    shop.follow(&shop.finds("multiple-heads")["next"]);
    shop.upgrade_more("head");
    shop.is_healthy();
    assert_eq!(shop.rows("t_other"), 0);
}
