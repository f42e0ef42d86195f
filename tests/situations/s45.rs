//! S45: a revision failed half-way on a database that commits each change of a table at once.
//! MySQL is the usual one; SQLite under Alembic does the same.

use super::Story;
use crate::support::shop::{Shop, leaves_the_choice, names, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "what was left is taken back", cure: back },
    Story { what: "what is not done is done by hand", cure: on },
];

const UPGRADE: &str = "op.create_table(\"t_c3cc\", sa.Column(\"id\", sa.Integer))
op.add_column(\"t_a1aa\", sa.Column(\"note\", sa.Text))
op.execute(\"INSERT INTO nowhere VALUES (1)\")
op.create_table(\"t_last\", sa.Column(\"id\", sa.Integer))";

/// The revision failed, and its file has been mended since.
fn failed() -> Shop {
    let shop = Shop::new();
    shop.revision_with("c3cc", Some("b2bb"), UPGRADE, "pass");
    let run = shop.sandbox.alembic(&["upgrade", "head"]);
    assert!(run.status != 0 && run.stderr.contains("no such table: nowhere"), "{}", run.stderr);
    shop.sql("INSERT INTO t_a1aa (id) VALUES (42)");
    let again = shop.sandbox.alembic(&["upgrade", "head"]);
    assert!(again.stderr.contains("already exists"), "{}", again.stderr);
    shop.revision_with("c3cc", Some("b2bb"), &UPGRADE.replace("INSERT INTO nowhere VALUES (1)", "SELECT 1"), "pass");
    shop
}

fn found(shop: &Shop) -> serde_json::Value {
    let (document, code) = shop.report(&[]);
    assert_eq!((names(&document), code), (vec!["half-applied-revision", "database-behind"], 1), "{document:#}");
    let behind = shop.finds("database-behind");
    assert_eq!(behind["next"][0]["changes"], "nothing", "no upgrade is advised: {behind:#}");
    let found = shop.finds("half-applied-revision");
    leaves_the_choice(&found);
    says(&found, "c3cc is pending, but 2 of its 3 changes are there");
    for expected in ["done: table t_c3cc", "done: column t_a1aa.note", "not done: table t_last", "1 step of it"] {
        says(&found, expected);
    }
    found
}

fn back() {
    let shop = failed();
    let found = found(&shop);
    let (count, _) = shop.run(found["or"][0][0]["command"].as_str().unwrap());
    assert_eq!(count.trim(), "[(0,)]");
    shop.follow(&found["or"][0]);
    shop.is_healthy();
    assert_eq!(shop.rows("t_last"), 0);
}

fn on() {
    let shop = failed();
    let found = found(&shop);
    shop.sql("CREATE TABLE t_last (id INTEGER)");
    shop.follow(&found["or"][1]);
    shop.is_healthy();
}
