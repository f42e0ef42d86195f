//! The answers of `gate` and `verify` for people: the verdict first, each condition with what was
//! seen, then the findings.

use super::style::{BAD, DATABASE, DOUBTFUL, FAINT, GOOD, PLAIN, paint};
use super::words::{Page, clean, columns};
use super::{Layout, Verbosity, text};
use crate::check::Report;
use crate::check::gate::{Condition, FINDINGS, Gate, Holds, Question};

/// What it means when an upgrade said something else.
const DOUBT: &str = "if the upgrade ended with success, it was rolled back, failed unseen, or ran on another database";

/// The whole page.
pub fn draw(report: &Report, gate: &Gate, layout: &Layout) -> String {
    let mut page = Page::new(layout.columns());
    let (word, style) = match (gate.answer(), gate.question) {
        (Holds::Yes, Question::Gate) => ("open", GOOD),
        (Holds::No, Question::Gate) => ("closed", BAD),
        (Holds::Yes, Question::Verify) => ("verified", GOOD),
        (Holds::No, Question::Verify) => ("not verified", BAD),
        (Holds::Unknown, _) => ("not known", DOUBTFUL),
    };
    let head = format!("{word}: ");
    page.hanging(0, &paint(style, &head), columns(&head), PLAIN, &clean(&sentence(report, gate)));
    if layout.verbosity != Verbosity::Quiet || gate.answer() != Holds::Yes {
        for condition in &gate.conditions {
            line(&mut page, condition, layout);
        }
        for database in &gate.databases {
            let head = format!("database {}  ", clean(&database.name));
            let painted = format!("{}{}  ", paint(FAINT, "database "), paint(DATABASE, &clean(&database.name)));
            page.hanging(0, &painted, columns(&head), PLAIN, &clean(&database.url));
            for condition in &database.conditions {
                line(&mut page, condition, layout);
            }
        }
    }
    let is_past = report.diagnostics.iter().any(|found| found.rule.name == "target-already-passed");
    if gate.question == Question::Verify && gate.answer() == Holds::No && !is_past {
        page.paragraph(0, PLAIN, DOUBT);
    }
    page.blank();
    text::findings(&mut page, report, layout);
    text::not_looked_at(&mut page, report, layout);
    text::set_aside(&mut page, report, layout);
    text::explain(&mut page, report);
    let written = page.finish();
    format!("{}\n", written.trim_end())
}

/// The verdict in a sentence, without its first word.
pub(super) fn sentence(report: &Report, gate: &Gate) -> String {
    let target = &gate.target;
    let runner = report.facts.project.command(&format!("upgrade {target}"));
    let failing = why(gate, Holds::No);
    let unknown = why(gate, Holds::Unknown);
    match (gate.question, failing, unknown) {
        (_, None, None) if gate.databases.is_empty() => "no database was looked at".to_owned(),
        (Question::Gate, None, None) => format!("`{runner}` would work now{}", steps(gate)),
        (Question::Gate, None, Some(unknown)) => format!("whether `{runner}` would work: {unknown}"),
        (Question::Gate, Some(failing), _) => format!("do not run `{runner}` now: {failing}"),
        (Question::Verify, None, None) => format!("a fresh connection finds the stamp at {target}"),
        (Question::Verify, None, Some(unknown)) => format!("whether the database is at {target}: {unknown}"),
        (Question::Verify, Some(failing), _) => failing,
    }
}

fn steps(gate: &Gate) -> String {
    let counts = gate.databases.iter().filter_map(|database| database.plan.as_ref()).map(|plan| plan.steps.len());
    let counts: Vec<usize> = counts.collect();
    match counts.as_slice() {
        [0] => ", and has nothing to do".to_owned(),
        [count] => format!(", and runs {}", super::counted(*count, "revision")),
        _ => String::new(),
    }
}

/// What is the matter: the one condition's own words, or the names of several.
fn why(gate: &Gate, holds: Holds) -> Option<String> {
    let mut found: Vec<&Condition> = gate.all().filter(|condition| condition.holds == holds).collect();
    // A finding is most often about another condition.
    if found.iter().any(|condition| condition.name != FINDINGS) {
        found.retain(|condition| condition.name != FINDINGS);
    }
    match found.as_slice() {
        [] => None,
        [only] => Some(format!("{}: {}", only.name, only.says)),
        several => {
            let mut names: Vec<&str> = several.iter().map(|condition| condition.name).collect();
            names.dedup();
            Some(names.join(", "))
        }
    }
}

fn line(page: &mut Page, condition: &Condition, layout: &Layout) {
    let (mark, style) = match (condition.holds, layout.ascii) {
        (Holds::Yes, false) => ("✓", GOOD),
        (Holds::No, false) => ("✗", BAD),
        (Holds::Unknown, _) => ("?", DOUBTFUL),
        (Holds::Yes, true) => ("+", GOOD),
        (Holds::No, true) => ("x", BAD),
    };
    let name = format!("{:11}", condition.name);
    let head = format!("{} {name}", paint(style, mark));
    page.hanging(2, &head, 2 + columns(&name), PLAIN, &clean(&condition.says));
}
