//! S31: a backup was restored, and its stamp is not the one that the code expects.

use std::fs;

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "the backup is older than the code", cure: older },
    Story { what: "the backup is newer than the code", cure: newer },
];

fn older() {
    let shop = Shop::new();
    shop.upgrade("a1aa");
    let database = shop.path().join("app.db");
    let backup = fs::read(&database).unwrap();
    assert_eq!(shop.sandbox.alembic(&["upgrade", "head"]).status, 0);
    fs::write(&database, backup).unwrap();

    let (gate, code) = shop.report(&["gate"]);
    assert_eq!(code, 0, "{gate:#}");
    assert_eq!(gate["gate"]["databases"][0]["plan"]["steps"][0]["revision"], "b2bb", "the way from the backup's stamp");
    let found = shop.finds("database-behind");
    says(&found, "holds a1aa");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

fn newer() {
    let shop = Shop::new();
    shop.git(&["checkout", "--quiet", "-b", "release"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.git(&["tag", "v2.0.0"]);
    shop.upgrade("head");
    let backup = fs::read(shop.path().join("app.db")).unwrap();
    shop.git(&["checkout", "--quiet", "main"]);
    fs::remove_file(shop.path().join("app.db")).unwrap();
    assert_eq!(shop.sandbox.alembic(&["upgrade", "head"]).status, 0);
    fs::write(shop.path().join("app.db"), backup).unwrap();

    let (gate, code) = shop.report(&["gate"]);
    assert_eq!((&gate["gate"]["passes"], code), (&false.into(), 1), "{gate:#}");
    let found = shop.only("database-ahead", "ahead");
    says(&found, "v2.0.0");
    shop.follow(&found["next"]);
    shop.is_healthy();
    assert_eq!(shop.report(&["gate"]).1, 0);
}
