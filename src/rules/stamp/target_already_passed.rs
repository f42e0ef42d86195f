//! `target-already-passed`

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::StampState;
use crate::graph::{Direction, Reached};
use crate::rules::{Check, Rule, StampFacts, wording};

use super::remedy;

pub(super) const RULE: Rule = Rule {
    name: "target-already-passed",
    summary: "The upgrade that was asked about would end with success and do nothing, because the database is past its target",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/target-already-passed.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let Some(target) = &seen.facts.expected.target else { return Vec::new() };
    if !matches!(seen.stamp.state, StampState::AtHead | StampState::Behind) || !seen.stamp.problems.is_empty() {
        return Vec::new();
    }
    let graph = &seen.facts.graph;
    let plan = graph.plan(Direction::Upgrade, std::slice::from_ref(target), &seen.stamp.rows, &seen.stamp.table_name);
    if graph.reached(&plan, target) != Reached::Past {
        return Vec::new();
    }
    let project = &seen.facts.project;
    let shown = wording::id(target);
    let mut finding = Finding::new(format!(
        "`{}` would end with success and do nothing: the database is past it",
        project.command(&format!("upgrade {shown}"))
    ))
    .evidence(remedy::rows_line(seen));
    let ids = graph.resolve(target).unwrap_or_default();
    let between =
        graph.plan(Direction::Downgrade, std::slice::from_ref(target), &seen.stamp.rows, &seen.stamp.table_name);
    finding
        .evidence
        .extend(ids.iter().filter_map(|id| graph.get(id)).map(|id| format!("asked for: {}", wording::revision(id))));
    let past = between.steps.iter().filter_map(|step| graph.get(&step.revision));
    finding.evidence.extend(wording::fold(past.map(|id| format!("past it: {}", wording::revision(id))).collect()));
    if let Some(word) = wording::shell(target) {
        finding = finding
            .next(
                wording::doctor(project, &format!("plan --direction downgrade --to={word}")),
                "shows what going back to it would take away; whether to go back is for a person to decide",
                Changes::Nothing,
            )
            .or(vec![Step::new(
                project.command(&format!("downgrade {word}")),
                "goes back, when that is what was meant: drops what those revisions created, with the data in it; assumes \
                 a backup, and that env.py is set to this same database",
                Changes::Database,
            )]);
    }
    let finding = finding
        .or(vec![Step::new(
            wording::doctor(project, &format!("gate {}", remedy::all_heads(seen.facts))),
            "asks about the newest revision, when the target is a leftover: it belongs into the deployment's command then",
            Changes::Nothing,
        )])
        .do_not("take the success of that command for a sign that something has run");
    vec![finding]
}
