//! A project in a git repository with a database of its own, and the commands of a finding run
//! there as a person would.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::postgres::{self, TestDatabase};
use super::sandbox::{Sandbox, revision_text};
use super::{alembic, git};

/// A project in a git repository, on a database of its own. `a1aa` and `b2bb` are committed on
/// `main`.
pub struct Shop {
    pub sandbox: Sandbox,
    store: Store,
}

/// Where the database is.
enum Store {
    /// `app.db` in the project's folder, which git ignores.
    Sqlite,
    /// On the newest server.
    Postgres(TestDatabase<'static>),
}

impl Shop {
    /// On a SQLite file.
    pub fn new() -> Self {
        let sandbox = Sandbox::with_project().database_url("sqlite:///app.db");
        Self::start(sandbox, Store::Sqlite)
    }

    /// On PostgreSQL; the URL stands in alembic.ini.
    pub fn on_postgres() -> Self {
        let database = postgres::newest().database();
        let url = database.url().replace("postgresql://", "postgresql+psycopg://");
        let sandbox = Sandbox::with_project().database_url(&url);
        Self::start(sandbox, Store::Postgres(database))
    }

    fn start(sandbox: Sandbox, store: Store) -> Self {
        let shop = Self { sandbox: sandbox.file(".gitignore", "app.db\n__pycache__\n"), store };
        shop.git(&["init", "--quiet", "--initial-branch=main"]);
        shop.revision("a1aa", None);
        shop.revision("b2bb", Some("a1aa"));
        shop.commit("start");
        shop
    }

    /// An existing sandbox on a SQLite file; for clones.
    pub fn in_sandbox(sandbox: Sandbox) -> Self {
        Self { sandbox, store: Store::Sqlite }
    }

    /// A clone of another shop, on a SQLite file of its own.
    pub fn clone_of(origin: &Self) -> Self {
        let shop = Self::in_sandbox(Sandbox::new());
        fs::remove_dir(shop.path().join(".git")).unwrap();
        shop.git(&["clone", "--quiet", &format!("file://{}", origin.path().display()), "."]);
        shop
    }

    /// The same shop with another sandbox value: a builder method such as `env` takes it by value.
    #[must_use]
    pub fn map(self, change: impl FnOnce(Sandbox) -> Sandbox) -> Self {
        Self { sandbox: change(self.sandbox), store: self.store }
    }

    pub fn path(&self) -> &Path {
        self.sandbox.path()
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        git::run(self.path(), arguments)
    }

    /// The file of a revision.
    pub fn versions(&self, id: &str) -> std::path::PathBuf {
        self.path().join(format!("migrations/versions/{id}_.py"))
    }

    /// A file that makes a table, and drops it on the way down.
    pub fn revision(&self, id: &str, down: Option<&str>) {
        let create = format!("op.create_table(\"t_{id}\", sa.Column(\"id\", sa.Integer))");
        self.revision_with(id, down, &create, &format!("op.drop_table(\"t_{id}\")"));
    }

    /// A file with these statements in `upgrade()` and `downgrade()`, a line each.
    pub fn revision_with(&self, id: &str, down: Option<&str>, upgrade: &str, downgrade: &str) {
        let indented = |body: &str| body.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n");
        let text = revision_text(id, down.as_slice(), "", &indented(upgrade));
        let (before, _) = text.rsplit_once("    pass").unwrap();
        self.sandbox.write(&format!("migrations/versions/{id}_.py"), format!("{before}{}\n", indented(downgrade)));
    }

    pub fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", message]);
    }

    /// Upgrades with the real Alembic, and stores a row that no cure may lose.
    pub fn upgrade(&self, target: &str) {
        let run = self.sandbox.alembic(&["upgrade", target]);
        assert!(run.status == 0, "{}", run.stderr);
        self.sql("INSERT INTO t_a1aa (id) VALUES (42)");
    }

    /// Upgrades with the real Alembic what has been upgraded before.
    pub fn upgrade_more(&self, target: &str) {
        let run = self.sandbox.alembic(&["upgrade", target]);
        assert!(run.status == 0, "{}", run.stderr);
    }

    /// Runs SQL as somebody who may do anything.
    pub fn sql(&self, statements: &str) {
        match &self.store {
            Store::Sqlite => self.connection().execute_batch(statements).unwrap(),
            Store::Postgres(database) => {
                database.sql(statements);
            }
        }
    }

    /// How many rows a table (or what follows `FROM`) has.
    pub fn rows(&self, table: &str) -> i64 {
        let query = format!("SELECT count(*) FROM {table}");
        match &self.store {
            Store::Sqlite => self.connection().query_row(&query, [], |row| row.get(0)).unwrap(),
            Store::Postgres(database) => database.sql(&query)[0][0].as_deref().unwrap().parse().unwrap(),
        }
    }

    /// The rows of `alembic_version`, sorted.
    pub fn stamp(&self) -> Vec<String> {
        const QUERY: &str = "SELECT version_num FROM alembic_version ORDER BY 1";
        match &self.store {
            Store::Sqlite => {
                let connection = self.connection();
                let mut statement = connection.prepare(QUERY).unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
            Store::Postgres(database) => {
                database.sql(QUERY).into_iter().map(|row| row[0].clone().unwrap_or_default()).collect()
            }
        }
    }

    /// The PostgreSQL database, for a shop that has one.
    pub fn database(&self) -> &TestDatabase<'static> {
        match &self.store {
            Store::Postgres(database) => database,
            Store::Sqlite => panic!("this shop is on SQLite"),
        }
    }

    fn connection(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path().join("app.db")).unwrap()
    }

    pub fn remove(&self, id: &str) {
        fs::remove_file(self.versions(id)).unwrap();
    }

    /// Runs steps as a person would who has git, psql, Alembic and the doctor on the path.
    pub fn follow(&self, steps: &Value) {
        let steps = steps.as_array().unwrap();
        assert!(!steps.is_empty());
        for step in steps {
            let line = step["command"].as_str().unwrap();
            let (said, worked) = self.run(line);
            // A look says that something is wrong: that is why it was printed.
            let looks = line.contains("alembic-doctor ") && step["changes"] == "nothing";
            assert!(worked || looks, "`{line}`: {said}");
        }
    }

    /// Runs one command line in a shell; what it said, and whether it worked.
    pub fn run(&self, line: &str) -> (String, bool) {
        let path = format!("{}:{}", self.programs().display(), std::env::var("PATH").unwrap());
        let mut command = git::command("sh", self.path());
        command.args(["-c", line]).env("PATH", &path).env("PYTHONDONTWRITEBYTECODE", "1");
        let done = command.output().unwrap();
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        (said, done.status.success())
    }

    /// A folder with `alembic` and `alembic-doctor`.
    fn programs(&self) -> std::path::PathBuf {
        let programs = self.path().join(".git/programs");
        fs::create_dir_all(&programs).unwrap();
        let python = alembic::python().display();
        let doctor = env!("CARGO_BIN_EXE_alembic-doctor");
        for (name, runs) in [("alembic", format!("{python} -m alembic")), ("alembic-doctor", doctor.to_owned())] {
            let script = programs.join(name);
            fs::write(&script, format!("#!/bin/sh\nexec {runs} \"$@\"\n")).unwrap();
            make_executable(&script);
        }
        programs
    }

    /// The JSON report of a run with `arguments`, and its exit code.
    pub fn report(&self, arguments: &[&str]) -> (Value, i32) {
        let mut all = arguments.to_vec();
        all.extend(["--format", "json"]);
        let run = self.sandbox.doctor(&all);
        let document = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}\n{}", run.stdout, run.stderr));
        (document, run.code.expect("ended by a signal"))
    }

    /// The finding of that name, which must be there.
    pub fn finds(&self, name: &str) -> Value {
        let (document, _) = self.report(&[]);
        let findings = document["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["name"] == name);
        let found = found.unwrap_or_else(|| panic!("no {name} in {document:#}"));
        for part in ["evidence", "next", "do_not"] {
            assert!(!found[part].as_array().unwrap().is_empty(), "{name} has no {part}: {found:#}");
        }
        found.clone()
    }

    /// The one finding, and what it says.
    pub fn only(&self, name: &str, expected_state: &str) -> Value {
        let (document, code) = self.report(&[]);
        assert_eq!(names(&document), [name], "{document:#}");
        assert_eq!((document["databases"][0]["state"].as_str().unwrap(), code), (expected_state, 1));
        self.finds(name)
    }

    /// Nothing is found, the database is at head, and the row of [`Shop::upgrade`] is still there.
    pub fn is_healthy(&self) {
        let (document, code) = self.report(&[]);
        assert_eq!((names(&document), code), (vec![], 0), "{document:#}");
        assert_eq!(document["databases"][0]["state"], "at-head");
        assert_eq!(self.rows("t_a1aa"), 1, "a row was lost");
    }
}

/// The names of the findings, in the order of the report.
pub fn names(document: &Value) -> Vec<&str> {
    document["findings"].as_array().unwrap().iter().map(|finding| finding["name"].as_str().unwrap()).collect()
}

/// The message and the evidence of a finding hold this text.
pub fn says(found: &Value, what: &str) {
    let text = format!("{}\n{}", found["message"], found["evidence"]);
    assert!(text.contains(what), "no {what:?} in {found:#}");
}

/// Only a person can decide: the first step shows what to decide on and changes nothing, and there
/// is more than one way to go on.
pub fn leaves_the_choice(found: &Value) {
    assert_eq!(found["next"][0]["changes"], "nothing", "{found:#}");
    assert!(!found["or"].as_array().unwrap().is_empty(), "no choice is offered: {found:#}");
}

#[cfg(unix)]
pub fn make_executable(script: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
pub fn make_executable(_: &Path) {}
