//! S54: `--sql` fails at a migration that asks the database something.

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[Story { what: "the SQL for a review cannot be printed", cure: review }];

fn review() {
    let shop = Shop::on_postgres();
    shop.sandbox.write("scripts/review.sh", "#!/bin/sh\nalembic upgrade a1aa:head --sql\n");
    let asks = "connection = op.get_bind()\n\
                for row in connection.execute(sa.text(\"SELECT id FROM t_a1aa\")).fetchall():\n    \
                    op.execute(f\"INSERT INTO t_b2bb (id) VALUES ({row.id})\")";
    shop.revision_with("c3cc", Some("b2bb"), asks, "pass");
    shop.upgrade("b2bb");
    shop.refuses("sh scripts/review.sh", "'NoneType' object has no attribute 'fetchall'");

    let found = shop.finds("offline-unsafe");
    assert_eq!((found["severity"].as_str(), found["revision"].as_str()), (Some("warning"), Some("c3cc")));
    says(&found, "reads what a statement returns, which `--sql` cannot answer");
    says(&found, "this project prints SQL at scripts/review.sh:2");
    shop.follow(&found["next"]);
    // The page: let SQL do it.
    shop.revision_with("c3cc", Some("b2bb"), "op.execute(\"INSERT INTO t_b2bb (id) SELECT id FROM t_a1aa\")", "pass");
    assert!(shop.must("sh scripts/review.sh").contains("INSERT INTO t_b2bb (id) SELECT id FROM t_a1aa"));
    shop.must("alembic upgrade head");
    assert_eq!(shop.rows("t_b2bb"), 1);
    shop.is_healthy();
}
