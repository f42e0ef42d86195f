//! `migrations-race-at-start`

use crate::database::Dialect;
use crate::deployment::{Action, Copies, Deployment, Run, Stage};
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::rules::wording::MOST_LINES;
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

use super::place;

pub(super) const RULE: Rule = Rule {
    name: "migrations-race-at-start",
    summary: "Every copy of the application migrates when it starts, and no lock keeps two from doing so at once",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/migrations-race-at-start.md"),
    check: Check::Deployment(check),
};

fn check(facts: &Facts, deployment: &Deployment) -> Vec<Finding> {
    let urls = place::urls(facts);
    // A file has one user.
    if !urls.is_empty() && urls.iter().all(|url| url.dialect() == Some(Dialect::Sqlite)) || env_takes_lock(facts) {
        return Vec::new();
    }
    let races = |run: &&Run| {
        run.stage == Stage::Deployment
            && matches!(run.action, Action::Upgrade(_))
            && run.starts.is_some()
            && !run.is_locked
    };
    let mut runs = deployment.runs.iter().filter(races);
    let Some(first) = runs.next() else { return Vec::new() };
    let command = printable(&first.written);
    let finding = Finding::new(format!(
        "Every copy of the application runs `{command}` when it starts, and no lock keeps two from doing so at once"
    ));
    let mut finding = finding.at(first.location.clone());
    if let Some(start) = first.starts.as_ref().filter(|start| **start != first.location) {
        finding = finding
            .related(start.clone(), "the application")
            .evidence(format!("{}: the application that it starts", wording::place(start)));
    }
    finding = finding.evidence("neither env.py nor this file takes a lock");
    for other in runs.take(MOST_LINES) {
        finding = finding.evidence(format!("also at {}", wording::place(&other.location)));
    }
    let copies: Vec<&Copies> = deployment.copies.iter().filter(|copies| is_of_application(copies)).collect();
    if copies.is_empty() {
        finding = finding.at_most(Severity::Info).evidence("how many copies are started is not known");
    }
    for copies in copies.into_iter().take(MOST_LINES) {
        finding = finding.evidence(format!("{}: {} copies", wording::place(&copies.location), copies.number));
    }
    let why = "shows the place: migrate in a step of its own before the application starts, or take a lock in env.py";
    vec![
        place::edit(finding, RULE.name, &first.location, why)
            .do_not("ignore the failure of the copies that lose: a real failure would look the same"),
    ]
}

/// A compose file says which service has the copies.
fn is_of_application(copies: &Copies) -> bool {
    copies
        .service
        .as_ref()
        .is_none_or(|name| ["web", "app", "api", "backend", "server"].iter().any(|word| name.contains(word)))
}

fn env_takes_lock(facts: &Facts) -> bool {
    let env = &facts.project.env;
    let text = env.source.as_ref().map(|source| source.text().to_ascii_lowercase()).unwrap_or_default();
    ["advisory", "get_lock", "lock table", "flock", "filelock", "redlock", "lock("]
        .iter()
        .any(|word| text.contains(word))
}
