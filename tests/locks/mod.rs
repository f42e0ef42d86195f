//! What `sql::effects` says, compared with real servers: each statement runs in a transaction on
//! tables with rows, the locks are read from `pg_locks`, a rewrite from the file's number, reading
//! of rows from the statistics.

mod alone;
mod cases;
mod claims;
mod fixture;
mod functions;
mod session;
mod types;

use alembic_doctor::sql::Context;
use cases::{CASES, Case};
use claims::Claims;
use session::Session;

use crate::support::postgres::{Server, servers};

/// Runs a test on every major version, on all at once.
fn on_each(test: impl Fn(&Server) -> Vec<String> + Sync) {
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = servers()
            .iter()
            .map(|server| {
                let test = &test;
                scope.spawn(move || {
                    let wrong = test(server);
                    wrong.into_iter().map(|wrong| format!("PostgreSQL {}: {wrong}", server.major)).collect::<Vec<_>>()
                })
            })
            .collect();
        runs.into_iter().flat_map(|run| run.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn effects_are_what_the_servers_do() {
    assert!(CASES.len() >= 150, "{}", CASES.len());
    on_each(|server| {
        let database = server.database();
        let session = Session::open(server, &database.name);
        session.run(fixture::SETUP).unwrap();
        let relations = session.relations();
        let cases = CASES.iter().filter(|case| (case.since..=case.until).contains(&server.major));
        cases.flat_map(|case| compare(&session, &relations, case, server.major)).collect()
    });
}

/// Runs one case, and says what the module had wrong.
fn compare(session: &Session, relations: &session::Relations, case: &Case, major: u32) -> Vec<String> {
    let measured = match session.measure(relations, case) {
        Ok(measured) => measured,
        Err(error) => return vec![format!("{}: {error}", case.sql)],
    };
    let mut wrong = Vec::new();
    // Knowing everything, it must be exact; knowing nothing, it must not be wrong.
    for (context, exact) in [(fixture::context(case.timezone), true), (Context::default(), false)] {
        let claims = Claims::of(case.sql, major, &context);
        let found = claims.compare(relations, &measured, exact && !case.depends);
        wrong.extend(found.into_iter().map(|found| format!("{} ({exact}): {found}", case.sql)));
    }
    wrong
}
