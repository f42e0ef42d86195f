//! What `reparented-revision` says without a database: a revision that the base has, or that is
//! locked, continues another one now.

use super::{non_linear_insertion, words};
use crate::diagnostic::{Changes, Finding, Step};
use crate::facts::{Broken, Facts, Future, Rewritten};
use crate::revision::{Field, Revision};
use crate::rules::rewrite::rewrite;
use crate::rules::wording;

pub(in crate::rules) fn reparented(facts: &Facts) -> Vec<Finding> {
    let moved = |rewritten: &&Rewritten| rewritten.header.contains(&Field::DownRevision);
    let mut found: Vec<Finding> = Vec::new();
    if let Some(future) = &facts.future {
        found.extend(future.rewritten.iter().filter(moved).map(|rewritten| of_merge(facts, future, rewritten)));
    }
    found.extend(of_lock(facts, &found));
    found
}

fn of_merge(facts: &Facts, future: &Future, rewritten: &Rewritten) -> Finding {
    let Rewritten { before, now, .. } = rewritten;
    let (base, by) = (&future.base.name, words::branch(rewritten.by.as_deref()));
    let (id, old, new) = (wording::id(&now.id), parents(before), parents(now));
    let mut finding = Finding::new(format!("{id}, which {base} has, was moved from {old} to {new} on {by}"))
        .at(now.location(Field::DownRevision))
        .revision(&now.id)
        .evidence(format!("{id} continues {old} on {base}, and {new} after the merge"));
    let inserted = non_linear_insertion::below(future, now);
    finding = finding.evidence(if inserted.is_empty() {
        "databases that have it keep the order in which they ran; new ones get the other".to_owned()
    } else {
        let ids: Vec<&str> = inserted.iter().map(|revision| revision.id.as_str()).collect();
        format!("databases that have {id} never run {}", wording::ids(&ids))
    });
    finding.next = match &rewritten.by {
        None => put_behind(facts, future, now, &inserted),
        Some(by) => words::show(future, before, now, Some(by)).into_iter().collect(),
    };
    finding.do_not("move a revision that somebody may have run: move the new one behind it")
}

fn of_lock(facts: &Facts, told: &[Finding]) -> Vec<Finding> {
    let Some(locked) = &facts.locked else { return Vec::new() };
    let is_told = |id: &str| told.iter().any(|finding| finding.revision.as_deref() == Some(id));
    let mut found = Vec::new();
    for (id, _) in facts.broken_locks().into_iter().filter(|(id, broken)| *broken == Broken::Moved && !is_told(id)) {
        let Some(now) = facts.graph.get(id) else { continue };
        let before = locked.lock.as_ref().ok().and_then(|lock| lock.entries.get(id));
        let before = before.and_then(|entries| entries.first()?.parents.clone()).unwrap_or_default();
        let (old, new) = (named(&before), parents(now));
        let shown = wording::id(id);
        let mut finding = Finding::new(format!("{shown} was moved from {old} to {new} since it was locked"))
            .at(now.location(Field::DownRevision))
            .revision(id)
            .evidence(super::edited::line_of_lock(locked, id));
        if let ([old], [new]) = (before.as_slice(), now.down_revision.as_slice()) {
            let why = "puts it back to where it was; a new revision between the two goes behind the head";
            finding.next.extend(rewrite(now, Field::DownRevision, new, old, why));
        }
        let accept = super::edited::accept(facts, id, "locks it as it is now: right while no database has it");
        if finding.next.is_empty() {
            finding.next.extend(accept)
        } else {
            finding.or.extend(accept.map(|step| vec![step]))
        }
        found.push(finding.do_not("move a revision that somebody may have run: move the new one behind it"));
    }
    found
}

pub(super) fn parents(revision: &Revision) -> String {
    named(&revision.down_revision)
}

fn named(parents: &[String]) -> String {
    if parents.is_empty() { "nothing".to_owned() } else { wording::ids(parents) }
}

/// The one that the base has goes back, and what came below it behind the end of the line.
pub(super) fn put_behind(facts: &Facts, future: &Future, kept: &Revision, inserted: &[&Revision]) -> Vec<Step> {
    let Some(before) = future.base.graph.get(&kept.id) else { return Vec::new() };
    let (base, id) = (&future.base.name, wording::id(&kept.id));
    let mut steps: Vec<Step> = words::bring(facts, base, &future.base.graph).into_iter().collect();
    let Some(back) = words::put_back(future, before, &format!("puts {id} back to where {base} has it")) else {
        return words::show(future, before, kept, None).into_iter().collect();
    };
    steps.push(back);
    let follows = |pair: &[&Revision]| matches!(pair, [first, second] if second.down_revision == [first.id.clone()]);
    if let (Some(first), Some(head)) = (inserted.first(), words::only_head(&future.base.graph))
        && inserted.windows(2).all(follows)
        && let [parent] = first.down_revision.as_slice()
    {
        let why = "puts what is new behind the end of the line, so that it runs everywhere";
        steps.extend(rewrite(first, Field::DownRevision, parent, head, why));
    }
    if kept.source.path() != before.source.path()
        && let Some(file) = words::file(kept)
    {
        steps.push(Step::new(format!("git rm --force --quiet {file}"), "takes the moved file away", Changes::Files));
    }
    steps
}
