//! The answers of `gate` and `verify` for people: the verdict first, each condition with what was
//! seen, then the findings.

use super::style::{BAD, DATABASE, DOUBTFUL, FAINT, GOOD, PLAIN, paint};
use super::words::{Page, clean, columns};
use super::{Layout, Verbosity, text};
use crate::check::Report;
use crate::check::gate::{Condition, Gate, Holds, Question};

/// What `verify` does not do yet.
const NOT_COMPARED: &str = "only the stamp was verified: that the tables are what it says was not looked at";

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
    page.blank();
    text::findings(&mut page, report, layout);
    text::not_looked_at(&mut page, report, layout);
    text::set_aside(&mut page, report, layout);
    if gate.question == Question::Verify {
        page.paragraph(0, FAINT, NOT_COMPARED);
    }
    text::explain(&mut page, report);
    let written = page.finish();
    format!("{}\n", written.trim_end())
}

/// The verdict in a sentence, without its first word.
pub(super) fn sentence(report: &Report, gate: &Gate) -> String {
    let target = &gate.target;
    let runner = report.facts.project.command(&format!("upgrade {target}"));
    let failing: Vec<&str> = names(gate, Holds::No);
    let unknown: Vec<&str> = names(gate, Holds::Unknown);
    match (gate.question, failing.as_slice(), unknown.as_slice()) {
        (_, [], []) if gate.databases.is_empty() => "no database was looked at".to_owned(),
        (Question::Gate, [], []) => format!("`{runner}` would work now{}", steps(gate)),
        (Question::Gate, [], unknown) => format!("whether `{runner}` would work: {}", unknown.join(", ")),
        (Question::Gate, failing, _) => format!("do not run `{runner}` now: {}", failing.join(", ")),
        (Question::Verify, [], []) => format!("a fresh connection finds the stamp at {target}"),
        (Question::Verify, [], unknown) => format!("whether the database is at {target}: {}", unknown.join(", ")),
        (Question::Verify, failing, _) => format!("the database is not as `{runner}` should leave it: {}", failing.join(", ")),
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

/// The names of the conditions, each once.
fn names(gate: &Gate, holds: Holds) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for condition in gate.all().filter(|condition| condition.holds == holds) {
        if !names.contains(&condition.name) {
            names.push(condition.name);
        }
    }
    names
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
