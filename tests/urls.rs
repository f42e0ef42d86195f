//! Database URLs are cut as SQLAlchemy cuts them.

use std::io::Write;
use std::process::{Command, Stdio};

use alembic_doctor::database::DatabaseUrl;
use serde_json::{Value, json};

use crate::support::venv;

const URLS: &[&str] = &[
    "postgresql://u:p@h:5432/db",
    "postgresql://u@h/db",
    "postgresql://h/db",
    "postgresql:///db",
    "postgresql://",
    "postgresql+psycopg2://",
    "postgresql+asyncpg://u:p@h/db?ssl=require",
    "postgres://u:p@h/db",
    "postgresql://u:@h/db",
    "postgresql://:p@h/db",
    "postgresql://@h/db",
    "postgresql://u:p%40ss@h/db",
    "postgresql://u:p+ss@h/db",
    "postgresql://u:a/b@h/db",
    "postgresql://u:a?b@h/db",
    "postgresql://u:a#b@h/db",
    "postgresql://u:a:b@h/db",
    "postgresql://u:a@b@h/db",
    "postgresql://u@v@h/db",
    "postgresql://u@v@h:1/db",
    "postgresql://u:p@/db?host=/run&port=5433",
    "postgresql://u:p@[::1]:5432/db",
    "postgresql://[::1]/db",
    "postgresql://[::1",
    "postgresql://[]:5/db",
    "postgresql://u:p@[fe80::1]x/db",
    "postgresql://%2Frun/db",
    "postgresql://u%3Av:p@h/db",
    "postgresql://u%zz:p%@h/d%C3%A9",
    "postgresql://u:p@h:/db",
    "postgresql://u:p@h:12a/db",
    "postgresql://u:p@h: 12/db",
    "postgresql://u:p@h:1_2/db",
    "postgresql://u:p@h:+5/db",
    "postgresql://u:p@h:-5/db",
    "postgresql://u:p@h:1__2/db",
    "postgresql://u:p@h:1/db/e?x=1",
    "postgresql://u:p@h/db?a=1&a=2&b=&c&d=%20+",
    "postgresql://u:p@h/db?a=b=c",
    "postgresql://u:p@h/db?a=b@c",
    "postgresql://h/db?a=b@c",
    "postgresql://u@h:5/db?e=a@b",
    "postgresql://u:p@h?x=1",
    "postgresql://u:p@h/?x=1",
    "postgresql://u:p@h/db?x=1?y=2",
    "postgresql://a:1,b:2/db",
    "postgresql://a,b/db",
    "postgresql://u:p@h/d b",
    "postgresql://u p:p@h/db",
    "sqlite://",
    "sqlite:///a.db",
    "sqlite:////a/b.db",
    "sqlite:///:memory:",
    "sqlite:///C:\\a\\b.db",
    "sqlite:///file:a?mode=ro&uri=true",
    "sqlite+aiosqlite:///./a.db",
    "sqlite:////home/me@work/a.db",
    "sqlite:///a%20b.db",
    "mysql+pymysql://u:p@h/db?charset=utf8",
    "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3Dy",
    "driver://user:pass@localhost/dbname",
    "no url",
    "",
    "://h",
    "a-b://h",
    "é_1://h/db",
    "postgresql:/h/db",
    "postgresql://u:p@h/db?x=%zz&y=%C3",
    "postgresql://u:p@h/db\n?x=1",
    "postgresql://u:p@h/db?x=1\n2",
    "postgresql://h/%",
    "postgresql://h/%4",
    "postgresql://h/%F0%9F%98%80",
];

const SCRIPT: &str = r#"
import json, sys
from sqlalchemy.engine import make_url
for text in json.load(sys.stdin):
    try:
        u = make_url(text)
        query = sorted([k, w] for k, v in u.query.items() for w in ([v] if isinstance(v, str) else v))
        print(json.dumps([u.drivername, u.username, u.password, u.host, u.port, u.database, query]))
    except Exception as e:
        print("null")
"#;

/// What SQLAlchemy makes of the URLs; null where it refuses one.
fn sqlalchemy(urls: &[&str]) -> Vec<Value> {
    let mut python =
        Command::new(venv::python()).args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    python.stdin.take().unwrap().write_all(serde_json::to_string(urls).unwrap().as_bytes()).unwrap();
    let answer = python.wait_with_output().unwrap();
    String::from_utf8(answer.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ours(url: &str) -> Value {
    let Ok(parts) = DatabaseUrl::new(url).parts() else { return Value::Null };
    let mut query = parts.query.clone();
    query.sort();
    json!([
        parts.drivername,
        parts.user,
        parts.password.as_ref().map(|password| password.expose()),
        parts.host,
        parts.port,
        parts.database,
        query,
    ])
}

#[test]
fn every_url_has_the_parts_that_sqlalchemy_sees() {
    let expected = sqlalchemy(URLS);
    assert_eq!(expected.len(), URLS.len());
    let wrong: Vec<String> = URLS
        .iter()
        .zip(&expected)
        .filter(|(url, expected)| ours(url) != **expected)
        .map(|(url, expected)| format!("{url:?}\n  SQLAlchemy {expected}\n  we         {}", ours(url)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
