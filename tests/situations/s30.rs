//! S30: a new database was made by `create_all()` of older models, and stamped with the newest
//! revision of a newer tree.

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[Story { what: "bootstrapped ahead of its own tables", cure: bootstrapped }];

fn bootstrapped() {
    for shop in Shop::on_each() {
        shop.revision_with("c3cc", Some("b2bb"), "op.add_column(\"t_b2bb\", sa.Column(\"note\", sa.Text))", "pass");
        shop.revision("d4dd", Some("c3cc"));
        shop.create_all("for name in ('t_a1aa', 't_b2bb'):\n    sa.Table(name, metadata, sa.Column('id', sa.Integer))");
        shop.sql("INSERT INTO t_a1aa VALUES (42)");
        assert_eq!(shop.sandbox.alembic(&["stamp", "head"]).status, 0);
        let found = shop.only("untrue-stamp", "at-head");
        says(&found, "nothing that c3cc and d4dd make is there");
        says(&found, "not there: column t_b2bb.note, made by c3cc");
        says(&found, "the tables are those of b2bb, in all that can be seen: 2 of 2 tables and 2 of 2 columns");
        shop.follow(&found["next"]);
        shop.is_healthy();
        shop.sql("UPDATE t_b2bb SET note = 'there'");
    }
}
