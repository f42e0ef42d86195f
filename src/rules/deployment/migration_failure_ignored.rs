//! `migration-failure-ignored`

use crate::deployment::{Action, Deployment, Run, Stage};
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::rules::{Check, Rule, wording};
use crate::source::{Location, printable};

use super::place;

pub(super) const RULE: Rule = Rule {
    name: "migration-failure-ignored",
    summary: "A failing migration is treated as a success, so the deployment goes on with the old schema",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/migration-failure-ignored.md"),
    check: Check::Deployment(check),
};

fn check(facts: &Facts, deployment: &Deployment) -> Vec<Finding> {
    let swallows = facts.project.env.run.swallows.iter().map(in_env);
    swallows.chain(deployment.runs.iter().filter_map(in_script)).collect()
}

fn in_env(handler: &Location) -> Finding {
    let finding = Finding::new(format!(
        "{} catches the failure of the migrations and goes on, so `alembic upgrade` exits with 0",
        wording::place(handler)
    ));
    let finding = finding
        .at(handler.clone())
        .evidence("the block before it runs the migrations")
        .evidence("the handler only says that they failed: it does not raise, and does not exit");
    end(finding, handler, "shows the handler: let it end in `raise`")
}

fn in_script(run: &Run) -> Option<Finding> {
    let ignored = run.ignored.as_ref()?;
    if !matches!(run.action, Action::Upgrade(_)) || run.stage == Stage::Development {
        return None;
    }
    let command = printable(&run.written);
    let finding = Finding::new(format!("{} goes on when `{command}` fails", wording::place(&run.location)));
    let mut finding = finding
        .at(run.location.clone())
        .related(ignored.location.clone(), "here its failure is lost")
        .evidence(format!("{}: {}", wording::place(&ignored.location), printable(&ignored.how)));
    if let Some(start) = &run.starts {
        finding = finding
            .evidence(format!("{}: then the application starts, on whatever schema is there", wording::place(start)));
    }
    if run.stage == Stage::Tests {
        // Nobody's data depends on it.
        finding = finding.at_most(Severity::Warning);
    }
    Some(end(finding, &run.location, "shows the place: let its exit code end the script"))
}

fn end(finding: Finding, location: &Location, why: &str) -> Finding {
    place::edit(finding, RULE.name, location, why)
        .do_not("take a green deployment for a migrated database: compare its revision with the code first")
}
