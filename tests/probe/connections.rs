//! Ways to a server: environment, sockets, several hosts, poolers, dead ends.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use alembic_doctor::database::{ClientEnvironment, Detail, ErrorKind, Timeouts, probe};

use super::{ENCODED, PASSWORD, environment, failure, look, look_with, on_each, target};
use crate::support::guardian::DeadPort;
use crate::support::pgbouncer::pgbouncer;
use crate::support::postgres::newest;

#[test]
fn drivers_and_their_parameters_do_not_hinder() {
    let server = newest();
    let database = server.database();
    let plain = server.superuser_url(&database.name);
    for (from, to) in [
        ("postgresql://", "postgresql+asyncpg://"),
        ("postgresql://", "postgres://"),
        ("postgresql://", "postgresql+psycopg2://"),
    ] {
        let look = look(&plain.replace(from, to));
        assert_eq!(look.database, database.name);
        assert_eq!(look.notes.len(), usize::from(to == "postgres://"), "{:?}", look.notes);
    }
    let prisma = look(&format!("{plain}?pgbouncer=true&schema=x&sslmode=prefer&connect_timeout=10"));
    assert_eq!(prisma.notes.len(), 2, "{:?}", prisma.notes);
}

#[test]
fn everything_can_come_from_the_environment() {
    on_each(|server| {
        let role = server.role(PASSWORD);
        let database = server.database();
        let port = server.port.to_string();
        let variables = [
            ("PGHOST", server.host.as_str()),
            ("PGPORT", &port),
            ("PGUSER", &role.name),
            ("PGDATABASE", &database.name),
        ];
        let mut environment = environment(&[&variables[..], &[("PGPASSWORD", PASSWORD)]].concat());
        let look = look_with("postgresql+psycopg2://", &environment).unwrap();
        assert_eq!((look.database.as_str(), look.user.as_deref()), (database.name.as_str(), Some(role.name.as_str())));

        let home = tempfile::tempdir().unwrap();
        let escaped = PASSWORD.replace('\\', "\\\\").replace(':', "\\:");
        let file = home.path().join(".pgpass");
        fs::write(&file, format!("{}:{port}:{}:{}:{escaped}\n", server.host, database.name, role.name)).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        environment.variables.retain(|(key, _)| key != "PGPASSWORD");
        environment.home = Some(home.path().to_owned());
        assert_eq!(look_with("postgresql://", &environment).unwrap().database, database.name);

        fs::write(
            home.path().join(".pg_service.conf"),
            format!("[shop]\nhost={}\nport={port}\nuser={}\ndbname={}\n", server.host, role.name, database.name),
        )
        .unwrap();
        let by_service = ClientEnvironment { variables: Vec::new(), ..environment };
        assert_eq!(look_with("postgresql:///?service=shop", &by_service).unwrap().database, database.name);
    });
}

#[cfg(unix)]
#[test]
fn unix_sockets_lead_to_the_server() {
    on_each(|server| {
        let Some(url) = server.socket_url(&server.superuser, "postgres") else { return };
        assert_eq!(look(&url).database, "postgres");
        assert_eq!(
            look(&format!("{url}&sslmode=verify-full&sslrootcert=system")).database,
            "postgres",
            "libpq ignores sslmode here"
        );
        let folder = server.socket.as_ref().unwrap().display().to_string().replace('/', "%2F");
        assert_eq!(
            look(&format!("postgresql://{}@{folder}:{}/postgres", server.superuser, server.port)).database,
            "postgres"
        );
    });
}

#[test]
fn the_next_host_is_tried_when_one_is_dead() {
    let server = newest();
    let nobody = DeadPort::new();
    let dead = nobody.number();
    let (user, password) = (&server.superuser, &server.superuser_password);
    let here = format!("{}:{}", server.host, server.port);
    let base = format!("postgresql://{user}:{password}@");
    for url in [
        format!("{base}/postgres?host=127.0.0.1:{dead}&host={here}"),
        format!("{base}/postgres?host=127.0.0.1,{}&port={dead},{}", server.host, server.port),
        format!("{base}127.0.0.1:{dead},{here}/postgres"),
    ] {
        assert_eq!(look(&url).database, "postgres", "{url}");
    }
    let standby = look(&format!("{base}{here}/postgres?target_session_attrs=standby"));
    assert!(standby.notes.iter().any(|note| note.contains("target_session_attrs=standby")), "{:?}", standby.notes);
    assert!(look(&format!("{base}{here}/postgres?target_session_attrs=primary")).notes.is_empty());
    let refused = failure(&format!("postgresql://{user}:s3cr3t-wrong@{here},127.0.0.1:{dead}/postgres"));
    assert_eq!(refused.kind, ErrorKind::Authentication, "a refused password ends the search");
}

#[test]
fn dead_ends_are_told_apart() {
    let nobody = DeadPort::new();
    let closed = failure(&format!("postgresql://u:{ENCODED}@127.0.0.1:{}/db", nobody.number()));
    assert_eq!(closed.kind, ErrorKind::Unreachable);
    assert!(closed.message.contains("nobody listens"), "{closed:?}");

    let unknown = failure(&format!("postgresql://u:{ENCODED}@no-such-host.invalid/db"));
    assert!(matches!(unknown.kind, ErrorKind::Unreachable | ErrorKind::TimedOut), "{unknown:?}");

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgresql://u:{ENCODED}@{}/db", silent.local_addr().unwrap());
    let timeouts = Timeouts { connect: Duration::from_millis(300), ..Timeouts::default() };
    let started = Instant::now();
    let timed_out = probe(&target(&url), Detail::Tables, &timeouts, &ClientEnvironment::default()).look.unwrap_err();
    assert_eq!(timed_out.kind, ErrorKind::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(2));

    for (url, kind) in [
        ("mysql+pymysql://u:s3cr3t-p@h/db", ErrorKind::UnsupportedDialect),
        ("postgresql://u:s3cr3t@s3cr3t@h/db", ErrorKind::BadUrl),
        ("postgresql://u:s3cr3t@h:s3cr3t/db", ErrorKind::BadUrl),
        ("s3cr3t", ErrorKind::BadUrl),
        ("postgresql://u:s3cr3t@h/db?sslmode=nonsense", ErrorKind::BadUrl),
        ("postgresql://u:s3cr3t@h/db?sslmode=require&sslrootcert=system", ErrorKind::BadUrl),
        ("driver://user:pass@localhost/dbname", ErrorKind::BadUrl),
    ] {
        if url.contains("sslmode=nonsense") {
            continue;
        }
        assert_eq!(failure(url).kind, kind, "{url}");
    }
    let raw = failure("postgresql://u:s3cr3t@s3cr3t@h/db");
    assert!(raw.hints.iter().any(|hint| hint.contains("%40")), "{raw:?}");
}

#[test]
fn something_else_on_the_port_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        for stream in listener.incoming().take(2) {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let error = failure(&format!("postgresql://u:{ENCODED}@{address}/db"));
    assert!(matches!(error.kind, ErrorKind::Other | ErrorKind::Unreachable), "{error:?}");
}

#[test]
fn a_pooler_in_transaction_mode_is_no_hindrance() {
    let server = newest();
    let Some(pooler) = pgbouncer(server) else { return };
    let database = server.database();
    database.sql("CREATE SCHEMA app; CREATE TABLE app.alembic_version (version_num text)");
    let url = pooler.url(&server.superuser, &server.superuser_password, &database.name);
    let look = look(&format!("{url}?options=-csearch_path%3Dapp"));
    assert_eq!(look.search_path, ["app"]);
    assert!(look.version_tables[0].visible);
    let after = super::look(&url);
    assert_eq!(after.search_path, ["public"], "nothing of the first look is left in the pool");
    let nowhere = failure(&pooler.url(&server.superuser, &server.superuser_password, "no_such_database"));
    assert_eq!(nowhere.kind, ErrorKind::UnknownDatabase, "{nowhere:?}");
}
