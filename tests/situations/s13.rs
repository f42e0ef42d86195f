//! S13: the history was squashed or pruned while this database was still behind.

use super::Story;
use crate::support::shop::{Shop, leaves_the_choice, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "pruned, with a release in between", cure: pruned_after_a_release },
    Story { what: "pruned, without any release", cure: pruned },
    Story { what: "squashed into one", cure: squashed },
    Story { what: "a row of a dead branch", cure: left_over },
];

/// `c3cc` is the new beginning; `v2.9` is the last release before, `v3.0` the first after.
fn prune(shop: &Shop) {
    shop.remove("a1aa");
    shop.remove("b2bb");
    shop.revision("c3cc", None);
    shop.commit("prune");
}

fn pruned_after_a_release() {
    let shop = Shop::new();
    shop.git(&["tag", "v2.8"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.git(&["tag", "v2.9"]);
    shop.upgrade("a1aa");
    prune(&shop);
    shop.git(&["tag", "v3.0"]);
    shop.revision("d4dd", Some("c3cc"));
    shop.commit("add refunds");
    let found = shop.only("orphaned-stamp", "orphaned");
    for expected in [
        "belongs to the history that commit",
        "prune",
        "nearest that was kept: c3cc",
        "the last release that has it: v2.9",
        "the first release without it: v3.0",
    ] {
        says(&found, expected);
    }
    assert_eq!(found["next"][0]["command"], "git checkout v2.9");
    shop.follow(&found["next"]);
    shop.upgrade_more("head");
    shop.is_healthy();
    assert_eq!((shop.rows("t_b2bb"), shop.rows("t_c3cc"), shop.rows("t_d4dd")), (0, 0, 0), "everything has run");
}

fn pruned() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("a1aa");
    prune(&shop);
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "nearest that was kept: c3cc");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

fn squashed() {
    let shop = Shop::new();
    shop.git(&["tag", "v2.9"]);
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
    says(&found, "the last release that has it: v2.9");
    leaves_the_choice(&found);
    shop.follow(&found["next"]);
    assert_eq!(found["or"][0][0]["command"], "git checkout v2.9");
    shop.follow(&found["or"][0]);
    shop.is_healthy();
}

fn left_over() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    prune(&shop);
    shop.sql("INSERT INTO alembic_version VALUES ('b2bb')");
    let found = shop.only("orphaned-stamp", "orphaned");
    says(&found, "nothing of it is pending");
    shop.follow(&found["next"]);
    shop.is_healthy();
    assert_eq!(shop.stamp(), ["c3cc"]);
}
