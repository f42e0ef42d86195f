//! SARIF 2.1.0, for code scanning (OASIS, "Static Analysis Results Interchange Format").
//!
//! Every rule that found something is described with its page. Results are recognised in a later
//! run by their fingerprints. What was set aside is there too, marked as suppressed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::place::Place;
use crate::check::{By, Diagnostic, Report};
use crate::diagnostic::Severity;
use crate::facts::Facts;
use crate::rules::Rule;
use crate::source::Location;

/// What a path in a URI keeps.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The whole log.
pub fn report(report: &Report) -> String {
    let mut rules: Vec<&'static Rule> = Vec::new();
    let all = report.diagnostics.iter().chain(report.suppressed.iter().map(|one| &one.diagnostic));
    for diagnostic in all {
        if !rules.iter().any(|rule| rule.name == diagnostic.rule.name) {
            rules.push(diagnostic.rule);
        }
    }
    let found = report.diagnostics.iter().map(|diagnostic| Entry::new(report, &rules, diagnostic, Vec::new()));
    let suppressed = report.suppressed.iter().map(|one| {
        let suppression = match &one.by {
            By::Comment { reason, .. } => json!({"kind": "inSource", "justification": reason}),
            By::Settings { reason } => json!({"kind": "external", "justification": reason}),
            By::Baseline => json!({"kind": "external", "justification": "it stands in the baseline"}),
        };
        Entry::new(report, &rules, &one.diagnostic, vec![suppression])
    });
    let notifications: Vec<Value> = report
        .skipped
        .iter()
        .map(|part| json!({"level": "warning", "message": {"text": format!("not looked at: {}: {}", part.what, part.why)}}))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| describe(rule)).collect::<Vec<Value>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": !report.could_not_look && report.facts.files > 0,
                "exitCode": report.exit_code(),
                "toolExecutionNotifications": notifications,
            }],
            "results": found.chain(suppressed).collect::<Vec<Entry>>(),
        }],
    });
    // A document of strings and numbers cannot fail to be written.
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn describe(rule: &Rule) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": ["alembic", "migrations", rule.check.needs()]},
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// One result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Value,
    locations: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Value>,
    partial_fingerprints: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Value>,
}

impl Entry {
    fn new(report: &Report, rules: &[&Rule], diagnostic: &Diagnostic, suppressions: Vec<Value>) -> Self {
        let finding = &diagnostic.finding;
        let mut location = Map::new();
        if let Some(physical) = physical(&report.facts, finding.location.as_ref()) {
            location.insert("physicalLocation".to_owned(), physical);
        }
        if let Some(database) = &finding.database {
            location.insert("logicalLocations".to_owned(), json!([{"name": database, "kind": "database"}]));
        }
        let related = finding.related.iter().zip(1..).filter_map(|((place, label), id)| {
            let physical = physical(&report.facts, Some(place))?;
            Some(json!({"id": id, "physicalLocation": physical, "message": {"text": label}}))
        });
        Self {
            rule_id: diagnostic.rule.name,
            rule_index: rules.iter().position(|rule| rule.name == diagnostic.rule.name).unwrap_or_default(),
            level: level(diagnostic.severity),
            message: json!({"text": message(diagnostic)}),
            locations: if location.is_empty() { Vec::new() } else { vec![Value::Object(location)] },
            related_locations: related.collect(),
            partial_fingerprints: json!({"alembicDoctor/v1": diagnostic.fingerprint}),
            suppressions,
        }
    }
}

/// The cause, the evidence and the way out: viewers show nothing else of a finding.
fn message(diagnostic: &Diagnostic) -> String {
    let finding = &diagnostic.finding;
    let mut lines = vec![finding.message.clone()];
    lines.extend(finding.evidence.iter().cloned());
    lines.extend(finding.next.iter().map(|step| format!("next: {} ({})", step.command, step.why)));
    lines.extend(finding.do_not.iter().map(|advice| format!("do not: {advice}")));
    lines.join("\n")
}

fn physical(facts: &Facts, location: Option<&Location>) -> Option<Value> {
    let place = Place::new(facts, location)?;
    let is_absolute = place.path.starts_with('/') || place.path.get(1..3) == Some(":/");
    let encoded = utf8_percent_encode(&place.path, PATH).to_string();
    let artifact = if is_absolute {
        json!({"uri": format!("file:///{}", encoded.trim_start_matches('/'))})
    } else {
        json!({"uri": encoded, "uriBaseId": "%SRCROOT%"})
    };
    let region = json!({
        "startLine": place.start.0, "startColumn": place.start.1,
        "endLine": place.end.0, "endColumn": place.end.1,
    });
    Some(json!({"artifactLocation": artifact, "region": region}))
}
