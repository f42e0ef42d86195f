//! A project in a git repository with a database of its own, and the commands of a finding run
//! there as a person would.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

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

    /// On a PostgreSQL database that the caller made, with the URL in alembic.ini.
    pub fn on(database: TestDatabase<'static>, url: &str) -> Self {
        Self::start(Sandbox::with_project().database_url(url), Store::Postgres(database))
    }

    /// One on each database, for what must be said and cured alike on both.
    pub fn on_each() -> [Self; 2] {
        [Self::new(), Self::on_postgres()]
    }

    fn start(sandbox: Sandbox, store: Store) -> Self {
        let shop = Self { sandbox: sandbox.file(".gitignore", "app.db\n__pycache__\ngo\nwaits_*\n"), store };
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
        self.upgrade_more(target);
        self.sql("INSERT INTO t_a1aa (id) VALUES (42)");
    }

    /// Upgrades with the real Alembic what has been upgraded before.
    pub fn upgrade_more(&self, target: &str) {
        let (said, worked) = self.run(&format!("alembic upgrade {target}"));
        assert!(worked, "{said}");
    }

    /// Runs a command that must fail, and say this.
    pub fn refuses(&self, line: &str, what: &str) {
        let (said, worked) = self.run(line);
        assert!(!worked && said.contains(what), "`{line}` did not say {what:?}: {said}");
    }

    /// Runs a command that must work.
    pub fn must(&self, line: &str) -> String {
        let (said, worked) = self.run(line);
        assert!(worked, "`{line}`: {said}");
        said
    }

    /// Puts one text in the place of another in a file.
    pub fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "no {old:?} in {file}:\n{text}");
        fs::write(path, text.replace(old, new)).unwrap();
    }

    /// Starts an upgrade with the real Alembic and does not wait for it.
    pub fn start_upgrade(&self, target: &str) -> alembic::Running {
        alembic::start(self.path(), &["upgrade", target])
    }

    /// A file whose `upgrade()` waits in its middle until [`Shop::let_go`]; before and after it
    /// runs these statements.
    pub fn waiting_revision(&self, id: &str, down: Option<&str>, before: &str, after: &str) {
        let upgrade = format!(
            "import os, time\n{before}\nopen(\"waits_{id}_\" + str(os.getpid()), \"w\").close()\n\
             for _ in range(15_000):\n    if os.path.exists(\"go\"):\n        break\n    time.sleep(0.02)\n\
             else:\n    raise TimeoutError(\"nobody lets it go\")\n{after}"
        );
        self.revision_with(id, down, &upgrade, "pass");
    }

    /// Waits until so many runs are in the middle of that revision.
    pub fn until_waiting(&self, id: &str, runs: usize) {
        let prefix = format!("waits_{id}_");
        until(&format!("{runs} runs have come to {id}"), || {
            let names = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().file_name());
            names.filter(|name| name.to_string_lossy().starts_with(&prefix)).count() >= runs
        });
    }

    /// Waits until a session of this PostgreSQL database waits for another one's lock.
    pub fn until_blocked(&self) {
        let waits = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        until("a session waits for a lock", || self.rows(waits) > 0);
    }

    /// Lets waiting revisions go on.
    pub fn let_go(&self) {
        self.sandbox.write("go", "");
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
        self.lines("SELECT version_num FROM alembic_version ORDER BY 1")
    }

    /// Columns, indexes and constraints of all tables, a line each, sorted.
    pub fn catalog(&self) -> Vec<String> {
        self.lines(match &self.store {
            Store::Sqlite => {
                "SELECT concat_ws(' ', m.name, p.name, p.type, p.\"notnull\", p.dflt_value)
                 FROM sqlite_master m JOIN pragma_table_info(m.name) p
                 UNION ALL SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1"
            }
            Store::Postgres(_) => {
                "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
                 FROM information_schema.columns WHERE table_schema = 'public'
                 UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
                 UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid)
                 FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1"
            }
        })
    }

    /// What a query with one column gives.
    fn lines(&self, query: &str) -> Vec<String> {
        match &self.store {
            Store::Sqlite => {
                let connection = self.connection();
                let mut statement = connection.prepare(query).unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
            Store::Postgres(database) => {
                database.sql(query).into_iter().map(|row| row[0].clone().unwrap_or_default()).collect()
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

    /// Follows one way, and does something by hand after its first step.
    pub fn follow_with(&self, steps: &Value, by_hand: impl FnOnce(&Self)) {
        let (first, rest) = steps.as_array().unwrap().split_first().unwrap();
        self.follow(&Value::from(vec![first.clone()]));
        by_hand(self);
        if !rest.is_empty() {
            self.follow(&Value::from(rest.to_vec()));
        }
    }

    /// Replaces the bodies of the newest revision file that Alembic made itself.
    pub fn fill_in(&self, upgrade: &str) {
        let folder = self.path().join("migrations/versions");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let is_made = |path: &std::path::PathBuf| !path.to_string_lossy().ends_with("_.py") && path.is_file();
        let made = files.filter(is_made).max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap()).unwrap();
        let text = fs::read_to_string(&made).unwrap();
        fs::write(&made, text.replacen("    pass", &format!("    {upgrade}"), 1)).unwrap();
    }

    /// Makes tables as an application does with `create_all()`; `tables` is Python that defines them
    /// on `metadata`.
    pub fn create_all(&self, tables: &str) {
        let url = match &self.store {
            Store::Sqlite => "sqlite:///app.db".to_owned(),
            Store::Postgres(database) => database.url().replace("postgresql://", "postgresql+psycopg://"),
        };
        let script = format!(
            "import sqlalchemy as sa\nmetadata = sa.MetaData()\n{tables}\nmetadata.create_all(sa.create_engine({url:?}))\n"
        );
        let mut command = std::process::Command::new(alembic::python());
        let done = command.args(["-c", &script]).current_dir(self.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Runs one command line in a shell; what it said, and whether it worked.
    pub fn run(&self, line: &str) -> (String, bool) {
        let path = format!("{}:{}", self.programs().display(), std::env::var("PATH").unwrap());
        let mut command = git::command("sh", self.path());
        command.args(["-c", line]).env("PATH", &path).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env_remove("DATABASE_URL");
        if let Store::Postgres(database) = &self.store {
            // So that psql reaches it. All roles of the stories have the same password.
            command.envs(database.client_environment());
        }
        command.envs(self.sandbox.environment());
        let done = command.output().unwrap();
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        (said, done.status.success())
    }

    /// A folder with `alembic` and `alembic-doctor`, and a `sqlite3` that needs nothing but Python.
    fn programs(&self) -> std::path::PathBuf {
        let programs = self.path().join(".git/programs");
        let python = alembic::python().display();
        let doctor = env!("CARGO_BIN_EXE_alembic-doctor");
        let sqlite = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(c.execute(sys.argv[2]).fetchall()); c.commit()";
        for (name, runs) in [
            ("alembic", format!("{python} -m alembic")),
            ("alembic-doctor", doctor.to_owned()),
            ("sqlite3", format!("{python} -c '{sqlite}'")),
        ] {
            if !programs.join(name).exists() {
                self.sandbox.program(&format!(".git/programs/{name}"), &format!("#!/bin/sh\nexec {runs} \"$@\"\n"));
            }
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

/// Waits until something is true.
fn until(what: &str, is_true: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_true() {
        assert!(Instant::now() < deadline, "not in a minute: {what}");
        thread::sleep(Duration::from_millis(20));
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

/// What the finding prints as the corrected line.
pub fn corrected(found: &Value) -> String {
    let evidence = found["evidence"].as_array().unwrap().iter().filter_map(Value::as_str);
    let mut lines = evidence.filter_map(|line| line.strip_prefix("corrected: "));
    lines.next().unwrap_or_else(|| panic!("no corrected line in {found:#}")).to_owned()
}

/// Only a person can decide: the first step shows what to decide on and changes nothing, and there
/// is more than one way to go on.
pub fn leaves_the_choice(found: &Value) {
    assert_eq!(found["next"][0]["changes"], "nothing", "{found:#}");
    assert!(!found["or"].as_array().unwrap().is_empty(), "no choice is offered: {found:#}");
}
