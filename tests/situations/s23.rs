//! S23: somebody stamped the database without running the revisions.

use super::Story;
use crate::support::shop::{Shop, leaves_the_choice, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "`stamp head` in the place of `upgrade head`", cure: blind },
    Story { what: "a revision below the stamp never ran, and is made anew", cure: skipped },
    Story { what: "a table was dropped by hand, on purpose", cure: dropped_on_purpose },
];

fn blind() {
    for shop in Shop::on_each() {
        shop.upgrade("a1aa");
        shop.revision("c3cc", Some("b2bb"));
        assert_eq!(shop.sandbox.alembic(&["stamp", "head"]).status, 0);
        let found = shop.only("untrue-stamp", "at-head");
        says(&found, "nothing that b2bb and c3cc make is there");
        says(&found, "not there: table t_b2bb, made by b2bb (migrations/versions/b2bb_.py:");
        says(&found, "the tables are those of a1aa");
        shop.follow(&found["next"]);
        shop.is_healthy();
        assert_eq!((shop.rows("t_b2bb"), shop.rows("t_c3cc")), (0, 0), "made at last");
    }
}

/// `c3cc` was put below `b2bb` after that one had run.
fn with_a_skipped_one(shop: &Shop) {
    shop.upgrade("head");
    shop.revision("c3cc", Some("a1aa"));
    shop.revision("b2bb", Some("c3cc"));
}

fn skipped() {
    for shop in Shop::on_each() {
        with_a_skipped_one(&shop);
        // Without its history: else git says how it came about (S03).
        std::fs::remove_dir_all(shop.path().join(".git")).unwrap();
        std::fs::create_dir(shop.path().join(".git")).unwrap();
        let found = shop.only("untrue-stamp", "at-head");
        leaves_the_choice(&found);
        says(&found, "The stamp says b2bb, but nothing that c3cc makes is there");
        let (sql, _) = shop.run(found["next"][0]["command"].as_str().unwrap());
        assert!(sql.contains("CREATE TABLE t_c3cc"), "{sql}");
        shop.follow_with(&found["or"][0], |shop| {
            shop.fill_in("op.create_table(\"t_c3cc\", sa.Column(\"id\", sa.Integer), if_not_exists=True)");
        });
        shop.is_healthy();
        assert_eq!(shop.rows("t_c3cc"), 0);
    }
}

fn dropped_on_purpose() {
    for shop in Shop::on_each() {
        shop.upgrade("head");
        shop.sql("DROP TABLE t_b2bb");
        shop.revision("c3cc", Some("b2bb"));
        assert_eq!(shop.sandbox.alembic(&["upgrade", "head"]).status, 0);
        let found = shop.only("untrue-stamp", "at-head");
        leaves_the_choice(&found);
        shop.follow_with(&found["or"][1], |shop| {
            shop.fill_in("op.drop_table(\"t_b2bb\", if_exists=True)");
        });
        shop.is_healthy();
    }
}
