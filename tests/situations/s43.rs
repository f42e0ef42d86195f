//! S43: the advisory lock does not hold as long as the migrations run.

use super::Story;
use super::s40::{before_configure, edit};
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "a revision commits in between", cure: an_autocommit_block },
    Story { what: "env.py commits at once", cure: a_commit },
];

const LOCK: &str = "connection.execute(text(\"SELECT pg_advisory_xact_lock(42)\"))\n";
const HOLDS: &str = "        connection.execute(text(\"SELECT pg_advisory_lock(42)\"))\n        connection.commit()\n";

/// A revision that writes down how many advisory locks its own session holds.
fn witness(shop: &Shop, id: &str, down: &str) {
    let create = format!(
        "with op.get_context().autocommit_block():\n    op.execute(\"CREATE TABLE t_{id} AS SELECT 1 AS held FROM pg_locks \
         WHERE locktype = 'advisory' AND pid = pg_backend_pid()\")"
    );
    shop.revision_with(id, Some(down), &create, &format!("op.drop_table(\"t_{id}\")"));
}

fn an_autocommit_block() {
    let shop = Shop::on_postgres();
    let run = "            context.run_migrations()\n\n\nif";
    edit(&shop, run, &format!("            {LOCK}{run}"));
    shop.upgrade("head");
    witness(&shop, "c3cc", "b2bb");
    let (said, worked) = shop.run("alembic upgrade head");
    assert!(worked, "{said}");
    assert_eq!(shop.rows("t_c3cc"), 0, "no lock was held");
    let found = shop.finds("advisory-lock-too-short");
    says(&found, "autocommit_block() at migrations/versions/c3cc_.py");
    shop.follow(&found["next"]);
    edit(&shop, &format!("            {LOCK}"), "");
    before_configure(&shop, HOLDS);
    holds(&shop);
}

fn a_commit() {
    let shop = Shop::on_postgres();
    let lines = format!("        {LOCK}        connection.commit()\n");
    before_configure(&shop, &lines);
    shop.upgrade("head");
    witness(&shop, "c3cc", "b2bb");
    let (said, worked) = shop.run("alembic upgrade head");
    assert!(worked, "{said}");
    assert_eq!(shop.rows("t_c3cc"), 0, "no lock was held");
    let found = shop.finds("advisory-lock-too-short");
    says(&found, "before the migrations run");
    shop.follow(&found["next"]);
    edit(&shop, &lines, HOLDS);
    holds(&shop);
}

/// The next revision sees the lock.
fn holds(shop: &Shop) {
    witness(shop, "d4dd", "c3cc");
    let (said, worked) = shop.run("alembic upgrade head");
    assert!(worked, "{said}");
    assert_eq!(shop.rows("t_d4dd"), 1, "the lock is held");
    shop.is_healthy();
}
