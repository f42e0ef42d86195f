//! `deleted-revision`

use super::words;
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Broken, Facts, Future};
use crate::revision::Revision;
use crate::rules::{Check, Rule, gaps, wording};

pub(super) const RULE: Rule = Rule {
    name: "deleted-revision",
    summary: "A revision that the base has, or that is locked, is gone",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/deleted-revision.md"),
    check: Check::Memory(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    if let Some(future) = &facts.future {
        let gone = gone(future);
        told.extend(gone.iter().map(|revision| revision.id.as_str()));
        if !gone.is_empty() {
            found.push(of_merge(facts, future, &gone));
        }
    }
    found.extend(of_lock(facts, &told));
    found
}

/// The revisions of the base that no file of the merged tree has; none while a file may be one of them.
fn gone(future: &Future) -> Vec<&Revision> {
    if !gaps::unknown_ids_in(&future.problems).is_empty() {
        return Vec::new();
    }
    let graph = &future.base.graph;
    let ids = graph.ids().into_iter().filter(|id| future.merged.get(id).is_none());
    ids.filter_map(|id| graph.get(id)).collect()
}

fn of_merge(facts: &Facts, future: &Future, gone: &[&Revision]) -> Finding {
    let base = &future.base.name;
    let ids: Vec<&str> = gone.iter().map(|revision| revision.id.as_str()).collect();
    // A branch that still has it did not take it away.
    let is_own = ids.iter().any(|id| facts.graph.get(id).is_none());
    let others = future.others.iter().filter(|side| ids.iter().any(|id| side.graph.get(id).is_none()));
    let other = others.clone().next().filter(|_| !is_own);
    let by = words::branch(other.map(|side| side.name.as_str()));
    let verb = if ids.len() == 1 { "is" } else { "are" };
    let mut finding = Finding::new(format!(
        "{}, which {base} has, {verb} gone on {by}: a database that is stamped there cannot be upgraded any more",
        wording::ids(&ids)
    ));
    if let [only] = gone {
        finding = finding.revision(&only.id);
    }
    let line = |revision: &&Revision| {
        let renamed = future.merged.revisions().iter().find(|now| now.source.path() == revision.source.path());
        let now = renamed.map(|now| format!("; the file has the id {} now", wording::id(&now.id)));
        format!("on {base}: {}{}", wording::revision(revision), now.unwrap_or_default())
    };
    finding.evidence = wording::fold(gone.iter().map(line).collect());
    let files: Option<Vec<String>> = gone.iter().map(|revision| words::file(revision)).collect();
    if let (Some(files), Some(name)) = (files, wording::shell(base)) {
        let why = format!("brings back what {base} has");
        let step = match other.and_then(|side| wording::shell(&side.name)) {
            Some(other) => Step::new(
                format!("git log --diff-filter=D --name-only {name}..{other} -- {}", files.join(" ")),
                "shows who took it away, and why",
                Changes::Nothing,
            ),
            None => Step::new(format!("git checkout {name} -- {}", files.join(" ")), why, Changes::Files),
        };
        finding = finding.next_step(step);
    }
    finding.do_not("remove a revision that a database may be stamped with: what came before all of them may go")
}

fn of_lock(facts: &Facts, told: &[&str]) -> Vec<Finding> {
    let Some(locked) = &facts.locked else { return Vec::new() };
    // A file that cannot be read may be it.
    if !gaps::unknown_ids(facts).is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (id, _) in facts.broken_locks().into_iter().filter(|(id, broken)| *broken == Broken::Gone && !told.contains(id))
    {
        let mut finding = Finding::new(format!(
            "{} is locked, and no file has it: a database that is stamped there cannot be upgraded any more",
            wording::id(id)
        ))
        .revision(id)
        .evidence(super::edited::line_of_lock(locked, id));
        if let Some(shown) = wording::shell(id).filter(|id| !id.starts_with('-')) {
            let why = "brings the file back from git";
            let command = wording::doctor(&facts.project, &format!("recover {shown}"));
            finding.next.push(Step::new(command, why, Changes::Files));
        }
        let why = "forgets it: right when no database can be stamped with it";
        finding.or.extend(super::edited::accept(facts, id, why).map(|step| vec![step]));
        found.push(finding.do_not("remove a revision that a database may be stamped with"));
    }
    found
}
