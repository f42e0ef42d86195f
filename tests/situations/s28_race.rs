//! S28: the row of the version table changed under a run, because another one was faster.

use std::thread;
use std::time::Duration;

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[Story { what: "two runs at once, and 0 rows found", cure: two_runs }];

fn two_runs() {
    let shop = Shop::on_postgres();
    shop.upgrade("a1aa");
    shop.remove("b2bb");
    // Nothing but the row of the version table makes the two runs collide.
    shop.waiting_revision("b2bb", Some("a1aa"), "op.execute(\"SELECT count(*) FROM t_a1aa\")", "pass");
    // Before it came to anybody: else it would be an edit.
    shop.git(&["add", "--all"]);
    shop.git(&["commit", "--quiet", "--amend", "--message", "count"]);
    let runs = [shop.start_upgrade("head"), shop.start_upgrade("head")];
    shop.until_waiting("b2bb", 2);

    let (document, _) = shop.report(&[]);
    assert_eq!(document["databases"][0]["state"], "in-progress", "{document:#}");
    assert_eq!(document["databases"][0]["stamp"][0], "a1aa");
    let found = shop.finds("migration-in-progress");
    for expected in ["session", "until it commits", "a1aa", "idle in transaction"] {
        says(&found, expected);
    }
    assert_eq!(found["evidence"].to_string().matches("has read the version table").count(), 2, "both: {found:#}");
    let (gate, code) = shop.report(&["gate"]);
    assert_eq!((&gate["gate"]["passes"], code), (&false.into(), 1), "{gate:#}");

    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_secs(1));
            shop.let_go();
        });
        shop.follow(&found["next"]);
    });
    // Only now: the one that comes too late may still hold what it has done in vain.
    let mut failed: Vec<String> =
        runs.map(|run| run.wait()).into_iter().filter(|run| run.status != 0).map(|run| run.stderr).collect();
    let failed = failed.pop().expect("one of the two came too late");
    let sentence = "expected to match one row when updating 'a1aa' to 'b2bb' in 'alembic_version'; 0 found";
    assert!(failed.contains(sentence), "{failed}");
    shop.is_healthy();
    // What lost is run again, alone.
    assert_eq!(shop.sandbox.alembic(&["upgrade", "head"]).status, 0);
    shop.is_healthy();
}
