//! S28: Alembic expected to change one row of the version table, and met several.

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] =
    &[Story { what: "the same row three times, in a table without a key", cure: stored_three_times }];

fn stored_three_times() {
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    shop.sql(
        "ALTER TABLE alembic_version DROP CONSTRAINT alembic_version_pkc;
         INSERT INTO alembic_version VALUES ('b2bb'), ('b2bb')",
    );
    shop.revision("c3cc", Some("b2bb"));
    shop.refuses("alembic upgrade head", "expected to match one row");
    let found = shop.finds("duplicate-stamp-rows");
    says(&found, "The row b2bb is stored 3 times");
    says(&found, "no primary key");
    shop.follow(&found["next"]);
    assert_eq!(shop.stamp(), ["b2bb"]);
    shop.must("alembic upgrade head");
    shop.is_healthy();
    let keys = "pg_constraint WHERE conrelid = 'alembic_version'::regclass AND contype = 'p'";
    assert_eq!(shop.rows(keys), 1, "no second row can come in again");
}
