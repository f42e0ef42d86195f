//! Servers that end with the test process, however it ends.
//!
//! libtest has no hook for the end of a run, and a static is never dropped. So every server is
//! the child of a small Python process (`guardian.py`) that waits on a pipe from this process.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::venv;

/// A running server. Dropping it, or the end of this process, stops the server.
#[derive(Debug)]
pub struct Guardian {
    child: Child,
    pipe: Option<ChildStdin>,
}

impl Guardian {
    /// Starts `command` and removes `folders` after its end. `stop_signal` is a name such as `SIGQUIT`.
    pub fn start(command: &[String], stop_signal: &str, log: &Path, folders: &[PathBuf]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/guardian.py");
        let mut guardian = Command::new(venv::python());
        guardian.arg(script).arg(stop_signal).arg(log).args(folders).arg("--").args(command);
        guardian.stdin(Stdio::piped()).stdout(Stdio::null());
        // The server must find none of the caller's settings, and a folder that it may enter.
        guardian.env_clear().env("LC_ALL", "C").env("PATH", std::env::var_os("PATH").unwrap_or_default());
        guardian.current_dir(&folders[0]);
        // Its own group: a terminal sends Ctrl-C to the group of the tests.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut guardian, 0);
        let mut child = guardian.spawn().unwrap();
        let pipe = child.stdin.take();
        Self { child, pipe }
    }

    /// Whether the server has ended before it was told to.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        self.pipe.take();
        let _ = self.child.wait();
    }
}

/// A new folder for one server, owned by the user who will run it.
pub fn server_folder(name: &str) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    // Short, because the path of a Unix socket has little room (about 100 bytes).
    let folder = super::target().join("tmp").join(format!("{name}-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    give_away(&folder);
    folder
}

/// Makes `path` belong to the user who runs the servers.
pub fn give_away(path: &Path) {
    #[cfg(unix)]
    if let Some(user) = other_user() {
        std::os::unix::fs::chown(path, Some(user.uid), Some(user.gid)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// The command line that runs `program` so that it does not see itself as root.
///
/// PostgreSQL and pgbouncer refuse to run as root. The other user keeps the right to pass folders
/// (`CAP_DAC_OVERRIDE`), since `target/` may stand below one that is closed to it, such as root's home.
pub fn unprivileged(program: &Path) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(user) = other_user() {
        words.extend(["setpriv".to_owned(), format!("--reuid={}", user.uid), format!("--regid={}", user.gid)]);
        words.extend(
            ["--clear-groups", "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override", "--"]
                .map(str::to_owned),
        );
    }
    words.push(program.to_str().unwrap().to_owned());
    words
}

#[derive(Debug)]
struct User {
    uid: u32,
    gid: u32,
}

/// The user for the servers, when this process is root's.
fn other_user() -> Option<&'static User> {
    static USER: OnceLock<Option<User>> = OnceLock::new();
    USER.get_or_init(|| if is_root() { Some(find_user()) } else { None }).as_ref()
}

#[cfg(unix)]
fn is_root() -> bool {
    // std has no geteuid: a new file's owner tells.
    let probe = tempfile::tempfile_in(super::target()).unwrap();
    std::os::unix::fs::MetadataExt::uid(&probe.metadata().unwrap()) == 0
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

fn find_user() -> User {
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let user = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let fields: Vec<_> = line.split(':').collect();
        Some(User { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
    };
    user("postgres").or_else(|| user("nobody")).expect(
        "PostgreSQL refuses to run as root: run the tests as another user, or create the user postgres or nobody",
    )
}

/// A TCP port on 127.0.0.1 that nobody used a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
