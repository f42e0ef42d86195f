//! `non-linear-insertion`

use std::collections::BTreeSet;

use super::{reparented, words};
use crate::diagnostic::{Finding, Severity};
use crate::facts::{Facts, Future};
use crate::revision::{Field, Revision};
use crate::rules::{Check, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "non-linear-insertion",
    summary: "A new revision stands below one that the base already has, so that databases at its head skip it",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/non-linear-insertion.md"),
    check: Check::Future(check),
};

fn check(facts: &Facts, future: &Future) -> Vec<Finding> {
    let merged = &future.merged;
    let mut found = Vec::new();
    for kept in merged.revisions().iter().filter(|revision| is_of_base(future, &revision.id)) {
        let inserted = below(future, kept);
        if !inserted.is_empty() {
            found.push(finding(facts, future, kept, &inserted));
        }
    }
    found
}

fn is_of_base(future: &Future, id: &str) -> bool {
    future.base.graph.get(id).is_some()
}

/// The new revisions that come right below one of the base, in the order in which they run.
pub(super) fn below<'f>(future: &'f Future, kept: &Revision) -> Vec<&'f Revision> {
    let graph = &future.merged;
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut waiting = vec![kept.id.as_str()];
    while let Some(id) = waiting.pop() {
        for parent in graph.parents(id) {
            if !is_of_base(future, parent) && found.insert(parent) {
                waiting.push(parent);
            }
        }
    }
    if found.is_empty() {
        return Vec::new();
    }
    graph.history().into_iter().rev().filter(|id| found.contains(id)).filter_map(|id| graph.get(id)).collect()
}

fn finding(facts: &Facts, future: &Future, kept: &Revision, inserted: &[&Revision]) -> Finding {
    let base = &future.base.name;
    let ids: Vec<&str> = inserted.iter().map(|revision| revision.id.as_str()).collect();
    let (new, id) = (wording::ids(&ids), wording::id(&kept.id));
    let verb = if ids.len() == 1 { "stands" } else { "stand" };
    let it = if ids.len() == 1 { "it" } else { "them" };
    let mut finding = Finding::new(format!(
        "{new} {verb} below {id}, which {base} already has: databases that have {id} never run {it}"
    ));
    if let Some(first) = inserted.first() {
        finding = finding.at(first.location(Field::DownRevision)).revision(&first.id);
    }
    let lines = inserted.iter().map(|revision| words::came(future, revision));
    finding.evidence = wording::fold(lines.collect());
    if let Some(before) = future.base.graph.get(&kept.id) {
        finding = finding.evidence(format!(
            "{id} continues {} on {base}, and {} after the merge",
            reparented::parents(before),
            reparented::parents(kept)
        ));
    }
    finding = finding
        .evidence("Alembic takes everything before a row as done: `upgrade`, `check` and `current` stay silent")
        .related(kept.location(Field::DownRevision), format!("{base} has it"));
    let other = inserted.iter().find_map(|revision| future.origin(&revision.id));
    finding.next = match (other, future.base.graph.get(&kept.id)) {
        (Some(side), Some(before)) => words::show(future, before, kept, Some(&side.name)).into_iter().collect(),
        _ => reparented::put_behind(facts, future, kept, inserted),
    };
    finding.do_not("`stamp` or `downgrade` to make it run: what lies between would be undone, or taken as done")
}
