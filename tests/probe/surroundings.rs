//! What a look shows of the server and the session: address, cluster, roles' settings, schemas, poolers.

use alembic_doctor::database::{ClientEnvironment, RoleSetting, ServerAddress};

use super::{look, look_with, on_each};
use crate::support::pgbouncer::pgbouncer;
use crate::support::postgres::{SUPERUSER, SUPERUSER_PASSWORD, newest};
use crate::support::tls::tls_server;

#[test]
fn the_server_says_where_and_which_it_is() {
    on_each(|server| {
        let database = server.database();
        let seen = look(&database.url());
        let cluster = database.sql("SELECT system_identifier FROM pg_control_system()")[0][0].clone();
        assert_eq!(seen.system_identifier, cluster);
        assert_eq!(seen.pooler, None);
        assert_eq!(seen.session_user, None, "the one that acts logged in");
        if server.socket.is_some() {
            assert_eq!(seen.address, Some(ServerAddress::Tcp(format!("127.0.0.1:{}", server.port))));
        }
        if let Some(url) = server.socket_url(&server.superuser, &database.name) {
            assert_eq!(look(&url).address, Some(ServerAddress::Socket));
        }
    });
}

#[test]
fn a_role_that_may_only_connect_sees_settings_and_rights() {
    on_each(|server| {
        let (role, other) = (server.role("secret"), server.role("secret"));
        let database = server.database();
        let (name, mine, theirs) = (&database.name, &role.name, &other.name);
        database.sql(&format!(
            "CREATE SCHEMA app; CREATE SCHEMA shut; GRANT USAGE ON SCHEMA app TO {mine}; GRANT {theirs} TO {mine};
             ALTER ROLE {mine} IN DATABASE {name} SET search_path = app, gone, public;
             ALTER ROLE {mine} SET role = {theirs};
             ALTER ROLE {theirs} SET search_path = shut;
             ALTER DATABASE {name} SET default_transaction_read_only = on"
        ));
        let seen = look(&server.url(mine, "secret", name));
        assert_eq!((seen.user.as_ref(), seen.session_user.as_ref()), (Some(theirs), Some(mine)));
        assert_eq!(seen.search_path_setting, "app, gone, public");
        assert!(seen.read_only);
        let (database, role, other) = (Some(name.clone()), Some(mine.clone()), Some(theirs.clone()));
        let setting = |role: &Option<String>, database: &Option<String>, name: &str, value: &str| RoleSetting {
            role: role.clone(),
            database: database.clone(),
            name: name.to_owned(),
            value: value.to_owned(),
        };
        for expected in [
            setting(&role, &database, "search_path", "app, gone, public"),
            setting(&role, &None, "role", theirs),
            setting(&other, &None, "search_path", "shut"),
            setting(&None, &database, "default_transaction_read_only", "on"),
        ] {
            assert!(seen.settings.contains(&expected), "no {expected:?} in {:?}", seen.settings);
        }
        let rights: Vec<(&str, bool, bool)> =
            seen.schemas.iter().map(|schema| (schema.name.as_str(), schema.may_use, schema.may_create)).collect();
        // The role that acts is the other one.
        assert_eq!(rights, [("app", false, false), ("public", true, server.major < 15), ("shut", false, false)]);
        assert!(seen.schemas.iter().all(|schema| schema.owner == server.superuser), "{:?}", seen.schemas);
    });
}

#[test]
fn what_the_role_may_not_ask_stays_unknown_and_the_rest_is_seen() {
    let server = newest();
    let role = server.role("secret");
    let database = server.database();
    database.sql("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
    let seen = look(&server.url(&role.name, "secret", &database.name));
    assert_eq!(seen.system_identifier, None);
    assert!(seen.address.is_some() && !seen.schemas.is_empty());
}

#[test]
fn only_a_pooler_answers_with_another_process() {
    let server = newest();
    let database = server.database();
    let tls = tls_server();
    let encrypted = format!(
        "postgresql://{SUPERUSER}:{SUPERUSER_PASSWORD}@{}:{}/postgres?sslmode=require",
        tls.hostname, tls.server.port
    );
    assert_eq!(look_with(&encrypted, &ClientEnvironment::default()).unwrap().pooler, None);

    let Some(pooler) = pgbouncer(server) else { return };
    let url = pooler.url(&server.superuser, &server.superuser_password, &database.name);
    let seen = look(&url);
    let found = seen.pooler.unwrap();
    assert!(found.is_certain && found.refusal.is_none(), "{found:?}");
    assert_eq!(seen.address, Some(ServerAddress::Tcp(format!("127.0.0.1:{}", server.port))), "the server's own");
    let refused = look(&format!("{url}?options=-csearch_path%3Dpublic")).pooler.unwrap();
    assert_eq!(refused.refusal.as_deref(), Some("unsupported startup parameter: options"));
}
