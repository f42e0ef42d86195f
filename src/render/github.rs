//! Reports and the answer of `gate` for a GitHub workflow: annotations on stdout, and Markdown for the
//! job's summary.
//!
//! The runner obeys any line that begins with `::`. Every line here begins with words of its own,
//! and what comes from outside cannot start another one.

use std::fmt::Write as _;

use super::gate::sentence;
use super::markdown::{code, escaped, finding};
use super::place::Place;
use crate::check::gate::{Condition, FINDINGS, Gate, Holds, Question};
use crate::check::{Diagnostic, Report, Verdict};
use crate::diagnostic::Severity;
use crate::source::printable_line;

/// GitHub shows ten of a kind for each step.
const MOST: usize = 10;

/// How many findings the summary shows in full.
const MOST_IN_SUMMARY: usize = 30;

/// The answer in a line, the conditions in a line each, and annotations.
pub fn annotations(report: &Report, gate: &Gate) -> String {
    let mut out = format!("{}: {}\n", word(gate), printable_line(&sentence(report, gate)));
    for condition in gate.all() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {} {}: {}", mark(condition), condition.name, printable_line(&condition.says));
    }
    let mut annotations: Vec<String> = Vec::new();
    // What a finding says is said by the finding.
    let is_alone = |condition: &&Condition| condition.holds != Holds::Yes && !is_covered(condition, report);
    for condition in gate.all().filter(is_alone) {
        let title = format!("{} {}: {}", env!("CARGO_PKG_NAME"), question(gate), condition.name);
        annotations.push(command("error", &[("title", title)], &condition.says));
    }
    let meant = |found: &&Diagnostic| gate.question == Question::Verify || found.rule.name != "database-behind";
    annotations.extend(report.diagnostics.iter().filter(meant).map(|found| annotation(report, found)));
    out.push_str(&shown(annotations, "the job's summary has them"));
    out
}

/// The verdict of a report in a line, what was not looked at, and annotations.
pub fn report(report: &Report, verdict: Verdict) -> String {
    let mut out = format!("{} {}: {}\n", env!("CARGO_PKG_NAME"), report.command, verdict.as_str());
    for part in &report.skipped {
        let _ = writeln!(out, "  not looked at: {}", printable_line(&format!("{}: {}", part.what, part.why)));
    }
    let annotations = report.diagnostics.iter().map(|found| annotation(report, found)).collect();
    out.push_str(&shown(annotations, "--format text has them"));
    out
}

/// As many as GitHub shows, and where the others are.
fn shown(mut annotations: Vec<String>, others: &str) -> String {
    let left_out = annotations.len().saturating_sub(MOST);
    if left_out > 0 {
        annotations.truncate(MOST - 1);
        let more = format!("{} more; {others}", left_out + 1);
        annotations.push(command("notice", &[("title", env!("CARGO_PKG_NAME").to_owned())], &more));
    }
    annotations.into_iter().map(|line| line + "\n").collect()
}

/// Markdown for `GITHUB_STEP_SUMMARY`.
pub fn summary(report: &Report, gate: &Gate) -> String {
    let mut out = String::new();
    let (tool, question, word) = (env!("CARGO_PKG_NAME"), question(gate), word(gate));
    let _ = writeln!(out, "### {tool} {question}: {word}\n\n{}\n", escaped(&sentence(report, gate)));
    let rows = |out: &mut String, conditions: &[Condition]| {
        for condition in conditions {
            let _ = writeln!(out, "- {} **{}** {}", mark(condition), condition.name, escaped(&condition.says));
        }
    };
    rows(&mut out, &gate.conditions);
    for database in &gate.databases {
        let _ = writeln!(out, "\ndatabase {} {}\n", code(&database.name), code(&database.url));
        rows(&mut out, &database.conditions);
    }
    out.push('\n');
    for found in report.diagnostics.iter().take(MOST_IN_SUMMARY) {
        finding(&mut out, report, found);
    }
    if report.diagnostics.len() > MOST_IN_SUMMARY {
        let _ = writeln!(out, "… and {} more findings\n", report.diagnostics.len() - MOST_IN_SUMMARY);
    }
    for part in &report.skipped {
        let _ = writeln!(out, "- not looked at: {}: {}", escaped(&part.what), escaped(&part.why));
    }
    format!("{}\n\n", out.trim_end())
}

/// Whether a finding of the report says the same at length.
fn is_covered(condition: &Condition, report: &Report) -> bool {
    let is_told = |found: &Diagnostic| found.severity == Severity::Error && found.finding.database.is_some();
    let has = |names: &[&str]| report.diagnostics.iter().any(|found| names.contains(&found.rule.name));
    match condition.name {
        FINDINGS => true,
        "reachable" => has(&["database-unreachable"]),
        "alone" => has(&["migration-in-progress"]),
        "heads" => has(&["multiple-heads"]),
        "plan" => has(&["target-already-passed", "multiple-heads"]),
        "stamp" => report.diagnostics.iter().any(is_told),
        _ => false,
    }
}

fn annotation(report: &Report, found: &Diagnostic) -> String {
    let kind = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let finding = &found.finding;
    let mut properties = vec![("title", found.rule.name.to_owned())];
    if let Some(place) = finding.location.as_ref().and_then(|place| Place::new(&report.facts, Some(place))) {
        properties.push(("file", place.path));
        properties.push(("line", place.start.0.to_string()));
        properties.push(("col", place.start.1.to_string()));
    }
    let next: String = finding.next.iter().map(|step| format!("\nnext: {}", step.command)).collect();
    command(kind, &properties, &format!("{}{next}", finding.message))
}

/// A workflow command (actions/toolkit, packages/core/src/command.ts).
fn command(kind: &str, properties: &[(&str, String)], message: &str) -> String {
    let lines: Vec<String> = message.split('\n').map(printable_line).collect();
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(&printable_line(value)))).collect();
    format!("::{kind} {}::{}", properties.join(","), data(&lines.join("\n")))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn question(gate: &Gate) -> &'static str {
    match gate.question {
        Question::Gate => "gate",
        Question::Verify => "verify",
    }
}

fn word(gate: &Gate) -> &'static str {
    match (gate.answer(), gate.question) {
        (Holds::Yes, Question::Gate) => "open",
        (Holds::No, Question::Gate) => "closed",
        (Holds::Yes, Question::Verify) => "verified",
        (Holds::No, Question::Verify) => "not verified",
        (Holds::Unknown, _) => "not known",
    }
}

fn mark(condition: &Condition) -> &'static str {
    match condition.holds {
        Holds::Yes => "✓",
        Holds::No => "✗",
        Holds::Unknown => "?",
    }
}
