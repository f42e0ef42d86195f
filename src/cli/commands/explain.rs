//! `explain` and `rules`.

use anyhow::{Error, bail};

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
    match listing::show(context, name) {
        Ok(shown) => Ok(shown),
        Err(_) => bail!(
            "`{}` is neither a finding (`alembic-doctor rules` lists them) nor a revision of this project",
            printable(name)
        ),
    }
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
