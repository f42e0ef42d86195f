//! `rebase` and `reid`: changes to the headers of revisions that no database can have.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Error, bail};

use super::{Context, Outcome};
use crate::check::{self, Databases, Report};
use crate::cli::args::{Format, RebaseArguments, ReidArguments};
use crate::cli::{FINDINGS, files, revision_id};
use crate::facts::Facts;
use crate::repair::{self, Rewrite, Unsafe, rebase, reid};
use crate::revision::Depth;
use crate::source::{printable, printable_line};

/// Moves one side of a fork onto the other.
pub(super) fn rebase(context: &Context<'_>, arguments: &RebaseArguments) -> Result<Outcome, Error> {
    context.format("rebase", &[Format::Text])?;
    let report = context.examine("rebase", Depth::WholeFiles, Databases::Every)?;
    let facts = &report.facts;
    let plan = match (&arguments.revision, &arguments.onto) {
        (Some(tip), Some(onto)) => rebase::plan(facts, tip, onto)?,
        (tip, onto) => match choose(&report, tip.as_deref(), onto.as_deref(), arguments.assume_undeployed)? {
            Choice::One(plan) => plan,
            Choice::Nobody(remarks) => return Ok(refused(remarks)),
        },
    };
    let reasons = unsafe_reasons(facts, &plan.side, arguments.assume_undeployed);
    if !reasons.is_empty() {
        let mut remarks = vec![format!("error: {} stays where it is", printable(&plan.tip))];
        remarks.extend(reasons.iter().map(|reason| format!("  {reason}")));
        remarks.extend(other_way(facts, &plan, &reasons));
        return Ok(refused(remarks));
    }
    let rewrites = plan.parents.iter().map(|(id, parents)| {
        let revision = facts.graph.get(id).with_context(|| format!("no revision {}", printable(id)))?;
        let bytes = fs::read(&revision.path).with_context(|| format!("cannot read {}", shown(&revision.path)))?;
        Ok(repair::with_parents(revision, &bytes, parents)?)
    });
    let rewrites = rewrites.collect::<Result<Vec<Rewrite>, Error>>()?;
    write(facts, &rewrites, arguments.dry_run)
}

/// Gives one of two files with the same id another one.
pub(super) fn reid(context: &Context<'_>, arguments: &ReidArguments) -> Result<Outcome, Error> {
    context.format("reid", &[Format::Text])?;
    let report = context.examine("reid", Depth::WholeFiles, Databases::Every)?;
    let facts = &report.facts;
    let revision = reid::find(facts, &arguments.file)?;
    let bytes = fs::read(&revision.path).with_context(|| format!("cannot read {}", shown(&revision.path)))?;
    let new = arguments.rev_id.clone().unwrap_or_else(revision_id::random);
    let rewrite = reid::rewrite(facts, revision, &bytes, &new)?;
    // A database that has the id may have run any of its files: only a person knows which.
    let reasons = unsafe_reasons(facts, std::slice::from_ref(&revision.id), false);
    if !reasons.is_empty() && !arguments.assume_undeployed {
        let mut remarks = vec![format!("error: {} keeps its id", shown(revision.source.path()))];
        remarks.extend(reasons.iter().map(|reason| format!("  {reason}")));
        let hint = "which of the files has run cannot be seen from the id; when you know that this one has not: \
                    --assume-undeployed";
        remarks.push(format!("  {hint}"));
        return Ok(refused(remarks));
    }
    let mut outcome = write(facts, &[rewrite], arguments.dry_run)?;
    let children = facts.graph.children(&revision.id);
    if !children.is_empty() {
        let children: Vec<String> = children.iter().map(|id| printable(id)).collect();
        outcome.remarks.push(format!("{} still continues {}", children.join(", "), printable(&revision.id)));
    }
    Ok(outcome)
}

/// Which side moves when the user did not say.
enum Choice {
    One(rebase::Rebase),
    Nobody(Vec<String>),
}

/// Of two heads the one that may move, if only one may.
fn choose(report: &Report, tip: Option<&str>, onto: Option<&str>, assumed: bool) -> Result<Choice, Error> {
    let facts = &report.facts;
    let heads = facts.graph.heads();
    let [first, second] = heads.as_slice() else {
        let found = match heads.len() {
            1 => "there is one head".to_owned(),
            count => format!("there are {count} heads"),
        };
        bail!("{found}: name the side that moves and the one that stays: rebase REV --onto REV");
    };
    let sides: Vec<(&str, &str)> = match (tip, onto) {
        (Some(tip), _) => {
            let resolved = facts.graph.resolve(tip).ok().and_then(|found| found.first().copied()).unwrap_or(tip);
            vec![(tip, if facts.graph.ancestors(&[*first]).contains(resolved) { *second } else { *first })]
        }
        (None, Some(onto)) => {
            let resolved = facts.graph.resolve(onto).ok().and_then(|found| found.first().copied()).unwrap_or(onto);
            vec![(if facts.graph.ancestors(&[*first]).contains(resolved) { *second } else { *first }, onto)]
        }
        (None, None) => vec![(*first, *second), (*second, *first)],
    };
    let mut can = Vec::new();
    let mut remarks = Vec::new();
    for (tip, onto) in &sides {
        let plan = rebase::plan(facts, tip, onto)?;
        let reasons = unsafe_reasons(facts, &plan.side, assumed);
        if reasons.is_empty() || sides.len() == 1 {
            can.push(plan);
        } else {
            remarks.extend(reasons.iter().map(|reason| format!("  {} stays: {reason}", printable(tip))));
        }
    }
    match can.len() {
        1 => Ok(Choice::One(can.remove(0))),
        0 => {
            remarks.insert(0, "error: no side may move".to_owned());
            remarks.push("join them: alembic-doctor merge".to_owned());
            Ok(Choice::Nobody(remarks))
        }
        _ => {
            let mut remarks = vec!["error: either side may move: choose one".to_owned()];
            remarks.extend(can.iter().map(|plan| format!("  {}", command(plan))));
            Ok(Choice::Nobody(remarks))
        }
    }
}

pub(super) fn unsafe_reasons(facts: &Facts, ids: &[String], assumed: bool) -> Vec<Unsafe> {
    let reasons = repair::judge(facts, ids, || check::released(facts, ids));
    reasons.into_iter().filter(|reason| !(assumed && reason.can_be_assumed_away())).collect()
}

/// What is left to do when this side may not move.
fn other_way(facts: &Facts, plan: &rebase::Rebase, reasons: &[Unsafe]) -> Vec<String> {
    let mut ways = Vec::new();
    if let Ok(other) = rebase::plan(facts, &plan.onto, &plan.tip) {
        if unsafe_reasons(facts, &other.side, false).is_empty() {
            ways.push(format!("the other side may move: {}", command(&other)));
        } else {
            ways.push("join them: alembic-doctor merge".to_owned());
        }
    }
    if reasons.iter().all(Unsafe::can_be_assumed_away) {
        ways.push("when you know that no database has it: --assume-undeployed".to_owned());
    }
    ways
}

pub(super) fn command(plan: &rebase::Rebase) -> String {
    format!("alembic-doctor rebase {} --onto {}", printable(&plan.tip), printable(&plan.onto))
}

fn write(facts: &Facts, rewrites: &[Rewrite], dry_run: bool) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let verb = if dry_run { "would change" } else { "changed" };
    for rewrite in rewrites {
        let path = shown(facts.project.shown(&rewrite.path));
        let name = rewrite.renamed.as_ref().map(|renamed| format!(" (now {})", shown(facts.project.shown(renamed))));
        let line = format!("{verb} {path}{}: {}\n", name.unwrap_or_default(), rewrite.changes.join(", "));
        outcome.result.push_str(&line);
    }
    if !dry_run {
        files::replace(rewrites)?;
        outcome.remarks.extend(facts.locked.as_ref().map(|_| "lock them anew: alembic-doctor lock".to_owned()));
        outcome.remarks.push("look again: alembic-doctor".to_owned());
    }
    Ok(outcome)
}

fn refused(remarks: Vec<String>) -> Outcome {
    Outcome {
        result: String::new(),
        remarks: remarks.iter().map(|line| printable_line(line)).collect(),
        code: FINDINGS,
    }
}

fn shown(path: &Path) -> String {
    printable_line(&path.display().to_string())
}
