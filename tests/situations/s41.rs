//! S41: the migration failed, and the deployment is green.

use super::Story;
use super::s40::edit;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "`|| echo` in an entry point", cure: an_alternative },
    Story { what: "an entry point without `set -e`", cure: no_set_e },
    Story { what: "an `except` in env.py that only logs", cure: a_handler_in_env },
    Story { what: "an `except` in the application that only logs", cure: a_handler_in_the_application },
];

/// A database at `b2bb`, and a revision that fails on it.
fn failing() -> Shop {
    let shop = Shop::new();
    shop.upgrade("head");
    shop.revision_with("c3cc", Some("b2bb"), "op.execute(\"SELECT nothing FROM nowhere\")", "pass");
    shop
}

/// The command says that it worked, and the revision did not run.
fn looks_green(shop: &Shop, command: &str) {
    let (said, worked) = shop.run(command);
    assert!(worked, "{said}");
    assert_eq!(shop.stamp(), ["b2bb"]);
}

/// With the cure the failure is one, and the repaired revision goes through.
fn fails_and_then_works(shop: &Shop, command: &str) {
    let (said, worked) = shop.run(command);
    assert!(!worked, "it still hides the failure: {said}");
    shop.revision("c3cc", Some("b2bb"));
    let (said, worked) = shop.run(command);
    assert!(worked, "{said}");
    shop.is_healthy();
}

fn found(shop: &Shop, evidence: &str) {
    let found = shop.finds("migration-failure-ignored");
    assert_eq!(found["severity"], "error");
    says(&found, evidence);
    shop.follow(&found["next"]);
}

const SCRIPT: &str = "#!/bin/sh\nset -e\nalembic upgrade head\nexec \"$@\"\n";

fn an_alternative() {
    let shop = failing();
    let line = "alembic upgrade head || echo 'migration failed, starting anyway'\n";
    shop.sandbox.write("entrypoint.sh", SCRIPT.replace("alembic upgrade head\n", line));
    looks_green(&shop, "sh entrypoint.sh true");
    found(&shop, "turns its failure into a success");
    shop.sandbox.write("entrypoint.sh", SCRIPT);
    fails_and_then_works(&shop, "sh entrypoint.sh true");
}

fn no_set_e() {
    let shop = failing();
    shop.sandbox.write("docker/start.sh", SCRIPT.replace("set -e\n", ""));
    looks_green(&shop, "sh docker/start.sh true");
    found(&shop, "without `set -e` the script goes on here");
    shop.sandbox.write("docker/start.sh", SCRIPT);
    fails_and_then_works(&shop, "sh docker/start.sh true");
}

fn a_handler_in_env() {
    let shop = failing();
    let call = "else:\n    run_migrations_online()\n";
    let hidden = "else:\n    try:\n        run_migrations_online()\n    except Exception as error:\n        print(\"migration failed:\", error)\n";
    edit(&shop, call, hidden);
    looks_green(&shop, "alembic upgrade head");
    found(&shop, "does not raise");
    edit(&shop, hidden, &format!("{hidden}        raise\n"));
    fails_and_then_works(&shop, "alembic upgrade head");
}

fn a_handler_in_the_application() {
    let shop = failing();
    let program = "import logging\n\nfrom alembic import command\nfrom alembic.config import Config\n\n\n\
                   def create_app():\n    try:\n        command.upgrade(Config(\"alembic.ini\"), \"head\")\n    \
                   except Exception as error:\n        logging.error(\"migration failed: %s\", error)\n\n\n\
                   if __name__ == \"__main__\":\n    create_app()\n";
    shop.sandbox.write("app.py", program);
    let python = crate::support::alembic::python().display().to_string();
    let command = format!("{python} app.py");
    looks_green(&shop, &command);
    found(&shop, "this handler only says that it failed");
    shop.sandbox.write("app.py", program.replace("error)\n\n", "error)\n        raise\n\n"));
    fails_and_then_works(&shop, &command);
}
