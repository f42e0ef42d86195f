//! `merge`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Error, bail};
use jiff::Timestamp;

use super::{Context, Outcome, rebase};
use crate::check::Databases;
use crate::cli::args::{Format, MergeArguments};
use crate::cli::{FINDINGS, HEALTHY, files, revision_id};
use crate::facts::Facts;
use crate::merge::{self, Comparison, Cure, Terms};
use crate::operation;
use crate::render;
use crate::render::merge::MergePage;
use crate::repair::merge::{Wanted, scaffold, tips};
use crate::repair::{Moment, rebase as move_side};
use crate::revision::Depth;
use crate::source::{printable, printable_line};

/// Compares the sides of a fork, and writes a revision that joins them.
pub(super) fn merge(context: &Context<'_>, arguments: &MergeArguments) -> Result<Outcome, Error> {
    let format = context.format("merge", &[Format::Text, Format::Json])?;
    let mut report = context.examine("merge", Depth::WholeFiles, Databases::Every)?;
    let revisions: Vec<_> = report.facts.graph.revisions().iter().collect();
    report.facts.operations = operation::read_all(&revisions);
    let facts = &report.facts;
    let heads = tips(facts, &arguments.revisions)?;
    let prefer = arguments.prefer.as_deref().map(|name| preferred(facts, &heads, name)).transpose()?;
    let comparison = merge::compare(facts, &heads, Terms { dialect: dialect(facts)?, prefer });

    let wanted = Wanted {
        message: arguments.message.clone(),
        id: arguments.rev_id.clone().unwrap_or_else(revision_id::random),
        branch_labels: arguments.branch_label.clone(),
        depends_on: arguments.depends_on.clone(),
    };
    let moment = Moment::new(Timestamp::now(), &facts.project.naming)?;
    let template = template(facts)?;
    let made = scaffold(facts, &comparison, &wanted, template.as_deref(), &moment)?;
    let target = facts.project.directory.join(&made.file.path);
    let path = facts.project.shown(&target);
    let shown_path = printable_line(&path.display().to_string());
    if target.symlink_metadata().is_ok() {
        bail!("{shown_path} exists, and is not overwritten");
    }
    let outlooks = merge::outlooks(facts, &comparison, &made.revision);
    let undo = if arguments.dry_run { String::new() } else { undo(path) };
    let next = next(facts, &comparison, arguments, &undo);
    let others: Vec<&str> = facts.graph.heads().into_iter().filter(|head| !heads.contains(head)).collect();
    let page = MergePage {
        facts,
        target: if others.is_empty() { "head" } else { &made.revision.id },
        comparison: &comparison,
        outlooks: &outlooks,
        path,
        revision: &made.revision.id,
        text: &made.file.text,
        is_written: !arguments.dry_run,
        next: &next,
    };
    let result = match format {
        Format::Json => render::json::merge(&report, report.verdict(), &page),
        _ => render::merge::draw(&page, &context.layout),
    };
    if !arguments.dry_run {
        files::create(&target, made.file.text.as_bytes()).with_context(|| format!("cannot write {shown_path}"))?;
    }
    let mut remarks = Vec::new();
    if let Some(why) = &made.fallback {
        remarks.push(format!("note: Alembic's own template was used: {}", printable_line(why)));
    }
    if !others.is_empty() {
        let others = printable_line(&others.join(", "));
        remarks.push(format!("note: not joined, so `upgrade head` will go on refusing to choose: {others}"));
    }
    if comparison.needs_a_person() {
        remarks.push("a person has to decide: see above".to_owned());
    }
    let code = if comparison.needs_a_person() { FINDINGS } else { HEALTHY };
    Ok(Outcome { result, remarks, code })
}

/// The head that `--prefer` names.
fn preferred<'f>(facts: &'f Facts, heads: &[&'f str], name: &str) -> Result<&'f str, Error> {
    let shown = printable_line(name);
    let found = facts.graph.resolve(name).map_err(|error| anyhow::anyhow!("--prefer {shown}: {}", error.reason))?;
    match found.as_slice() {
        [one] if heads.contains(one) => Ok(one),
        _ => bail!("--prefer {shown}: name one of the heads that are joined: {}", printable(&heads.join(", "))),
    }
}

/// What the sides run on.
fn dialect(facts: &Facts) -> Result<&'static str, Error> {
    merge::dialect(facts).with_context(|| {
        let command = facts.project.command("merge heads");
        format!("`merge` knows what operations do on PostgreSQL and SQLite only; `{command}` joins without looking")
    })
}

/// The project's `script.py.mako`, if it has one.
fn template(facts: &Facts) -> Result<Option<String>, Error> {
    let path = facts.project.directory.join(&facts.project.script_directory).join("script.py.mako");
    if !path.is_file() {
        return Ok(None);
    }
    let shown = printable_line(&facts.project.shown(&path).display().to_string());
    fs::read_to_string(Path::new(&path)).map(Some).with_context(|| format!("cannot read {shown}"))
}

/// Takes the written file away again.
fn undo(path: &Path) -> String {
    format!("rm {} && ", word(&path.display().to_string()))
}

/// One word for a shell.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./@+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", printable_line(text).replace('\'', r"'\''"))
}

/// The same command once more, as far as it says which heads and what the file shall be.
fn again(arguments: &MergeArguments, prefer: &str) -> String {
    let mut words = vec!["alembic-doctor".to_owned(), "merge".to_owned()];
    words.extend(arguments.revisions.iter().map(|name| word(name)));
    let given = [("-m", &arguments.message), ("--rev-id", &arguments.rev_id)];
    let one = given.into_iter().filter_map(|(flag, value)| Some((flag, value.as_ref()?)));
    let labels = arguments.branch_label.iter().map(|label| ("--branch-label", label));
    let others = arguments.depends_on.iter().map(|other| ("--depends-on", other));
    words.extend(one.chain(labels).chain(others).flat_map(|(flag, value)| [flag.to_owned(), word(value)]));
    words.extend(["--prefer".to_owned(), word(prefer)]);
    words.join(" ")
}

/// What helps where the merge alone does not.
fn next(facts: &Facts, comparison: &Comparison, arguments: &MergeArguments, undo: &str) -> Vec<(String, String)> {
    let mut next = Vec::new();
    let needs_edit = comparison.pairs.iter().any(|pair| pair.fails.0 || pair.fails.1);
    if let ([one, two], true) = (comparison.heads.as_slice(), needs_edit) {
        for (tip, onto) in [(one, two), (two, one)] {
            let Ok(plan) = move_side::plan(facts, tip, onto) else { continue };
            if rebase::unsafe_reasons(facts, &plan.side, false).is_empty() {
                let why = format!(
                    "better than a merge: {} has run nowhere, so it can follow {}, and what {} has done already can be \
                     deleted from it",
                    printable(tip),
                    printable(onto),
                    printable(onto)
                );
                next.push((format!("{undo}{}", rebase::command(&plan)), why));
            }
        }
    }
    let has_options = |cure: &Cure| matches!(cure, Cure::Decide(choice) if !choice.options.is_empty());
    if arguments.prefer.is_none() && comparison.pairs.iter().any(|pair| has_options(&pair.cure)) {
        for head in &comparison.heads {
            let why = format!("writes it with the values of {} where the order of the sides decides", printable(head));
            next.push((format!("{undo}{}", again(arguments, head)), why));
        }
    }
    next
}
