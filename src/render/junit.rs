//! JUnit XML: a test suite for each file or database, a test case for each finding.
//!
//! A finding that does not fail the run is a passed case with its text beside it. What could not be
//! looked at is an error.

use std::io;

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::place::Place;
use crate::check::{Diagnostic, Report};
use crate::source::printable_line;

/// The whole file.
pub fn report(report: &Report) -> String {
    let mut bytes = Vec::new();
    // Writing into memory cannot fail.
    let _ = write(report, &mut bytes);
    let mut text = String::from_utf8(bytes).unwrap_or_default();
    text.push('\n');
    text
}

fn write(report: &Report, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut suites: Vec<(String, Vec<&Diagnostic>)> = Vec::new();
    for diagnostic in &report.diagnostics {
        let name = suite(report, diagnostic);
        match suites.iter_mut().find(|(known, _)| *known == name) {
            Some((_, cases)) => cases.push(diagnostic),
            None => suites.push((name, vec![diagnostic])),
        }
    }
    let fails = |diagnostic: &&Diagnostic| diagnostic.severity >= report.fail_on;
    let failures = report.diagnostics.iter().filter(fails).count();
    let saw_nothing = report.could_not_look || report.facts.files == 0;
    let errors = if saw_nothing { report.skipped.len() } else { 0 };
    let passed = usize::from(suites.is_empty() && errors == 0);
    let tests = report.diagnostics.len() + errors + passed;
    let mut writer = Writer::new_with_indent(bytes, b' ', 2);
    writer
        .create_element("testsuites")
        .with_attributes([
            ("name", env!("CARGO_PKG_NAME")),
            ("tests", &tests.to_string()),
            ("failures", &failures.to_string()),
            ("errors", &errors.to_string()),
        ])
        .write_inner_content(|writer| {
            for (name, cases) in &suites {
                let failures = cases.iter().copied().filter(|case| fails(case)).count();
                let attributes = [
                    ("name", safe(name)),
                    ("tests", cases.len().to_string()),
                    ("failures", failures.to_string()),
                    ("errors", "0".to_owned()),
                ];
                let attributes = attributes.iter().map(|(key, value)| (*key, value.as_str()));
                writer.create_element("testsuite").with_attributes(attributes).write_inner_content(|writer| {
                    cases.iter().try_for_each(|case| one(writer, name, case, fails(case)))
                })?;
            }
            if errors + passed > 0 {
                rest(writer, report, errors)?;
            }
            Ok(())
        })?;
    Ok(())
}

fn suite(report: &Report, diagnostic: &Diagnostic) -> String {
    let finding = &diagnostic.finding;
    match (&finding.location, &finding.database) {
        (Some(location), _) => Place::new(&report.facts, Some(location)).map(|place| place.path).unwrap_or_default(),
        (None, Some(database)) => format!("database {database}"),
        (None, None) => "project".to_owned(),
    }
}

fn one(writer: &mut Writer<&mut Vec<u8>>, suite: &str, diagnostic: &Diagnostic, fails: bool) -> io::Result<()> {
    let finding = &diagnostic.finding;
    let line = finding.location.as_ref().map_or(1, |location| location.start().line);
    let name = format!("{} (line {line})", diagnostic.rule.name);
    let mut text = finding.evidence.clone();
    text.extend(finding.next.iter().map(|step| format!("next: {}", step.command)));
    let text: Vec<String> = text.iter().map(|line| safe(line)).collect();
    let text = text.join("\n");
    let message = safe(&finding.message);
    let case = [("name", safe(&name)), ("classname", safe(suite))];
    writer
        .create_element("testcase")
        .with_attributes(case.iter().map(|(key, value)| (*key, value.as_str())))
        .write_inner_content(|writer| {
            let text = if fails { text } else { format!("{}: {message}\n{text}", diagnostic.severity.as_str()) };
            let element = writer.create_element(if fails { "failure" } else { "system-out" });
            let element = if fails {
                element.with_attributes([("type", diagnostic.severity.as_str()), ("message", &message)])
            } else {
                element
            };
            element.write_text_content(BytesText::new(&text)).map(|_| ())
        })?;
    Ok(())
}

/// What could not be looked at; without that and without findings, one case that passed.
fn rest(writer: &mut Writer<&mut Vec<u8>>, report: &Report, errors: usize) -> io::Result<()> {
    let count = errors.max(1).to_string();
    let attributes = [
        ("name", env!("CARGO_PKG_NAME")),
        ("tests", &count),
        ("failures", "0"),
        ("errors", if errors == 0 { "0" } else { &count }),
    ];
    writer.create_element("testsuite").with_attributes(attributes).write_inner_content(|writer| {
        if errors == 0 {
            let case = [("name", report.command), ("classname", env!("CARGO_PKG_NAME"))];
            return writer.create_element("testcase").with_attributes(case).write_empty().map(|_| ());
        }
        report.skipped.iter().try_for_each(|part| {
            let name = safe(&part.what);
            let case = [("name", name.as_str()), ("classname", "not looked at")];
            let why = safe(&part.why);
            let error = |writer: &mut Writer<&mut Vec<u8>>| {
                writer.create_element("error").with_attribute(("message", why.as_str())).write_empty().map(|_| ())
            };
            writer.create_element("testcase").with_attributes(case).write_inner_content(error).map(|_| ())
        })
    })?;
    Ok(())
}

/// Without the control characters that XML 1.0 does not know.
fn safe(text: &str) -> String {
    printable_line(text)
}
