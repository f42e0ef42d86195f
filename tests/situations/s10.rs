//! S10: the stamp is not a whole id.

use super::Story;
use crate::support::shop::{Shop, leaves_the_choice, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "only the beginning of the id", cure: shortened },
    Story { what: "the same on PostgreSQL, with a second row by `upgrade`", cure: two_rows },
    Story { what: "the word `head`", cure: word },
];

const HEAD: &str = "c3d4e5f6a7b8";

fn stamped(shop: Shop, row: &str) -> Shop {
    shop.revision(HEAD, Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    shop.sql(&format!("UPDATE alembic_version SET version_num = '{row}'"));
    shop
}

fn shortened() {
    let shop = stamped(Shop::new(), "c3d4e5f6");
    // Alembic takes it for the whole id, and says nothing.
    assert!(shop.must("alembic current").contains(HEAD));
    let found = shop.only("truncated-stamp", "at-head");
    says(&found, "c3d4e5f6 is only the beginning of c3d4e5f6a7b8");
    shop.follow(&found["next"]);
    shop.is_healthy();
    assert_eq!(shop.stamp(), [HEAD]);
}

fn two_rows() {
    let shop = stamped(Shop::on_postgres(), "c3d4e5f6");
    shop.revision("d4e5f6a7b8c9", Some(HEAD));
    shop.must("alembic upgrade head");
    assert_eq!(shop.stamp(), ["c3d4e5f6", "d4e5f6a7b8c9"]);
    shop.revision("e5f6a7b8c9d0", Some("d4e5f6a7b8c9"));
    shop.refuses("alembic upgrade head", "overlaps with other requested revisions");
    let found = shop.finds("truncated-stamp");
    shop.follow(&found["next"]);
    assert_eq!(shop.stamp(), ["d4e5f6a7b8c9"]);
    shop.must("alembic upgrade head");
    shop.is_healthy();
}

fn word() {
    let shop = stamped(Shop::new(), "head");
    let found = shop.finds("truncated-stamp");
    leaves_the_choice(&found);
    shop.follow(&found["next"]);
    shop.follow(&found["or"][0]);
    shop.is_healthy();
    assert_eq!(shop.stamp(), [HEAD]);
}
