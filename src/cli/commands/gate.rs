//! `gate` and `verify`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Error, bail};

use super::{Context, Outcome};
use crate::check::gate::{Gate, Question};
use crate::cli::args::Format;
use crate::graph::Graph;
use crate::render;
use crate::source::printable_line;

/// Would `alembic upgrade TARGET` work now, and mean what it says?
pub(super) fn gate(context: &Context<'_>, target: &str) -> Result<Outcome, Error> {
    answer(context, "gate", Question::Gate, target)
}

/// Is the database where `alembic upgrade TARGET` should have brought it?
pub(super) fn verify(context: &Context<'_>, target: &str) -> Result<Outcome, Error> {
    refuse_relative("verify", target)?;
    answer(context, "verify", Question::Verify, target)
}

/// `+1` is another revision for every state of the database.
pub(super) fn refuse_relative(command: &str, target: &str) -> Result<(), Error> {
    if Graph::is_relative(target) {
        bail!("`{command}` needs a target that stays: a revision, head or heads, not {}", printable_line(target));
    }
    Ok(())
}

fn answer(context: &Context<'_>, command: &'static str, question: Question, target: &str) -> Result<Outcome, Error> {
    let format = context.format(command, &[Format::Text, Format::Json, Format::Github, Format::Markdown])?;
    context.needs_database(command)?;
    let report = context.examine_for(command, target)?;
    let gate = Gate::new(question, &report, target);
    let result = match format {
        Format::Json => render::json::gate(&report, report.verdict(), &gate),
        Format::Github => render::github::annotations(&report, &gate),
        Format::Markdown => render::github::summary(&report, &gate),
        _ => render::gate::draw(&report, &gate, &context.layout),
    };
    let mut outcome = Outcome { result, code: gate.exit_code(&report), ..Outcome::default() };
    if let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
        let written = append(Path::new(&path), &render::github::summary(&report, &gate));
        // The answer is worth more than its copy.
        outcome.remarks.extend(written.err().map(|error| format!("warning: GITHUB_STEP_SUMMARY: {error}")));
    }
    Ok(outcome)
}

/// The runner made the file; others of the step may have written into it.
fn append(path: &Path, text: &str) -> std::io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}
