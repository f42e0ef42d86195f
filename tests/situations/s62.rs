//! S62: words of libpq in a URL for asyncpg.

use super::Story;
use crate::support::shop::{Shop, corrected, says};

pub(super) const STORIES: &[Story] =
    &[Story { what: "in alembic.ini", cure: in_the_ini }, Story { what: "in a variable", cure: in_a_variable }];

/// What `alembic init -t async` makes of the online half.
const ASYNC: &str = "import asyncio
import os

from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import async_engine_from_config, create_async_engine

config = context.config


def do_run_migrations(connection):
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()


async def run_async_migrations():
    connectable = ENGINE
    async with connectable.connect() as connection:
        await connection.run_sync(do_run_migrations)
    await connectable.dispose()


asyncio.run(run_async_migrations())
";

const FROM_INI: &str = "async_engine_from_config(config.get_section(config.config_ini_section, {}), \
                        prefix=\"sqlalchemy.\", poolclass=pool.NullPool)";

fn shop(engine: &str) -> (Shop, String) {
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    shop.sandbox.write("migrations/env.py", ASYNC.replace("ENGINE", engine));
    let url = shop.database().url().replace("postgresql://", "postgresql+asyncpg://");
    (shop, url + "?sslmode=prefer&channel_binding=prefer")
}

fn in_the_ini() {
    let (shop, url) = shop(FROM_INI);
    let old = shop.database().url().replace("postgresql://", "postgresql+psycopg://");
    shop.edit("alembic.ini", &old, &url);
    shop.refuses("alembic current", "connect() got an unexpected keyword argument");
    let found = shop.only("asyncpg-sslmode", "at-head");
    says(&found, "asyncpg does not know `channel_binding` and `sslmode`");
    shop.follow(&found["next"]);
    assert!(shop.must("alembic current").contains("b2bb (head)"));
    shop.is_healthy();
}

fn in_a_variable() {
    let (shop, url) = shop("create_async_engine(os.environ[\"DATABASE_URL\"])");
    let shop = shop.map(|sandbox| sandbox.env("DATABASE_URL", url));
    shop.refuses("alembic current", "connect() got an unexpected keyword argument");
    let found = shop.only("asyncpg-sslmode", "at-head");
    shop.follow(&found["next"]);
    let now = shop.must(&format!("{}; printf %s \"$DATABASE_URL\"", corrected(&found)));
    let shop = shop.map(|sandbox| sandbox.unset("DATABASE_URL").env("DATABASE_URL", now));
    assert!(shop.must("alembic current").contains("b2bb (head)"));
    shop.is_healthy();
}
