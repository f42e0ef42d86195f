//! S42, while it happens: several processes migrate at once, or one has died over it.

use std::thread;
use std::time::Duration;

use super::Story;
use crate::support::shop::{Shop, leaves_the_choice, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "two replicas migrate a new database", cure: new_database },
    Story { what: "a run lost its program and holds its locks", cure: dead },
    Story { what: "a run computes for long and is alive", cure: alive },
];

/// The version table is made in the transaction of the first run: until it commits nobody sees it.
fn new_database() {
    let shop = Shop::on_postgres();
    shop.waiting_revision("c3cc", Some("b2bb"), "pass", "pass");
    shop.commit("think");
    let first = shop.start_upgrade("head");
    shop.until_waiting("c3cc", 1);
    let second = shop.start_upgrade("head");
    shop.until_blocked();

    let (document, code) = shop.report(&[]);
    assert_eq!((&document["databases"][0]["state"], code), (&"in-progress".into(), 1), "{document:#}");
    let found = shop.finds("migration-in-progress");
    says(&found, "is making tables in schema public");
    let (gate, code) = shop.report(&["gate"]);
    assert_eq!((&gate["gate"]["passes"], code), (&false.into(), 1), "{gate:#}");
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_secs(1));
            shop.let_go();
        });
        shop.follow(&found["next"]);
    });
    let first = first.wait();
    assert_eq!(first.status, 0, "{}", first.stderr);
    let second = second.wait();
    let is_known = ["already exists", "pg_type_typname_nsp_index", "pg_class_relname_nsp_index"]
        .iter()
        .any(|text| second.stderr.contains(text));
    assert!(second.status != 0 && is_known, "{}", second.stderr);
    assert_eq!(shop.sandbox.alembic(&["upgrade", "head"]).status, 0, "run again, alone");
    shop.sql("INSERT INTO t_a1aa VALUES (42)");
    shop.is_healthy();
}

/// A run that has made a table and then does nothing for half a minute.
fn silent() -> (Shop, crate::support::alembic::Running, serde_json::Value) {
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    let create = "op.create_table(\"t_c3cc\", sa.Column(\"id\", sa.Integer))";
    shop.waiting_revision("c3cc", Some("b2bb"), create, "pass");
    shop.commit("think");
    let run = shop.start_upgrade("head");
    shop.until_waiting("c3cc", 1);
    thread::sleep(Duration::from_secs(32));
    let found = shop.finds("migration-in-progress");
    for expected in ["does nothing", "has been idle for", "from 127.0.0.1", "alters tables"] {
        says(&found, expected);
    }
    leaves_the_choice(&found);
    (shop, run, found)
}

fn dead() {
    let (shop, run, found) = silent();
    shop.follow(&found["next"]);
    shop.follow(&found["or"][0]);
    shop.let_go();
    assert!(run.wait().status != 0, "its session is gone");
    assert_eq!(shop.stamp(), ["b2bb"], "what it had done is taken back");
    let behind = shop.finds("database-behind");
    shop.follow(&behind["next"]);
    shop.is_healthy();
}

fn alive() {
    let (shop, run, found) = silent();
    shop.follow(&found["next"]);
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_secs(1));
            shop.let_go();
        });
        shop.follow(&found["or"][1]);
    });
    let run = run.wait();
    assert_eq!(run.status, 0, "{}", run.stderr);
    shop.is_healthy();
}
