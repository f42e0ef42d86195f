//! Sets aside what a person has called known: by a comment beside it, in the settings, or in the
//! baseline. Nothing is lost: the report keeps it and says how many there are.

use std::sync::Arc;

use jiff::civil::Date;

use super::{By, Diagnostic, Suppressed, fingerprint};
use crate::diagnostic::{Finding, Ignore, ignores};
use crate::facts::Facts;
use crate::rules::SpentIgnore;
use crate::settings::{Accepted, Selection};
use crate::source::SourceFile;

/// What was set aside, and what was left.
pub(super) struct Sorted {
    pub(super) kept: Vec<Diagnostic>,
    pub(super) suppressed: Vec<Suppressed>,
    /// Ignore comments of rules that ran, and that set nothing aside.
    pub(super) spent: Vec<SpentIgnore>,
    /// Entries of the baseline that fit nothing any more.
    pub(super) stale: usize,
}

/// Sorts the diagnostics. `ran` says whether the rule of a comment looked at its place; `None`, that there
/// is no such rule.
pub(super) fn sort(
    diagnostics: Vec<Diagnostic>,
    facts: &Facts,
    selection: &Selection,
    ran: impl Fn(&Ignore) -> Option<bool>,
) -> Sorted {
    let today = selection.today;
    let comments = comments(facts, &diagnostics);
    let mut used = vec![false; comments.len()];
    let prints: Vec<String> = diagnostics.iter().map(|diagnostic| diagnostic.fingerprint.clone()).collect();
    let mut sorted = Sorted { kept: Vec::new(), suppressed: Vec::new(), spent: Vec::new(), stale: 0 };
    for mut diagnostic in diagnostics {
        let by = by_comment(&diagnostic, &comments, &mut used, today)
            .or_else(|| by_settings(&mut diagnostic, &selection.accepted, today))
            .or_else(|| by_baseline(&diagnostic.fingerprint, selection));
        match by {
            Some(by) => sorted.suppressed.push(Suppressed { diagnostic, by }),
            None => sorted.kept.push(diagnostic),
        }
    }
    let unused = comments.into_iter().zip(used).filter(|(_, used)| !used);
    sorted.spent.extend(unused.filter_map(|(ignore, _)| {
        let is_over = !ignore.until.holds(today);
        match ran(&ignore) {
            None => Some(SpentIgnore { ignore, is_known: false, is_over }),
            Some(true) => Some(SpentIgnore { ignore, is_known: true, is_over }),
            Some(false) => None,
        }
    }));
    if let Some(baseline) = &selection.baseline {
        let fits = |entry: &&crate::settings::BaselineEntry| prints.contains(&entry.fingerprint);
        sorted.stale = baseline.entries.len() - baseline.entries.iter().filter(fits).count();
    }
    sorted
}

/// The ignore comments of every file that a finding can stand in.
fn comments(facts: &Facts, diagnostics: &[Diagnostic]) -> Vec<Ignore> {
    let mut sources: Vec<&Arc<SourceFile>> = facts.graph.revisions().iter().map(|revision| &revision.source).collect();
    sources.extend(facts.project.env.source.iter().chain(&facts.project.ini).chain(&facts.project.pyproject));
    sources.extend(diagnostics.iter().filter_map(|diagnostic| Some(&diagnostic.finding.location.as_ref()?.source)));
    sources.sort_by_key(|source| source.path());
    sources.dedup_by_key(|source| source.path());
    sources.into_iter().flat_map(ignores).collect()
}

/// A comment on the finding's line or the line above it; of SQL within a call also there.
fn by_comment(diagnostic: &Diagnostic, comments: &[Ignore], used: &mut [bool], today: Date) -> Option<By> {
    let place = diagnostic.finding.location.as_ref()?;
    let lines = [Some(place), diagnostic.finding.call.as_ref()].map(|place| place.map(|place| place.start().line));
    let fits = |ignore: &Ignore| {
        let own = ignore.location.start().line;
        ignore.rule == diagnostic.rule.name
            && ignore.location.path() == place.path()
            && (lines.contains(&Some(own)) || lines.contains(&Some(own + 1)))
            && ignore.until.holds(today)
    };
    let (ignore, used) = comments.iter().zip(used).find(|(ignore, _)| fits(ignore))?;
    *used = true;
    Some(By::Comment { location: ignore.location.clone(), reason: ignore.reason.clone() })
}

/// An entry of the settings; one that is over leaves a word of it in the finding.
fn by_settings(diagnostic: &mut Diagnostic, accepted: &[Accepted], today: Date) -> Option<By> {
    let entry = accepted.iter().find(|entry| entry.rule == diagnostic.rule.name && fits(entry, &diagnostic.finding))?;
    if entry.until.holds(today) {
        return Some(By::Settings { reason: entry.reason.clone() });
    }
    diagnostic.finding.evidence.push(format!("it was accepted in the settings, and the day is over: {}", entry.reason));
    None
}

fn fits(entry: &Accepted, finding: &Finding) -> bool {
    let agrees = |wanted: &Option<String>, is: Option<String>| wanted.is_none() || *wanted == is;
    let path = finding.location.as_ref().map(|location| fingerprint::path(location.path()));
    agrees(&entry.path, path)
        && agrees(&entry.revision, finding.revision.clone())
        && agrees(&entry.database, finding.database.clone())
}

fn by_baseline(print: &str, selection: &Selection) -> Option<By> {
    let baseline = selection.baseline.as_ref()?;
    let entry = baseline.entries.iter().find(|entry| entry.fingerprint == print)?;
    entry.until.holds(selection.today).then_some(By::Baseline)
}
