//! One finding a line: `path:line:column name severity message`. For editors, scripts and tests.

use std::fmt::Write as _;

use crate::check::{Diagnostic, Report};
use crate::source::{Location, printable};

/// One line for each finding, in the report's order; empty when nothing was found.
///
/// A finding about a database starts with `database:NAME`, one about the whole project with
/// `project`.
pub fn report(report: &Report) -> String {
    let mut out = String::new();
    for diagnostic in &report.diagnostics {
        let Diagnostic { rule, severity, finding, .. } = diagnostic;
        let place = match (&finding.location, &finding.database) {
            (Some(location), _) => place(location),
            (None, Some(database)) => format!("database:{}", printable(database)),
            (None, None) => "project".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{place} {} {} {}", rule.name, severity.as_str(), finding.message);
    }
    out
}

fn place(location: &Location) -> String {
    let path = printable(&location.path().display().to_string());
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path };
    let start = location.start();
    format!("{path}:{}:{}", start.line, start.column)
}
