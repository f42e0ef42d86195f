//! `lock`: writes the lock file, or proves that it is current.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Error, bail};

use super::{Context, Outcome};
use crate::check::{self, Databases, Released};
use crate::cli::args::{Format, LockArguments};
use crate::cli::{FINDINGS, NOTHING, files};
use crate::facts::{Broken, Facts};
use crate::repair::Rewrite;
use crate::revision::{Depth, Lock, LockError};
use crate::rules::gaps;
use crate::source::{printable, printable_line};

/// Writes the lock file; with `--check` only looks at it.
pub(super) fn lock(context: &Context<'_>, arguments: &LockArguments) -> Result<Outcome, Error> {
    context.format("lock", &[Format::Text])?;
    let report = context.examine("lock", Depth::WholeFiles, Databases::None)?;
    let facts = &report.facts;
    if facts.files == 0 {
        return Ok(refused("no revision to lock", Vec::new(), NOTHING));
    }
    if !gaps::alembic_loads(facts) || !facts.graph.duplicates().is_empty() {
        let hint = vec!["what is wrong with them: alembic-doctor check".to_owned()];
        return Ok(refused("the revision files leave the graph in doubt, so nothing is locked", hint, FINDINGS));
    }
    let shown = check::lock_path(facts);
    let path = facts.project.directory.join(&shown);
    let shown = printable_line(&shown.display().to_string());
    let locked = facts.locked.as_ref();
    if arguments.check {
        return Ok(looked_at(facts, &shown));
    }
    accepted(facts, &arguments.accept)?;
    if let Some(locked) = locked {
        if let Err(error @ LockError::Unread(_)) = &locked.lock {
            bail!("{shown} is not overwritten: {error}");
        }
        let broken = locked.broken().into_iter().filter(|(id, _)| !arguments.accept.iter().any(|one| one == id));
        let mut remarks = forbidden(facts, &broken.collect::<Vec<_>>());
        if !remarks.is_empty() {
            remarks.push("when you know that no database has it: --accept REV".to_owned());
            return Ok(refused("locked revisions are not what they were: nothing was written", remarks, FINDINGS));
        }
    }
    let now = check::lock_now(facts);
    let text = now.text().context("a revision id has white space in it, so it cannot be locked")?;
    let unknown = now.entries.values().flatten().filter(|entry| entry.work.is_none()).count();
    write(&path, &shown, &text)?;
    let mut outcome = Outcome::default();
    outcome.result.push_str(&format!("locked {} in {shown}\n", counted(now.entries.len(), "revision")));
    if unknown > 0 {
        let what = counted(unknown, "revision");
        outcome.remarks.push(format!("what {what} does is not understood: only the parents are locked"));
    }
    outcome.remarks.push("commit it with the revisions".to_owned());
    Ok(outcome)
}

/// What may not be locked anew, a line each: what others may have by now. A revision that has not left
/// its branch may change.
fn forbidden(facts: &Facts, broken: &[(&str, Broken)]) -> Vec<String> {
    if broken.is_empty() {
        return Vec::new();
    }
    let ids: Vec<String> = broken.iter().map(|(id, _)| (*id).to_owned()).collect();
    let released = check::released(facts, &ids);
    let who_has = |id: &str| match &released {
        Released::No => None,
        Released::Yes(found) => {
            found.iter().find(|(released, _)| released == id).map(|(_, place)| format!("on {place}"))
        }
        Released::Unknown { reason } => Some(format!("who has it cannot be told: {reason}")),
    };
    broken.iter().filter_map(|broken| Some(format!("{} ({})", line(broken), who_has(broken.0)?))).collect()
}

/// Whether it is current.
fn looked_at(facts: &Facts, shown: &str) -> Outcome {
    let Some(locked) = &facts.locked else {
        let hint = vec!["alembic-doctor lock writes one".to_owned()];
        return refused(&format!("there is no {shown}"), hint, FINDINGS);
    };
    let lock = match &locked.lock {
        Ok(lock) => lock,
        Err(error) => return refused(&format!("{shown} cannot be used: {error}"), Vec::new(), FINDINGS),
    };
    if locked.is_current() {
        let count = counted(locked.now.entries.len(), "revision");
        return Outcome { result: format!("{shown} is current: {count}\n"), ..Outcome::default() };
    }
    let mut remarks: Vec<String> = locked.broken().iter().map(line).collect();
    remarks.extend(locked.missing().iter().map(|id| format!("{} is not in it", printable(id))));
    if lock.is_conflicted {
        remarks.push("git has left a conflict in it".to_owned());
    }
    if remarks.is_empty() {
        remarks.push(format!("it names {} as head", printable(&lock.heads.join(" "))));
    }
    remarks.push(if forbidden(facts, &locked.broken()).is_empty() {
        "alembic-doctor lock writes it anew".to_owned()
    } else {
        "what to do about it: alembic-doctor check".to_owned()
    });
    refused(&format!("{shown} is not current"), remarks, FINDINGS)
}

/// What is accepted must be there to be accepted.
fn accepted(facts: &Facts, ids: &[String]) -> Result<(), Error> {
    let is_known = |id: &&String| {
        let locked = facts.locked.as_ref().and_then(|locked| locked.lock.as_ref().ok());
        facts.graph.get(id).is_some() || locked.is_some_and(|lock| lock.entries.contains_key(*id))
    };
    match ids.iter().find(|id| !is_known(id)) {
        Some(id) => bail!("--accept {}: no revision has that id, and none is locked", printable(id)),
        None => Ok(()),
    }
}

fn line((id, broken): &(&str, Broken)) -> String {
    let what = match broken {
        Broken::Edited => "does something else",
        Broken::Moved => "continues another revision",
        Broken::Gone => "is gone",
    };
    format!("{} {what}", printable(id))
}

/// Puts it in place as a whole, over nothing that is not a file.
fn write(path: &Path, shown: &str, text: &str) -> Result<(), Error> {
    let after = text.as_bytes().to_vec();
    match path.symlink_metadata() {
        Ok(found) if !found.is_file() => bail!("{shown} is no plain file, and is not overwritten"),
        Ok(_) => {
            let before = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
            if let Err(error @ LockError::Foreign) = Lock::parse(&String::from_utf8_lossy(&before)) {
                bail!("{shown} is not overwritten: {error}");
            }
            let path = path.to_owned();
            files::replace(&[Rewrite { path, renamed: None, before, after, changes: Vec::new() }])
        }
        Err(_) => files::create(path, &after).with_context(|| format!("cannot write {shown}")),
    }
}

fn refused(message: &str, more: Vec<String>, code: u8) -> Outcome {
    let mut remarks = vec![format!("error: {message}")];
    remarks.extend(more.iter().map(|line| format!("  {line}")));
    Outcome { result: String::new(), remarks: remarks.iter().map(|line| printable_line(line)).collect(), code }
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
