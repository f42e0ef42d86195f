//! `heads`, `history`, `current`, `branches`, `show`: Alembic's own questions.

use anyhow::{Error, anyhow};

use super::{Context, Outcome};
use crate::check::{Databases, Diagnostic, Report};
use crate::cli::args::Format;
use crate::cli::{COULD_NOT_LOOK, FINDINGS, HEALTHY, NOTHING};
use crate::diagnostic::Severity;
use crate::facts::Facts;
use crate::render;
use crate::revision::Depth;
use crate::rules::Check;
use crate::source::printable;

pub(super) fn heads(context: &Context<'_>, resolve_dependencies: bool) -> Result<Outcome, Error> {
    list(context, "heads", Databases::None, |report| {
        render::listing::heads(&report.facts.graph, resolve_dependencies, &context.layout)
    })
}

pub(super) fn history(context: &Context<'_>, indicate_current: bool) -> Result<Outcome, Error> {
    let databases = if indicate_current { Databases::Known } else { Databases::None };
    list(context, "history", databases, |report| {
        render::listing::history(&report.facts.graph, &rows(&report.facts), &context.layout)
    })
}

/// The rows of all databases that were looked at.
fn rows(facts: &Facts) -> Vec<String> {
    facts.databases.iter().filter_map(|database| database.stamp.as_ref()).flat_map(|stamp| stamp.rows.clone()).collect()
}

pub(super) fn current(context: &Context<'_>) -> Result<Outcome, Error> {
    list(context, "current", Databases::Known, |report| render::listing::current(&report.facts, &context.layout))
}

pub(super) fn branches(context: &Context<'_>) -> Result<Outcome, Error> {
    list(context, "branches", Databases::None, |report| render::listing::branches(&report.facts.graph, &context.layout))
}

pub(super) fn show(context: &Context<'_>, revision: &str) -> Result<Outcome, Error> {
    let format = context.format("show", &[Format::Text, Format::Json])?;
    let report = context.examine("show", Depth::Headers, Databases::None)?;
    let ids = report.facts.graph.resolve(revision).map_err(|error| {
        // The reason may have named them already.
        let suggestions: Vec<String> =
            error.suggestions.iter().filter(|id| !error.reason.contains(*id)).map(|id| printable(id)).collect();
        let meant =
            if suggestions.is_empty() { String::new() } else { format!("; did you mean {}?", suggestions.join(", ")) };
        // What is not found can stand in a file that could not be read.
        let gaps = report.skipped.iter().map(|gap| format!("; {}: {}", gap.what, gap.why));
        let doubt: String = gaps.collect();
        anyhow!("{} ({}{meant}){doubt}", error.alembic, error.reason)
    })?;
    let result = match format {
        Format::Json => render::json::document(&report, report.verdict()),
        _ => {
            let shown: Vec<String> =
                ids.iter().map(|id| render::listing::show(&report.facts.graph, id, &context.layout)).collect();
            shown.join("\n")
        }
    };
    Ok(listed(&report, result))
}

fn list(
    context: &Context<'_>,
    command: &'static str,
    databases: Databases,
    text: impl FnOnce(&Report) -> String,
) -> Result<Outcome, Error> {
    let format = context.format(command, &[Format::Text, Format::Json])?;
    let report = context.examine(command, Depth::Headers, databases)?;
    let result = if format == Format::Json { render::json::document(&report, report.verdict()) } else { text(&report) };
    Ok(listed(&report, result))
}

/// A listing's outcome: what is wrong is said beside it and fails the run.
pub(super) fn listed(report: &Report, result: String) -> Outcome {
    // Several heads are the very answer of a listing, and leave no doubt about it.
    let errors: Vec<&Diagnostic> = report
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error && diagnostic.rule.name != "multiple-heads")
        .collect();
    let mut remarks: Vec<String> =
        errors.iter().map(|error| format!("error[{}]: {}", error.rule.name, error.finding.message)).collect();
    if errors.iter().any(|error| matches!(error.rule.check, Check::Offline(_))) {
        remarks.push("the answer may be wrong; `alembic-doctor check` says more".to_owned());
    }
    remarks.extend(report.skipped.iter().map(|skipped| format!("not looked at: {}: {}", skipped.what, skipped.why)));
    let code = match () {
        () if report.could_not_look => COULD_NOT_LOOK,
        () if report.facts.files == 0 => NOTHING,
        () if errors.is_empty() => HEALTHY,
        () => FINDINGS,
    };
    Outcome { result, remarks, code }
}
