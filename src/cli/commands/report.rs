//! `diagnose` and `check`.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Error};

use super::{Context, Outcome};
use crate::check::{Databases, Report};
use crate::cli::args::{Format, Global};
use crate::cli::{COULD_NOT_LOOK, FINDINGS, HEALTHY};
use crate::render::{self, Layout};
use crate::revision::Depth;
use crate::source::printable;

/// What a report can be written as.
pub(super) const FORMATS: [Format; 8] = [
    Format::Text,
    Format::Concise,
    Format::Json,
    Format::Sarif,
    Format::Gitlab,
    Format::Junit,
    Format::Markdown,
    Format::Github,
];

/// Everything that can be looked at.
pub(super) fn diagnose(context: &Context<'_>) -> Result<Outcome, Error> {
    report(context, "diagnose", Databases::Known)
}

/// The offline half.
pub(super) fn check(context: &Context<'_>) -> Result<Outcome, Error> {
    report(context, "check", Databases::None)
}

fn report(context: &Context<'_>, command: &'static str, databases: Databases) -> Result<Outcome, Error> {
    let format = context.format(command, &FORMATS)?;
    let report = context.examine(command, Depth::WholeFiles, databases)?;
    if let Some(path) = &context.global.write_baseline {
        return write_baseline(&report, path, context.global);
    }
    let result = written(&report, format, &context.layout);
    Ok(Outcome { result, code: code(&report, format), ..Outcome::default() })
}

/// The report in this format.
pub(super) fn written(report: &Report, format: Format, layout: &Layout) -> String {
    match format {
        Format::Json => render::json::document(report, report.verdict()),
        Format::Concise => render::concise::report(report),
        Format::Sarif => render::sarif::report(report),
        Format::Gitlab => render::gitlab::report(report),
        Format::Junit => render::junit::report(report),
        Format::Markdown => render::markdown::report(report, report.verdict()),
        Format::Github => render::github::report(report, report.verdict()),
        _ => render::text::report(report, report.verdict(), layout),
    }
}

/// The exit code of a report that is written in this format.
pub(super) fn code(report: &Report, format: Format) -> u8 {
    match report.exit_code() {
        // A job that uploads SARIF must not stop before it has.
        FINDINGS if format == Format::Sarif => HEALTHY,
        code => code,
    }
}

/// A new file with what was found; an existing one is never overwritten.
fn write_baseline(report: &Report, path: &Path, global: &Global) -> Result<Outcome, Error> {
    let shown = printable(&path.display().to_string());
    let mut file = File::create_new(global.in_directory(path)).with_context(|| format!("{shown} cannot be written"))?;
    file.write_all(render::baseline::file(report).as_bytes()).with_context(|| format!("{shown} cannot be written"))?;
    let count = match report.diagnostics.len() {
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    let remark = format!("wrote {count} to {shown}; `--baseline {shown}` leaves them out from now on");
    let code = if report.could_not_look { COULD_NOT_LOOK } else { HEALTHY };
    Ok(Outcome { remarks: vec![remark], code, ..Outcome::default() })
}
