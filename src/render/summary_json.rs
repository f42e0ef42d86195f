//! The `summary` part of the JSON document: how much was found, and what was not looked at.

use serde::Serialize;

use crate::check::Report;
use crate::diagnostic::Severity;

#[derive(Serialize)]
pub(super) struct Summary<'a> {
    error: usize,
    warning: usize,
    info: usize,
    checks: usize,
    suppressed: usize,
    /// `null` where no operations were read.
    operations: Option<LookedIntoPart<'a>>,
    skipped: Vec<SkippedPart<'a>>,
}

impl<'a> Summary<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let counts = report.counts();
        let count = |severity| counts.get(&severity).copied().unwrap_or(0);
        Self {
            error: count(Severity::Error),
            warning: count(Severity::Warning),
            info: count(Severity::Info),
            checks: report.checks,
            suppressed: report.suppressed.len(),
            operations: report.facts.looked_into().map(|counts| LookedIntoPart {
                revisions: counts.revisions,
                operations: counts.operations,
                opaque: counts.opaque,
                without_sql: counts.without_sql,
                scope: report.facts.examined.why(),
            }),
            skipped: report.skipped.iter().map(|part| SkippedPart { what: &part.what, why: &part.why }).collect(),
        }
    }
}

#[derive(Serialize)]
struct LookedIntoPart<'a> {
    revisions: usize,
    operations: usize,
    /// How many of them are not known.
    opaque: usize,
    /// How many more the rules about SQL could not look at.
    without_sql: usize,
    /// Which revisions, as a phrase.
    scope: &'a str,
}

#[derive(Serialize)]
struct SkippedPart<'a> {
    what: &'a str,
    why: &'a str,
}
