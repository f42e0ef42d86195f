//! Sets aside what a person has called known: by a comment beside it, in the settings, or in the
//! baseline. Nothing is lost: the report keeps it and says how many there are.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use super::{By, Diagnostic, Suppressed, fingerprint};
use crate::diagnostic::{Finding, Ignore, ignores};
use crate::facts::Facts;
use crate::rules::SpentIgnore;
use crate::settings::{Accepted, BaselineEntry, Selection};
use crate::source::SourceFile;

/// What was set aside, and what was left.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) kept: Vec<Diagnostic>,
    pub(super) suppressed: Vec<Suppressed>,
}

impl Sorted {
    /// Keeps it unless something sets it aside.
    fn put(&mut self, diagnostic: Diagnostic, by: Option<By>) {
        match by {
            Some(by) => self.suppressed.push(Suppressed { diagnostic, by }),
            None => self.kept.push(diagnostic),
        }
    }

    /// Sets aside what the settings accept and what stands in the baseline.
    pub(super) fn set_aside_known(&mut self, selection: &Selection) {
        for mut diagnostic in std::mem::take(&mut self.kept) {
            let by = by_settings(&mut diagnostic, &selection.accepted, selection.today)
                .or_else(|| by_baseline(&diagnostic.fingerprint, selection));
            self.put(diagnostic, by);
        }
    }

    /// How many entries of the baseline fit nothing that was found, though it was `looked_for`.
    pub(super) fn stale(&self, selection: &Selection, looked_for: impl Fn(&BaselineEntry) -> bool) -> usize {
        let all = self.kept.iter().chain(self.suppressed.iter().map(|one| &one.diagnostic));
        let prints: BTreeSet<&str> = all.map(|diagnostic| diagnostic.fingerprint.as_str()).collect();
        let entries = selection.baseline.iter().flat_map(|baseline| &baseline.entries);
        entries.filter(|entry| !prints.contains(entry.fingerprint.as_str()) && looked_for(entry)).count()
    }
}

/// Sets aside what comments say. `ran` says whether the rule of a comment looked at its place; `None`, that
/// there is no such rule. Also returned: the comments of rules that ran, and that set nothing aside.
pub(super) fn by_comments(
    diagnostics: Vec<Diagnostic>,
    facts: &Facts,
    today: Date,
    ran: impl Fn(&Ignore) -> Option<bool>,
) -> (Sorted, Vec<SpentIgnore>) {
    let comments = comments(facts, &diagnostics);
    let mut used = vec![false; comments.len()];
    let mut sorted = Sorted::default();
    for diagnostic in diagnostics {
        let by = by_comment(&diagnostic, &comments, &mut used, today);
        sorted.put(diagnostic, by);
    }
    let unused = comments.into_iter().zip(used).filter(|(_, used)| !used);
    let spent = unused.filter_map(|(ignore, _)| {
        let is_over = !ignore.until.holds(today);
        match ran(&ignore) {
            None => Some(SpentIgnore { ignore, is_known: false, is_over }),
            Some(true) => Some(SpentIgnore { ignore, is_known: true, is_over }),
            Some(false) => None,
        }
    });
    (sorted, spent.collect())
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

/// A comment that covers the finding's line; of SQL within a call also that of the call.
fn by_comment(diagnostic: &Diagnostic, comments: &[Ignore], used: &mut [bool], today: Date) -> Option<By> {
    let place = diagnostic.finding.location.as_ref()?;
    let lines = [Some(place), diagnostic.finding.call.as_ref()].map(|place| place.map(|place| place.start().line));
    let fits = |ignore: &Ignore| {
        ignore.rule == diagnostic.rule.name
            && ignore.location.path() == place.path()
            && lines.iter().flatten().any(|line| ignore.covers(*line))
            && ignore.until.holds(today)
    };
    let (ignore, used) = comments.iter().zip(used).find(|(ignore, _)| fits(ignore))?;
    *used = true;
    Some(By::Comment { location: ignore.location.clone(), reason: ignore.reason.clone() })
}

/// An entry of the settings; one that is over leaves a word of it in the finding.
fn by_settings(diagnostic: &mut Diagnostic, accepted: &[Accepted], today: Date) -> Option<By> {
    let fitting = |entry: &&Accepted| entry.rule == diagnostic.rule.name && fits(entry, &diagnostic.finding);
    let fitting: Vec<&Accepted> = accepted.iter().filter(fitting).collect();
    if let Some(entry) = fitting.iter().find(|entry| entry.until.holds(today)) {
        return Some(By::Settings { reason: entry.reason.clone() });
    }
    let entry = fitting.first()?;
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
