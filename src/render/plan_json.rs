//! The `plan` part of the JSON document. Its own structs, so that scripts can rely on them.

use serde::Serialize;

use crate::check::{Planned, PlannedOperation};
use crate::graph::Plan;

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
    });
    let opaque = operations.iter().filter_map(|operation| {
        let why = operation.opaque.clone()?;
        Some(OpaquePart { line: operation.line, why, conditions: operation.conditions.clone() })
    });
    (known.collect(), opaque.collect())
}

impl PlanPart {
    pub(super) fn new(targets: &[String], plan: &Plan, planned: &Planned) -> Self {
        let mut from = plan.rows_before.clone();
        from.sort_unstable();
        let mut rows_after = plan.rows_after.clone();
        rows_after.sort_unstable();
        let steps = plan.steps.iter().cloned().enumerate().map(|(index, step)| {
            let (operations, opaque) = operations(planned.steps.get(index).map(Vec::as_slice).unwrap_or_default());
            StepPart {
                revision: step.revision,
                insert: step.insert,
                delete: step.delete,
                update: step.update,
                operations,
                opaque,
            }
        });
        Self {
            from,
            to: targets.join(" "),
            direction: plan.direction.as_str(),
            dialect: planned.dialect,
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
        };
        let planned = Planned { dialect: Some("sqlite"), steps: vec![vec![operation]] };
        assert_eq!(
            serde_json::to_value(PlanPart::new(&targets, &plan, &planned)).unwrap(),
            json!({"from": ["b", "c"], "to": "heads", "direction": "upgrade", "dialect": "sqlite",
                   "steps": [{"revision": "m", "insert": [], "delete": ["c"], "update": [["b", "m"]],
                              "operations": [{"kind": "drop-table", "table": "t", "line": 3, "sql": ["DROP TABLE t"],
                                              "no_sql": null, "conditions": []}], "opaque": []}],
                   "rows_after": ["m"], "error": null, "error_reason": null})
        );
    }
}
