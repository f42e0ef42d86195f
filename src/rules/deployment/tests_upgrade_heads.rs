//! `tests-upgrade-heads`

use crate::deployment::{Action, Deployment, Run, Stage};
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

use super::place;

pub(super) const RULE: Rule = Rule {
    name: "tests-upgrade-heads",
    summary: "Tests run `upgrade heads` and the deployment `upgrade head`, so a second head is first seen in production",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/tests-upgrade-heads.md"),
    check: Check::Deployment(check),
};

fn check(facts: &Facts, deployment: &Deployment) -> Vec<Finding> {
    let upgrades = |stage: Stage, wanted: &str| -> Vec<&Run> {
        let fits = |run: &&Run| run.stage == stage && run.action == Action::Upgrade(wanted.to_owned());
        deployment.runs.iter().filter(fits).collect()
    };
    let tests = upgrades(Stage::Tests, "heads");
    let deployed = upgrades(Stage::Deployment, "head");
    let (Some(test), Some(deployment)) = (tests.first(), deployed.first()) else { return Vec::new() };
    // Then somebody has thought about both words, or they belong to different databases.
    let is_mixed = !upgrades(Stage::Tests, "head").is_empty() || !upgrades(Stage::Deployment, "heads").is_empty();
    if is_mixed {
        return Vec::new();
    }
    let heads = facts.graph.heads().len();
    let finding = Finding::new(format!(
        "Tests run `{}` and the deployment runs `{}`, so a second head passes the tests and stops the deployment",
        printable(&test.written),
        printable(&deployment.written)
    ));
    let mut finding = finding
        .at(test.location.clone())
        .related(deployment.location.clone(), "the deployment")
        .evidence(format!("tests: `{}` at {}", printable(&test.written), wording::place(&test.location)))
        .evidence(format!(
            "deployment: `{}` at {}",
            printable(&deployment.written),
            wording::place(&deployment.location)
        ));
    finding = match heads {
        0 | 1 => finding.at_most(Severity::Warning),
        _ => finding.evidence(format!("there are {heads} heads now")),
    };
    vec![
        place::edit(finding, RULE.name, &test.location, "shows the place: let the tests run `upgrade head` too")
            .do_not("change the deployment to `upgrade heads`: it would run lines that nobody has tried together"),
    ]
}
