//! What `explain` adds to the document of `--format json`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::check::Report;
use crate::messages::Settled;

/// A pasted message and its causes.
#[derive(Serialize)]
pub(super) struct MessagePart<'a> {
    name: &'static str,
    text: &'a str,
    means: &'static str,
    holes: BTreeMap<&'static str, &'a str>,
    causes: Vec<CausePart>,
    facts: &'a [String],
    test: &'static str,
}

#[derive(Serialize)]
struct CausePart {
    cause: &'static str,
    /// `here`, `not-here`, `not-known`.
    state: &'static str,
    /// The rule of the finding that proves it; `null` where none does.
    finding: Option<&'static str>,
}

impl<'a> MessagePart<'a> {
    pub(super) fn new(settled: &'a Settled, report: &Report) -> Self {
        let recognised = &settled.recognised;
        Self {
            name: recognised.message.name,
            text: &recognised.text,
            means: recognised.message.means,
            holes: recognised.holes.iter().map(|(name, value)| (*name, value.as_str())).collect(),
            causes: settled
                .causes
                .iter()
                .map(|cause| CausePart {
                    cause: cause.cause.what,
                    state: cause.state.as_str(),
                    finding: cause
                        .findings
                        .first()
                        .and_then(|index| report.diagnostics.get(*index))
                        .map(|diagnostic| diagnostic.rule.name),
                })
                .collect(),
            facts: &settled.notes,
            test: recognised.message.test,
        }
    }
}
