//! `heads`, `history`, `current`, `branches`, `show`: Alembic's own questions.

use anyhow::{Error, anyhow};

use super::{Context, Outcome};
use crate::check::{Databases, Diagnostic, Report};
use crate::cli::args::Format;
use crate::cli::{COULD_NOT_LOOK, FINDINGS, HEALTHY, NOTHING};
use crate::diagnostic::Severity;
use crate::facts::Facts;
use crate::operation;
use crate::render;
use crate::revision::{Depth, Revision};
use crate::rules::Check;
use crate::source::printable;

pub(super) fn heads(context: &Context<'_>, resolve_dependencies: bool) -> Result<Outcome, Error> {
    list(context, "heads", Databases::None, |report| {
        render::listing::heads(&report.facts.graph, resolve_dependencies, &context.layout)
    })
}

pub(super) fn history(context: &Context<'_>, indicate_current: bool, range: Option<&str>) -> Result<Outcome, Error> {
    let format = context.format("history", &[Format::Text, Format::Json])?;
    let asks_current = range.is_some_and(|range| range.split(':').any(|end| end == "current"));
    let databases = if indicate_current || asks_current { Databases::Known } else { Databases::None };
    let report = context.examine("history", Depth::Headers, databases)?;
    if asks_current && report.could_not_look {
        return Ok(listed(&report, String::new()));
    }
    let graph = &report.facts.graph;
    let rows = rows(&report.facts);
    let ids = match range {
        None => graph.history(),
        Some(range) => graph
            .history_range(range, &rows)
            .map_err(|error| refused(&report, &error.alembic, &error.reason, &error.suggestions))?,
    };
    let marked = if indicate_current { rows.as_slice() } else { &[] };
    let result = match format {
        Format::Json => render::json::history(&report, report.verdict(), &ids),
        _ => render::listing::history(graph, &ids, marked, &context.layout),
    };
    Ok(listed(&report, result))
}

/// Alembic's refusal of an identifier, with the true reason.
fn refused(report: &Report, alembic: &str, reason: &str, suggestions: &[String]) -> Error {
    // The reason may have named them already.
    let suggestions: Vec<String> =
        suggestions.iter().filter(|id| !reason.contains(*id)).map(|id| printable(id)).collect();
    let meant =
        if suggestions.is_empty() { String::new() } else { format!("; did you mean {}?", suggestions.join(", ")) };
    // What is not found can stand in a file that could not be read.
    let doubt: String = report.skipped.iter().map(|gap| format!("; {}: {}", gap.what, gap.why)).collect();
    anyhow!("{alembic} ({reason}{meant}){doubt}")
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
    // Only in a few commands does Alembic know this word.
    let is_current = revision == "current";
    let databases = if is_current { Databases::Known } else { Databases::None };
    let report = context.examine("show", Depth::Headers, databases)?;
    if is_current && report.could_not_look {
        return Ok(listed(&report, String::new()));
    }
    let graph = &report.facts.graph;
    let asked = if is_current { rows(&report.facts) } else { vec![revision.to_owned()] };
    let mut ids = Vec::new();
    for identifier in &asked {
        let found = graph.resolve(identifier);
        ids.extend(found.map_err(|error| refused(&report, &error.alembic, &error.reason, &error.suggestions))?);
    }
    let result = match format {
        Format::Json => render::json::document(&report, report.verdict()),
        _ => {
            let graph = &report.facts.graph;
            let of = |id| graph.revisions().iter().filter(move |revision| revision.id == id);
            let revisions: Vec<&Revision> = ids.iter().copied().flat_map(of).collect();
            let operations = operation::read_all(&revisions);
            let shown: Vec<_> = revisions.into_iter().zip(operations).collect();
            render::listing::show(graph, &shown, &context.layout)
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

/// Whether a defect of the files leaves the graph itself in doubt.
fn is_in_doubt(report: &Report) -> bool {
    report.diagnostics.iter().any(|diagnostic| {
        diagnostic.severity == Severity::Error
            && diagnostic.rule.name != "multiple-heads"
            && matches!(diagnostic.rule.check, Check::Offline(_))
    })
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
    if is_in_doubt(report) {
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
