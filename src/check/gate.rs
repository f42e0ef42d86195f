//! The answers of `gate`, `wait` and `verify`: conditions over the facts of a report, nothing else.
//!
//! A condition that cannot be judged is never taken for one that holds.

mod conditions;
mod outlook;

use super::{Planned, Report};
use crate::graph::Plan;

pub use outlook::{Outlook, outlook};

/// The name of the condition that no finding fails the run.
pub const FINDINGS: &str = "findings";

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It could not be looked at.
    Unknown,
}

/// One condition, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Its name, one word.
    pub name: &'static str,
    /// Whether it holds.
    pub holds: Holds,
    /// What was seen, as a phrase without a full stop.
    pub says: String,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Would `alembic upgrade TARGET` work now, and mean what it says?
    Gate,
    /// Is the database where `alembic upgrade TARGET` should have brought it?
    Verify,
}

/// The conditions of one database.
#[derive(Debug)]
pub struct Judged {
    /// The database's name.
    pub name: String,
    /// Its URL, masked.
    pub url: String,
    /// In the order in which people look.
    pub conditions: Vec<Condition>,
    /// What an upgrade would run; `None` when the rows are not known.
    pub plan: Option<Plan>,
    /// What its steps do.
    pub planned: Option<Planned>,
}

/// The answer to a [`Question`].
#[derive(Debug)]
pub struct Gate {
    /// What was asked.
    pub question: Question,
    /// In Alembic's words.
    pub target: String,
    /// What holds for the project as a whole.
    pub conditions: Vec<Condition>,
    /// What holds for each database.
    pub databases: Vec<Judged>,
}

impl Gate {
    /// Judges a report.
    pub fn new(question: Question, report: &Report, target: &str) -> Self {
        let facts = &report.facts;
        let databases =
            facts.databases.iter().map(|database| conditions::of_database(question, facts, database, target));
        Self {
            question,
            target: target.to_owned(),
            databases: databases.collect(),
            conditions: conditions::of_project(question, report),
        }
    }

    /// All conditions.
    pub fn all(&self) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().chain(self.databases.iter().flat_map(|database| &database.conditions))
    }

    /// Whether all hold. One that fails outweighs one that is not known.
    pub fn answer(&self) -> Holds {
        let any = |holds| self.all().any(|condition| condition.holds == holds);
        match () {
            () if any(Holds::No) => Holds::No,
            () if any(Holds::Unknown) || self.databases.is_empty() => Holds::Unknown,
            () => Holds::Yes,
        }
    }

    /// The exit code: 4 could not look, 3 no file to look at, 1 a condition fails, 0 all hold.
    pub fn exit_code(&self, report: &Report) -> u8 {
        let is_unknown = self.all().any(|condition| condition.holds == Holds::Unknown) || self.databases.is_empty();
        match () {
            () if report.could_not_look || is_unknown => 4,
            () if report.facts.files == 0 => 3,
            () if self.answer() == Holds::No => 1,
            () => 0,
        }
    }
}
