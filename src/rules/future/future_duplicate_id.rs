//! `future-duplicate-id`

use super::words;
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Facts, Future, Side};
use crate::graph::Graph;
use crate::revision::{Field, Meaning, Revision};
use crate::rules::{Check, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "future-duplicate-id",
    summary: "Once this branch is merged two files have the same revision id",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/future-duplicate-id.md"),
    check: Check::Future(check),
};

/// How many digits a new id has, as Alembic's own.
const DIGITS: usize = 12;

fn check(facts: &Facts, future: &Future) -> Vec<Finding> {
    let graphs = || std::iter::once(&facts.graph).chain(sides(future).map(|side| &side.graph));
    let mut found = Vec::new();
    for duplicate in future.merged.duplicates() {
        let copies = |graph: &Graph| graph.revisions().iter().filter(|revision| revision.id == duplicate.id).count();
        if graphs().any(|graph| copies(graph) >= duplicate.files.len()) {
            continue;
        }
        let files = duplicate.files.iter().filter_map(|index| future.merged.revisions().get(*index));
        found.push(of_files(facts, future, &files.collect::<Vec<_>>()));
    }
    found.extend(future.twins.iter().map(|(theirs, ours)| of_one_name(future, theirs, ours)));
    found
}

fn sides(future: &Future) -> impl Iterator<Item = &Side> {
    std::iter::once(&future.base).chain(&future.others)
}

/// The branch that has the file; `None` for this one.
fn owner<'f>(facts: &Facts, future: &'f Future, revision: &Revision) -> Option<&'f Side> {
    let has = |graph: &Graph| {
        let same = |other: &Revision| other.id == revision.id && other.source.path() == revision.source.path();
        graph.revisions().iter().any(same)
    };
    let others = future.others.iter().filter(|_| !has(&facts.graph));
    std::iter::once(&future.base).chain(others).find(|side| has(&side.graph))
}

fn of_files(facts: &Facts, future: &Future, files: &[&Revision]) -> Finding {
    let id = files.first().map(|file| file.id.as_str()).unwrap_or_default();
    let shown = wording::id(id);
    let named: Vec<String> = files
        .iter()
        .map(|file| {
            let branch = words::branch(owner(facts, future, file).map(|side| side.name.as_str()));
            format!("{} of {branch}", wording::path(file.source.path()))
        })
        .collect();
    let mut finding = Finding::new(format!(
        "merged into {} the id {shown} stands in {} files: Alembic keeps one of them, and the others never run",
        words::target(future),
        files.len()
    ));
    finding.evidence = named;
    finding.evidence.extend(words::simulation(future).map(str::to_owned));
    let own: Vec<&Revision> = files.iter().copied().filter(|file| owner(facts, future, file).is_none()).collect();
    let theirs = files.iter().copied().find(|file| owner(facts, future, file).is_some());
    let side = theirs.and_then(|file| owner(facts, future, file));
    if let Some(file) = own.first() {
        finding = finding.at(file.location(Field::Revision)).revision(id);
    }
    if let (Some(own), Some(theirs), Some(side)) = (own.first(), theirs, side) {
        let is_same = Meaning::of(own).is_some_and(|meaning| Meaning::of(theirs) == Some(meaning));
        if is_same {
            finding = finding.evidence("both do the same: one of them is enough");
        }
        finding.next.extend(words::bring_always(&side.name));
        finding.next.extend(if is_same { remove(own) } else { rename(facts, side, own, theirs) });
    }
    if finding.next.is_empty() {
        finding.next.extend(words::log(facts, future));
    }
    finding
        .do_not("join them with a merge revision: the two would still be one id")
        .do_not(format!("change the id of the file that {} has: databases may be stamped with it", future.base.name))
}

/// One of two files that do the same goes.
fn remove(own: &Revision) -> Vec<Step> {
    let why = "takes one of the two files away";
    words::file(own)
        .map(|file| Step::new(format!("git rm --force --quiet {file}"), why, Changes::Files))
        .into_iter()
        .collect()
}

/// This branch's file gets another id, and goes behind the other line.
fn rename(facts: &Facts, side: &Side, own: &Revision, theirs: &Revision) -> Vec<Step> {
    let Some(file) = words::file(own) else { return Vec::new() };
    let print = Meaning::of(own).map(|meaning| meaning.fingerprint()).unwrap_or_default();
    let new = print.get(..DIGITS).filter(|new| facts.graph.get(new).is_none());
    let flag = new.map(|new| format!(" --rev-id {new}")).unwrap_or_default();
    let why = "gives this branch's file an id of its own; it refuses when a database has the id, which may be of \
               either file";
    let command = wording::doctor(&facts.project, &format!("reid {file}{flag} --assume-undeployed"));
    let mut steps = vec![Step::new(command, why, Changes::Files)];
    let is_last = facts.graph.children(&own.id).is_empty();
    if let (Some(new), Some(onto)) = (new, words::only_head(&side.graph))
        && is_last
        && own.down_revision.len() == 1
        && own.down_revision == theirs.down_revision
        && let Some(onto) = wording::shell(onto)
    {
        let command = wording::doctor(&facts.project, &format!("rebase {new} --onto {onto}"));
        steps.push(Step::new(command, "both continue the same revision: this one follows the other", Changes::Files));
    }
    steps
}

/// Two branches each brought a file of that name: git stops at it.
fn of_one_name(future: &Future, theirs: &Revision, ours: &Revision) -> Finding {
    let (id, file) = (wording::id(&ours.id), wording::path(ours.source.path()));
    let base = &future.base.name;
    let mut finding = Finding::new(format!(
        "{base} and this branch each have another revision {id} in {file}: git cannot merge the file, and one of the \
         two would be lost"
    ))
    .at(ours.location(Field::Revision))
    .revision(&ours.id)
    .evidence(format!("on {base}: {}", wording::revision(theirs)))
    .evidence(format!("on this branch: {}", wording::revision(ours)));
    finding.next.extend(words::show(future, theirs, ours, None));
    finding
        .do_not("settle the conflict by taking lines of both: they are two revisions")
        .do_not(format!("change the id of the file that {base} has: databases may be stamped with it"))
}
