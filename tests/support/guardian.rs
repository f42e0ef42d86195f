//! Servers that end with the test process, however it ends.
//!
//! libtest has no hook for the end of a run, and a static is never dropped. So every server is
//! the child of a small Python process (`guardian.py`) that waits on a pipe from this process.

use std::fs;
use std::net::{TcpListener, TcpStream};
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

/// The command line that runs `program`, as another user when this process is root's: PostgreSQL
/// and pgbouncer refuse to run as root.
pub fn unprivileged(program: &Path) -> Vec<String> {
    let mut words = match other_user() {
        Some(user) if !user.may_enter(super::target()) => user.switch_with_passage(),
        Some(user) => user.switch(),
        None => Vec::new(),
    };
    words.push(program.to_str().unwrap().to_owned());
    words
}

#[derive(Debug)]
struct User {
    uid: u32,
    gid: u32,
}

impl User {
    /// The words before a command that this user is to run.
    fn switch(&self) -> Vec<String> {
        let [uid, gid] = [format!("--reuid={}", self.uid), format!("--regid={}", self.gid)];
        vec!["setpriv".to_owned(), uid, gid, "--clear-groups".to_owned(), "--".to_owned()]
    }

    /// Like [`User::switch`], with the right to pass folders that are closed to the user: `target/`
    /// may stand below one, such as root's home or a folder made by `mktemp -d`.
    fn switch_with_passage(&self) -> Vec<String> {
        let mut words = self.switch();
        let end = words.pop();
        // Without no_setuid_fixup access(2), which initdb asks, would not see the capability.
        let passage =
            ["--securebits=+no_setuid_fixup", "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"];
        words.extend(passage.map(str::to_owned));
        words.extend(end);
        words
    }

    fn may_enter(&self, folder: &Path) -> bool {
        let words = self.switch();
        let mut test = Command::new(&words[0]);
        test.args(&words[1..]).args(["test", "-x"]).arg(folder).current_dir("/");
        test.status().expect("as root the tests need setpriv (Debian: apt-get install util-linux)").success()
    }
}

/// The user for the servers, when this process is root's.
fn other_user() -> Option<&'static User> {
    static USER: OnceLock<Option<User>> = OnceLock::new();
    USER.get_or_init(|| if is_root() { Some(find_user()) } else { None }).as_ref()
}

#[cfg(unix)]
pub fn is_root() -> bool {
    // std has no geteuid: a new file's owner tells.
    let probe = tempfile::tempfile_in(super::target()).unwrap();
    std::os::unix::fs::MetadataExt::uid(&probe.metadata().unwrap()) == 0
}

#[cfg(not(unix))]
pub fn is_root() -> bool {
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

/// A TCP port on 127.0.0.1 where nobody listens, and nobody can while this value lives: the near end
/// of a connection has it. A port that is only free may become a server's of another test.
#[derive(Debug)]
pub struct DeadPort {
    connection: TcpStream,
    _far_end: TcpListener,
}

impl DeadPort {
    /// One that the system chooses.
    pub fn new() -> Self {
        let far_end = TcpListener::bind("127.0.0.1:0").unwrap();
        let connection = TcpStream::connect(far_end.local_addr().unwrap()).unwrap();
        Self { connection, _far_end: far_end }
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.connection.local_addr().unwrap().port()
    }
}
