//! S26: a row that another row implies.

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "an old row was put back", cure: put_back },
    Story { what: "a head became the other's ancestor", cure: made_one_line },
];

fn put_back() {
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    shop.sql("INSERT INTO alembic_version VALUES ('a1aa')");
    assert!(!shop.must("alembic current").contains("a1aa"), "`current` hides it");
    shop.revision("c3cc", Some("b2bb"));
    shop.refuses("alembic upgrade head", "overlaps with other requested revisions");
    let found = shop.finds("redundant-stamp-row");
    says(&found, "The row a1aa is implied by the row b2bb");
    shop.follow(&found["next"]);
    assert_eq!(shop.stamp(), ["b2bb"]);
    shop.must("alembic upgrade head");
    shop.is_healthy();
}

fn made_one_line() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.revision("d4dd", Some("b2bb"));
    shop.upgrade("heads");
    assert_eq!(shop.stamp(), ["c3cc", "d4dd"]);
    shop.revision("d4dd", Some("c3cc"));
    shop.commit("one line");
    let found = shop.only("redundant-stamp-row", "at-head");
    shop.follow(&found["next"]);
    assert_eq!(shop.stamp(), ["d4dd"]);
    shop.is_healthy();
    assert_eq!((shop.rows("t_c3cc"), shop.rows("t_d4dd")), (0, 0), "both tables are still there");
}
