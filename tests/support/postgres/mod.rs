//! Real PostgreSQL servers: one per major version that can be had on this machine.

pub mod cluster;
pub mod connect;
pub mod installation;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fmt, thread};

use super::guardian::Guardian;
use super::requirement;
use cluster::Variant;
use connect::Rows;

/// The superuser of the clusters that the tests start.
pub const SUPERUSER: &str = "postgres";
/// Its password over TCP; on the socket it needs none.
pub const SUPERUSER_PASSWORD: &str = "correct-horse";

/// A running server that the tests may do anything with.
pub struct Server {
    /// For example 15.
    pub major: u32,
    /// An address for TCP.
    pub host: String,
    /// The port for TCP, also part of the socket's name.
    pub port: u16,
    /// The folder of the Unix socket; unknown for a server that the tests did not start.
    pub socket: Option<PathBuf>,
    /// A role that may do everything.
    pub superuser: String,
    /// Its password.
    pub superuser_password: String,
    /// The cluster's own folder, removed with the server; none for one that the tests did not start.
    pub folder: Option<PathBuf>,
    /// A database that every test may connect to.
    pub maintenance_database: String,
    _guardian: Option<Guardian>,
}

/// All servers, oldest major version first. Started on the first call; never empty.
pub fn servers() -> &'static [Server] {
    // A failure is kept too: the next test must not try it all again.
    static SERVERS: OnceLock<Result<Vec<Server>, String>> = OnceLock::new();
    match SERVERS.get_or_init(start_or_find) {
        Ok(servers) => servers,
        Err(error) => panic!("{error}"),
    }
}

fn start_or_find() -> Result<Vec<Server>, String> {
    let servers = match env::var("ALEMBIC_DOCTOR_TEST_POSTGRES") {
        Ok(url) => vec![external(&url)?],
        Err(_) => start_all()?,
    };
    let majors: Vec<_> = servers.iter().map(|server| server.major).collect();
    super::announce(&format!("PostgreSQL servers of this test run: {majors:?}"));
    if let Some(missing) = requirement::majors().iter().find(|required| !majors.contains(required)) {
        return Err(format!("ALEMBIC_DOCTOR_TEST_REQUIRE asks for PostgreSQL {missing}, found: {majors:?}"));
    }
    if servers.is_empty() {
        return Err("no PostgreSQL found: install one (Debian: apt-get install postgresql), or let \
                    ALEMBIC_DOCTOR_TEST_POSTGRES name a server, for example \
                    postgresql://postgres:secret@127.0.0.1/postgres"
            .to_owned());
    }
    Ok(servers)
}

/// The newest server, for tests that need only one.
pub fn newest() -> &'static Server {
    servers().last().expect("servers() is never empty")
}

/// The server that `ALEMBIC_DOCTOR_TEST_POSTGRES` names.
fn external(url: &str) -> Result<Server, String> {
    let explain = |error: String| format!("ALEMBIC_DOCTOR_TEST_POSTGRES: {error}");
    let config: tokio_postgres::Config = url.parse().map_err(|error| explain(format!("{error}")))?;
    let version = connect::run(&config, "SHOW server_version_num").map_err(explain)?;
    let number: u32 = version[0][0].as_deref().unwrap().parse().unwrap();
    let Some(tokio_postgres::config::Host::Tcp(host)) = config.get_hosts().first() else {
        return Err(explain("it must name a host for TCP".to_owned()));
    };
    Ok(Server {
        major: number / 10_000,
        host: host.clone(),
        port: config.get_ports().first().copied().unwrap_or(5432),
        socket: None,
        superuser: config.get_user().unwrap_or(SUPERUSER).to_owned(),
        superuser_password: String::from_utf8_lossy(config.get_password().unwrap_or_default()).into_owned(),
        folder: None,
        maintenance_database: config.get_dbname().unwrap_or("postgres").to_owned(),
        _guardian: None,
    })
}

fn start_all() -> Result<Vec<Server>, String> {
    let found = installation::find();
    thread::scope(|scope| {
        let start = |installation| scope.spawn(move || cluster::start(installation, &Variant::default()));
        let starts: Vec<_> = found.iter().map(start).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    })
}

impl Server {
    /// Runs SQL as the superuser in `database`. Panics with PostgreSQL's text on an error.
    pub fn sql(&self, database: &str, sql: &str) -> Rows {
        self.try_sql((&self.superuser, &self.superuser_password), database, sql)
            .unwrap_or_else(|error| panic!("PostgreSQL {}: {error}\n{sql}", self.major))
    }

    /// Runs SQL over TCP as `role` (name, password). The error is PostgreSQL's text.
    pub fn try_sql(&self, role: (&str, &str), database: &str, sql: &str) -> Result<Rows, String> {
        connect::tcp(&self.host, self.port, role, database, sql)
    }

    /// A new empty database, dropped with the value.
    pub fn database(&self) -> TestDatabase<'_> {
        let name = format!("doctor_{}_{}", std::process::id(), unique());
        self.sql(&self.maintenance_database, &format!("CREATE DATABASE {name}"));
        TestDatabase { server: self, name }
    }

    /// A new role with a password that may log in, dropped with the value.
    pub fn role(&self, password: &str) -> TestRole<'_> {
        let name = format!("role_{}_{}", std::process::id(), unique());
        let password = password.replace('\'', "''");
        self.sql(&self.maintenance_database, &format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'"));
        TestRole { server: self, name }
    }

    /// A SQLAlchemy URL over TCP. Password and names are put in as they are.
    pub fn url(&self, role: &str, password: &str, database: &str) -> String {
        format!("postgresql://{role}:{password}@{}:{}/{database}", self.host, self.port)
    }

    /// A SQLAlchemy URL of the superuser over TCP.
    pub fn superuser_url(&self, database: &str) -> String {
        self.url(&self.superuser, &self.superuser_password, database)
    }

    /// A SQLAlchemy URL over the Unix socket, where there is one. The superuser needs no password there.
    pub fn socket_url(&self, role: &str, database: &str) -> Option<String> {
        let socket = self.socket.as_deref().and_then(Path::to_str)?;
        Some(format!("postgresql://{role}@/{database}?host={socket}&port={}", self.port))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL {} on {}:{}", self.major, self.host, self.port)
    }
}

/// A database of one test.
#[derive(Debug)]
pub struct TestDatabase<'s> {
    pub server: &'s Server,
    /// Its name.
    pub name: String,
}

impl<'s> TestDatabase<'s> {
    /// The server that it is on.
    pub fn server(&self) -> &'s Server {
        self.server
    }

    /// Runs SQL in it as the superuser.
    pub fn sql(&self, sql: &str) -> Rows {
        self.server.sql(&self.name, sql)
    }

    /// The variables with which libpq reaches the server as its superuser.
    pub fn client_environment(&self) -> [(&'static str, String); 4] {
        let server = self.server;
        [
            ("PGHOST", server.host.clone()),
            ("PGPORT", server.port.to_string()),
            ("PGUSER", server.superuser.clone()),
            ("PGPASSWORD", server.superuser_password.clone()),
        ]
    }

    /// A SQLAlchemy URL of the superuser over TCP.
    pub fn url(&self) -> String {
        self.server.superuser_url(&self.name)
    }

    /// Runs statements in a transaction of a session with this name. It stays open until
    /// [`TestDatabase::release`] or the end of the database: nothing here depends on how long a test takes.
    pub fn hold(&self, application: &str, statements: &str) {
        let Server { host, port, superuser, superuser_password, .. } = self.server;
        let mut config = tokio_postgres::Config::new();
        config.host(host).port(*port).user(superuser).password(superuser_password).dbname(&self.name);
        config.application_name(application);
        let sql = format!("BEGIN; {statements}; SELECT pg_sleep(3600)");
        let session = thread::spawn(move || connect::run(&config, &sql));
        let sleeps = format!("SELECT 1 {} AND wait_event = 'PgSleep'", from_sessions(application));
        while self.sql(&sleeps).is_empty() {
            assert!(!session.is_finished(), "{application} holds nothing: {:?}", session.join());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the session of that name.
    pub fn release(&self, application: &str) {
        let end = format!("SELECT pg_terminate_backend(pid) {}", from_sessions(application));
        while !self.sql(&end).is_empty() {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The sessions of that name in the database that is asked: others may have some of the same name.
fn from_sessions(application: &str) -> String {
    format!("FROM pg_stat_activity WHERE datname = current_database() AND application_name = '{application}'")
}

impl Drop for TestDatabase<'_> {
    fn drop(&mut self) {
        // FORCE ends sessions that a failing test left. The answer does not matter: a server of
        // ours disappears anyway.
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let role = (self.server.superuser.as_str(), self.server.superuser_password.as_str());
        let _ = self.server.try_sql(role, &self.server.maintenance_database, &sql);
    }
}

/// A role of one test. Declare it before the databases in which it owns something.
#[derive(Debug)]
pub struct TestRole<'s> {
    pub server: &'s Server,
    /// Its name.
    pub name: String,
}

impl Drop for TestRole<'_> {
    fn drop(&mut self) {
        let role = (self.server.superuser.as_str(), self.server.superuser_password.as_str());
        let _ =
            self.server.try_sql(role, &self.server.maintenance_database, &format!("DROP ROLE IF EXISTS {}", self.name));
    }
}

fn unique() -> u32 {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}
