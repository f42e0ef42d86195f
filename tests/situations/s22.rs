//! S22: the row of the version table was deleted, or the whole table dropped.

use super::Story;
use crate::support::shop::{Shop, leaves_the_choice, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "the row was deleted", cure: row_deleted },
    Story { what: "the table was dropped, and the code went on", cure: table_dropped },
    Story { what: "the last revision cannot be seen in the tables", cure: not_to_be_seen },
    Story { what: "a table was changed by hand as well", cure: changed_by_hand },
];

fn row_deleted() {
    for shop in Shop::on_each() {
        shop.upgrade("head");
        shop.sql("DELETE FROM alembic_version");
        let found = shop.only("unstamped-database", "unstamped");
        says(&found, "its schema is that of b2bb");
        says(&found, "2 of 2 tables and 2 of 2 columns");
        shop.follow(&found["next"]);
        shop.is_healthy();
    }
}

fn table_dropped() {
    for shop in Shop::on_each() {
        shop.upgrade("head");
        shop.sql("DROP TABLE alembic_version");
        shop.revision_with("c3cc", Some("b2bb"), "op.add_column(\"t_b2bb\", sa.Column(\"note\", sa.Text))", "pass");
        let found = shop.only("unstamped-database", "unstamped");
        says(&found, "not of c3cc any more");
        shop.follow(&found["next"]);
        shop.is_healthy();
        assert_eq!(shop.stamp(), ["c3cc"]);
        shop.sql("UPDATE t_b2bb SET note = 'there'");
    }
}

fn not_to_be_seen() {
    for way in [0, 1] {
        for shop in Shop::on_each() {
            shop.revision_with("c3cc", Some("b2bb"), "op.execute(\"UPDATE t_a1aa SET id = id WHERE id = 1\")", "pass");
            shop.upgrade("head");
            shop.sql("DELETE FROM alembic_version");
            let found = shop.only("unstamped-database", "unstamped");
            leaves_the_choice(&found);
            says(&found, "up to c3cc matches too");
            assert_eq!(found["or"].as_array().unwrap().len(), 2);
            shop.follow(&found["next"]);
            shop.follow(&found["or"][way]);
            shop.is_healthy();
        }
    }
}

fn changed_by_hand() {
    for shop in Shop::on_each() {
        shop.revision_with("c3cc", Some("b2bb"), "op.add_column(\"t_a1aa\", sa.Column(\"note\", sa.Text))", "pass");
        shop.revision("d4dd", Some("c3cc"));
        shop.sandbox.alembic(&["upgrade", "head"]);
        shop.sql(
            "INSERT INTO t_a1aa (id) VALUES (42); ALTER TABLE t_a1aa DROP COLUMN note; DELETE FROM alembic_version",
        );
        let found = shop.only("unstamped-database", "unstamped");
        leaves_the_choice(&found);
        says(&found, "closest to d4dd: 3 of 3 tables and 3 of 4 columns");
        says(&found, "not there: column t_a1aa.note, made by c3cc (migrations/versions/c3cc_.py:");
        // Settled by hand, as the way says.
        shop.sql("ALTER TABLE t_a1aa ADD COLUMN note text");
        shop.follow(&found["or"][0]);
        shop.is_healthy();
    }
}
