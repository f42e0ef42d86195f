//! S25: the stamp is in another schema than the one that Alembic looks in.

use super::Story;
use crate::support::postgres::{self, SUPERUSER_PASSWORD, TestDatabase, TestRole};
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "the role's search_path was taken back", cure: search_path_as_it_was },
    Story { what: "env.py has to name the schema", cure: named_in_env_py },
    Story { what: "an empty twin hides the true table", cure: an_empty_twin },
];

/// A role whose search_path led to the schema `app` when it migrated, and does no longer.
fn moved() -> (TestRole<'static>, Shop) {
    let server = postgres::newest();
    let role = server.role(SUPERUSER_PASSWORD);
    let database: TestDatabase<'static> = server.database();
    let name = &role.name;
    database.sql(&format!(
        "CREATE SCHEMA app AUTHORIZATION {name}; GRANT CREATE ON SCHEMA public TO {name};
         ALTER ROLE {name} IN DATABASE {} SET search_path = app, public",
        database.name
    ));
    let url = server.url(name, SUPERUSER_PASSWORD, &database.name).replace("postgresql://", "postgresql+psycopg://");
    let shop = Shop::on(database, &url);
    shop.must("alembic upgrade head");
    shop.sql("INSERT INTO app.t_a1aa VALUES (42)");
    shop.sql(&format!("ALTER ROLE {name} IN DATABASE {} RESET search_path", shop.database().name));
    (role, shop)
}

fn is_healthy(shop: &Shop) {
    let (document, code) = shop.report(&[]);
    let findings = document["findings"].as_array().unwrap();
    assert_eq!((findings.len(), code, &document["databases"][0]["state"]), (0, 0, &"at-head".into()), "{document:#}");
    assert_eq!(shop.rows("app.t_a1aa"), 1, "a row was lost");
}

fn search_path_as_it_was() {
    let (_role, shop) = moved();
    assert!(!shop.must("alembic current").contains("b2bb"), "Alembic sees no stamp, and says nothing");
    let found = shop.only("version-table-elsewhere", "unstamped");
    says(&found, "The stamp is in app.alembic_version, but Alembic would use alembic_version, which does not exist");
    says(&found, "no schema on its search_path has it");
    shop.follow(&found["next"]);
    shop.follow(&found["or"][0]);
    is_healthy(&shop);
    assert!(shop.must("alembic current").contains("b2bb (head)"));
}

fn named_in_env_py() {
    let (_role, shop) = moved();
    let found = shop.only("version-table-elsewhere", "unstamped");
    shop.follow(&found["next"]);
    // The page: let env.py name the schema, in both calls.
    let mine = "context.configure(\n        version_table_schema=\"app\",\n";
    shop.edit("migrations/env.py", "context.configure(\n", mine);
    is_healthy(&shop);
    assert!(shop.must("alembic current").contains("b2bb (head)"));
}

fn an_empty_twin() {
    let (_role, shop) = moved();
    shop.must("alembic ensure_version");
    assert_eq!(shop.rows("public.alembic_version"), 0);
    let found = shop.only("version-table-elsewhere", "unstamped");
    says(&found, "Alembic would use public.alembic_version, which is empty");
    says(&found, "app.alembic_version: holds b2bb, not on the search path");
    // On the path it would be, but not the first.
    let name = format!("ALTER DATABASE {} SET search_path", shop.database().name);
    shop.sql(&format!("{name} = public, app"));
    says(&shop.finds("version-table-elsewhere"), "holds b2bb, on the search path, but behind another one of that name");
    shop.sql(&name.replace("SET search_path", "RESET search_path"));
    shop.refuses("alembic downgrade -1", "");
    shop.follow(&found["or"][0]);
    is_healthy(&shop);
}
