//! S46: on PostgreSQL, `autocommit_block()` commits what comes before it; when the block fails, the
//! stamp stays behind.

use super::Story;
use crate::support::shop::{Shop, leaves_the_choice, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "what was left is taken back", cure: back },
    Story { what: "what is not done is done by hand", cure: on },
];

const UPGRADE: &str = "op.create_table(\"t_c3cc\", sa.Column(\"id\", sa.Integer))
with op.get_context().autocommit_block():
    op.create_index(\"ix_c3cc\", \"t_c3cc\", [\"lost\"], postgresql_concurrently=True)";

/// The revision failed, and its file has been mended since.
fn failed() -> Shop {
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    shop.revision_with("c3cc", Some("b2bb"), UPGRADE, "pass");
    let run = shop.sandbox.alembic(&["upgrade", "head"]);
    assert!(run.status != 0 && run.stderr.contains("column \"lost\" does not exist"), "{}", run.stderr);
    assert_eq!(shop.stamp(), ["b2bb"]);
    shop.revision_with("c3cc", Some("b2bb"), &UPGRADE.replace("lost", "id"), "pass");
    shop
}

fn found(shop: &Shop) -> serde_json::Value {
    let found = shop.finds("half-applied-revision");
    leaves_the_choice(&found);
    says(&found, "c3cc is pending, but 1 of its 2 changes are there");
    says(&found, "done: table t_c3cc");
    says(&found, "not done: index ix_c3cc of t_c3cc");
    found
}

fn back() {
    let shop = failed();
    let found = found(&shop);
    let (count, _) = shop.run(found["or"][0][0]["command"].as_str().unwrap());
    assert!(count.contains(" 0"), "{count}");
    shop.follow(&found["or"][0]);
    shop.is_healthy();
}

fn on() {
    let shop = failed();
    let found = found(&shop);
    shop.sql("CREATE INDEX CONCURRENTLY ix_c3cc ON t_c3cc (id)");
    shop.follow(&found["or"][1]);
    shop.is_healthy();
}
