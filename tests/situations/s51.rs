//! S51: an init container waits for a migration that does not come.

use std::time::{Duration, Instant};

use super::Story;
use crate::support::shop::{Shop, names, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "the waiter's image is older than the migrator's", cure: older_waiter },
    Story { what: "the migrator's image is older than the waiter's", cure: newer_waiter },
    Story { what: "the migrator comes later", cure: late_migrator },
];

fn older_waiter() {
    let shop = Shop::new();
    shop.git(&["checkout", "--quiet", "-b", "release"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.git(&["tag", "v2.0.0"]);
    shop.upgrade("head");
    shop.git(&["checkout", "--quiet", "main"]);

    let start = Instant::now();
    let (document, code) = shop.report(&["wait", "--timeout", "10m"]);
    assert!(start.elapsed() < Duration::from_secs(60), "it waited for what never comes");
    assert_eq!((&document["wait"]["reached"], code), (&false.into(), 1), "{document:#}");
    assert!(document["wait"]["why"].as_str().unwrap().contains("ahead of this code"), "{document:#}");
    assert_eq!(names(&document), ["database-ahead"]);
    let found = document["findings"][0].clone();
    says(&found, "v2.0.0");
    shop.follow(&found["next"]);
    assert_eq!(shop.report(&["wait"]).1, 0);
    shop.is_healthy();
}

fn newer_waiter() {
    let shop = Shop::on_postgres();
    shop.upgrade("a1aa");
    shop.sandbox.start(&["wait"]).until_it_says("waiting: the database is at a1aa, 1 pending");
    let run = shop.sandbox.doctor(&["wait", "--timeout", "0.1s"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.starts_with("timed out: not at head after "), "{run}");
    assert!(run.stdout.contains(" s: the database is at a1aa, 1 pending"), "{run}");
    let (document, _) = shop.report(&["wait", "--timeout", "0.1s"]);
    assert_eq!(names(&document), ["database-behind"]);
    says(&document["findings"][0], "pending: b2bb");
    shop.follow(&document["findings"][0]["next"]);
    assert_eq!(shop.report(&["wait"]).1, 0);
    shop.is_healthy();
}

fn late_migrator() {
    let shop = Shop::on_postgres();
    let mut waiter = shop.sandbox.start(&["wait", "--interval", "0.2s", "--timeout", "5m", "--format", "json"]);
    waiter.until_it_says("waiting: ");
    shop.upgrade("head");
    let run = waiter.wait();
    let document: serde_json::Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
    assert_eq!((&document["wait"]["reached"], run.code), (&true.into(), Some(0)), "{document:#}");
    assert!(document["wait"]["looks"].as_u64().unwrap() > 1);
    shop.is_healthy();
}
