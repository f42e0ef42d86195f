//! `recover`.

use std::path::Path;

use anyhow::{Context as _, Error, bail};

use super::{Context, Outcome};
use crate::check::{self, Databases};
use crate::cli::args::Format;
use crate::cli::{COULD_NOT_LOOK, NOTHING, files};
use crate::facts::{Facts, Witness};
use crate::repair::{self, NewFile};
use crate::revision::Depth;
use crate::source::{printable, printable_line};

/// What the user chose.
pub(super) struct Choice<'a> {
    /// The lost revision.
    pub(super) revision: &'a str,
    /// Write nothing.
    pub(super) dry_run: bool,
    /// The revision that an empty one shall continue.
    pub(super) stub_after: Option<&'a str>,
}

/// Writes the lost file, as git has it or as an empty revision.
pub(super) fn recover(context: &Context<'_>, choice: &Choice<'_>) -> Result<Outcome, Error> {
    context.format("recover", &[Format::Text])?;
    let report = context.examine("recover", Depth::Headers, Databases::None)?;
    let facts = &report.facts;
    if let Some(after) = choice.stub_after {
        let file = repair::stand_in(facts, choice.revision, after)?;
        let ids = facts.graph.resolve(after).unwrap_or_default();
        return write(facts, &[file], choice, &format!("an empty revision after {}", printable(&ids.join(", "))));
    }
    let id = choice.revision.to_owned();
    let witness = check::ask(facts, &[id]);
    let shown = printable(choice.revision);
    match (&witness, witness.trace(choice.revision)) {
        (_, Some(trace)) => {
            let files = repair::from_git(facts, trace)?;
            let origin = trace.written.as_ref().map(|commit| format!("from commit {}", commit.short()));
            write(facts, &files, choice, &origin.unwrap_or_else(|| "from git".to_owned()))
        }
        (Witness::Unavailable { reason }, None) => {
            Ok(refused(format!("git could not be asked about {shown}: {reason}"), COULD_NOT_LOOK))
        }
        (Witness::NotAsked, None) => bail!("git was not asked"),
        (Witness::Heard(testimony), None) => {
            let mut outcome = refused(format!("no commit, stash or reflog entry has a revision {shown}"), NOTHING);
            if testimony.is_shallow {
                outcome.remarks.push("this clone is shallow: `git fetch --unshallow` brings older commits".to_owned());
            }
            outcome.remarks.extend(testimony.gaps.iter().map(|gap| format!("not all of git was searched: {gap}")));
            if !testimony.gaps.is_empty() {
                outcome.code = COULD_NOT_LOOK;
            }
            let hint = "if nobody has the file any more: --stub --after REV writes an empty revision with that id";
            outcome.remarks.push(hint.to_owned());
            Ok(outcome)
        }
    }
}

fn refused(message: String, code: u8) -> Outcome {
    Outcome { result: String::new(), remarks: vec![format!("error: {}", printable_line(&message))], code }
}

/// Writes all files or, if one of them is there already, none.
fn write(facts: &Facts, files: &[NewFile], choice: &Choice<'_>, origin: &str) -> Result<Outcome, Error> {
    let directory = &facts.project.directory;
    for file in files {
        if directory.join(&file.path).symlink_metadata().is_ok() {
            bail!("{} exists, and is not overwritten", shown(&file.path));
        }
    }
    let mut outcome = Outcome::default();
    for file in files {
        let path = shown(&file.path);
        if choice.dry_run {
            outcome.result.push_str(&format!("would write {path} ({origin}):\n\n{}\n", text(&file.text)));
            continue;
        }
        files::create(&directory.join(&file.path), file.text.as_bytes())
            .with_context(|| format!("cannot write {path}"))?;
        outcome.result.push_str(&format!("wrote {path} ({origin})\n"));
    }
    if !choice.dry_run {
        outcome.remarks.push("look again: alembic-doctor".to_owned());
    }
    Ok(outcome)
}

fn shown(path: &Path) -> String {
    printable_line(&path.display().to_string())
}

/// The file's lines, without what a terminal would obey.
fn text(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(printable_line).collect();
    lines.join("\n")
}
