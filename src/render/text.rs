//! The report of `diagnose` and `check` for people: what was looked at, what was found, what was
//! not looked at, and one verdict last.

use super::style::{BAD, DOUBTFUL, FAINT, GOOD, paint};
use super::words::{Page, clean};
use super::{Layout, Verbosity, counted, counted_findings, facts_block, finding_block};
use crate::check::{Report, Verdict};
use crate::diagnostic::Severity;
use crate::facts::StampState;

/// The whole report. `verdict` is that of the report.
pub fn report(report: &Report, verdict: Verdict, layout: &Layout) -> String {
    let mut page = Page::new(layout.columns());
    if layout.verbosity != Verbosity::Quiet {
        facts_block::project(&mut page, &report.facts, layout);
        for database in &report.facts.databases {
            facts_block::database(&mut page, &report.facts, database, layout);
        }
        page.blank();
    }
    for diagnostic in &report.diagnostics {
        finding_block::draw(&mut page, diagnostic, layout);
        page.blank();
    }
    for skipped in &report.skipped {
        page.hanging(
            0,
            &paint(FAINT, "not looked at: "),
            15,
            FAINT,
            &clean(&format!("{}: {}", skipped.what, skipped.why)),
        );
    }
    if !report.skipped.is_empty() {
        page.blank();
    }
    last_word(&mut page, report, verdict);
    page.finish()
}

/// The verdict, and how to learn more of the worst finding.
fn last_word(page: &mut Page, report: &Report, verdict: Verdict) {
    let counts = report.counts();
    let found: Vec<String> = counts.iter().rev().map(|(severity, count)| counted_findings(*count, *severity)).collect();
    let found = found.join(", ");
    let explain = report
        .diagnostics
        .first()
        .map(|worst| format!("; explain with: alembic-doctor explain {}", worst.rule.name))
        .unwrap_or_default();

    match verdict {
        Verdict::Healthy => {
            page.hanging(0, &paint(GOOD, "healthy: "), 9, anstyle::Style::new(), &clean(&healthy(report)));
        }
        Verdict::Findings => {
            let worst = counts.keys().next_back().copied().unwrap_or(Severity::Info);
            page.paragraph(0, super::style::of_severity(worst), &format!("{found}{explain}"));
        }
        Verdict::Incomplete => {
            let style = if counts.contains_key(&Severity::Error) { BAD } else { DOUBTFUL };
            let found = if found.is_empty() { "nothing found in the rest".to_owned() } else { found };
            page.paragraph(0, style, &format!("incomplete: not everything could be looked at; {found}{explain}"));
        }
    }
}

/// What is healthy: how much was looked at.
fn healthy(report: &Report) -> String {
    let facts = &report.facts;
    let mut said = vec![counted(facts.graph.ids().len(), "revision"), counted(facts.graph.heads().len(), "head")];
    let states: Vec<StampState> =
        facts.databases.iter().filter_map(|database| Some(database.stamp.as_ref()?.state)).collect();
    match states.as_slice() {
        [] => said.push("no database looked at".to_owned()),
        [state] => said.push(format!("database {}", state.as_str().replace('-', " "))),
        states if states.iter().all(|state| *state == StampState::AtHead) => {
            said.push(format!("{} at head", counted(states.len(), "database")));
        }
        states => said.push(format!("{} looked at", counted(states.len(), "database"))),
    }
    said.push(format!("{} passed", counted(report.checks, "check")));
    said.join(", ")
}
