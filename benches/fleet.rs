//! `alembic-doctor envs` over many databases and over many schemas, against the real
//! `alembic current`, which looks at one.
//!
//! Run with `cargo bench --bench fleet`, or `cargo bench --bench fleet -- 20 100` for so many
//! databases and so many schemas. It starts a server of its own and takes the test environment's
//! Alembic. No time is asserted: times are for people to judge, on a machine that does nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::panic, clippy::print_stderr, clippy::string_slice, unreachable_pub)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::postgres::cluster::{self, Variant};
use support::postgres::{Server, installation};
use support::sandbox::Sandbox;

const DOCTOR: &str = env!("CARGO_BIN_EXE_alembic-doctor");
const ROUNDS: usize = 5;

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (databases, schemas) = match asked.as_slice() {
        [databases, schemas, ..] => (*databases, *schemas),
        _ => (200, 1_000),
    };
    let found = installation::find();
    let newest = found.last().expect("no PostgreSQL found");
    let server = cluster::start(newest, &Variant::default()).unwrap();
    println!("PostgreSQL {}", server.major);

    let sandbox = project(&server);
    let one = median(|| {
        let start = Instant::now();
        assert_eq!(sandbox.alembic(&["current"]).status, 0);
        start.elapsed()
    });
    println!("{:<52}{:>10}", "one `alembic current`, ms", millis(one));

    many_databases(&server, &sandbox, databases);
    report(&sandbox, &["envs"], &format!("`alembic-doctor envs` over {databases} databases"), databases, one);
    many_schemas(&server, &sandbox, schemas);
    let arguments = ["envs", "--all-schemas", "--env", "fleet"];
    report(&sandbox, &arguments, &format!("`alembic-doctor envs --all-schemas` over {schemas} schemas"), schemas, one);
}

/// Twenty revisions, and a database that has them all.
fn project(server: &Server) -> Sandbox {
    server.sql("postgres", "CREATE DATABASE pattern");
    let url = server.superuser_url("pattern").replace("postgresql://", "postgresql+psycopg://");
    let mut sandbox = Sandbox::with_project().database_url(&url);
    let mut parent: Option<String> = None;
    for number in 0..20 {
        let id = format!("{number:012x}");
        sandbox = sandbox.revision(&id, parent.as_deref().as_slice());
        parent = Some(id);
    }
    let run = sandbox.alembic(&["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    sandbox
}

/// Copies of the database, each an environment; every tenth is behind.
fn many_databases(server: &Server, sandbox: &Sandbox, count: usize) {
    let mut settings = String::new();
    for number in 0..count {
        let name = format!("d{number:04}");
        server.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE pattern"));
        if number % 10 == 0 {
            server.sql(&name, "UPDATE alembic_version SET version_num = '00000000000a'");
        }
        let _ = writeln!(settings, "[environments.{name}]\nurl = \"{}\"", server.superuser_url(&name));
    }
    sandbox.write("alembic-doctor.toml", settings);
    without_url(sandbox);
}

/// The project's own database is none of the environments.
fn without_url(sandbox: &Sandbox) {
    let ini = std::fs::read_to_string(sandbox.path().join("alembic.ini")).unwrap();
    let lines = ini.lines().filter(|line| !line.starts_with("sqlalchemy.url"));
    sandbox.write("alembic.ini", lines.collect::<Vec<_>>().join("\n"));
}

/// One database with so many schemas of ten tables each; every hundredth is behind.
fn many_schemas(server: &Server, sandbox: &Sandbox, count: usize) {
    server.sql("postgres", "CREATE DATABASE fleet");
    for number in 0..count {
        let row = if number % 100 == 0 { "00000000000a" } else { "000000000013" };
        let mut sql = format!(
            "CREATE SCHEMA t{number:05}; SET search_path = t{number:05};
             CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
             INSERT INTO alembic_version VALUES ('{row}');"
        );
        for table in 0..10 {
            let _ = write!(sql, "CREATE TABLE table_{table} (id int);");
        }
        server.sql("fleet", &sql);
    }
    let settings = format!("[environments.fleet]\nurl = \"{}\"\n", server.superuser_url("fleet"));
    sandbox.write("alembic-doctor.toml", settings);
}

fn report(sandbox: &Sandbox, arguments: &[&str], what: &str, count: usize, one: Duration) {
    let doctor = || {
        let mut command = Command::new(DOCTOR);
        command.args(arguments).current_dir(sandbox.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let code = doctor().status().unwrap().code();
    assert!(matches!(code, Some(0 | 1)), "not everything was looked at: {code:?}");
    let took = median(|| {
        let start = Instant::now();
        doctor().status().unwrap();
        start.elapsed()
    });
    let ratio = took.as_secs_f64() / one.as_secs_f64();
    println!("{:<52}{:>10}", format!("{what}, ms"), millis(took));
    println!("{:<52}{:>10.2}", "  times as long as one `alembic current`", ratio);
    println!("{:<52}{:>10.0}", "  times faster than one after the other", count as f64 / ratio);
    let peak = peak_memory(&doctor()).map_or_else(|| "-".to_owned(), |peak| format!("{:.1}", peak as f64 / 1e6));
    println!("{:<52}{:>10}", "  peak memory, MB", peak);
}

/// The median of some rounds; the first is not counted.
fn median(mut measured: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..=ROUNDS).map(|_| measured()).skip(1).collect();
    times.sort();
    times[times.len() / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

/// The largest resident size in bytes, where GNU time can tell it.
fn peak_memory(measured: &Command) -> Option<u64> {
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%M"]).arg(measured.get_program()).args(measured.get_args());
    let output = command.current_dir(measured.get_current_dir()?).stdout(Stdio::null()).output().ok()?;
    let kilobytes: u64 = String::from_utf8(output.stderr).ok()?.lines().last()?.parse().ok()?;
    Some(kilobytes * 1024)
}
