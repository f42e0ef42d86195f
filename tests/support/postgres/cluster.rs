//! One cluster: `initdb`, its settings, its start on a private port and socket.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::installation::Installation;
use super::{SUPERUSER, SUPERUSER_PASSWORD, Server, connect};
use crate::support::guardian::{self, Guardian};

/// Who may log in how: the superuser freely on the socket, everybody else with a password.
const ACCESS: &str = "\
local all postgres trust
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
";

/// Nothing here must survive a crash, so nothing waits for the disk. `mmap` keeps shared memory
/// in the data folder, so that nothing can be left outside of it.
const SETTINGS: &str = "\
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
dynamic_shared_memory_type = mmap
shared_buffers = 16MB
max_connections = 100
max_prepared_transactions = 4
password_encryption = 'scram-sha-256'
listen_addresses = '127.0.0.1'
timezone = 'UTC'
log_timezone = 'UTC'
";

/// What distinguishes a cluster from the plain one.
#[derive(Debug, Default)]
pub struct Variant {
    /// Lines added to `postgresql.conf`.
    pub settings: String,
    /// Replaces `pg_hba.conf`.
    pub access: Option<String>,
    /// Files (name, content) put into the data folder, readable by the server only.
    pub files: Vec<(String, String)>,
}

/// Starts a server that ends with this process. The error says what went wrong.
pub fn start(installation: &Installation, variant: &Variant) -> Result<Server, String> {
    start_from(installation, variant, |folder| initialize(installation, folder))
}

/// A primary and a standby that follows it, on the newest version that brings pg_basebackup; `None`
/// where none does.
pub fn primary_and_standby() -> Option<(Server, Server)> {
    let mut found = super::installation::find().into_iter().rev();
    let installation = found.find(|installation| installation.bin.join("pg_basebackup").is_file())?;
    let access = format!("{ACCESS}local replication postgres trust\n");
    let variant = Variant { access: Some(access), ..Variant::default() };
    let primary = start(&installation, &variant).unwrap_or_else(|error| panic!("{error}"));
    let standby = start_from(&installation, &variant, |folder| copy(&installation, &primary, folder));
    Some((primary, standby.unwrap_or_else(|error| panic!("{error}"))))
}

fn start_from(
    installation: &Installation,
    variant: &Variant,
    data: impl Fn(&Path) -> Result<PathBuf, String>,
) -> Result<Server, String> {
    // Another process may take the port between our look and the server's start.
    for _ in 0..3 {
        let folder = guardian::server_folder(&format!("pg{}", installation.major));
        let started = data(&folder).map(|data| try_start(installation, variant, &folder, &data));
        match started {
            Ok(Some(server)) => return Ok(server),
            Ok(None) => {}
            Err(error) => {
                let _ = fs::remove_dir_all(&folder);
                return Err(error);
            }
        }
    }
    let Installation { major, bin } = installation;
    Err(format!("PostgreSQL {major} from {} does not start; its log is above", bin.display()))
}

fn try_start(installation: &Installation, variant: &Variant, folder: &Path, data: &Path) -> Option<Server> {
    let port = guardian::free_port();
    let socket = socket_folder(folder);
    configure(data, port, &socket, variant);

    let mut command = guardian::unprivileged(&installation.bin.join("postgres"));
    command.extend(["-D".to_owned(), data.to_str().unwrap().to_owned()]);
    let mut folders = vec![folder.to_owned()];
    if !socket.starts_with(folder) {
        folders.push(socket.clone());
    }
    let mut guardian = Guardian::start(&command, "SIGQUIT", &folder.join("log"), &folders);

    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline && !guardian.has_ended() {
        if connect::socket(&socket, port, SUPERUSER, "postgres", "SELECT 1").is_ok() {
            return Some(Server {
                major: installation.major,
                host: "127.0.0.1".to_owned(),
                port,
                socket: Some(socket),
                superuser: SUPERUSER.to_owned(),
                superuser_password: SUPERUSER_PASSWORD.to_owned(),
                folder: Some(folder.to_owned()),
                maintenance_database: "postgres".to_owned(),
                _guardian: Some(guardian),
            });
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    None
}

/// Makes the data folder.
fn initialize(installation: &Installation, folder: &Path) -> Result<PathBuf, String> {
    let data = folder.join("data");
    let password = folder.join("password");
    fs::write(&password, SUPERUSER_PASSWORD).unwrap();
    guardian::give_away(&password);
    let words = guardian::unprivileged(&installation.bin.join("initdb"));
    let mut initdb = Command::new(&words[0]);
    initdb.args(&words[1..]).arg("-D").arg(&data);
    initdb.args(["--no-sync", "--locale=C", "--encoding=UTF8", "-A", "scram-sha-256", "-U", SUPERUSER]);
    initdb.arg("--pwfile").arg(&password).current_dir(folder);
    initdb.env_clear().env("LC_ALL", "C").env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let done = initdb.output().map_err(|error| format!("{initdb:?}: {error}"))?;
    if done.status.success() {
        Ok(data)
    } else {
        Err(format!("{initdb:?} failed:\n{}", String::from_utf8_lossy(&done.stderr)))
    }
}

/// Makes the data folder of a standby.
fn copy(installation: &Installation, primary: &Server, folder: &Path) -> Result<PathBuf, String> {
    let data = folder.join("data");
    let words = guardian::unprivileged(&installation.bin.join("pg_basebackup"));
    let mut copy = Command::new(&words[0]);
    copy.args(&words[1..]).arg("-D").arg(&data).args(["-R", "-c", "fast", "--no-sync", "-U", SUPERUSER]);
    copy.arg("-h").arg(primary.socket.as_ref().unwrap()).args(["-p", &primary.port.to_string()]);
    let done = copy.current_dir(folder).output().map_err(|error| format!("{copy:?}: {error}"))?;
    if done.status.success() {
        Ok(data)
    } else {
        Err(format!("{copy:?} failed:\n{}", String::from_utf8_lossy(&done.stderr)))
    }
}

fn configure(data: &Path, port: u16, socket: &Path, variant: &Variant) {
    let conf = data.join("postgresql.conf");
    let mut settings = fs::read_to_string(&conf).unwrap();
    settings.push_str(SETTINGS);
    settings.push_str(&format!("port = {port}\nunix_socket_directories = '{}'\n", socket.display()));
    settings.push_str(&variant.settings);
    fs::write(&conf, settings).unwrap();
    fs::write(data.join("pg_hba.conf"), variant.access.as_deref().unwrap_or(ACCESS)).unwrap();
    for (name, text) in &variant.files {
        let path = data.join(name);
        fs::write(&path, text).unwrap();
        // PostgreSQL refuses a private key that others can read.
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        guardian::give_away(&path);
    }
}

/// The folder for the Unix socket: the cluster's own, or a short one where its path is too long.
fn socket_folder(folder: &Path) -> PathBuf {
    // sockaddr_un holds 108 bytes on Linux and 104 on macOS, ".s.PGSQL.54321.lock" included.
    if folder.as_os_str().len() < 80 {
        return folder.to_owned();
    }
    let short = tempfile::Builder::new().prefix("doctor").tempdir().unwrap().keep();
    guardian::give_away(&short);
    short
}
