//! `explain` and `rules`.

use anyhow::{Context as _, Error, bail};

use super::{Context, Outcome, listing};
use crate::check::Databases;
use crate::cli::args::Format;
use crate::cli::{USAGE, failure, pipe};
use crate::messages::{self, Recognised, Settled};
use crate::revision::Depth;
use crate::source::{masked, printable};
use crate::{render, rules};

/// A finding's page, a message's, a revision, or what was pasted.
pub(super) fn explain(context: &Context<'_>, subject: &str) -> Result<Outcome, Error> {
    if subject == "-" {
        let text = pipe::read().context("standard input cannot be read")?;
        let found = messages::recognise(&text);
        if found.is_empty() {
            bail!(
                "nothing in what was piped in is a message that alembic-doctor knows; `alembic-doctor` without a \
                 message looks at everything"
            );
        }
        return pasted(context, found);
    }
    if let Some(rule) = rules::find(subject) {
        context.format("explain NAME", &[Format::Text])?;
        return Ok(Outcome { result: render::explain::rule(rule, &context.layout), ..Outcome::default() });
    }
    if let Some(message) = messages::find(subject) {
        context.format("explain NAME", &[Format::Text])?;
        return Ok(Outcome { result: render::messages::known(message, &context.layout), ..Outcome::default() });
    }
    let found = messages::recognise(subject);
    if !found.is_empty() {
        return pasted(context, found);
    }
    listing::show(context, subject).map_err(|error| {
        error.context(format!(
            "`{}` is no finding (`alembic-doctor rules` lists them) and no message that alembic-doctor knows",
            printable(subject)
        ))
    })
}

/// The messages against this project and database.
fn pasted(context: &Context<'_>, found: Vec<Recognised>) -> Result<Outcome, Error> {
    let format = context.format("explain", &[Format::Text, Format::Json])?;
    let report = match context.examine_all("explain", Depth::WholeFiles, Databases::Known) {
        Ok(report) => report,
        Err(error) if format == Format::Text => {
            // What a message means is true without a project too.
            let settled: Vec<Settled> = found.into_iter().map(|one| messages::settle(one, None)).collect();
            let result = render::messages::explained(&settled, None, &context.layout);
            return Ok(Outcome { result, remarks: vec![masked(&failure(&error))], code: USAGE });
        }
        Err(error) => return Err(error),
    };
    let settled: Vec<Settled> = found.into_iter().map(|one| messages::settle(one, Some(&report))).collect();
    let result = match format {
        Format::Json => render::json::explain(&report, report.verdict(), &settled),
        _ => render::messages::explained(&settled, Some(&report), &context.layout),
    };
    Ok(Outcome { result, code: report.exit_code(), ..Outcome::default() })
}

/// All rules.
pub(super) fn rules(context: &Context<'_>) -> Result<Outcome, Error> {
    let rules: Vec<&rules::Rule> = rules::all().into_iter().chain(rules::squawk::all()).collect();
    let result = match context.format("rules", &[Format::Text, Format::Json])? {
        Format::Json => render::json::rules(&rules),
        _ => render::listing::rules_table(&rules, &context.layout),
    };
    Ok(Outcome { result, ..Outcome::default() })
}
