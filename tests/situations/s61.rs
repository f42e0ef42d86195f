//! S61: a `%` in the URL.

use super::Story;
use crate::support::postgres::{self, TestRole};
use crate::support::shop::{Shop, corrected, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "a single % in alembic.ini", cure: single_in_the_ini },
    Story { what: "a variable with % goes into the ini's section", cure: single_in_the_section },
    Story { what: "a variable whose % is doubled", cure: doubled_in_a_variable },
];

const ENCODED: &str = "p%40ss%2Fw0rd";

/// A shop that a role with the password `p@ss/w0rd` migrated; its URL stands in alembic.ini.
fn shop() -> (TestRole<'static>, Shop, String) {
    let server = postgres::newest();
    let role = server.role("p@ss/w0rd");
    let database = server.database();
    database.sql(&format!("GRANT CREATE ON SCHEMA public TO {}", role.name));
    let url = server.url(&role.name, ENCODED, &database.name);
    let shop = Shop::on(database, &url);
    shop.upgrade("head");
    (role, shop, url)
}

fn single_in_the_ini() {
    let (_role, shop, url) = shop();
    shop.edit("alembic.ini", &url.replace('%', "%%"), &url);
    shop.refuses("alembic current", "'%' must be followed by '%' or '('");
    let found = shop.finds("broken-configuration-value");
    says(&found, "`sqlalchemy.url` cannot be read");
    assert!(!found.to_string().contains("w0rd"), "no part of the password is shown: {found:#}");
    shop.follow(&found["next"]);
    shop.is_healthy();
    shop.must("rm alembic.ini.bak");
}

/// env.py takes the URL from the environment.
fn from_environment(shop: Shop, url: &str, line: &str) -> Shop {
    shop.edit("migrations/env.py", "config = context.config", &format!("import os\nconfig = context.config\n{line}"));
    shop.edit("alembic.ini", "sqlalchemy.url = ", "# url = ");
    shop.map(|sandbox| sandbox.env("DATABASE_URL", url))
}

fn single_in_the_section() {
    let (_role, shop, url) = shop();
    let value = "os.environ[\"DATABASE_URL\"]";
    let shop = from_environment(shop, &url, &format!("config.set_main_option(\"sqlalchemy.url\", {value})"));
    shop.refuses("alembic current", "invalid interpolation syntax");
    let found = shop.only("percent-in-url", "at-head");
    says(&found, "set_main_option() wants each % doubled");
    assert!(!found.to_string().contains("w0rd"), "{found:#}");
    shop.follow(&found["next"]);
    shop.edit("migrations/env.py", value, &corrected(&found));
    shop.is_healthy();
    assert!(shop.must("alembic current").contains("b2bb (head)"));
}

fn doubled_in_a_variable() {
    let (_role, shop, url) = shop();
    let shop = from_environment(shop, &url.replace('%', "%%"), "");
    let engine = "connectable = engine_from_config({\"sqlalchemy.url\": os.environ[\"DATABASE_URL\"]}, ";
    shop.edit(
        "migrations/env.py",
        "connectable = engine_from_config(\n        config.get_section(config.config_ini_section, {}),\n",
        engine,
    );
    shop.refuses("alembic current", "password authentication failed");
    let found = shop.finds("percent-in-url");
    assert_eq!(found["severity"], "error");
    says(&found, "the server refuses this password");
    shop.follow(&found["next"]);
    let now = shop.must(&format!("{}; printf %s \"$DATABASE_URL\"", corrected(&found)));
    let shop = shop.map(|sandbox| sandbox.unset("DATABASE_URL").env("DATABASE_URL", now));
    shop.is_healthy();
    assert!(shop.must("alembic current").contains("b2bb (head)"));
}
