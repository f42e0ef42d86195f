//! S02: the tests are green with two heads, and the deployment is the first to fail.

use super::Story;
use crate::support::shop::{Shop, names, says};

pub(super) const STORIES: &[Story] = &[Story { what: "tests run heads, the deployment head", cure: two_words }];

const WORKFLOW: &str = "jobs:\n  test:\n    steps:\n      - run: alembic upgrade heads\n      - run: pytest\n";

fn two_words() {
    let shop = Shop::new();
    shop.sandbox.write(".github/workflows/ci.yml", WORKFLOW);
    shop.sandbox.write("Dockerfile", "FROM python:3.13\nCMD [\"alembic\", \"upgrade\", \"head\"]\n");
    shop.upgrade("head");
    // One head: it can hurt, and has not yet.
    let (document, code) = shop.report(&[]);
    assert_eq!((names(&document), code), (vec!["tests-upgrade-heads"], 0), "{document:#}");
    assert_eq!(document["findings"][0]["severity"], "warning");

    shop.revision("c3cc", Some("b2bb"));
    shop.revision("d4dd", Some("b2bb"));
    let (said, worked) = shop.run("alembic upgrade head");
    assert!(!worked && said.contains("Multiple head revisions"), "{said}");
    let found = shop.finds("tests-upgrade-heads");
    assert_eq!(found["severity"], "error");
    for expected in [".github/workflows/ci.yml:4", "Dockerfile:2", "there are 2 heads now"] {
        says(&found, expected);
    }
    shop.follow(&found["next"]);
    shop.sandbox.write(".github/workflows/ci.yml", WORKFLOW.replace("heads", "head"));
    shop.follow(&shop.finds("multiple-heads")["next"]);
    let (said, worked) = shop.run("alembic upgrade head");
    assert!(worked, "{said}");
    shop.is_healthy();
}
