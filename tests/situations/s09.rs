//! S09: a revision id is longer than the column that holds it.

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[Story { what: "the real column is too narrow", cure: widen }];

const LONG: &str = "2026_11_22_add_email_to_the_users_table";

fn widen() {
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    shop.revision(LONG, Some("b2bb"));
    shop.refuses("alembic upgrade head", "value too long for type character varying(32)");
    let found = shop.finds("revision-id-too-long");
    assert_eq!(found["severity"], "error");
    says(&found, "public.alembic_version.version_num holds 32");
    shop.follow(&found["next"]);
    shop.must("alembic upgrade head");
    shop.is_healthy();
    assert_eq!(shop.stamp(), [LONG]);
}
