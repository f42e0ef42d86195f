//! S32: an upgrade that ends with success and does nothing, because its target lies behind.

use super::Story;
use crate::support::shop::{Shop, leaves_the_choice, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "the target was a leftover", cure: leftover },
    Story { what: "going back was meant", cure: going_back },
];

/// A database at b2bb, and a deployment that says `upgrade a1aa`.
fn past_the_target() -> (Shop, serde_json::Value) {
    let shop = Shop::new();
    shop.upgrade("head");
    let run = shop.sandbox.alembic(&["upgrade", "a1aa"]);
    assert_eq!((run.status, shop.stamp()), (0, vec!["b2bb".to_owned()]), "green, and nothing has run: {}", run.stderr);
    let (gate, code) = shop.report(&["gate", "a1aa"]);
    assert_eq!((&gate["gate"]["passes"], code), (&false.into(), 1), "{gate:#}");
    let found = gate["findings"].as_array().unwrap()[0].clone();
    assert_eq!(found["name"], "target-already-passed");
    for expected in ["do nothing", "holds b2bb", "asked for: a1aa", "past it: b2bb"] {
        says(&found, expected);
    }
    leaves_the_choice(&found);
    assert_eq!(shop.report(&["verify", "--to", "a1aa"]).1, 1);
    (shop, found)
}

fn leftover() {
    let (shop, found) = past_the_target();
    shop.follow(&found["next"]);
    let (said, worked) = shop.run(found["or"][1][0]["command"].as_str().unwrap());
    assert!(worked && said.contains("nothing to do"), "{said}");
    shop.is_healthy();
}

fn going_back() {
    let (shop, found) = past_the_target();
    shop.follow(&found["next"]);
    shop.follow(&found["or"][0]);
    assert_eq!(shop.report(&["verify", "--to", "a1aa"]).1, 0);
    assert_eq!((shop.stamp(), shop.rows("t_a1aa")), (vec!["a1aa".to_owned()], 1));
}
