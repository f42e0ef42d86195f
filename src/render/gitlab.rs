//! GitLab's code quality report (GitLab Docs, "Code Quality report format").

use serde_json::{Value, json};

use super::place::Place;
use crate::check::{Diagnostic, Report};
use crate::diagnostic::Severity;

/// A JSON array with one entry for each finding; what was set aside is left out.
pub fn report(report: &Report) -> String {
    let entries: Vec<Value> = report.diagnostics.iter().map(|diagnostic| entry(report, diagnostic)).collect();
    // A document of strings and numbers cannot fail to be written.
    let mut text = serde_json::to_string_pretty(&entries).unwrap_or_default();
    text.push('\n');
    text
}

fn entry(report: &Report, diagnostic: &Diagnostic) -> Value {
    let finding = &diagnostic.finding;
    let place = Place::new(&report.facts, finding.location.as_ref());
    let (path, line) = place.map_or_else(|| (".".to_owned(), 1), |place| (place.path, place.start.0));
    let description = match &finding.database {
        Some(database) => format!("database {database}: {}", finding.message),
        None => finding.message.clone(),
    };
    json!({
        "check_name": diagnostic.rule.name,
        "description": description,
        "fingerprint": diagnostic.fingerprint,
        "severity": match diagnostic.severity {
            Severity::Error => "critical",
            Severity::Warning => "minor",
            Severity::Info => "info",
        },
        "location": {"path": path, "lines": {"begin": line}},
    })
}
