//! Which of a message's causes it is: the causes against what a report found.

use super::{About, Cause, Recognised, notes};
use crate::check::{Diagnostic, Report};
use crate::diagnostic::Finding;
use crate::facts::{Facts, StampState};
use crate::rules::Check;

/// A message with what this project and database say about it.
#[derive(Debug)]
pub struct Settled {
    /// The message.
    pub recognised: Recognised,
    /// Its causes, in the order of the table.
    pub causes: Vec<SettledCause>,
    /// What was found out about the things that the message names.
    pub notes: Vec<String>,
}

/// A cause, and whether it is the one.
#[derive(Debug)]
pub struct SettledCause {
    /// The cause.
    pub cause: &'static Cause,
    /// Whether it is here.
    pub state: CauseState,
    /// The findings that prove it, by their index in the report.
    pub findings: Vec<usize>,
}

/// Whether a cause is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CauseState {
    /// A finding proves it.
    Here,
    /// It was looked for, and is not here.
    NotHere,
    /// It was not looked for.
    NotKnown,
}

impl CauseState {
    /// The word in the JSON output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::NotHere => "not-here",
            Self::NotKnown => "not-known",
        }
    }
}

impl Settled {
    /// The places (from 1) of the causes in this state.
    pub fn numbers(&self, state: CauseState) -> Vec<usize> {
        let numbered = self.causes.iter().zip(1..);
        numbered.filter(|(cause, _)| cause.state == state).map(|(_, number)| number).collect()
    }
}

/// Compares a message with a report; without a report nothing is known.
pub fn settle(recognised: Recognised, report: Option<&Report>) -> Settled {
    let mut notes = report.map(|report| notes::about(&recognised, report)).unwrap_or_default();
    let causes = recognised.message.causes.iter();
    let causes = causes.map(|cause| match report {
        Some(report) => judge(cause, &recognised, report),
        None => SettledCause { cause, state: CauseState::NotKnown, findings: Vec::new() },
    });
    let causes: Vec<SettledCause> = causes.collect();
    if causes.iter().all(|cause| cause.state != CauseState::Here) {
        notes.extend(report.and_then(|report| notes::at_head(&recognised, &report.facts)));
    }
    Settled { causes, notes, recognised }
}

fn judge(cause: &'static Cause, recognised: &Recognised, report: &Report) -> SettledCause {
    let of_its_rules = |diagnostic: &Diagnostic| cause.rules.contains(&diagnostic.rule.name);
    let of_the_named = |diagnostic: &Diagnostic| !cause.of_the_named || concerns(diagnostic, recognised, &report.facts);
    let findings = report.diagnostics.iter().enumerate();
    let (findings, others): (Vec<_>, Vec<_>) = findings
        .filter(|(_, diagnostic)| of_its_rules(diagnostic))
        .partition(|(_, diagnostic)| of_the_named(diagnostic));
    let state = if !findings.is_empty() {
        CauseState::Here
    } else if recognised.message.about == About::Object && !others.is_empty() {
        // What a migration makes is only known from its text.
        CauseState::NotKnown
    } else if was_looked_for(cause, report) {
        CauseState::NotHere
    } else {
        CauseState::NotKnown
    };
    SettledCause { cause, state, findings: findings.into_iter().map(|(index, _)| index).collect() }
}

/// Whether every rule of the cause that this version has could be checked.
fn was_looked_for(cause: &Cause, report: &Report) -> bool {
    let mut rules = cause.known_rules().peekable();
    rules.peek().is_some()
        && rules.all(|rule| match rule.check {
            Check::Offline(_) | Check::Revision(_) | Check::Squawk | Check::Ignores(_) => true,
            Check::Deployment(_) => report.facts.deployment.is_some(),
            Check::Database(_) => !report.facts.databases.is_empty(),
            Check::Databases(_) => !report.could_not_look && report.facts.databases.len() > 1,
            Check::Future(_) => report.facts.future.is_some(),
            Check::Lock(_) => report.facts.locked.is_some(),
            Check::Memory(_) => report.facts.future.is_some() || report.facts.locked.is_some(),
            Check::Stamp(_) | Check::MemoryOrStamp(..) | Check::BranchOrStamp(..) => {
                !report.could_not_look && has_stamp(&report.facts)
            }
        })
}

/// Whether the stamp of some database could be judged.
pub(super) fn has_stamp(facts: &Facts) -> bool {
    let mut stamps = facts.databases.iter().filter_map(|database| database.stamp.as_ref());
    stamps.any(|stamp| stamp.state != StampState::Unreadable)
}

/// Whether a finding speaks of what the message names.
fn concerns(diagnostic: &Diagnostic, recognised: &Recognised, facts: &Facts) -> bool {
    let named = match recognised.message.about {
        About::Object => {
            let makers = notes::makers(recognised, facts);
            let is_pending = |id: &&str| notes::is_pending(id, facts);
            if diagnostic.rule.name == "database-behind" {
                return makers.iter().any(is_pending);
            }
            makers
        }
        About::Label => recognised.hole("label").into_iter().collect(),
        _ => recognised.hole("id").into_iter().collect(),
    };
    named.iter().any(|name| mentions(&diagnostic.finding, name))
}

fn mentions(finding: &Finding, name: &str) -> bool {
    let name = name.trim();
    let labels = finding.related.iter().map(|(_, label)| label);
    finding.revision.as_deref().is_some_and(|id| id.trim() == name)
        || [&finding.message].into_iter().chain(&finding.evidence).chain(labels).any(|text| has_word(text, name))
}

/// Whether `word` stands in `text`, and not as a part of a longer word.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    !word.is_empty()
        && text.match_indices(word).any(|(start, _)| {
            let before = text.get(..start).unwrap_or_default();
            let after = text.get(start + word.len()..).unwrap_or_default();
            !before.ends_with(is_part) && !after.starts_with(is_part)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_not_a_part_of_a_longer_one() {
        assert!(has_word("row a1, and", "a1"));
        assert!(has_word("xa1 'a1'", "a1"));
        assert!(!has_word("a12 xa1 a1_b", "a1"));
        assert!(!has_word("anything", ""));
    }

    #[test]
    fn a_finding_mentions_what_its_sentence_evidence_or_revision_names() {
        let finding = Finding::new("the row a1b2 is lost").evidence("close to c3d4").revision("e5f6 ");
        for name in ["a1b2", "c3d4", "e5f6", "a1b2 "] {
            assert!(mentions(&finding, name), "{name}");
        }
        assert!(!mentions(&finding, "a1b"));
    }
}
