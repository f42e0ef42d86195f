//! S29: the application made its tables itself (`create_all()`), and nothing was ever stamped.

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "by models as old as an older revision", cure: older_models },
    Story { what: "by the models of today", cure: todays_models },
];

/// Tables as SQLAlchemy's own models have them, for three revisions.
fn shop_with_models(shop: &Shop) {
    shop.revision_with(
        "c3cc",
        Some("b2bb"),
        "op.create_table(\"orders\", sa.Column(\"id\", sa.Integer, primary_key=True), sa.Column(\"email\", sa.String(80), nullable=False))\nop.create_index(op.f(\"ix_orders_email\"), \"orders\", [\"email\"], unique=True)",
        "op.drop_table(\"orders\")",
    );
    shop.revision_with("d4dd", Some("c3cc"), "op.add_column(\"orders\", sa.Column(\"note\", sa.Text))", "pass");
}

const OLDER: &str = "for name in ('t_a1aa', 't_b2bb'):
    sa.Table(name, metadata, sa.Column('id', sa.Integer))
orders = sa.Table('orders', metadata, sa.Column('id', sa.Integer, primary_key=True),
                  sa.Column('email', sa.String(80), nullable=False, index=True, unique=True))";

fn older_models() {
    for shop in Shop::on_each() {
        shop_with_models(&shop);
        shop.create_all(OLDER);
        shop.sql("INSERT INTO t_a1aa VALUES (42)");
        let found = shop.only("unstamped-database", "unstamped");
        says(&found, "its schema is that of c3cc");
        says(&found, "3 of 3 tables, 4 of 4 columns and 1 of 1 indexes");
        says(&found, "not of d4dd any more");
        shop.follow(&found["next"]);
        shop.is_healthy();
        assert_eq!(shop.stamp(), ["d4dd"]);
    }
}

fn todays_models() {
    for shop in Shop::on_each() {
        shop_with_models(&shop);
        shop.create_all(&format!("{OLDER}\norders.append_column(sa.Column('note', sa.Text))"));
        shop.sql("INSERT INTO t_a1aa VALUES (42)");
        let found = shop.only("unstamped-database", "unstamped");
        says(&found, "its schema is that of d4dd");
        shop.follow(&found["next"]);
        shop.is_healthy();
    }
}
