//! Statements that no transaction may hold: PostgreSQL refuses them there, and their locks are seen
//! while they wait for another session.

use std::time::{Duration, Instant};

use alembic_doctor::sql::{self, Answer, Context, Lock, Name, On};

use super::session::{self, Session};
use super::{fixture, on_each};

/// The statement; the table on which another session holds a lock, so that it waits there.
const STATEMENTS: [(&str, Option<&str>); 20] = [
    ("CREATE INDEX CONCURRENTLY x ON t (n)", Some("t")),
    ("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS x ON t (n)", Some("t")),
    ("DROP INDEX CONCURRENTLY t_small", Some("t")),
    ("REINDEX TABLE CONCURRENTLY t", Some("t")),
    ("REINDEX INDEX CONCURRENTLY t_small", Some("t")),
    ("VACUUM t", Some("t")),
    ("VACUUM (ANALYZE) t", Some("t")),
    ("VACUUM FULL t", Some("t")),
    ("ALTER TABLE part DETACH PARTITION part_1 CONCURRENTLY", Some("part")),
    ("REINDEX SCHEMA public", None),
    ("REINDEX DATABASE \"DATABASE\"", None),
    ("VACUUM", None),
    ("CLUSTER", None),
    ("CREATE DATABASE other", None),
    ("DROP DATABASE IF EXISTS other", None),
    ("ALTER SYSTEM SET work_mem = '4MB'", None),
    ("ALTER SYSTEM RESET ALL", None),
    ("CREATE TABLESPACE x LOCATION '/nowhere'", None),
    ("DROP TABLESPACE IF EXISTS x", None),
    ("REINDEX (CONCURRENTLY) TABLE t", Some("t")),
];

#[test]
fn statements_that_must_stand_alone_are_known_and_their_locks_are_right() {
    on_each(|server| {
        let database = server.database();
        let session = Session::open(server, &database.name);
        session.run(fixture::SETUP).unwrap();
        let holder = Session::open(server, &database.name);
        let mut wrong = Vec::new();
        for (text, table) in STATEMENTS {
            let text = text.replace("DATABASE\"", &format!("{}\"", database.name));
            let statement = sql::statements(&text).remove(0);
            if !sql::needs_autocommit(&statement, server.major) {
                wrong.push(format!("{text}: said to be possible in a transaction"));
            }
            let refusal = session.run(&format!("BEGIN; {text}")).unwrap_err();
            session.run("ROLLBACK").unwrap();
            if !refusal.contains("cannot run inside a transaction block") {
                wrong.push(format!("{text}: {refusal}"));
            }
            let Some(table) = table else { continue };
            let effects = sql::effects(&statement, server.major, &fixture::context("UTC"));
            assert_eq!(effects.unknown, [""; 0], "{text}");
            let on = On::Relation(Name::new(table));
            let claimed = effects.known.iter().find(|effect| effect.on == on).unwrap();
            // A session of its own: the server signals a cancelled one twice, and the second signal
            // may come late enough to stop the next statement.
            let waiter = Session::open(server, &database.name);
            match wait(&waiter, &holder, &text, table, claimed.lock) {
                Ok(waits) if waits == claimed.lock => {}
                Ok(waits) => wrong.push(format!("{text}: {} claimed, waits for {waits}", claimed.lock)),
                Err(ended) => wrong.push(format!("{text}: {} claimed, does not wait: {ended}", claimed.lock)),
            }
            let is_full = text.contains("FULL");
            assert_eq!(claimed.rewrite, if is_full { Answer::Yes } else { Answer::No }, "{text}");
        }
        wrong
    });
}

/// The lock for which the statement waits while another session holds the weakest one that is in
/// the way of `claimed`; how the statement ended when it was not seen to wait.
fn wait(waiter: &Session, holder: &Session, text: &str, table: &str, claimed: Lock) -> Result<Lock, String> {
    let held = if claimed == Lock::AccessExclusive { Lock::AccessShare } else { claimed };
    holder.run(&format!("BEGIN; LOCK TABLE {table} IN {held} MODE")).unwrap();
    let (mode, ended) = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| waiter.run(text));
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut mode = None;
        while mode.is_none() && Instant::now() < deadline && !waiting.is_finished() {
            let asked = format!("SELECT mode FROM pg_locks WHERE NOT granted AND relation = '{table}'::regclass");
            mode = holder.run(&asked).unwrap().into_iter().next().and_then(|row| row[0].clone());
            std::thread::sleep(Duration::from_millis(5));
        }
        waiter.cancel();
        (mode, waiting.join().unwrap())
    });
    holder.run("ROLLBACK").unwrap();
    mode.as_deref().map(session::lock).ok_or_else(|| format!("{ended:?}"))
}

#[test]
fn what_a_transaction_may_hold_is_not_refused() {
    // The cases of `effects_are_what_the_servers_do` all run in one; these are the near misses.
    for text in [
        "CREATE INDEX x ON t (n)",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY mv",
        "CLUSTER t USING t_small",
        "ALTER TYPE mood ADD VALUE 'x'",
        "ALTER DATABASE x SET work_mem = '4MB'",
    ] {
        assert!(!sql::needs_autocommit(&sql::statements(text)[0], 15), "{text}");
    }
    assert!(sql::needs_autocommit(&sql::statements("ALTER TYPE mood ADD VALUE 'x'")[0], 11));
    let nothing = sql::effects(&sql::statements("SET lock_timeout = 1")[0], 15, &Context::default());
    assert_eq!((nothing.known, nothing.unknown), (vec![], vec![]));
}
