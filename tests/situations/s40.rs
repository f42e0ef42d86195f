//! S40: the migrations ran, the exit code was 0, and nothing is there.

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "a lock timeout is set before the migrations", cure: a_timeout },
    Story { what: "a helper of env.py takes a lock", cure: a_helper },
    Story { what: "a probe on SQLite loses the stamp", cure: a_probe_on_sqlite },
    Story { what: "no begin_transaction()", cure: no_transaction },
];

const CONFIGURE: &str = "        context.configure(\n            connection=connection";

/// Puts lines before `context.configure()` of the stock env.py.
pub(super) fn before_configure(shop: &Shop, lines: &str) {
    edit(shop, CONFIGURE, &format!("{lines}{CONFIGURE}"));
}

/// Edits env.py, as a person would.
pub(super) fn edit(shop: &Shop, from: &str, to: &str) {
    let path = shop.path().join("migrations/env.py");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "no {from:?} in {text}");
    let text = if text.contains("import text") {
        text
    } else {
        text.replace("from sqlalchemy import pool", "from sqlalchemy import pool, text")
    };
    std::fs::write(path, text.replace(from, to)).unwrap();
}

/// The real Alembic says that it worked, and the table is not there.
fn loses_everything(shop: &Shop) {
    let run = shop.sandbox.alembic(&["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("Running upgrade"), "{}", run.stderr);
    assert_eq!(shop.rows("pg_tables WHERE tablename IN ('t_a1aa', 'alembic_version')"), 0);
}

fn found(shop: &Shop) -> serde_json::Value {
    let found = shop.finds("uncommitted-migrations");
    assert_eq!(found["severity"], "error");
    says(&found, "rolled back, with exit code 0");
    shop.follow(&found["next"]);
    found
}

fn a_timeout() {
    let shop = Shop::on_postgres();
    let line = "        connection.execute(text(\"SET lock_timeout = '4s'\"))\n";
    before_configure(&shop, line);
    loses_everything(&shop);
    let seen = found(&shop);
    says(&seen, "SET lock_timeout");
    says(&seen, "no commit() follows");
    edit(&shop, line, &format!("{line}        connection.commit()\n"));
    shop.upgrade("head");
    shop.is_healthy();
}

fn a_helper() {
    let shop = Shop::on_postgres();
    edit(
        &shop,
        "def run_migrations_online() -> None:\n",
        "def lock(c):\n    c.execute(text(\"SELECT pg_advisory_xact_lock(42)\"))\n\n\ndef run_migrations_online() -> None:\n",
    );
    before_configure(&shop, "        lock(connection)\n");
    loses_everything(&shop);
    found(&shop);
    // What ends with its transaction belongs into it.
    edit(&shop, "        lock(connection)\n", "");
    let run = "            context.run_migrations()\n\n\nif";
    edit(&shop, run, &format!("            lock(connection)\n{run}"));
    shop.upgrade("head");
    shop.is_healthy();
}

fn a_probe_on_sqlite() {
    let shop = Shop::new();
    let line = "        connection.execute(text(\"SELECT 1\"))\n";
    before_configure(&shop, line);
    let run = shop.sandbox.alembic(&["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(shop.stamp(), Vec::<String>::new(), "the stamp is lost");
    found(&shop);
    edit(&shop, line, "");
    // What SQLite has kept was never finished.
    shop.sql("DROP TABLE IF EXISTS t_a1aa; DROP TABLE IF EXISTS t_b2bb; DROP TABLE alembic_version");
    shop.upgrade("head");
    shop.is_healthy();
}

fn no_transaction() {
    let shop = Shop::on_postgres();
    let inside = "        with context.begin_transaction():\n            context.run_migrations()\n\n\nif";
    edit(&shop, inside, "        context.run_migrations()\n\n\nif");
    loses_everything(&shop);
    let seen = found(&shop);
    says(&seen, "outside of begin_transaction()");
    edit(&shop, "        context.run_migrations()\n\n\nif", inside);
    shop.upgrade("head");
    shop.is_healthy();
}
