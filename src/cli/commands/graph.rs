//! `graph`.

use anyhow::Error;

use super::listing::listed;
use super::{Context, Outcome};
use crate::check::Databases;
use crate::cli::args::Format;
use crate::render;
use crate::revision::Depth;

/// Draws the graph; marks a database only when the user names one, so that a drawing never waits.
pub(super) fn graph(context: &Context<'_>) -> Result<Outcome, Error> {
    let format = context.format("graph", &[Format::Text, Format::Json, Format::Dot, Format::Mermaid])?;
    let report = context.examine("graph", Depth::Headers, Databases::Named)?;
    let result = match format {
        Format::Json => render::json::document(&report, report.verdict()),
        Format::Dot => render::dot::draw(&report.facts),
        Format::Mermaid => render::mermaid::draw(&report.facts),
        _ => render::graph_text::draw(&report.facts, context.global.verbose, &context.layout),
    };
    Ok(listed(&report, result))
}
