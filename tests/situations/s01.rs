//! S01: two branches were merged that each added a revision after the same one.

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "nobody has run either side", cure: nobody_has_either },
    Story { what: "the database has one side", cure: the_database_has_one },
    Story { what: "the database has one side, and the other one may move", cure: the_other_moves },
];

fn forked(shop: &Shop) {
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add refunds");
    shop.revision("d4dd", Some("b2bb"));
    shop.commit("add coupons");
    shop.refuses("alembic upgrade head", "Multiple head revisions are present");
}

fn nobody_has_either() {
    for shop in Shop::on_each() {
        shop.upgrade("head");
        forked(&shop);
        let found = shop.finds("multiple-heads");
        says(&found, "they part at b2bb");
        says(&found, "database default has run none of them");
        assert_eq!(found["next"][0]["command"], "alembic-doctor merge c3cc d4dd");
        shop.follow(&found["next"]);
        shop.upgrade_more("head");
        shop.is_healthy();
        assert!(shop.rows("t_c3cc") == 0 && shop.rows("t_d4dd") == 0, "both sides have run");
    }
}

fn the_database_has_one() {
    let shop = Shop::on_postgres();
    forked(&shop);
    shop.upgrade("d4dd");
    let found = shop.finds("multiple-heads");
    says(&found, "database default has run d4dd, but not c3cc");
    shop.follow(&found["next"]);
    shop.upgrade_more("head");
    shop.is_healthy();
}

fn the_other_moves() {
    let shop = Shop::new();
    forked(&shop);
    shop.upgrade("d4dd");
    let found = shop.finds("multiple-heads");
    assert_eq!(found["or"][0][0]["command"], "alembic-doctor rebase c3cc --onto d4dd");
    shop.follow(&found["or"][0]);
    shop.upgrade_more("head");
    shop.is_healthy();
    assert_eq!(shop.stamp(), ["c3cc"]);
}
