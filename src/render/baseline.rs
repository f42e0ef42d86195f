//! The baseline file: what was found on the day on which somebody began.

use serde::Serialize;

use crate::check::{By, Diagnostic, Report};
use crate::source::printable_line;

const HEAD: &str = "\
# What alembic-doctor found on the day on which this file was written; `--baseline` leaves it out.
# An entry may have `until = 2027-01-31`: after that day it counts again.
";

#[derive(Serialize)]
struct File {
    finding: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    rule: &'static str,
    fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    message: String,
}

/// The text of the file: everything that no comment and no setting has set aside.
pub fn file(report: &Report) -> String {
    let known = report.suppressed.iter().filter(|one| matches!(one.by, By::Baseline));
    let all = report.diagnostics.iter().chain(known.map(|one| &one.diagnostic));
    let file = File { finding: all.map(entry).collect() };
    // Tables of strings cannot fail to be written.
    format!("{HEAD}\n{}", toml::to_string(&file).unwrap_or_default())
}

fn entry(diagnostic: &Diagnostic) -> Entry {
    let finding = &diagnostic.finding;
    Entry {
        rule: diagnostic.rule.name,
        fingerprint: diagnostic.fingerprint.clone(),
        path: finding.location.as_ref().map(|location| super::words::shown_path(location.path())),
        message: printable_line(&finding.message),
    }
}
