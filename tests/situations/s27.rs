//! S27: revisions are pending.

use super::Story;
use crate::support::shop::{Shop, names, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "the upgrade has not run yet", cure: upgrade },
    Story { what: "the upgrade ran on another database", cure: another_database },
];

/// Alembic itself says so only when a revision is made.
fn refused_by_alembic(shop: &Shop) {
    let run = shop.sandbox.alembic(&["revision", "--autogenerate", "-m", "x"]);
    assert!(run.stderr.contains("Target database is not up to date"), "{}", run.stderr);
}

fn upgrade() {
    let shop = Shop::on_postgres();
    shop.upgrade("a1aa");
    refused_by_alembic(&shop);
    let found = shop.finds("database-behind");
    for expected in ["1 revision is pending", "holds a1aa", "pending: b2bb"] {
        says(&found, expected);
    }
    let (gate, code) = shop.report(&["gate"]);
    assert_eq!((&gate["gate"]["passes"], code), (&true.into(), 0), "before an upgrade that is no failure: {gate:#}");
    let (verified, code) = shop.report(&["verify"]);
    assert_eq!((&verified["verify"]["passes"], code), (&false.into(), 1));
    shop.follow(&found["next"]);
    shop.is_healthy();
    assert_eq!(shop.report(&["verify"]).1, 0);
}

fn another_database() {
    let shop = Shop::new();
    shop.upgrade("head");
    // What the deployment migrated is not what the application uses.
    let text = std::fs::read_to_string(shop.path().join("alembic.ini")).unwrap();
    std::fs::copy(shop.path().join("app.db"), shop.path().join("old.db")).unwrap();
    let old = rusqlite::Connection::open(shop.path().join("old.db")).unwrap();
    old.execute_batch("UPDATE alembic_version SET version_num = 'a1aa'; DROP TABLE t_b2bb").unwrap();
    let (document, code) = shop.report(&["verify", "--url", "sqlite:///old.db"]);
    assert_eq!((names(&document), code), (vec!["database-behind"], 1), "{document:#}");
    says(&document["findings"][0], "b2bb");
    // The way out assumes that env.py is set to this same database, and says so.
    assert!(document["findings"][0]["next"][0]["why"].as_str().unwrap().contains("this same database"));
    shop.sandbox.write("alembic.ini", text.replace("sqlite:///app.db", "sqlite:///old.db"));
    shop.follow(&document["findings"][0]["next"]);
    assert_eq!(shop.report(&["verify"]).1, 0);
    let rows: i64 = old.query_row("SELECT count(*) FROM t_a1aa", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1, "a row was lost");
}
