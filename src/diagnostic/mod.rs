//! What a rule has to say: data only. How it looks is `render`'s business.

mod ignore;

use crate::source::Location;

pub use ignore::{Ignore, Until, ignores};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; never fails a run by default.
    Info,
    /// It can hurt.
    Warning,
    /// It will fail, lose data or mislead.
    Error,
}

impl Severity {
    /// The word that users see and write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The severity that a word means.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Error].into_iter().find(|severity| severity.as_str() == word)
    }
}

/// What running a command changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    /// Only looks.
    Nothing,
    /// Files of the project.
    Files,
    /// The state of the git repository.
    Git,
    /// The database.
    Database,
}

impl Changes {
    /// The word that users see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Files => "files",
            Self::Git => "git",
            Self::Database => "database",
        }
    }
}

/// A command that runs as printed, in the project's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The command line.
    pub command: String,
    /// What it is for, and the state that it assumes.
    pub why: String,
    /// What it changes.
    pub changes: Changes,
}

impl Step {
    /// A step: the command line, what it is for, and what it changes.
    pub fn new(command: impl Into<String>, why: impl Into<String>, changes: Changes) -> Self {
        Self { command: command.into(), why: why.into(), changes }
    }
}

/// One problem: its cause in a sentence, the evidence, the way out, and what not to do.
///
/// A finding has no name and no severity: those belong to the rule that made it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// The cause, one sentence, no full stop.
    pub message: String,
    /// Facts that prove it, a line each.
    pub evidence: Vec<String>,
    /// The place in a file that a person has to look at first.
    pub location: Option<Location>,
    /// The whole call, where the place is a part of one: SQL within a string. A comment that ignores the
    /// finding can stand there too.
    pub call: Option<Location>,
    /// Other places that belong to it, each with what it is.
    pub related: Vec<(Location, String)>,
    /// The revision that it is about.
    pub revision: Option<String>,
    /// The database that it is about.
    pub database: Option<String>,
    /// The recommended way, its steps in order.
    pub next: Vec<Step>,
    /// Other ways.
    pub or: Vec<Vec<Step>>,
    /// What would make it worse.
    pub do_not: Vec<String>,
    /// The most severe that it may be, when it is less certain than its rule's others.
    pub at_most: Option<Severity>,
}

impl Finding {
    /// A finding with its cause: one sentence, no full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// The place to look at first.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// The whole call that the place is a part of.
    #[must_use]
    pub fn in_call(mut self, call: Location) -> Self {
        self.call = Some(call);
        self
    }

    /// Another place that belongs to it.
    #[must_use]
    pub fn related(mut self, location: Location, label: impl Into<String>) -> Self {
        self.related.push((location, label.into()));
        self
    }

    /// A fact that proves it.
    #[must_use]
    pub fn evidence(mut self, fact: impl Into<String>) -> Self {
        self.evidence.push(fact.into());
        self
    }

    /// The revision that it is about.
    #[must_use]
    pub fn revision(mut self, id: impl Into<String>) -> Self {
        self.revision = Some(id.into());
        self
    }

    /// The next step of the recommended way.
    #[must_use]
    pub fn next(mut self, command: impl Into<String>, why: impl Into<String>, changes: Changes) -> Self {
        self.next.push(Step::new(command, why, changes));
        self
    }

    /// The next step of the recommended way, ready-made.
    #[must_use]
    pub fn next_step(mut self, step: Step) -> Self {
        self.next.push(step);
        self
    }

    /// Another way, as a whole.
    #[must_use]
    pub fn or(mut self, steps: Vec<Step>) -> Self {
        self.or.push(steps);
        self
    }

    /// Something that would make it worse.
    #[must_use]
    pub fn do_not(mut self, advice: impl Into<String>) -> Self {
        self.do_not.push(advice.into());
        self
    }

    /// Less certain than the rule's other findings, so never more severe than this.
    #[must_use]
    pub fn at_most(mut self, severity: Severity) -> Self {
        self.at_most = Some(severity);
        self
    }
}
