//! Runs the rules over the facts and sorts what they found into a [`Report`].

mod absent;
mod dates;
mod environments;
mod examine;
mod fingerprint;
mod future;
pub mod gate;
mod groups;
mod lock;
mod models;
mod past;
mod planned;
mod probes;
mod released;
mod reversible;
mod run;
mod scope;
mod squawk;
mod suppress;
mod target;
mod weight;
mod witness;

use std::collections::BTreeMap;

use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::rules::Rule;
use crate::source::Location;

pub use dates::{Dates, dates};
pub use examine::{Databases, Error, Reach, deployment_of, examine};
pub use future::{Failure, look_ahead};
pub use lock::{lock_now, lock_path, locked};
pub use models::look as look_for_models;
pub use planned::{Planned, PlannedOperation, PlannedStep, listed, planned};
pub use probes::Progress;
pub use released::{Released, released};
pub use reversible::Reversible;
pub use run::{Scope, run, unknown_names};
pub use target::TargetError;
pub use weight::{TableLock, Weight};
pub use witness::{ask, consult};

/// A finding with the rule that made it and the severity that the settings give it.
#[derive(Debug)]
pub struct Diagnostic {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// What it found.
    pub finding: Finding,
    /// What it is recognised by in a later run: hexadecimal digits; empty until a run is over.
    pub fingerprint: String,
}

impl Diagnostic {
    /// A finding of a rule, not yet part of a run.
    pub fn new(rule: &'static Rule, severity: Severity, finding: Finding) -> Self {
        Self { rule, severity, finding, fingerprint: String::new() }
    }
}

/// A finding that a person has called known.
#[derive(Debug)]
pub struct Suppressed {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// How it was set aside.
    pub by: By,
}

/// How a finding was set aside.
#[derive(Debug)]
pub enum By {
    /// A comment beside it.
    Comment {
        /// Where.
        location: Location,
        /// Why, as written; may be empty.
        reason: String,
    },
    /// `[[accept]]` in the settings.
    Settings {
        /// Why, as written.
        reason: String,
    },
    /// The baseline.
    Baseline,
}

/// The outcome of a run: what was looked at, what was found, what could not be looked at.
#[derive(Debug)]
pub struct Report {
    /// The command that was run.
    pub command: &'static str,
    /// What was looked at.
    pub facts: Facts,
    /// What was found, worst first, then by place.
    pub diagnostics: Vec<Diagnostic>,
    /// What was found and set aside, in the same order.
    pub suppressed: Vec<Suppressed>,
    /// How many entries of the baseline fit nothing any more.
    pub stale: usize,
    /// How many rules ran.
    pub checks: usize,
    /// What could not be checked, with the reason.
    pub skipped: Vec<Skipped>,
    /// Whether a database that should have been looked at could not be.
    pub could_not_look: bool,
    /// The least severity that fails the run.
    pub fail_on: Severity,
}

/// Something that could not be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// The last word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was looked at and nothing was found.
    Healthy,
    /// Something was found.
    Findings,
    /// Something could not be looked at.
    Incomplete,
}

impl Verdict {
    /// The word in the JSON output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Findings => "findings",
            Self::Incomplete => "incomplete",
        }
    }
}

impl Report {
    /// How many findings of each severity there are.
    pub fn counts(&self) -> BTreeMap<Severity, usize> {
        let mut counts = BTreeMap::new();
        for diagnostic in &self.diagnostics {
            *counts.entry(diagnostic.severity).or_default() += 1;
        }
        counts
    }
    /// The last word. A finding outweighs a gap, unless the gap is a whole database.
    pub fn verdict(&self) -> Verdict {
        if self.could_not_look {
            Verdict::Incomplete
        } else if !self.diagnostics.is_empty() {
            Verdict::Findings
        } else if !self.skipped.is_empty() || self.facts.files == 0 {
            Verdict::Incomplete
        } else {
            Verdict::Healthy
        }
    }

    /// The exit code of the run: 4 could not look, 3 no file to look at, 1 findings that fail it,
    /// 0 otherwise; the first that holds.
    pub fn exit_code(&self) -> u8 {
        let fails = self.diagnostics.iter().any(|diagnostic| diagnostic.severity >= self.fail_on);
        match () {
            () if self.could_not_look => 4,
            () if self.facts.files == 0 => 3,
            () if fails => 1,
            () => 0,
        }
    }
}
