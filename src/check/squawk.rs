//! Squawk's rules in a run: all of them at once, and none where a rule of our own says the same.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::run::{is_selected, judge, left_out};
use super::{Diagnostic, Skipped};
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::rules::{self, Rule, squawk};
use crate::settings::Selection;
use crate::source::Location;

/// Adds what Squawk finds; returns how many of its rules ran.
pub(super) fn run(
    facts: &Facts,
    selection: &Selection,
    diagnostics: &mut Vec<Diagnostic>,
    skipped: &mut Vec<Skipped>,
) -> usize {
    let selected: Vec<&Rule> = squawk::all().iter().filter(|rule| is_selected(rule, selection)).collect();
    let asked_for = selected.iter().filter(|rule| !squawk::is_on(rule));
    let asked_for: Vec<&str> = asked_for.map(|rule| rule.name).collect();
    let mut errors: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found = Vec::new();
    let own = by_file(diagnostics);
    for (rule, finding) in squawk::lint(facts, &asked_for) {
        let path = finding.location.as_ref().map(Location::path);
        let mut beside = path.and_then(|path| own.get(path)).into_iter().flatten();
        if beside.any(|own| says_the_same(own, rule, &finding)) {
            continue;
        }
        let diagnostic = judge(rule, finding, selection);
        if is_selected(rule, selection) {
            found.push(diagnostic);
        } else if diagnostic.severity == Severity::Error {
            *errors.entry(rule.name).or_default() += 1;
        }
    }
    diagnostics.extend(found);
    skipped.extend(errors.into_iter().filter_map(|(name, count)| left_out(rules::find(name)?, count)));
    selected.len()
}

/// The findings of our own, by the file that they stand in: there may be thousands.
fn by_file(diagnostics: &[Diagnostic]) -> BTreeMap<PathBuf, Vec<&Diagnostic>> {
    let mut files: BTreeMap<PathBuf, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in diagnostics {
        if let Some(place) = &diagnostic.finding.location {
            files.entry(place.path().to_path_buf()).or_default().push(diagnostic);
        }
    }
    files
}

/// Whether a finding of our own is about the same at the same place.
fn says_the_same(own: &Diagnostic, rule: &Rule, finding: &Finding) -> bool {
    if !squawk::same_as(rule).contains(&own.rule.name) {
        return false;
    }
    let (Some(a), Some(b)) = (&own.finding.location, &finding.location) else { return false };
    let call = finding.call.as_ref().unwrap_or(b);
    a.path() == call.path() && a.span.start < call.span.end && call.span.start < a.span.end
}
