//! S42: several copies migrate at once.

use std::thread;

use super::Story;
use super::s40::before_configure;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[Story { what: "an entry point and three replicas", cure: an_entry_point }];

/// Two copies that start together; whether both came up.
fn start_two(shop: &Shop) -> (String, bool) {
    shop.run("sh entrypoint.sh true & one=$!; sh entrypoint.sh true; two=$?; wait $one && [ $two = 0 ]")
}

fn an_entry_point() {
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    let create = |id: &str| format!("op.create_table(\"t_{id}\", sa.Column(\"id\", sa.Integer))");
    shop.waiting_revision("c3cc", Some("b2bb"), "pass", &create("c3cc"));
    shop.sandbox.write("entrypoint.sh", "#!/bin/sh\nset -e\nalembic upgrade head\nexec \"$@\"\n");
    shop.sandbox.write("k8s/deployment.yaml", "kind: Deployment\nspec:\n  replicas: 3\n");
    let (said, worked) = thread::scope(|scope| {
        // Both are in the middle of the same revision before either goes on.
        scope.spawn(|| {
            shop.until_waiting("c3cc", 2);
            shop.let_go();
        });
        start_two(&shop)
    });
    assert!(!worked, "both copies came up: {said}");

    let found = shop.finds("migrations-race-at-start");
    assert_eq!(found["severity"], "warning");
    says(&found, "k8s/deployment.yaml:3: 3 copies");
    says(&found, "entrypoint.sh:4: the application that it starts");
    shop.follow(&found["next"]);

    before_configure(
        &shop,
        "        connection.execute(text(\"SELECT pg_advisory_lock(42)\"))\n        connection.commit()\n",
    );
    let slow = format!("op.execute(\"SELECT pg_sleep(3)\")\n{}", create("d4dd"));
    shop.revision_with("d4dd", Some("c3cc"), &slow, "op.drop_table(\"t_d4dd\")");
    let (said, worked) = start_two(&shop);
    assert!(worked, "{said}");
    shop.is_healthy();
}
