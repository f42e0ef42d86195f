//! `envs`: the environments side by side.

use anyhow::{Error, bail};

use super::report::{FORMATS, code, written};
use super::{Context, Outcome};
use crate::check::{self, Databases};
use crate::cli::args::Format;
use crate::render;
use crate::revision::Depth;

pub(super) fn envs(context: &Context<'_>) -> Result<Outcome, Error> {
    let format = context.format("envs", &FORMATS)?;
    if context.global.offline {
        bail!("`envs` compares databases: there is nothing to see with --offline");
    }
    let report = context.examine("envs", Depth::WholeFiles, Databases::Every)?;
    let dates = check::dates(&report.facts);
    let result = match format {
        Format::Json => render::json::environments(&report, report.verdict(), &dates),
        Format::Text => render::environments::report(&report, report.verdict(), &dates, &context.layout),
        other => written(&report, other, &context.layout),
    };
    Ok(Outcome { result, code: code(&report, format), ..Outcome::default() })
}
