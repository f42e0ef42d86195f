//! S64: the URL leads to where nothing can be written.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::Story;
use crate::support::announce;
use crate::support::postgres::{SUPERUSER_PASSWORD, Server, cluster};
use crate::support::shop::{Shop, leaves_the_choice, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "a standby", cure: standby },
    Story { what: "the database is read-only by default", cure: read_only_database },
];

/// Kept for the whole run: a database's handle needs its server.
fn pair() -> Option<&'static (Server, Server)> {
    static PAIR: OnceLock<Option<(Server, Server)>> = OnceLock::new();
    PAIR.get_or_init(cluster::primary_and_standby).as_ref()
}

fn standby() {
    let Some((primary, standby)) = pair() else {
        announce("not run here: no PostgreSQL with pg_basebackup");
        return;
    };
    let database = primary.database();
    let url = |server: &Server| server.superuser_url(&database.name).replace("postgresql://", "postgresql+psycopg://");
    let (right, wrong, name) = (url(primary), url(standby), database.name.clone());
    let shop = Shop::on(database, &right);
    shop.upgrade("a1aa");
    let deadline = Instant::now() + Duration::from_secs(30);
    let role = (standby.superuser.as_str(), SUPERUSER_PASSWORD);
    while standby.try_sql(role, &name, "SELECT id FROM t_a1aa").map_or(0, |rows| rows.len()) == 0 {
        assert!(Instant::now() < deadline, "the standby does not follow");
        std::thread::sleep(Duration::from_millis(50));
    }
    shop.edit("alembic.ini", &right, &wrong);
    shop.refuses("alembic upgrade head", "in a read-only transaction");

    let found = shop.finds("read-only-endpoint");
    assert_eq!(found["severity"], "error");
    says(&found, "This is a standby");
    says(&found, "its primary is the server of the same cluster");
    shop.follow(&found["next"]);
    // The page: every host, and the one that writes is chosen.
    let hosts = |server: &Server| format!("host={}:{}", server.host, server.port);
    let (before, _) = right.split_once('@').unwrap();
    let both = format!("{before}@/{name}?{}&{}&target_session_attrs=read-write", hosts(standby), hosts(primary));
    shop.edit("alembic.ini", &wrong, &both);
    shop.must("alembic upgrade head");
    shop.is_healthy();
}

fn read_only_database() {
    let shop = Shop::on_postgres();
    shop.upgrade("a1aa");
    shop.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", shop.database().name));
    shop.refuses("alembic upgrade head", "in a read-only transaction");
    let found = shop.finds("read-only-endpoint");
    assert_eq!(found["severity"], "error");
    says(&found, &format!("set by ALTER DATABASE {}", shop.database().name));
    leaves_the_choice(&found);
    shop.follow(&found["next"]);
    shop.follow(&found["or"][0]);
    shop.must("alembic upgrade head");
    shop.is_healthy();
}
