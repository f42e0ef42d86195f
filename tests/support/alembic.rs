//! The real Alembic: as a command, and as one long-lived process that answers many questions.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value;

use super::venv;

/// The Python that has Alembic.
pub fn python() -> &'static Path {
    venv::python()
}

/// What a command said.
#[derive(Debug)]
pub struct Output {
    /// The exit status; -1 when a signal ended it.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs `alembic` in `folder`.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    let done = command(python()).args(["-m", "alembic"]).args(arguments).current_dir(folder).output().unwrap();
    Output {
        status: done.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&done.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

/// Starts `alembic` in `folder` and does not wait for it.
pub fn start(folder: &Path, arguments: &[&str]) -> Running {
    let mut started = command(python());
    started.args(["-m", "alembic"]).args(arguments).current_dir(folder);
    Running(Some(started.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
}

/// An `alembic` at work; killed with the value.
#[derive(Debug)]
pub struct Running(Option<Child>);

impl Running {
    /// What it said, once it has ended.
    pub fn wait(mut self) -> Output {
        let done = self.0.take().expect("not waited for yet").wait_with_output().unwrap();
        Output {
            status: done.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&done.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&done.stderr).into_owned(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A command without the caller's PostgreSQL and Python settings.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("PG") || name.starts_with("PYTHON") || name.starts_with("ALEMBIC") {
            command.env_remove(&*name);
        }
    }
    command.env_remove("DATABASE_URL").env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUTF8", "1");
    // Alembic keeps children in sets: a fixed seed makes a failure repeatable.
    command.env("PYTHONHASHSEED", "0");
    command
}

/// One long-lived Python process with Alembic loaded.
#[derive(Debug)]
pub struct Session {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Session {
    /// Starts a script of the package's `tests` folder that reads questions and writes answers, a
    /// line of JSON each. It ends with the value, or with this process.
    pub fn start(script: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
        let mut child = command(python()).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { questions: child.stdin.take(), child, answers }
    }

    /// The session that all tests share; `alembic_session.py` lists its questions.
    pub fn shared() -> MutexGuard<'static, Self> {
        static SESSION: OnceLock<Mutex<Session>> = OnceLock::new();
        let session = SESSION.get_or_init(|| Mutex::new(Self::start("support/alembic_session.py")));
        // A test that panicked while it held the lock had its answer already.
        session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends `{"command": ..., ...}` and returns the answer: a value, or `{"error": type, "text": message}`.
    pub fn ask(&mut self, question: &Value) -> Value {
        let questions = self.questions.as_mut().expect("open until the drop");
        writeln!(questions, "{question}").expect("the session still runs");
        questions.flush().unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the session ended at {question}; its traceback is above");
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.questions.take();
        let _ = self.child.wait();
    }
}
