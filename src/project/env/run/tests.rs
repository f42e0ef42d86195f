use std::path::Path;

use super::*;
use crate::project::env::read_text;

const HEAD: &str = "from alembic import context\nfrom sqlalchemy import text, inspect\n";
const CONFIGURE: &str = "context.configure(connection=connection)\n";
const RUN: &str = "with context.begin_transaction():\n    context.run_migrations()\n";

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("        {line}\n")).collect()
}

/// `body` in `with engine.connect() as connection`, in a function that is called.
fn sync(before: &str, opens: &str, body: &str) -> EnvRun {
    env(&format!("{before}def go():\n    with engine.{opens}() as connection:\n{}go()\n", indented(body)))
}

fn env(text: &str) -> EnvRun {
    read_text(Path::new("env.py"), &format!("{HEAD}{text}")).run
}

fn lines(run: &EnvRun) -> Vec<String> {
    let name = |place: &Location| place.source.slice(place.span).lines().next().unwrap_or_default().to_owned();
    let lost = run.uncommitted.iter().map(|lost| match lost {
        Uncommitted::OpenBefore { sql, .. } => name(sql),
        Uncommitted::NoTransaction { run } => name(run),
    });
    lost.collect()
}

/// What the real Alembic 1.20.1 loses on PostgreSQL (with SQLAlchemy 2.1), and does not.
#[test]
fn what_alembic_loses_is_found_and_nothing_else() {
    let sql = "connection.execute(text('SELECT 1'))\n";
    let both = format!("{CONFIGURE}{RUN}");
    let cases: &[(&str, &str, String, bool)] = &[
        ("", "connect", both.clone(), false),
        ("", "connect", format!("{sql}{both}"), true),
        ("", "connect", format!("connection.scalar(text('SELECT 1'))\n{both}"), true),
        ("", "connect", format!("connection.exec_driver_sql('SET lock_timeout = 4000')\n{both}"), true),
        ("", "connect", format!("inspect(connection).get_table_names()\n{both}"), true),
        ("", "connect", format!("connection.dialect.has_table(connection, 't')\n{both}"), true),
        ("", "connect", format!("with connection.begin_nested():\n    {sql}{both}"), true),
        ("", "connect", format!("if x:\n    {sql}{both}"), true),
        ("", "connect", format!("{sql}if x:\n    connection.commit()\n{both}"), false),
        ("", "connect", format!("for s in schemas:\n{}", indented(&format!("{sql}{both}"))), true),
        ("", "connect", format!("{CONFIGURE}{sql}{RUN}"), false),
        ("", "connect", format!("{sql}{CONFIGURE}connection.rollback()\n{RUN}"), true),
        ("", "connect", format!("{sql}connection.commit()\n{both}"), false),
        ("", "connect", format!("{sql}connection.rollback()\n{both}"), false),
        ("", "connect", format!("{sql}{both}connection.commit()\n"), false),
        ("", "connect", format!("with connection.begin():\n    {sql}{both}"), false),
        ("", "connect", format!("with connection.begin():\n{}", indented(&format!("{sql}{both}"))), false),
        ("", "begin", format!("{sql}{both}"), false),
        ("", "connect", format!("{sql}context.configure(connection=connection, transactional_ddl=False)\n{RUN}"), true),
        ("", "connect", format!("{CONFIGURE}context.run_migrations()\n"), true),
        ("", "connect", format!("{CONFIGURE}context.run_migrations()\nconnection.commit()\n"), false),
        ("", "begin", format!("{CONFIGURE}context.run_migrations()\n"), false),
        (
            "",
            "connect",
            "context.configure(connection=connection, transaction_per_migration=True)\ncontext.run_migrations()\n"
                .to_owned(),
            false,
        ),
        ("def lock(c):\n    c.execute(text('SELECT 1'))\n", "connect", format!("lock(connection)\n{both}"), true),
        (
            "def lock(c):\n    c.execute(text('SELECT 1'))\n    c.commit()\n",
            "connect",
            format!("lock(connection)\n{both}"),
            false,
        ),
        (
            "def prepare(e):\n    with e.begin() as c:\n        c.execute(text('SELECT 1'))\n",
            "connect",
            format!("prepare(engine)\n{both}"),
            false,
        ),
        (
            "@contextmanager\ndef lock(c):\n    c.execute(text('SELECT 1'))\n    try:\n        yield\n    finally:\n        \
             c.execute(text('SELECT 2'))\n",
            "connect",
            format!("with lock(connection):\n{}", indented(&both)),
            true,
        ),
        ("", "connect", format!("with engine.connect() as other:\n    other.execute(q)\n{both}"), false),
        // Not seen, so not said.
        ("", "connect", format!("connection.execute(text('COMMIT'))\n{sql}{both}"), false),
        ("", "connect", format!("{sql}app.prepare(connection)\n{both}"), false),
        ("", "connect", format!("connection.execution_options(isolation_level='AUTOCOMMIT')\n{sql}{both}"), false),
        ("", "connect", format!("t = connection.begin()\n{sql}{both}"), false),
    ];
    for (before, opens, body, is_lost) in cases {
        let found = sync(before, opens, body);
        assert_eq!(!found.uncommitted.is_empty(), *is_lost, "{before}{opens}\n{body}\n{found:?}");
    }
}

#[test]
fn asynchronous_connections_are_followed_through_run_sync() {
    let program = |before: &str, after: &str| {
        env(&format!(
            "def do(sync):\n    context.configure(connection=sync)\n    with context.begin_transaction():\n        \
             context.run_migrations()\nasync def main():\n    async with engine.connect() as connection:\n        \
             {before}\n        await connection.run_sync(do)\n        {after}\nasyncio.run(main())\n"
        ))
    };
    let before = "await connection.execute(text('SELECT 1'))";
    assert!(program("pass", "pass").uncommitted.is_empty());
    assert_eq!(lines(&program(before, "pass")), ["connection.execute(text('SELECT 1'))"]);
    assert!(program(&format!("{before}; await connection.commit()"), "pass").uncommitted.is_empty());
    assert!(program(before, "await connection.commit()").uncommitted.is_empty());
}

#[test]
fn both_places_are_kept() {
    let found = sync("", "connect", &format!("connection.execute(text('SET lock_timeout = 4000'))\n{CONFIGURE}{RUN}"));
    let [Uncommitted::OpenBefore { sql, configure }] = found.uncommitted.as_slice() else { panic!("{found:?}") };
    assert_eq!((sql.start().line, configure.start().line), (5, 6));
}

#[test]
fn locks_are_told_by_how_they_end() {
    let lock = |name: &str| format!("connection.execute(text('SELECT {name}(42)'))\n");
    let found = sync("", "connect", &format!("{}connection.commit()\n{CONFIGURE}{RUN}", lock("pg_advisory_lock")));
    assert!(!found.locks[0].ends_with_transaction && found.locks[0].released.is_none());
    let found = sync("", "connect", &format!("{}connection.commit()\n{CONFIGURE}{RUN}", lock("pg_advisory_xact_lock")));
    assert_eq!(found.locks[0].released.as_ref().map(|place| place.start().line), Some(6));
    let inside = format!(
        "{CONFIGURE}with context.begin_transaction():\n    {}    context.run_migrations()\n",
        lock("pg_advisory_xact_lock")
    );
    let found = sync("", "connect", &inside);
    assert!(found.uncommitted.is_empty() && found.locks[0].released.is_none(), "{found:?}");
    let named = sync("LOCK = text('SELECT pg_advisory_lock(1)')\n", "connect", "connection.execute(LOCK)\n");
    assert_eq!(named.locks.len(), 1);
    assert!(sync("", "connect", &lock("pg_advisory_unlock")).locks.is_empty());
}

#[test]
fn functions_that_call_themselves_end() {
    let found = env("def f(c):\n    g(c)\ndef g(c):\n    f(c)\nwith e.connect() as c:\n    f(c)\n");
    assert!(found.uncommitted.is_empty());
    let fan: String = (0..11).map(|n| format!("def f{n}(c):\n{}", format!("    f{}(c)\n", n + 1).repeat(11))).collect();
    env(&format!("{fan}def f11(c):\n    pass\nwith e.connect() as c:\n    f0(c)\n"));
}

#[test]
fn handlers_around_the_migrations_are_seen_through_functions() {
    let program = |handler: &str| {
        env(&format!(
            "def online():\n    with engine.connect() as connection:\n        context.configure(connection=connection)\n        \
             with context.begin_transaction():\n            context.run_migrations()\n\ntry:\n    online()\n{handler}\n"
        ))
    };
    let found = program("except Exception as e:\n    logger.error(e)");
    assert_eq!(found.swallows.iter().map(|place| place.start().line).collect::<Vec<_>>(), [11]);
    assert!(program("except Exception as e:\n    logger.error(e)\n    raise").swallows.is_empty());
    assert!(env("try:\n    import app\nexcept Exception:\n    pass\ncontext.run_migrations()\n").swallows.is_empty());
}
