//! `explain` and `rules`.

use anyhow::Error;

use super::{Context, Outcome, listing};
use crate::cli::args::Format;
use crate::source::printable;
use crate::{render, rules};

/// A finding's page, or a revision.
pub(super) fn explain(context: &Context<'_>, name: &str) -> Result<Outcome, Error> {
    if let Some(rule) = rules::find(name) {
        context.format("explain", &[Format::Text])?;
        return Ok(Outcome { result: render::explain::rule(rule, &context.layout), ..Outcome::default() });
    }
    listing::show(context, name).map_err(|error| {
        error.context(format!("`{}` is no finding (`alembic-doctor rules` lists them)", printable(name)))
    })
}

/// All rules.
pub(super) fn rules(context: &Context<'_>) -> Result<Outcome, Error> {
    let rules = rules::all();
    let result = match context.format("rules", &[Format::Text, Format::Json])? {
        Format::Json => render::json::rules(&rules),
        _ => render::listing::rules_table(&rules, &context.layout),
    };
    Ok(Outcome { result, ..Outcome::default() })
}
