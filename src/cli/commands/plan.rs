//! `plan`.

use anyhow::{Error, bail};

use super::{Context, Outcome};
use crate::check::{self, Databases, Report};
use crate::cli::args::{Format, PlanArguments, PlanDirection};
use crate::cli::{COULD_NOT_LOOK, FINDINGS, HEALTHY, NOTHING};
use crate::database::Rows;
use crate::graph::{Direction, Plan};
use crate::render;
use crate::render::plan::PlanPage;
use crate::revision::Depth;
use crate::source::printable;

/// The rows that a plan starts from.
struct Start {
    rows: Vec<String>,
    table: String,
    source: String,
}

/// What Alembic would run, and write into the version table.
pub(super) fn plan(context: &Context<'_>, arguments: &PlanArguments) -> Result<Outcome, Error> {
    let format = context.format("plan", &[Format::Text, Format::Json])?;
    let direction = match arguments.direction {
        PlanDirection::Upgrade => Direction::Upgrade,
        PlanDirection::Downgrade => Direction::Downgrade,
        PlanDirection::Stamp => Direction::Stamp,
    };
    let targets = targets(direction, &arguments.to)?;
    let databases = if arguments.from.is_some() { Databases::None } else { Databases::Known };
    let report = context.examine("plan", Depth::Headers, databases)?;
    if let [first, second, ..] = report.facts.databases.as_slice() {
        let (first, second) = (printable(&first.state.name), printable(&second.state.name));
        bail!("`plan` is for one database, and these are several: {first}, {second}, …; name one, or give --from");
    }
    let start = match &arguments.from {
        Some(from) => Some(given(from)),
        None => stored(&report),
    };
    let plan_to =
        |targets: &[String], start: &Start| report.facts.graph.plan(direction, targets, &start.rows, &start.table);
    let plan = start.as_ref().map(|start| plan_to(&targets, start));
    let planned = plan.as_ref().map(|plan| check::planned(&report.facts, report.facts.databases.first(), plan));
    let result = match (format, &plan, &start) {
        (Format::Json, plan, _) => {
            let plan = plan.as_ref().zip(planned.as_ref());
            render::json::plan(&report, report.verdict(), &targets, plan)
        }
        (_, Some(plan), Some(start)) => {
            let usual = if direction == Direction::Upgrade { &["head", "heads", "+1"][..] } else { &[] };
            let others: Vec<(String, Plan)> =
                usual.iter().map(|target| ((*target).to_owned(), plan_to(&[(*target).to_owned()], start))).collect();
            let graph = &report.facts.graph;
            let planned = planned.as_ref();
            let (targets, source) = (&targets, &start.source);
            let page = PlanPage { graph, targets, source, plan, planned, others: &others };
            render::plan::draw(&page, &context.layout)
        }
        _ => String::new(),
    };
    let mut outcome = super::listing::listed(&report, result);
    outcome.code = match &plan {
        None => COULD_NOT_LOOK,
        Some(_) if report.facts.files == 0 => NOTHING,
        Some(plan) if plan.error.is_some() => FINDINGS,
        // `downgrade typo@base`: it would work, and take back everything.
        Some(_) if targets.iter().any(|target| report.facts.graph.unknown_branch(target).is_some()) => FINDINGS,
        // A file that cannot be read may change everything; other findings do not change the plan.
        Some(_) if !report.facts.problems.is_empty() || !report.skipped.is_empty() => FINDINGS,
        Some(_) => HEALTHY,
    };
    Ok(outcome)
}

fn targets(direction: Direction, to: &[String]) -> Result<Vec<String>, Error> {
    match (direction, to) {
        (Direction::Downgrade, []) => bail!("a downgrade needs a target: --to TARGET, for example --to=-1"),
        (_, []) => Ok(vec!["heads".to_owned()]),
        (Direction::Stamp, _) | (_, [_]) => Ok(to.to_vec()),
        _ => bail!("`alembic {}` has one target, so give --to once", direction.as_str()),
    }
}

/// `--from`: rows as they would be stored; `base` and nothing are no rows.
fn given(from: &[String]) -> Start {
    let rows = from.iter().filter(|row| !matches!(row.as_str(), "base" | "")).cloned().collect();
    Start { rows, table: "alembic_version".to_owned(), source: "--from".to_owned() }
}

/// The rows of the database; `None` when they are not known, or not all of them.
fn stored(report: &Report) -> Option<Start> {
    let database = report.facts.databases.first().filter(|_| !report.could_not_look)?;
    let (look, stamp) = (database.state.look.as_ref().ok()?, database.stamp.as_ref()?);
    let is_cut = stamp.table(look).is_some_and(|table| matches!(table.rows, Rows::Known { more: Some(_), .. }));
    (!is_cut).then(|| Start {
        rows: stamp.rows.clone(),
        table: stamp.table_name.clone(),
        source: format!("database {}", database.state.name),
    })
}
