//! S33: the role may not read the version table.

use super::Story;
use crate::support::postgres::{self, SUPERUSER_PASSWORD, TestRole};
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "SELECT is missing", cure: select },
    Story { what: "USAGE of a schema that somebody else owns is missing too", cure: usage },
];

/// `owner` migrated, and `app` looks.
fn shop() -> (TestRole<'static>, TestRole<'static>, Shop) {
    let server = postgres::newest();
    let (owner, app) = (server.role(SUPERUSER_PASSWORD), server.role(SUPERUSER_PASSWORD));
    let database = server.database();
    database.sql(&format!("GRANT CREATE ON SCHEMA public TO {}", owner.name));
    let url = |role: &TestRole<'_>| server.url(&role.name, SUPERUSER_PASSWORD, &database.name);
    let (mine, its) = (url(&owner), url(&app));
    let shop = Shop::on(database, &mine);
    shop.upgrade("head");
    shop.edit("alembic.ini", &mine, &its);
    (owner, app, shop)
}

fn select() {
    let (owner, app, shop) = shop();
    shop.refuses("alembic current", "permission denied for table alembic_version");
    let found = shop.finds("version-table-unreadable");
    says(&found, &format!("The role {} may not read public.alembic_version", app.name));
    says(&found, "missing: SELECT on public.alembic_version");
    says(&found, &format!("belongs to {}", owner.name));
    shop.follow(&found["next"]);
    shop.is_healthy();
    shop.refuses("alembic stamp a1aa", "permission denied");
}

fn usage() {
    let (owner, app, shop) = shop();
    shop.sql(&format!(
        "REVOKE ALL ON SCHEMA public FROM PUBLIC, {}; GRANT USAGE ON SCHEMA public TO {}",
        app.name, owner.name
    ));
    shop.edit(
        "migrations/env.py",
        "context.configure(\n",
        "context.configure(\n        version_table_schema=\"public\",\n",
    );
    shop.refuses("alembic current", "permission denied for schema public");
    let found = shop.finds("version-table-unreadable");
    says(&found, "missing: USAGE on schema public and SELECT on public.alembic_version");
    assert_eq!(found["next"].as_array().unwrap().len(), 2, "each by its owner: {found:#}");
    shop.follow(&found["next"]);
    shop.is_healthy();
}
