//! A folder of one test with an Alembic project in it, and commands run there.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::{env, fmt, fs};

use tempfile::TempDir;

#[cfg(unix)]
use super::guardian;
use super::{alembic, venv};

/// A folder under `target/tmp`, removed with the value.
///
/// It holds an empty `.git` folder: the search for a project goes upwards to the repository root,
/// and must not leave the sandbox.
#[derive(Debug)]
pub struct Sandbox {
    folder: TempDir,
    environment: Vec<(OsString, OsString)>,
}

impl Sandbox {
    /// An empty folder.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("sandbox-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        fs::create_dir(folder.path().join(".git")).unwrap();
        Self { folder, environment: Vec::new() }
    }

    /// A folder with what `alembic init migrations` makes.
    pub fn with_project() -> Self {
        Self::new().project()
    }

    /// Copies a folder of this repository here.
    pub fn copy_of(self, folder: &str) -> Self {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), self.path());
        self
    }

    /// The absolute path.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file; the folders above it are made.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// Like [`Sandbox::file`], for a sandbox that is already bound to a name.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes a program that can be run. A shell does it: while this process has the file open, a
    /// child that another thread starts inherits it, and until that runs its own program the file is a
    /// "Text file busy".
    pub fn program(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut write = Command::new("sh");
        write.args(["-c", "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\""]).arg(&path).arg(text);
        assert!(write.status().unwrap().success(), "{}", path.display());
        path
    }

    /// Copies what `alembic init migrations` makes: `alembic.ini`, `migrations/env.py`,
    /// `migrations/script.py.mako` and an empty `migrations/versions`.
    pub fn project(self) -> Self {
        copy(venv::fresh_project(), self.path());
        self
    }

    /// Writes an `alembic.ini` with these lines in its `[alembic]` section.
    pub fn ini(self, lines: &str) -> Self {
        self.file("alembic.ini", format!("[alembic]\n{lines}\n"))
    }

    /// Sets `sqlalchemy.url` in the `alembic.ini` of [`Sandbox::project`]. `%` is doubled as the file wants it.
    pub fn database_url(self, url: &str) -> Self {
        let path = self.path().join("alembic.ini");
        let text = fs::read_to_string(&path).unwrap();
        let line = format!("sqlalchemy.url = {}", url.replace('%', "%%"));
        let placeholder = "sqlalchemy.url = driver://user:pass@localhost/dbname";
        assert!(text.contains(placeholder), "call project() first:\n{text}");
        self.file("alembic.ini", text.replace(placeholder, &line))
    }

    /// Writes `migrations/versions/<id>_.py` as Alembic's template does, revising `down` (none, one or several).
    pub fn revision(self, id: &str, down: &[&str]) -> Self {
        self.revision_with(id, down, "", "    pass")
    }

    /// Like [`Sandbox::revision`], with other `lines` in its header, such as `branch_labels = ("a",)`,
    /// which win over the usual ones, and the body of `upgrade()`.
    pub fn revision_with(self, id: &str, down: &[&str], lines: &str, upgrade: &str) -> Self {
        let path = format!("migrations/versions/{id}_.py");
        self.file(&path, revision_text(id, down, lines, upgrade))
    }

    /// Sets an environment variable for the commands.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Takes a variable of [`Sandbox::env`] away again.
    pub fn unset(mut self, name: &str) -> Self {
        self.environment.retain(|(own, _)| own != name);
        self
    }

    /// The variables of [`Sandbox::env`].
    pub fn environment(&self) -> impl Iterator<Item = (&OsString, &OsString)> {
        self.environment.iter().map(|(name, value)| (name, value))
    }

    /// Runs alembic-doctor here.
    pub fn doctor(&self, arguments: &[&str]) -> Run {
        self.doctor_in(".", arguments)
    }

    /// Runs alembic-doctor in a folder of the sandbox.
    pub fn doctor_in(&self, folder: &str, arguments: &[&str]) -> Run {
        self.finish(Command::new(env!("CARGO_BIN_EXE_alembic-doctor")), folder, arguments)
    }

    /// Runs alembic-doctor here with this text on its standard input.
    pub fn doctor_reading(&self, text: impl AsRef<[u8]>, arguments: &[&str]) -> Run {
        let mut input = tempfile::tempfile().unwrap();
        input.write_all(text.as_ref()).unwrap();
        input.rewind().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_alembic-doctor"));
        command.stdin(input);
        self.finish(command, ".", arguments)
    }

    /// Runs alembic-doctor here as somebody whom the permissions of files bind: root's right to
    /// pass them is given up first.
    #[cfg(unix)]
    pub fn doctor_bound_by_permissions(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(if guardian::is_root() { "setpriv" } else { "env" });
        if guardian::is_root() {
            command.args(["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--"]);
        }
        command.arg(env!("CARGO_BIN_EXE_alembic-doctor"));
        self.finish(command, ".", arguments)
    }

    /// Starts alembic-doctor here, and does not wait for its end.
    pub fn start(&self, arguments: &[&str]) -> Started<'_> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alembic-doctor"));
        self.prepare(&mut command, ".", arguments);
        let stdout = tempfile::tempfile().unwrap();
        let mut child = command.stdout(stdout.try_clone().unwrap()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Started { sandbox: self, child, stdout, stderr, said: String::new() }
    }

    fn finish(&self, mut command: Command, folder: &str, arguments: &[&str]) -> Run {
        self.prepare(&mut command, folder, arguments);
        let done = command.output().unwrap();
        self.run(done.status.code(), &done.stdout, &done.stderr)
    }

    fn run(&self, code: Option<i32>, stdout: &[u8], stderr: &[u8]) -> Run {
        let text = |bytes| self.redact(&String::from_utf8_lossy(bytes));
        Run { code, stdout: text(stdout), stderr: text(stderr) }
    }

    fn prepare(&self, command: &mut Command, folder: &str, arguments: &[&str]) {
        command.env_clear().env("HOME", self.path()).env("COLUMNS", "80");
        // An empty `.git` is none to git, which would go on to the repository of these tests.
        command.env("GIT_CEILING_DIRECTORIES", env!("CARGO_TARGET_TMPDIR"));
        // Windows programs do not start without these.
        for name in ["PATH", "SystemRoot"] {
            command.envs(env::var_os(name).map(|value| (name, value)));
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(arguments).current_dir(self.path().join(folder));
    }

    /// Runs the real Alembic here, with the environment of the tests.
    pub fn alembic(&self, arguments: &[&str]) -> alembic::Output {
        alembic::run(self.path(), arguments)
    }

    /// Puts `[DIR]` where the sandbox's path stands.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.replace(&self.path().display().to_string(), "[DIR]");
        if let Ok(real) = fs::canonicalize(self.path()) {
            text = text.replace(&real.display().to_string(), "[DIR]");
        }
        text
    }
}

/// A revision file as Alembic's template writes it. `lines` come last in the header.
pub fn revision_text(id: &str, down: &[&str], lines: &str, upgrade: &str) -> String {
    let parents = match down {
        [] => "None".to_owned(),
        [one] => format!("{one:?}"),
        several => format!("{several:?}").replace('[', "(").replace(']', ")"),
    };
    let revises = down.join(", ");
    format!(
        r#""""{id}

Revision ID: {id}
Revises: {revises}
Create Date: 2026-01-02 03:04:05.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = {id:?}
down_revision: Union[str, Sequence[str], None] = {parents}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None
{lines}

def upgrade() -> None:
{upgrade}


def downgrade() -> None:
    pass
"#
    )
}

/// What the doctor said. Paths of the sandbox read `[DIR]`.
#[derive(Debug)]
pub struct Run {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// An alembic-doctor at work; killed with the value.
#[derive(Debug)]
pub struct Started<'a> {
    sandbox: &'a Sandbox,
    child: Child,
    stdout: File,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Started<'_> {
    /// Waits until a line on standard error has this text.
    pub fn until_it_says(&mut self, what: &str) {
        while !self.said.contains(what) {
            let more = self.stderr.read_line(&mut self.said).unwrap();
            assert!(more > 0, "it ended without a word of {what:?}: {}", self.said);
        }
    }

    /// What it said, once it has ended.
    pub fn wait(mut self) -> Run {
        self.stderr.read_to_string(&mut self.said).unwrap();
        let status = self.child.wait().unwrap();
        let mut stdout = Vec::new();
        self.stdout.rewind().unwrap();
        self.stdout.read_to_end(&mut stdout).unwrap();
        self.sandbox.run(status.code(), &stdout, self.said.as_bytes())
    }
}

impl Drop for Started<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit code: {code}")?,
            None => writeln!(f, "ended by a signal")?,
        }
        write!(f, "----- stdout -----\n{}----- stderr -----\n{}", self.stdout, self.stderr)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
