//! Whether waiting for a target is good for anything.

use crate::check::Report;
use crate::facts::{DatabaseFacts, StampState};
use crate::graph::{Direction, Graph, Reached};

/// What waiting for a target is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outlook {
    /// Every database is there.
    Arrived,
    /// Not yet; why, as a phrase.
    NotYet(String),
    /// Something could not be looked at; why. It may come.
    NotSeen(String),
    /// It will not come by waiting; why.
    Never(String),
}

/// Whether all databases of a report have reached `target`, or ever will by themselves.
pub fn outlook(report: &Report, target: &str) -> Outlook {
    let facts = &report.facts;
    if let Some(refusal) = facts.graph.load_refusal() {
        return Outlook::Never(format!("Alembic cannot load the revision files: {}", refusal.reason));
    }
    if let Err(refusal) = facts.graph.resolve(target) {
        return Outlook::Never(format!("{target} names no single revision here: {}", refusal.reason));
    }
    if target == "head" && facts.graph.heads().len() > 1 {
        let heads = facts.graph.heads().join(", ");
        return Outlook::Never(format!("this code has several heads ({heads}): wait for `heads`, or for one of them"));
    }
    let mut worst = Outlook::Arrived;
    for database in &facts.databases {
        let seen = of_database(&facts.graph, database, target);
        if rank(&seen) > rank(&worst) {
            worst = seen;
        }
    }
    if facts.databases.is_empty() {
        let why =
            report.skipped.iter().find(|skipped| skipped.what == "the database").map(|skipped| skipped.why.clone());
        return Outlook::NotSeen(why.unwrap_or_else(|| "no database is known".to_owned()));
    }
    worst
}

fn rank(outlook: &Outlook) -> u8 {
    match outlook {
        Outlook::Arrived => 0,
        Outlook::NotYet(_) => 1,
        Outlook::NotSeen(_) => 2,
        Outlook::Never(_) => 3,
    }
}

fn of_database(graph: &Graph, database: &DatabaseFacts, target: &str) -> Outlook {
    let (look, stamp) = match (&database.state.look, &database.stamp) {
        (Ok(look), Some(stamp)) => (look, stamp),
        (Err(_), _) if database.standing() == StampState::InProgress => {
            return Outlook::NotSeen("another process holds the database's file".to_owned());
        }
        (Err(error), _) => return Outlook::NotSeen(error.message.clone()),
        (Ok(_), None) => return Outlook::NotSeen("the stamp was not judged".to_owned()),
    };
    let missing = stamp.missing.join(", ");
    match stamp.state {
        StampState::Ahead => {
            return Outlook::Never(format!("the database is ahead of this code, which lacks {missing}"));
        }
        StampState::Diverged => {
            return Outlook::Never(format!("the database went another way than this code, to {missing}"));
        }
        StampState::Orphaned => {
            return Outlook::Never(format!("the database is stamped with {missing}, which this code lacks"));
        }
        StampState::Unreadable => return Outlook::NotSeen("the version table cannot be read".to_owned()),
        StampState::InProgress => return Outlook::NotYet("a migration is at work".to_owned()),
        StampState::AtHead | StampState::Behind | StampState::Unstamped | StampState::Empty => {}
    }
    if !stamp.is_complete(look) {
        return Outlook::NotSeen("the version table has more rows than are read".to_owned());
    }
    let plan = graph.plan(Direction::Upgrade, &[target.to_owned()], &stamp.rows, &stamp.table_name);
    match graph.reached(&plan, target) {
        // Who waits needs what the target brings, and has it.
        Reached::At | Reached::Past if stamp.problems.is_empty() => Outlook::Arrived,
        Reached::At | Reached::Past => Outlook::Never("the rows of the version table contradict each other".to_owned()),
        Reached::Before(pending) if stamp.rows.is_empty() => {
            Outlook::NotYet(format!("no revision is applied yet, {} pending", pending.len()))
        }
        Reached::Before(pending) => {
            let rows = stamp.rows.join(", ");
            Outlook::NotYet(format!("the database is at {rows}, {} pending", pending.len()))
        }
        Reached::Refused(error) => Outlook::Never(format!("Alembic cannot upgrade this database: {}", error.reason)),
    }
}
