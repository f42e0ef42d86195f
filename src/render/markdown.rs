//! Markdown, for a comment on a pull request or a job's summary.

use std::fmt::Write as _;

use super::place::Place;
use super::{counted, counted_findings, text};
use crate::check::{Diagnostic, Report, Verdict};
use crate::diagnostic::{Changes, Step};
use crate::source::printable_line;

/// How many findings are shown in full; comments have a limit, and readers too.
const MOST: usize = 30;

/// The whole report. `verdict` is that of the report.
pub fn report(report: &Report, verdict: Verdict) -> String {
    let mut out = String::new();
    let counts = report.counts();
    let found: Vec<String> = counts.iter().rev().map(|(severity, count)| counted_findings(*count, *severity)).collect();
    let sentence = match verdict {
        Verdict::Healthy => format!("healthy: {}", text::healthy(report)),
        Verdict::Findings => found.join(", "),
        Verdict::Incomplete if found.is_empty() => "not everything could be looked at".to_owned(),
        Verdict::Incomplete => format!("{}; not everything could be looked at", found.join(", ")),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(out, "### {}: {}\n", env!("CARGO_PKG_NAME"), escaped(&sentence));
    for diagnostic in report.diagnostics.iter().take(MOST) {
        finding(&mut out, report, diagnostic);
    }
    if report.diagnostics.len() > MOST {
        let _ = writeln!(out, "… and {} more\n", report.diagnostics.len() - MOST);
    }
    for part in &report.skipped {
        let _ = writeln!(out, "- not looked at: {}: {}", escaped(&part.what), escaped(&part.why));
    }
    if !report.suppressed.is_empty() {
        let _ = writeln!(out, "- {} set aside", counted(report.suppressed.len(), "finding"));
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
    out
}

pub(super) fn finding(out: &mut String, report: &Report, diagnostic: &Diagnostic) {
    let finding = &diagnostic.finding;
    let place = match (&finding.location, &finding.database) {
        (Some(location), _) => Place::new(&report.facts, Some(location))
            .map(|place| format!(" · {}", code(&format!("{}:{}", place.path, place.start.0))))
            .unwrap_or_default(),
        (None, Some(database)) => format!(" · database {}", code(database)),
        (None, None) => String::new(),
    };
    let name = diagnostic.rule.name;
    let _ = writeln!(out, "**{}** `{name}`{place}  ", diagnostic.severity.as_str());
    let _ = writeln!(out, "{}\n", escaped(&finding.message));
    for fact in &finding.evidence {
        let _ = writeln!(out, "- {}", escaped(fact));
    }
    way(out, "next", &finding.next);
    for other in &finding.or {
        way(out, "or", other);
    }
    for advice in &finding.do_not {
        let _ = writeln!(out, "- **do not** {}", escaped(advice));
    }
    out.push('\n');
}

fn way(out: &mut String, label: &str, steps: &[Step]) {
    for step in steps {
        let changes = match step.changes {
            Changes::Nothing => String::new(),
            changes => format!(" (changes {})", changes.as_str()),
        };
        let _ = writeln!(out, "- **{label}** {}: {}{changes}", code(&step.command), escaped(&step.why));
    }
}

/// Text as inline code, with more backticks around it than it has in it.
pub(super) fn code(text: &str) -> String {
    let text = printable_line(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text that stays text: nothing in it is markup, a link, a mention, a formula or HTML. What stands between
/// backticks is code, where a backslash would be seen.
pub(super) fn escaped(text: &str) -> String {
    let text = printable_line(text);
    let mut parts = text.split('`');
    let mut safe = plain(parts.next().unwrap_or_default());
    while let Some(inner) = parts.next() {
        match parts.next() {
            Some(after) if !inner.is_empty() => safe.extend([code(inner), plain(after)]),
            Some(after) => safe.extend(["\\`\\`".to_owned(), plain(after)]),
            None => safe.extend(["\\`".to_owned(), plain(inner)]),
        }
    }
    safe
}

fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\*_[]<>#|~@&!$".contains(c) {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}
