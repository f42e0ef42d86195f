//! `future-fork`

use std::collections::BTreeSet;

use super::words;
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Facts, Future};
use crate::graph::Graph;
use crate::revision::{Field, Revision};
use crate::rules::graph::{are_wanted_heads, merge_command, partings, tips};
use crate::rules::{Check, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "future-fork",
    summary: "Once this branch is merged the revision graph has more heads than any branch has now",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/future-fork.md"),
    check: Check::Future(check),
};

fn check(facts: &Facts, future: &Future) -> Vec<Finding> {
    let merged = &future.merged;
    let heads = tips(merged);
    let alone = std::iter::once(&facts.graph).chain(sides(future)).map(|graph| tips(graph).len()).max().unwrap_or(0);
    let is_fine = are_wanted_heads(merged, facts.expected.heads) || heads.len() <= alone.max(1);
    if is_fine || !super::open(future).is_empty() {
        return Vec::new();
    }
    let named: Vec<String> =
        heads.iter().map(|head| format!("{} of {}", wording::id(head), words::origin(future, head))).collect();
    let mut finding = Finding::new(format!(
        "merged into {} there are {} heads, {}: `{}` would refuse to choose between them",
        words::target(future),
        heads.len(),
        wording::list(&named),
        facts.project.command("upgrade head")
    ));
    let revisions: Vec<&Revision> = heads.iter().filter_map(|head| merged.get(head)).collect();
    finding.evidence = wording::fold(revisions.iter().map(|revision| words::came(future, revision)).collect());
    finding.evidence.extend(partings(merged, &heads));
    finding = finding.evidence(format!("each branch alone has {}", wording::count(alone, "head", "heads")));
    finding.evidence.extend(words::simulation(future).map(str::to_owned));

    let own: Vec<&str> = heads.iter().copied().filter(|head| future.origin(head).is_none()).collect();
    let other = heads.iter().copied().find(|head| future.origin(head).is_some());
    let line = match (own.as_slice(), other) {
        ([tip], Some(onto)) => Some((line(future, tip, onto), *tip, onto)),
        _ => None,
    };
    if let Some((Some(first), ..)) = &line {
        let here = facts.graph.get(&first.id).unwrap_or(first);
        finding = finding.at(here.location(Field::DownRevision)).revision(&first.id);
    } else if let Some(tip) = own.first().and_then(|tip| facts.graph.get(tip)) {
        finding = finding.at(tip.location(Field::DownRevision)).revision(&tip.id);
    }
    let bring =
        other.and_then(|other| future.origin(other)).and_then(|side| words::bring(facts, &side.name, &side.graph));
    let join = merge_command(facts, &heads).map(|command| {
        let why = "writes a revision that joins the lines; right when a database already has this branch's";
        Step::new(command, why, Changes::Files)
    });
    match (&line, &bring) {
        (Some((Some(first), tip, onto)), Some(bring)) => {
            if let Some(rebase) = rebase(facts, first, tip, onto) {
                finding = finding.next_step(bring.clone()).next_step(rebase);
                finding.or.extend(join.map(|join| vec![bring.clone(), join]));
            }
        }
        (Some(_), Some(bring)) => finding.next.extend([Some(bring.clone()), join].into_iter().flatten()),
        _ => {}
    }
    if finding.next.is_empty() {
        finding.next.extend(words::log(facts, future));
    }
    let waiting = "merge it as it is: git has nothing to say, and the deployment would be the first to notice";
    finding = finding.do_not(waiting);
    if let Some(other) = other {
        let (other, side) = (wording::id(other), words::origin(future, other));
        finding = finding.do_not(format!("move {other} instead: who has {side} may have run it"));
    }
    vec![finding]
}

fn sides(future: &Future) -> impl Iterator<Item = &Graph> {
    std::iter::once(&future.base).chain(&future.others).map(|side| &side.graph)
}

/// The first revision of this branch's line, if all of it can simply be moved behind `onto`.
fn line<'f>(future: &'f Future, tip: &str, onto: &str) -> Option<&'f Revision> {
    let graph = &future.merged;
    let kept = graph.ancestors(&[onto]);
    let side: BTreeSet<&str> = graph.ancestors(&[tip]).into_iter().filter(|id| !kept.contains(id)).collect();
    let is_own = side.iter().all(|id| future.origin(id).is_none());
    let later = graph.descendants(&side.iter().copied().collect::<Vec<_>>());
    if !is_own || later.iter().any(|id| !side.contains(id)) {
        return None;
    }
    let members: Option<Vec<&Revision>> = side.iter().map(|id| graph.get(id)).collect();
    let members = members?;
    let is_plain = |revision: &&Revision| {
        revision.down_revision.len() == 1 && revision.depends_on.is_empty() && !revision.is_unknown(Field::DownRevision)
    };
    let begins = |revision: &&&Revision| revision.down_revision.iter().all(|parent| !side.contains(parent.as_str()));
    let firsts: Vec<&&Revision> = members.iter().filter(begins).collect();
    match firsts.as_slice() {
        [first] if members.iter().all(is_plain) => Some(first),
        _ => None,
    }
}

fn rebase(facts: &Facts, first: &Revision, tip: &str, onto: &str) -> Option<Step> {
    let (tip, to) = (wording::shell(tip)?, wording::shell(onto)?);
    let (file, onto) = (wording::path(first.source.path()), wording::id(onto));
    let why = format!(
        "writes `down_revision = \"{onto}\"` into {file}, so that this branch continues the other one; it refuses what a \
         database has"
    );
    Some(Step::new(wording::doctor(&facts.project, &format!("rebase {tip} --onto {to}")), why, Changes::Files))
}
