//! A real pgbouncer in transaction mode in front of a server.

use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs};

use super::guardian::{self, Guardian};
use super::postgres::{Server, connect};
use super::requirement;

/// A running pgbouncer; stopped with the value.
#[derive(Debug)]
pub struct PgBouncer {
    /// Its port on 127.0.0.1.
    pub port: u16,
    _guardian: Guardian,
}

impl PgBouncer {
    /// A SQLAlchemy URL through the pooler.
    pub fn url(&self, role: &str, password: &str, database: &str) -> String {
        format!("postgresql://{role}:{password}@127.0.0.1:{}/{database}", self.port)
    }
}

/// Starts pgbouncer in front of `server`, or says why that cannot be done here.
pub fn pgbouncer(server: &Server) -> Option<PgBouncer> {
    let Some(program) = program() else {
        assert!(
            !requirement::is_required("pgbouncer"),
            "ALEMBIC_DOCTOR_TEST_REQUIRE asks for pgbouncer: install it (Debian: apt-get install pgbouncer)"
        );
        super::announce("not run here: pgbouncer is not installed");
        return None;
    };
    // Another process may take the port between our look and the start.
    let started = (0..3).find_map(|_| try_start(&program, server));
    Some(started.expect("pgbouncer does not start; its log is above"))
}

fn try_start(program: &std::path::Path, server: &Server) -> Option<PgBouncer> {
    let folder = guardian::server_folder("pgbouncer");
    let port = guardian::free_port();
    let users = folder.join("users.txt");
    fs::write(&users, format!("\"{}\" \"{}\"\n", server.superuser, server.superuser_password)).unwrap();
    guardian::give_away(&users);
    // Other roles are looked up in the server (auth_query's default reads pg_shadow).
    let config = format!(
        "[databases]\n* = host={host} port={server_port} auth_user={superuser}\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = scram-sha-256\nauth_file = {users}\npool_mode = transaction\n\
         default_pool_size = 1\nmax_client_conn = 50\n",
        host = server.host,
        server_port = server.port,
        superuser = server.superuser,
        users = users.display(),
    );
    let ini = folder.join("pgbouncer.ini");
    fs::write(&ini, config).unwrap();
    guardian::give_away(&ini);

    let mut command = guardian::unprivileged(program);
    command.push(ini.to_str().unwrap().to_owned());
    let mut guardian = Guardian::start(&command, "SIGTERM", &folder.join("log"), std::slice::from_ref(&folder));
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline && !guardian.has_ended() {
        // Who lets the superuser in is this pooler: anybody may answer on a port.
        let role = (server.superuser.as_str(), server.superuser_password.as_str());
        if connect::tcp("127.0.0.1", port, role, &server.maintenance_database, "SELECT 1").is_ok() {
            return Some(PgBouncer { port, _guardian: guardian });
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    None
}

/// `pgbouncer` on `PATH`, or where Debian puts it: `sbin` is not on everybody's path.
fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("pgbouncer")).find(|program| program.is_file())
}
