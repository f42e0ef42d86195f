//! `offline-unsafe`

use super::seen::explained;
use crate::deployment::Deployment;
use crate::diagnostic::{Finding, Severity};
use crate::operation::{Body, ConditionKind, Live};
use crate::rules::{Check, RevisionFacts, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "offline-unsafe",
    summary: "A migration asks the database something, so `--sql` fails at it",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/offline-unsafe.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let env = seen.facts.project.env.source.as_ref();
    // A project whose env.py knows no offline mode cannot print SQL at all.
    if env.is_some_and(|source| !["is_offline_mode", "as_sql"].iter().any(|word| source.text().contains(word))) {
        return Vec::new();
    }
    let both = [("upgrade", &seen.operations.upgrade), ("downgrade", &seen.operations.downgrade)];
    both.into_iter().filter_map(|(function, body)| finding(seen, function, body)).collect()
}

fn finding(seen: &RevisionFacts<'_>, function: &str, body: &Body) -> Option<Finding> {
    let is_guarded = |live: &&Live| {
        let mut conditions = live.conditions.iter();
        conditions.any(|condition| condition.kind == ConditionKind::Offline { is: false })
    };
    let mut unsafe_places = body.live.iter().filter(|live| !is_guarded(live));
    let first = unsafe_places.next()?;
    let others = unsafe_places.map(|live| live.span).filter(|span| *span != first.span).count();
    let mut finding = Finding::new(format!("`{function}()` {}, which `--sql` cannot answer", first.what))
        .at(seen.place(first.span))
        .evidence("with --sql there is no database: what is executed is printed, and returns None");
    if others > 0 {
        finding = finding.evidence(format!("{} more in this function", wording::count(others, "place", "places")));
    }
    finding = match seen.facts.deployment.as_ref().and_then(|deployment: &Deployment| deployment.prints_sql.first()) {
        Some(place) => finding
            .related(place.clone(), "prints SQL")
            .evidence(format!("this project prints SQL at {}", wording::place(place))),
        None => finding.at_most(Severity::Info).evidence("no command with --sql is seen in this repository"),
    };
    Some(
        finding
            .next_step(explained(RULE.name, "shows the guard, and the SQL that needs no answer"))
            .do_not("print only the other revisions: the SQL of this one is then missing from the script"),
    )
}
