//! The rules: facts in, findings out; no I/O, no printing.
//!
//! One file per rule, named after it, in the group of the facts that it needs. To add a rule:
//! its file, its page in `docs/rules/`, and two lines in its group's `mod.rs`.

pub mod database;
pub mod deployment;
pub mod future;
pub mod graph;
pub mod operation;
pub mod project;
pub mod revision;
pub mod run;
pub mod squawk;
pub mod stamp;

pub(crate) mod gaps;
mod lost;
mod rewrite;
#[cfg(test)]
pub(crate) mod testing;
mod wording;

use crate::database::{DatabaseState, Look};
use crate::deployment::Deployment;
use crate::diagnostic::{Finding, Ignore, Severity};
use crate::facts::{Facts, Future, Locked, RevisionSql, SchemaFacts, Stamp};
use crate::operation::Operations;
use crate::revision::Revision;

/// A rule: what it is called, how bad it is, and what it checks.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case; says what is wrong; never changes once released.
    pub name: &'static str,
    /// One sentence, no full stop; the same as the first paragraph of the page.
    pub summary: &'static str,
    /// How bad a finding is.
    pub severity: Severity,
    /// The version of alembic-doctor that first had it.
    pub since: &'static str,
    /// `docs/rules/<name>.md`
    pub page: &'static str,
    /// The check, by the facts that it needs.
    pub check: Check,
}

/// A check, by the facts that it needs: what it is not given, it cannot look at.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// Needs only files: configuration, revisions and graph.
    Offline(fn(&Facts) -> Vec<Finding>),
    /// Needs files, and among them those that run the migrations. It leaves the graph in no doubt.
    Deployment(fn(&Facts, &Deployment) -> Vec<Finding>),
    /// Needs what a revision does; is asked for each one that is looked into.
    Revision(fn(&RevisionFacts<'_>) -> Vec<Finding>),
    /// Squawk's: its linter asks for all of them at once.
    Squawk,
    /// Needs each database, whether or not it could be looked at.
    Database(fn(&Facts, &DatabaseState) -> Vec<Finding>),
    /// Needs a database that could be looked at, and its stamp.
    Stamp(fn(&StampFacts<'_>) -> Vec<Finding>),
    /// Needs several databases, to compare them.
    Databases(fn(&Facts) -> Vec<Finding>),
    /// Needs a merge that was simulated.
    Future(fn(&Facts, &Future) -> Vec<Finding>),
    /// Needs a lock file.
    Lock(fn(&Facts, &Locked) -> Vec<Finding>),
    /// Needs something that remembers revisions as they were: one of these two.
    Memory(fn(&Facts) -> Vec<Finding>),
    /// Needs one of these two, or a database that could be looked at, and its stamp.
    MemoryOrStamp(fn(&Facts) -> Vec<Finding>, fn(&StampFacts<'_>) -> Vec<Finding>),
    /// Needs what the revisions do that this branch brings, while no database is looked at; else, of each
    /// database, its stamp.
    BranchOrStamp(fn(&Facts) -> Vec<Finding>, fn(&StampFacts<'_>) -> Vec<Finding>),
    /// Needs the ignore comments that set nothing aside once all other rules have run.
    Ignores(fn(&[SpentIgnore]) -> Vec<Finding>),
}

/// An ignore comment that set nothing aside.
#[derive(Debug)]
pub struct SpentIgnore {
    /// The comment.
    pub ignore: Ignore,
    /// Whether there is a rule of that name.
    pub is_known: bool,
    /// Whether its last day is over.
    pub is_over: bool,
}

impl Check {
    /// What it needs, for `rules`: `files` or `database`.
    pub fn needs(self) -> &'static str {
        match self {
            Self::Offline(_) | Self::Deployment(_) | Self::Revision(_) | Self::Squawk | Self::Ignores(_) => "files",
            Self::Future(_) | Self::Lock(_) | Self::Memory(_) => "files",
            Self::Database(_) | Self::Stamp(_) => "database",
            Self::MemoryOrStamp(..) | Self::BranchOrStamp(..) => "files or database",
            Self::Databases(_) => "databases",
        }
    }
}

/// What a rule about the operations of one revision sees.
#[derive(Debug, Clone, Copy)]
pub struct RevisionFacts<'a> {
    /// Project and graph.
    pub facts: &'a Facts,
    /// The revision.
    pub revision: &'a Revision,
    /// What it does.
    pub operations: &'a Operations,
    /// What `upgrade()` is as PostgreSQL's SQL, statement by statement, with what each does to
    /// tables; nothing where the project does not run on PostgreSQL.
    pub sql: &'a RevisionSql,
}

/// What a rule about the stamp of one database sees.
#[derive(Debug, Clone, Copy)]
pub struct StampFacts<'a> {
    /// Project and graph.
    pub facts: &'a Facts,
    /// The database.
    pub database: &'a DatabaseState,
    /// What was seen of it.
    pub look: &'a Look,
    /// What its stamp means.
    pub stamp: &'a Stamp,
    /// What its tables say about the stamp, where that is certain.
    pub schema: Option<&'a SchemaFacts>,
}

/// All rules of our own, sorted by name.
pub fn all() -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> = [
        project::RULES,
        deployment::RULES,
        revision::RULES,
        graph::RULES,
        operation::RULES,
        database::RULES,
        stamp::RULES,
        future::RULES,
        run::RULES,
    ]
    .into_iter()
    .flatten()
    .collect();
    rules.sort_by_key(|rule| rule.name);
    rules
}

/// The rule of that name, our own or Squawk's.
pub fn find(name: &str) -> Option<&'static Rule> {
    all().into_iter().chain(squawk::all()).find(|rule| rule.name == name)
}
