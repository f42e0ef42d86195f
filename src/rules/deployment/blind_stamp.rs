//! `blind-stamp`

use crate::deployment::{Action, Deployment, Run, Stage};
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

use super::place;

pub(super) const RULE: Rule = Rule {
    name: "blind-stamp",
    summary: "A script stamps the database at head without looking, so pending revisions never run",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/blind-stamp.md"),
    check: Check::Deployment(check),
};

fn check(_: &Facts, deployment: &Deployment) -> Vec<Finding> {
    deployment.runs.iter().filter_map(finding).collect()
}

fn finding(run: &Run) -> Option<Finding> {
    let is_head = matches!(&run.action, Action::Stamp(target) if target == "head" || target == "heads");
    if !is_head || run.stage == Stage::Tests {
        return None;
    }
    let stamp = printable(&run.written);
    let at = wording::place(&run.location);
    let finding = match &run.after_failed {
        Some(upgrade) => Finding::new(format!("When the upgrade fails, {at} stamps the database as if it had worked"))
            .related(upgrade.clone(), "this upgrade")
            .evidence(format!("`{stamp}` runs only when the upgrade at {} has failed", wording::place(upgrade))),
        // In an `if` there may be a look at the database.
        None if run.stage == Stage::Deployment && !run.is_conditional => Finding::new(format!(
            "{at} runs `{stamp}` each time, whatever the database holds, so pending revisions never run"
        ))
        .evidence(format!("`{stamp}` writes the newest revision into the version table, and runs none"))
        .evidence("nothing before it looks at the database"),
        None => return None,
    };
    let finding = finding
        .at(run.location.clone())
        .evidence("afterwards `upgrade head` has nothing to do, for ever: what was not run is missing silently");
    Some(
        place::edit(finding, RULE.name, &run.location, "shows the place: take the stamp out, and let a failure fail")
            .do_not("repair the upgrade only: where the stamp was written already, it will not run again"),
    )
}
