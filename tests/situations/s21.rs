//! S21: the code was rolled back, the database was not.

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "rolled back, and forward again", cure: roll_forward },
    Story { what: "rolled back for good", cure: undo_with_the_newer_code },
];

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

fn roll_forward() {
    let shop = rolled_back();
    let found = shop.only("database-ahead", "ahead");
    for expected in ["d4dd", "v2.4.0", "2 revisions", "this code ends at b2bb", "missing here: c3cc", "add refunds"] {
        says(&found, expected);
    }
    shop.follow(&found["next"]);
    shop.is_healthy();
    assert_eq!(shop.rows("t_d4dd"), 0, "its table is still there");
}

fn undo_with_the_newer_code() {
    let shop = rolled_back();
    let found = shop.only("database-ahead", "ahead");
    shop.follow(&found["or"][0]);
    shop.is_healthy();
    assert_eq!(shop.git(&["branch", "--show-current"]).trim(), "main");
}
