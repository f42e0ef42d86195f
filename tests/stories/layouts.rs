//! The shapes that projects have, made by the real tools: each is found, read, and answered as
//! the real Alembic answers it.

use std::process::Command;

use super::{findings, report, state};
use crate::support::alembic;
use crate::support::sandbox::{Sandbox, revision_text};

/// What `alembic init` makes from a template, with SQLite as its database.
fn from_template(template: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    done(&sandbox, &["init", "-t", template, "migrations"]);
    let ini = read(&sandbox, "alembic.ini");
    sandbox.write("alembic.ini", ini.replace("driver://user:pass@localhost/dbname", "sqlite:///app.db"));
    sandbox
}

fn read(sandbox: &Sandbox, path: &str) -> String {
    std::fs::read_to_string(sandbox.path().join(path)).unwrap()
}

/// Runs the real Alembic, which must succeed.
fn done(sandbox: &Sandbox, arguments: &[&str]) {
    let output = sandbox.alembic(arguments);
    assert_eq!(output.status, 0, "{arguments:?}\n{}\n{}", output.stdout, output.stderr);
}

/// `heads` and `history` have the ids of the real Alembic, run with `options`, in its order.
fn agrees(sandbox: &Sandbox, options: &[&str]) {
    let ids = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split(", ").next().unwrap_or_default().trim_end().to_owned()).collect()
    };
    for command in ["heads", "history"] {
        let arguments = [options, &[command]].concat();
        let theirs = sandbox.alembic(&arguments);
        assert_eq!(theirs.status, 0, "{}", theirs.stderr);
        let ours = sandbox.doctor(&arguments);
        assert_eq!(ours.code, Some(0), "{}", ours.stderr);
        assert!(!theirs.stdout.trim().is_empty(), "Alembic sees no revision");
        assert_eq!(ids(&ours.stdout), ids(&theirs.stdout), "{command}:\n{}\n{}", ours.stdout, theirs.stdout);
    }
}

#[test]
fn the_pyproject_template_is_healthy_after_an_upgrade() {
    let sandbox = from_template("pyproject");
    done(&sandbox, &["revision", "-m", "one"]);
    done(&sandbox, &["revision", "-m", "two"]);
    done(&sandbox, &["upgrade", "head"]);
    agrees(&sandbox, &[]);
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((state(&document), findings(&document), code), ("at-head", vec![], 0), "{document:#}");
}

#[test]
fn a_project_may_live_in_pyproject_alone() {
    let sandbox = from_template("pyproject");
    done(&sandbox, &["revision", "-m", "one"]);
    std::fs::remove_file(sandbox.path().join("alembic.ini")).unwrap();
    agrees(&sandbox, &[]);
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
}

#[test]
fn the_async_template_is_looked_at_by_its_url() {
    let sandbox = from_template("async");
    done(&sandbox, &["revision", "-m", "one"]);
    agrees(&sandbox, &[]);
    let database = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    database.execute_batch("CREATE TABLE users (id INTEGER)").unwrap();
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((state(&document), findings(&document), code), ("unstamped", vec!["unstamped-database"], 1));
}

#[test]
fn each_database_of_the_multidb_template_is_looked_at() {
    let sandbox = from_template("multidb");
    let ini = read(&sandbox, "alembic.ini").replace("sqlite:///app.db2", "sqlite:///two.db");
    sandbox.write("alembic.ini", &ini);
    done(&sandbox, &["revision", "-m", "one"]);
    done(&sandbox, &["upgrade", "head"]);
    done(&sandbox, &["revision", "-m", "two"]);
    agrees(&sandbox, &[]);
    // Somebody upgraded one of them by hand.
    let head = sandbox.alembic(&["heads"]).stdout.split_whitespace().next().unwrap().to_owned();
    let database = rusqlite::Connection::open(sandbox.path().join("two.db")).unwrap();
    database.execute("UPDATE alembic_version SET version_num = ?1", [&head]).unwrap();

    let (document, code) = report(&sandbox, &[]);
    let states: Vec<(&str, &str)> = document["databases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|database| (database["name"].as_str().unwrap(), database["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("engine1", "behind"), ("engine2", "at-head")]);
    // They belong together, and one run goes over both.
    assert_eq!((findings(&document), code), (vec!["environment-mismatch", "database-behind"], 1));
    assert_eq!(document["findings"][1]["database"], "engine1");
    assert_eq!(document["findings"][0]["next"][0]["command"], "alembic upgrade head");
    done(&sandbox, &["upgrade", "head"]);
    assert_eq!(report(&sandbox, &["envs"]).1, 0);

    // One without a URL leaves everything open.
    sandbox.write("alembic.ini", ini.replace("sqlite:///two.db", "driver://user:pass@localhost/dbname2"));
    let run = sandbox.doctor(&[]);
    assert_eq!(run.code, Some(4));
    assert!(run.stdout.contains("section [engine2]"), "{}", run.stdout);
}

#[test]
fn a_package_and_several_version_locations_are_found() {
    let sandbox = Sandbox::new().file("src/shop/__init__.py", "");
    done(&sandbox, &["init", "src/shop/db"]);
    let sandbox = sandbox
        .ini(
            "script_location = shop:db\nprepend_sys_path = src\npath_separator = newline\nsqlalchemy.url = \
             sqlite:///app.db\nversion_locations =\n  %(here)s/src/shop/db/versions\n  %(here)s/plugins/pay",
        )
        .file("src/shop/db/versions/a1.py", revision_text("a1aa", &[], "branch_labels = ('core',)", "    pass"))
        .file("plugins/pay/p1.py", revision_text("p1pp", &[], "branch_labels = ('pay',)", "    pass"))
        .file("plugins/pay/p2.py", revision_text("p2pp", &["p1pp"], "depends_on = 'a1aa'", "    pass"));
    agrees(&sandbox, &[]);
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!(code, 0, "{document:#}");
    assert_eq!(document["project"]["revisions"], 3);
}

#[test]
fn a_section_is_looked_at_and_the_others_are_named() {
    let sandbox = Sandbox::new();
    for folder in ["core", "tenant"] {
        done(&sandbox, &["init", folder]);
        std::fs::remove_file(sandbox.path().join("alembic.ini")).unwrap();
    }
    let sandbox = sandbox
        .file("alembic.ini", "[alembic]\nscript_location = core\n\n[tenant]\nscript_location = tenant\n")
        .file("core/versions/c1.py", revision_text("c1cc", &[], "", "    pass"))
        .file("tenant/versions/t1.py", revision_text("t1tt", &[], "", "    pass"));
    agrees(&sandbox, &[]);
    agrees(&sandbox, &["-n", "tenant"]);
    let run = sandbox.doctor(&["check"]);
    assert!(run.stdout.contains("section [tenant], not looked at here: -n tenant"), "{}", run.stdout);
    let other = sandbox.doctor(&["check", "-n", "tenant"]);
    assert!(other.stdout.contains("section [alembic], not looked at here"), "{}", other.stdout);
}

#[test]
fn what_flask_db_init_makes_is_found_and_its_commands_are_flasks() {
    const APP: &str = "
from types import SimpleNamespace

from flask import Flask
from flask_migrate import Migrate
from sqlalchemy import MetaData, create_engine

class Database:
    engine = create_engine('sqlite:///app.db')
    metadata = MetaData()

app = Flask(__name__)
app.extensions['sqlalchemy'] = SimpleNamespace(db=Database())
Migrate(app, Database())
";
    let sandbox = Sandbox::new().file("app.py", APP);
    let flask = |arguments: &[&str]| -> String {
        let mut command = Command::new(alembic::python());
        command.args(["-m", "flask", "db"]).args(arguments).current_dir(sandbox.path());
        let output = command.env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap();
        assert!(output.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    flask(&["init"]);
    flask(&["revision", "-m", "one"]);
    flask(&["upgrade"]);
    flask(&["revision", "-m", "two"]);

    let id = |text: &str| text.split_whitespace().next().unwrap_or_default().to_owned();
    assert_eq!(id(&sandbox.doctor(&["heads"]).stdout), id(&flask(&["heads"])));
    let unknown = sandbox.doctor(&[]);
    assert_eq!(unknown.code, Some(4));
    assert!(unknown.stdout.contains("the Flask application holds its URL"), "{}", unknown.stdout);
    let (document, code) = report(&sandbox, &["--url", "sqlite:///app.db"]);
    assert_eq!((state(&document), findings(&document), code), ("behind", vec!["database-behind"], 0));
    assert_eq!(document["findings"][0]["next"][0]["command"], "flask db upgrade head");
}
