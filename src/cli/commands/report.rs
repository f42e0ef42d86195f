//! `diagnose` and `check`.

use anyhow::Error;

use super::{Context, Outcome};
use crate::check::Databases;
use crate::cli::args::Format;
use crate::render;
use crate::revision::Depth;

/// Everything that can be looked at.
pub(super) fn diagnose(context: &Context<'_>) -> Result<Outcome, Error> {
    report(context, "diagnose", Databases::Known)
}

/// The offline half.
pub(super) fn check(context: &Context<'_>) -> Result<Outcome, Error> {
    report(context, "check", Databases::None)
}

fn report(context: &Context<'_>, command: &'static str, databases: Databases) -> Result<Outcome, Error> {
    let format = context.format(command, &[Format::Text, Format::Concise, Format::Json])?;
    let report = context.examine(command, Depth::WholeFiles, databases)?;
    let result = match format {
        Format::Json => render::json::document(&report, report.verdict()),
        Format::Concise => render::concise::report(&report),
        _ => render::text::report(&report, report.verdict(), &context.layout),
    };
    Ok(Outcome { result, code: report.exit_code(), ..Outcome::default() })
}
