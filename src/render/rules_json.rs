//! The JSON document of `rules`, which looks at no project.

use serde::Serialize;

use super::json::{SCHEMA, Tool, write};
use crate::rules::squawk::is_on;
use crate::rules::{Check, Rule};

/// The document of `rules`.
pub fn rules(rules: &[&Rule]) -> String {
    let rules = rules
        .iter()
        .map(|rule| RulePart {
            name: rule.name,
            summary: rule.summary,
            severity: rule.severity.as_str(),
            needs: rule.check.needs(),
            since: rule.since,
            by: if matches!(rule.check, Check::Squawk) { "squawk" } else { "alembic-doctor" },
            on: !matches!(rule.check, Check::Squawk) || is_on(rule),
        })
        .collect();
    write(&RulesDocument { schema: SCHEMA, tool: Tool::THIS, command: "rules", rules })
}

#[derive(Serialize)]
struct RulesDocument {
    schema: u32,
    tool: Tool,
    command: &'static str,
    rules: Vec<RulePart>,
}

#[derive(Serialize)]
struct RulePart {
    name: &'static str,
    summary: &'static str,
    severity: &'static str,
    needs: &'static str,
    since: &'static str,
    by: &'static str,
    /// Whether it runs unless it is asked for.
    on: bool,
}
