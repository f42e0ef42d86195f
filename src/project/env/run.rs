//! What happens when env.py runs: which SQL goes over the connection before the migrations, and
//! whether anything commits what they did.
//!
//! Alembic looks at the connection when `context.configure()` is called. If a transaction is open
//! then, Alembic leaves it to its owner (`MigrationContext._in_external_transaction`); and
//! SQLAlchemy 2 opens one by itself at the first SQL. Without a `commit()` everything is rolled
//! back when the connection is closed, without a word and with exit code 0.
//!
//! env.py is followed from its first line through its own functions. What leaves it (a function
//! of the application that gets the connection, an isolation level) puts the connection in doubt,
//! and nothing is said of it.

mod connection;
mod flow;
mod swallow;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::configure::context_names;
use super::names::Names;
use crate::python::ast::Stmt;
use crate::source::{Location, SourceFile, Span};
use flow::Flow;

/// What env.py does around the migrations.
#[derive(Debug, Default)]
pub struct EnvRun {
    /// The work of the migrations that nothing commits.
    pub uncommitted: Vec<Uncommitted>,
    /// Advisory locks that are taken before the migrations run, or while they do.
    pub locks: Vec<AdvisoryLock>,
    /// Handlers around the migrations that make their failure vanish.
    pub swallows: Vec<Location>,
}

/// Why the work of the migrations is not committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uncommitted {
    /// A transaction was open when Alembic was given the connection.
    OpenBefore {
        /// The SQL that opened it.
        sql: Location,
        /// The `context.configure(…)` after it.
        configure: Location,
    },
    /// `run_migrations()` stands outside of `begin_transaction()`: nothing commits it where DDL is
    /// transactional, as on PostgreSQL.
    NoTransaction {
        /// The `context.run_migrations()`.
        run: Location,
    },
}

/// An advisory lock of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisoryLock {
    /// Where it is taken.
    pub location: Location,
    /// Whether it ends with its transaction (`pg_advisory_xact_lock`), else with its session.
    pub ends_with_transaction: bool,
    /// The commit before the migrations that lets go of it again.
    pub released: Option<Location>,
}

/// Follows env.py from its first statement.
pub(super) fn read(text: &str, source: &Arc<SourceFile>, statements: &[Stmt], names: &Names<'_>) -> EnvRun {
    let at = |span: Span| Location::new(source, span);
    let context = context_names(statements, &["configure", "begin_transaction", "run_migrations"]);
    let swallows = swallow::find(statements, &context).into_iter().map(at).collect();
    let mut run = EnvRun { swallows, ..EnvRun::default() };
    // With another isolation level the transaction may mean nothing, wherever that is set.
    if ["isolation_level", "AUTOCOMMIT"].iter().any(|word| text.contains(word)) {
        return run;
    }
    let mut flow = Flow::new(text, names, &context);
    flow.module(statements);
    for connection in flow.connections.into_iter().filter(|connection| !connection.in_doubt) {
        let lost = connection.lost.map(|lost| match lost {
            connection::Lost::OpenBefore { sql, configure } => {
                Uncommitted::OpenBefore { sql: at(sql), configure: at(configure) }
            }
            connection::Lost::NoTransaction { run } => Uncommitted::NoTransaction { run: at(run) },
        });
        run.uncommitted.extend(lost);
        run.locks.extend(connection.locks.into_iter().map(|lock| AdvisoryLock {
            location: at(lock.span),
            ends_with_transaction: lock.ends_with_transaction,
            released: lock.released.map(at),
        }));
    }
    run.uncommitted.dedup();
    run.locks.dedup();
    run
}
