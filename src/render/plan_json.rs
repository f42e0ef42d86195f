//! The `plan` part of the JSON document. Its own structs, so that scripts can rely on them.

use serde::Serialize;

use crate::check::{Planned, PlannedOperation, PlannedStep, Reversible, TableLock, Weight};
use crate::facts::{PostgresVersion, VersionSource};
use crate::graph::Plan;
use crate::sql::Answer;

/// A plan as the contract has it.
#[derive(Serialize)]
pub(super) struct PlanPart {
    /// Sorted.
    from: Vec<String>,
    /// Several targets of a stamp are separated by blanks.
    to: String,
    direction: &'static str,
    /// What the SQL of the operations is written for.
    dialect: Option<&'static str>,
    /// The version of PostgreSQL whose locks are told.
    pg_version: Option<VersionPart>,
    steps: Vec<StepPart>,
    rows_after: Vec<String>,
    /// Alembic's own sentence.
    error: Option<String>,
    /// What Alembic does not say.
    error_reason: Option<String>,
}

#[derive(Serialize)]
struct StepPart {
    revision: String,
    insert: Vec<String>,
    delete: Vec<String>,
    update: Vec<(String, String)>,
    operations: Vec<OperationPart>,
    opaque: Vec<OpaquePart>,
    #[serde(flatten)]
    weight: WeightPart,
    /// `null` unless it is a step of an upgrade.
    reversible: Option<ReversiblePart>,
}

#[derive(Serialize)]
struct VersionPart {
    major: u32,
    /// `asked`, `server`, `assumed`
    source: &'static str,
}

#[derive(Serialize)]
struct ReversiblePart {
    /// `yes`, `loses-data`, `no`, `unknown`
    answer: &'static str,
    why: Option<String>,
}

/// What is done to tables on PostgreSQL.
#[derive(Serialize, Default)]
struct WeightPart {
    /// The strongest that is certain; `null` where no table that is in use is locked, or where
    /// that is not told.
    lock: Option<&'static str>,
    /// On which table.
    on: Option<String>,
    /// `null` where it is not known.
    rewrite: Option<bool>,
    scan: Option<bool>,
    locks: Vec<LockPart>,
    /// What it depends on, and what else may be done.
    depends_on: Vec<String>,
}

#[derive(Serialize)]
struct LockPart {
    on: String,
    lock: &'static str,
    certain: bool,
    rewrite: Option<bool>,
    scan: Option<bool>,
}

/// An operation that is known.
#[derive(Serialize)]
pub(super) struct OperationPart {
    kind: &'static str,
    table: Option<String>,
    line: usize,
    sql: Vec<String>,
    /// Why there is no SQL.
    no_sql: Option<String>,
    /// When it runs, if not always.
    conditions: Vec<String>,
    #[serde(flatten)]
    weight: WeightPart,
}

/// Something that is done and not known.
#[derive(Serialize)]
pub(super) struct OpaquePart {
    line: usize,
    why: String,
    conditions: Vec<String>,
}

/// The operations of a step: those that are known, and the others.
pub(super) fn operations(operations: &[PlannedOperation]) -> (Vec<OperationPart>, Vec<OpaquePart>) {
    let known = operations.iter().filter(|operation| operation.opaque.is_none()).map(|operation| OperationPart {
        kind: operation.kind,
        table: operation.table.clone(),
        line: operation.line,
        sql: operation.sql.clone(),
        no_sql: operation.no_sql.clone(),
        conditions: operation.conditions.clone(),
        weight: operation.weight.as_ref().map(|weight| WeightPart::new(weight, true)).unwrap_or_default(),
    });
    let opaque = operations.iter().filter_map(|operation| {
        let why = operation.opaque.clone()?;
        Some(OpaquePart { line: operation.line, why, conditions: operation.conditions.clone() })
    });
    (known.collect(), opaque.collect())
}

impl WeightPart {
    /// `is_whole`: nothing is done beside it.
    fn new(weight: &Weight, is_whole: bool) -> Self {
        let strongest = weight.strongest();
        let answers = weight.locks.iter().flat_map(|lock| [&lock.rewrite, &lock.scan]);
        let mut depends_on: Vec<String> = Vec::new();
        for reason in answers.filter_map(reason).chain(&weight.unknown) {
            if !depends_on.contains(reason) {
                depends_on.push(reason.clone());
            }
        }
        // What may be done beyond the statement may be a rewrite too.
        let unless_doubtful =
            |answer: Answer| known(&answer).filter(|yes| *yes || is_whole && weight.unknown.is_empty());
        Self {
            lock: strongest.map(|lock| lock.lock.name()),
            on: strongest.map(|lock| lock.on.clone()),
            rewrite: unless_doubtful(weight.rewrite()),
            scan: unless_doubtful(weight.scan()),
            locks: weight.locks.iter().map(LockPart::new).collect(),
            depends_on,
        }
    }
}

impl LockPart {
    fn new(lock: &TableLock) -> Self {
        Self {
            on: lock.on.clone(),
            lock: lock.lock.name(),
            certain: lock.is_certain,
            rewrite: known(&lock.rewrite),
            scan: known(&lock.scan),
        }
    }
}

fn known(answer: &Answer) -> Option<bool> {
    match answer {
        Answer::Yes => Some(true),
        Answer::No => Some(false),
        Answer::Unknown(_) => None,
    }
}

fn reason(answer: &Answer) -> Option<&String> {
    match answer {
        Answer::Unknown(reason) => Some(reason),
        Answer::Yes | Answer::No => None,
    }
}

impl ReversiblePart {
    fn new(reversible: &Reversible) -> Self {
        let (answer, why) = match reversible {
            Reversible::Yes => ("yes", None),
            Reversible::LosesData(why) => ("loses-data", Some(why.clone())),
            Reversible::No(why) => ("no", Some(why.clone())),
            Reversible::Unknown(why) => ("unknown", Some(why.clone())),
        };
        Self { answer, why }
    }
}

impl VersionPart {
    fn new(version: PostgresVersion) -> Self {
        let source = match version.source {
            VersionSource::Asked => "asked",
            VersionSource::Server => "server",
            VersionSource::Assumed => "assumed",
        };
        Self { major: version.major, source }
    }
}

impl PlanPart {
    pub(super) fn new(targets: &[String], plan: &Plan, planned: &Planned) -> Self {
        let mut from = plan.rows_before.clone();
        from.sort_unstable();
        let mut rows_after = plan.rows_after.clone();
        rows_after.sort_unstable();
        let steps = plan.steps.iter().cloned().enumerate().map(|(index, step)| {
            let done = planned.steps.get(index);
            let (operations, opaque) = operations(done.map(|step| step.operations.as_slice()).unwrap_or_default());
            let is_whole = done.is_some_and(|step| step.operations.iter().all(|operation| operation.weight.is_some()));
            let weight = done.and_then(PlannedStep::weight);
            let weight = weight.map(|weight| WeightPart::new(&weight, is_whole)).unwrap_or_default();
            let reversible = done.and_then(|step| step.reversible.as_ref()).map(ReversiblePart::new);
            StepPart {
                revision: step.revision,
                insert: step.insert,
                delete: step.delete,
                update: step.update,
                operations,
                opaque,
                weight,
                reversible,
            }
        });
        Self {
            from,
            to: targets.join(" "),
            direction: plan.direction.as_str(),
            dialect: planned.dialect,
            pg_version: planned.postgres.map(VersionPart::new),
            steps: steps.collect(),
            rows_after,
            error: plan.error.as_ref().map(|error| error.alembic.clone()),
            error_reason: plan.error.as_ref().map(|error| error.reason.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graph::Direction;
    use crate::graph::testing::{graph, texts};

    #[test]
    fn the_plan_has_the_fields_of_the_contract() {
        let graph = graph(&["a", "a <- b", "a <- c", "c,b <- m"]);
        let targets = texts(&["heads"]);
        let plan = graph.plan(Direction::Upgrade, &targets, &texts(&["c", "b"]), "alembic_version");
        let operation = PlannedOperation {
            kind: "drop-table",
            summary: "drop table t".to_owned(),
            table: Some("t".to_owned()),
            line: 3,
            sql: vec!["DROP TABLE t".to_owned()],
            no_sql: None,
            conditions: Vec::new(),
            opaque: None,
            weight: None,
        };
        let step = PlannedStep { operations: vec![operation], reversible: Some(Reversible::Yes) };
        let planned = Planned { dialect: Some("sqlite"), postgres: None, steps: vec![step] };
        let untold = json!({"lock": null, "on": null, "rewrite": null, "scan": null, "locks": [], "depends_on": []});
        let with_weight = |mut part: serde_json::Value| {
            part.as_object_mut().unwrap().extend(untold.as_object().unwrap().clone());
            part
        };
        assert_eq!(
            serde_json::to_value(PlanPart::new(&targets, &plan, &planned)).unwrap(),
            json!({"from": ["b", "c"], "to": "heads", "direction": "upgrade", "dialect": "sqlite", "pg_version": null,
                   "steps": [with_weight(json!({
                       "revision": "m", "insert": [], "delete": ["c"], "update": [["b", "m"]],
                       "operations": [with_weight(json!({
                           "kind": "drop-table", "table": "t", "line": 3, "sql": ["DROP TABLE t"],
                           "no_sql": null, "conditions": []}))],
                       "opaque": [], "reversible": {"answer": "yes", "why": null}}))],
                   "rows_after": ["m"], "error": null, "error_reason": null})
        );
    }
}
