//! A project in a git repository with a database of its own, and the commands of a finding run
//! there as a person would.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::stories::{finding, findings, report, state};
use crate::support::alembic;
use crate::support::git;
use crate::support::sandbox::{Sandbox, revision_text};

/// A project in a git repository, on a SQLite file that git ignores. `a1aa` and `b2bb` are
/// committed on `main`.
pub(super) struct Shop {
    pub(super) sandbox: Sandbox,
}

impl Shop {
    pub(super) fn new() -> Self {
        let sandbox =
            Sandbox::with_project().database_url("sqlite:///app.db").file(".gitignore", "app.db\n__pycache__\n");
        let shop = Self { sandbox };
        shop.git(&["init", "--quiet", "--initial-branch=main"]);
        shop.revision("a1aa", None);
        shop.revision("b2bb", Some("a1aa"));
        shop.commit("start");
        shop
    }

    pub(super) fn path(&self) -> &Path {
        self.sandbox.path()
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        git::run(self.path(), arguments)
    }

    /// A file that makes a table, and drops it on the way down.
    pub(super) fn revision(&self, id: &str, down: Option<&str>) {
        let upgrade = format!("    op.create_table(\"t_{id}\", sa.Column(\"id\", sa.Integer))");
        let text = revision_text(id, down.as_slice(), "", &upgrade);
        let (before, _) = text.rsplit_once("    pass").unwrap();
        let text = format!("{before}    op.drop_table(\"t_{id}\")\n");
        self.sandbox.write(&format!("migrations/versions/{id}_.py"), text);
    }

    pub(super) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", message]);
    }

    /// Upgrades with the real Alembic, and stores a row that no cure may lose.
    pub(super) fn upgrade(&self, target: &str) {
        let run = self.sandbox.alembic(&["upgrade", target]);
        assert!(run.status == 0, "{}", run.stderr);
        self.sql("INSERT INTO t_a1aa VALUES (42)");
    }

    pub(super) fn sql(&self, statement: &str) {
        rusqlite::Connection::open(self.path().join("app.db")).unwrap().execute_batch(statement).unwrap();
    }

    pub(super) fn rows(&self, table: &str) -> i64 {
        let connection = rusqlite::Connection::open(self.path().join("app.db")).unwrap();
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    pub(super) fn remove(&self, id: &str) {
        fs::remove_file(self.path().join(format!("migrations/versions/{id}_.py"))).unwrap();
    }

    /// Runs steps as a person would who has git, Alembic and the doctor on the path.
    pub(super) fn follow(&self, steps: &Value) {
        let programs = self.path().join(".git/programs");
        fs::create_dir_all(&programs).unwrap();
        let python = alembic::python().display();
        let doctor = env!("CARGO_BIN_EXE_alembic-doctor");
        for (name, runs) in [("alembic", format!("{python} -m alembic")), ("alembic-doctor", doctor.to_owned())] {
            let script = programs.join(name);
            fs::write(&script, format!("#!/bin/sh\nexec {runs} \"$@\"\n")).unwrap();
            make_executable(&script);
        }
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
        let steps = steps.as_array().unwrap();
        assert!(!steps.is_empty());
        for step in steps {
            let line = step["command"].as_str().unwrap();
            let mut command = git::command("sh", self.path());
            command.args(["-c", line]).env("PATH", &path).env("PYTHONDONTWRITEBYTECODE", "1");
            let done = command.output().unwrap();
            let looks = line.starts_with("alembic-doctor diagnose");
            let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
            assert!(done.status.success() || looks, "`{line}`: {said}");
        }
    }

    /// The one finding, and what it says.
    pub(super) fn only(&self, name: &str, expected_state: &str) -> Value {
        let (document, code) = report(&self.sandbox, &[]);
        assert_eq!(findings(&document), [name], "{document:#}");
        assert_eq!((state(&document), code), (expected_state, 1));
        assert!(!finding(&document, name)["do_not"].as_array().unwrap().is_empty());
        finding(&document, name).clone()
    }

    pub(super) fn is_healthy(&self) {
        let (document, code) = report(&self.sandbox, &[]);
        assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
        assert_eq!(state(&document), "at-head");
        assert_eq!(self.rows("t_a1aa"), 1, "a row was lost");
    }
}

#[cfg(unix)]
pub(super) fn make_executable(script: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
pub(super) fn make_executable(_: &Path) {}
