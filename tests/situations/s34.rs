//! S34: the version table is not there yet, and the role may not create it.

use super::Story;
use crate::support::postgres::{self, SUPERUSER_PASSWORD, TestRole};
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "the right is granted in public", cure: granted },
    Story { what: "the role gets a schema of its own", cure: own_schema },
    Story { what: "env.py names a schema that does not exist", cure: missing_schema },
];

/// A new database, and a role that may only connect. PostgreSQL 15 and newer.
fn shop() -> (TestRole<'static>, Shop) {
    let server = postgres::newest();
    let role = server.role(SUPERUSER_PASSWORD);
    let database = server.database();
    let url = server.url(&role.name, SUPERUSER_PASSWORD, &database.name);
    (role, Shop::on(database, &url))
}

fn granted() {
    let (role, shop) = shop();
    shop.refuses("alembic upgrade head", "permission denied for schema public");
    let found = shop.only("version-table-not-creatable", "empty");
    says(&found, &format!("in the schema public, and {} may not create anything there", role.name));
    says(&found, "missing: CREATE");
    shop.follow(&found["next"]);
    shop.upgrade("head");
    shop.is_healthy();
}

fn own_schema() {
    let (role, shop) = shop();
    let found = shop.only("version-table-not-creatable", "empty");
    shop.follow(&found["or"][0]);
    shop.must("alembic upgrade head");
    let (document, code) = shop.report(&[]);
    assert_eq!((&document["databases"][0]["state"], code), (&"at-head".into(), 0), "{document:#}");
    assert_eq!(shop.rows(&format!("{}.alembic_version", role.name)), 1);
}

fn missing_schema() {
    let (_role, shop) = shop();
    shop.edit(
        "migrations/env.py",
        "context.configure(\n",
        "context.configure(\n        version_table_schema=\"shop\",\n",
    );
    shop.refuses("alembic upgrade head", "schema \"shop\" does not exist");
    let found = shop.only("version-table-not-creatable", "empty");
    says(&found, "there is no schema shop, and Alembic creates none");
    shop.follow(&found["next"]);
    // Alembic's own table has a place now; those of the revisions still need one.
    let found = shop.report(&[]).0;
    assert_eq!(found["findings"].as_array().unwrap().len(), 0, "{found:#}");
    shop.must("alembic ensure_version");
    assert_eq!(shop.rows("shop.alembic_version"), 0);
}
