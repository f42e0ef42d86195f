//! S65: a pooler stands before the database, and refuses settings.

use super::Story;
use crate::support::pgbouncer::pgbouncer;
use crate::support::postgres;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[Story { what: "`options` in the URL of a pooler", cure: the_direct_address }];

fn the_direct_address() {
    let server = postgres::newest();
    let Some(pooler) = pgbouncer(server) else { return };
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    let direct = format!("{}:{}", server.host, server.port);
    let pooled = format!("{}:{}", server.host, pooler.port);
    let name = shop.database().name.clone();
    shop.edit("alembic.ini", &format!("{direct}/{name}"), &format!("{pooled}/{name}?options=-csearch_path%%3Dpublic"));
    shop.refuses("alembic current", "unsupported startup parameter: options");

    let found = shop.only("pooled-endpoint", "at-head");
    says(&found, "A pooler answers, and it refuses the `options` of the URL");
    says(&found, "unsupported startup parameter: options");
    says(&found, &format!("the database itself is at {direct}"));
    shop.follow(&found["next"]);
    // The page: the migrations get the address of the database itself.
    shop.edit("alembic.ini", &pooled, &direct);
    assert!(shop.must("alembic current").contains("b2bb (head)"));
    shop.is_healthy();
}
