//! SQLite files in every state that people leave them in.

use std::fs;
use std::path::Path;

use alembic_doctor::database::{ClientEnvironment, Detail, ErrorKind, Look, ProbeError};
use rusqlite::Connection;

use super::{known, look_with};

fn in_folder(folder: &Path, url: &str) -> Result<Look, ProbeError> {
    look_with(url, &ClientEnvironment { directory: folder.to_owned(), ..ClientEnvironment::default() })
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const STOCK: &str = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
                     INSERT INTO alembic_version VALUES ('a'); CREATE TABLE users (id INTEGER);";

#[test]
fn a_file_is_read_by_every_form_of_its_url() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sh op%41.db");
    Connection::open(&path).unwrap().execute_batch(STOCK).unwrap();
    let absolute = path.display().to_string().replace('%', "%25");
    for url in [
        "sqlite:///sh%20op%2541.db".to_owned(),
        "sqlite+aiosqlite:///sh op%2541.db".to_owned(),
        "sqlite+pysqlite:///./sh op%2541.db".to_owned(),
        format!("sqlite:///{absolute}"),
        "sqlite:///file:sh%20op%252541.db?mode=ro&uri=true".to_owned(),
        "sqlite:///file:sh%20op%252541.db?immutable=1&uri=true".to_owned(),
    ] {
        let look = in_folder(folder.path(), &url).unwrap_or_else(|error| panic!("{url}: {error:?}"));
        assert!(look.server.starts_with("SQLite 3."));
        assert_eq!(look.version_tables[0].rows, known(&["a"]), "{url}");
        assert_eq!((look.user, look.user_tables), (None, 1));
    }
    assert_eq!(names(folder.path()), ["sh op%41.db"]);
}

#[test]
fn a_missing_file_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(in_folder(folder.path(), "sqlite:///no.db").unwrap_err().kind, ErrorKind::MissingFile);
    assert_eq!(
        in_folder(folder.path(), "sqlite:///file:no.db?mode=rwc&uri=true").unwrap_err().kind,
        ErrorKind::MissingFile
    );
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn what_is_no_database_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("text.db"),
        "this is no database at all, but it is long enough to have a header\n".repeat(20),
    )
    .unwrap();
    fs::create_dir(folder.path().join("folder.db")).unwrap();
    for url in ["sqlite:///text.db", "sqlite:///folder.db"] {
        assert_eq!(in_folder(folder.path(), url).unwrap_err().kind, ErrorKind::NotADatabase, "{url}");
    }
    for url in ["sqlite://", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true", "sqlite://relative.db"] {
        assert_eq!(in_folder(folder.path(), url).unwrap_err().kind, ErrorKind::BadUrl, "{url}");
    }
}

#[test]
fn an_empty_file_is_an_empty_database() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty.db"), "").unwrap();
    let look = in_folder(folder.path(), "sqlite:///empty.db").unwrap();
    assert_eq!((look.version_tables.len(), look.user_tables), (0, 0));
}

#[test]
fn a_write_ahead_log_is_read_and_none_is_created() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wal.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(&format!("PRAGMA journal_mode = wal; {STOCK}")).unwrap();
    assert!(names(folder.path()).len() > 1);
    assert_eq!(in_folder(folder.path(), "sqlite:///wal.db").unwrap().version_tables[0].rows, known(&["a"]));

    // A copy of the three files as a crash leaves them, and of the two without the index.
    let torn = tempfile::tempdir().unwrap();
    fs::copy(&path, torn.path().join("wal.db")).unwrap();
    fs::copy(folder.path().join("wal.db-wal"), torn.path().join("wal.db-wal")).unwrap();
    let error = in_folder(torn.path(), "sqlite:///wal.db").unwrap_err();
    assert!(error.message.contains("-wal"), "{error:?}");
    assert_eq!(names(torn.path()), ["wal.db", "wal.db-wal"]);

    drop(connection);
    assert_eq!(names(folder.path()), ["wal.db"]);
    assert_eq!(in_folder(folder.path(), "sqlite:///wal.db").unwrap().version_tables[0].rows, known(&["a"]));
    assert_eq!(names(folder.path()), ["wal.db"]);
}

#[test]
fn a_locked_file_is_waited_for_and_then_named() {
    use std::io::BufRead;
    let folder = tempfile::tempdir().unwrap();
    Connection::open(folder.path().join("a.db")).unwrap().execute_batch(STOCK).unwrap();
    // Locks belong to processes: the holder must be another one.
    let script = "import sqlite3, sys; c = sqlite3.connect('a.db', isolation_level=None); c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()";
    let mut holder = std::process::Command::new(crate::support::venv::python())
        .args(["-c", script])
        .current_dir(folder.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let error = in_folder(folder.path(), "sqlite:///a.db").unwrap_err();
    drop(holder.stdin.take());
    holder.wait().unwrap();
    assert_eq!(error.kind, ErrorKind::Locked, "{error:?}");
    assert!(in_folder(folder.path(), "sqlite:///a.db").is_ok());
}

#[test]
fn a_view_that_never_ends_fails_alone() {
    use alembic_doctor::database::{Rows, Timeouts, probe};
    let folder = tempfile::tempdir().unwrap();
    let endless = "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                   SELECT i AS version_num FROM n WHERE i < 0;";
    Connection::open(folder.path().join("a.db")).unwrap().execute_batch(&format!("{STOCK} {endless}")).unwrap();
    let environment = ClientEnvironment { directory: folder.path().to_owned(), ..ClientEnvironment::default() };
    let timeouts = Timeouts { statement: std::time::Duration::from_millis(200), ..Timeouts::default() };
    let look = probe(&super::target("sqlite:///a.db"), Detail::Tables, &timeouts, &environment).look.unwrap();
    assert_eq!(look.version_tables[0].rows, known(&["a"]));
    assert_eq!(look.version_tables[1].rows, Rows::Failed { reason: "interrupted".into() });
}

#[test]
fn a_file_that_a_crash_left_half_written_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    Connection::open(folder.path().join("a.db")).unwrap().execute_batch(STOCK).unwrap();
    let script = "import sqlite3, os; c = sqlite3.connect('a.db', isolation_level=None); c.execute('PRAGMA cache_size = 1'); \
        c.execute('BEGIN'); c.execute('CREATE TABLE big (t)'); \
        c.executemany('INSERT INTO big VALUES (?)', [('x' * 3000,)] * 200); os._exit(0)";
    let crashed = std::process::Command::new(crate::support::venv::python())
        .args(["-c", script])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(crashed.success());
    assert_eq!(names(folder.path()), ["a.db", "a.db-journal"]);
    let before = fs::read(folder.path().join("a.db")).unwrap();
    let error = in_folder(folder.path(), "sqlite:///a.db").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unfinished, "{error:?}");
    assert_eq!(names(folder.path()), ["a.db", "a.db-journal"]);
    assert_eq!(fs::read(folder.path().join("a.db")).unwrap(), before);
}
