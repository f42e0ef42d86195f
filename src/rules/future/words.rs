//! What the rules about a merge share: who has what, and the commands around it.

use crate::diagnostic::{Changes, Step};
use crate::facts::{Facts, Future, Simulation};
use crate::graph::Graph;
use crate::revision::Revision;
use crate::rules::lost::commit;
use crate::rules::wording;

/// `main`, or `this branch`.
pub(super) fn branch(name: Option<&str>) -> &str {
    name.unwrap_or("this branch")
}

/// The branch that a revision of the merged tree comes from.
pub(super) fn origin<'a>(future: &'a Future, id: &str) -> &'a str {
    branch(future.origin(id).map(|side| side.name.as_str()))
}

/// A revision of another branch and the commit that brought it, or one of this branch.
pub(super) fn came(future: &Future, revision: &Revision) -> String {
    let shown = wording::revision(revision);
    let Some(side) = future.origin(&revision.id) else { return format!("{shown} is new on this branch") };
    match side.came.get(&revision.id) {
        Some(by) => format!("{shown} came to {} in commit {}", side.name, commit(by)),
        None => format!("{shown} is on {}", side.name),
    }
}

/// How the merge was looked at.
pub(super) fn simulation(future: &Future) -> Option<&'static str> {
    match &future.simulation {
        Simulation::Git if future.conflicts.is_empty() => Some("git merges the files without a conflict"),
        Simulation::Git => None,
        Simulation::Files { .. } => Some("the merge was put together file by file, not by git"),
    }
}

/// `main`, or `main after feature/a and feature/b`.
pub(super) fn target(future: &Future) -> String {
    let others: Vec<&str> = future.others.iter().map(|side| side.name.as_str()).collect();
    let after = if others.is_empty() { String::new() } else { format!(" after {}", wording::list(&others)) };
    format!("{}{after}", future.base.name)
}

/// Brings another branch in.
pub(super) fn bring_always(name: &str) -> Option<Step> {
    let why = "brings what this branch lacks; or `git rebase`, if that is how you work";
    Some(Step::new(format!("git merge --no-edit {}", wording::shell(name)?), why, Changes::Git))
}

/// Brings another branch in, if it has something that this one lacks.
pub(super) fn bring(facts: &Facts, name: &str, graph: &Graph) -> Option<Step> {
    let is_here = graph.ids().iter().all(|id| facts.graph.get(id).is_some());
    if is_here { None } else { bring_always(name) }
}

/// Puts a file back to what the base has.
pub(super) fn put_back(future: &Future, before: &Revision, why: &str) -> Option<Step> {
    let (name, file) = (wording::shell(&future.base.name)?, file(before)?);
    Some(Step::new(format!("git checkout {name} -- {file}"), why, Changes::Files))
}

/// Shows what a branch made of a file of the base.
pub(super) fn show(future: &Future, before: &Revision, now: &Revision, by: Option<&str>) -> Option<Step> {
    let (base, first, second) = (wording::shell(&future.base.name)?, file(before)?, file(now)?);
    let files = if first == second { first } else { format!("{first} {second}") };
    let command = match by {
        Some(by) => format!("git diff {base} {} -- {files}", wording::shell(by)?),
        None => format!("git diff {base} -- {files}"),
    };
    Some(Step::new(command, "shows what was changed", Changes::Nothing))
}

/// Where a person has to look when nothing of this branch is to be changed.
pub(super) fn log(facts: &Facts, future: &Future) -> Option<Step> {
    let names: Vec<&str> = future.others.iter().map(|side| side.name.as_str()).collect();
    let names = wording::shell_words(&names).filter(|names| !names.is_empty()).unwrap_or_else(|| "HEAD".to_owned());
    let base = wording::shell(&future.base.name)?;
    let folders = wording::version_folders(&facts.project);
    let why = "shows who adds which revision: of these branches the second one to be merged has to follow the first";
    let command = format!("git log --oneline --name-only {names} --not {base} -- {folders}");
    Some(Step::new(command, why, Changes::Nothing))
}

/// A file as a word of the shell.
pub(super) fn file(revision: &Revision) -> Option<String> {
    wording::shell(&revision.source.path().display().to_string())
}

/// The only head of the base.
pub(super) fn only_head(graph: &Graph) -> Option<&str> {
    match crate::rules::graph::tips(graph).as_slice() {
        [head] => Some(head),
        _ => None,
    }
}
