//! S63: `postgres://`

use super::Story;
use crate::support::shop::{Shop, corrected, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "in alembic.ini", cure: in_the_ini },
    Story { what: "in a hoster's variable", cure: in_a_variable },
];

fn in_the_ini() {
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    shop.edit("alembic.ini", "postgresql+psycopg://", "postgres://");
    shop.refuses("alembic current", "Can't load plugin: sqlalchemy.dialects:postgres");
    let found = shop.only("postgres-scheme", "at-head");
    says(&found, "the dialect is `postgresql`");
    shop.follow(&found["next"]);
    assert!(shop.must("alembic current").contains("b2bb (head)"));
    shop.is_healthy();
}

fn in_a_variable() {
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    let url = shop.database().url().replace("postgresql://", "postgres://");
    shop.edit(
        "migrations/env.py",
        "config = context.config",
        "import os\nconfig = context.config\nconfig.set_main_option(\"sqlalchemy.url\", os.environ[\"DATABASE_URL\"])",
    );
    let shop = shop.map(|sandbox| sandbox.env("DATABASE_URL", url));
    shop.refuses("alembic current", "Can't load plugin: sqlalchemy.dialects:postgres");
    let found = shop.only("postgres-scheme", "at-head");
    shop.follow(&found["next"]);
    let now = shop.must(&format!("{}; printf %s \"$DATABASE_URL\"", corrected(&found)));
    let shop = shop.map(|sandbox| sandbox.unset("DATABASE_URL").env("DATABASE_URL", now));
    assert!(shop.must("alembic current").contains("b2bb (head)"));
    shop.is_healthy();
}
