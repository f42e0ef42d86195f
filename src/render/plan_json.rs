//! The `plan` part of the JSON document. Its own structs, so that scripts can rely on them.

use serde::Serialize;

use crate::graph::Plan;

/// A plan as the contract has it.
#[derive(Serialize)]
pub(super) struct PlanPart {
    /// Sorted.
    from: Vec<String>,
    /// Several targets of a stamp are separated by blanks.
    to: String,
    direction: &'static str,
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
}

impl PlanPart {
    pub(super) fn new(targets: &[String], plan: &Plan) -> Self {
        let mut from = plan.rows_before.clone();
        from.sort_unstable();
        let mut rows_after = plan.rows_after.clone();
        rows_after.sort_unstable();
        let steps = plan.steps.iter().cloned().map(|step| StepPart {
            revision: step.revision,
            insert: step.insert,
            delete: step.delete,
            update: step.update,
        });
        Self {
            from,
            to: targets.join(" "),
            direction: plan.direction.as_str(),
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
        assert_eq!(
            serde_json::to_value(PlanPart::new(&targets, &plan)).unwrap(),
            json!({"from": ["b", "c"], "to": "heads", "direction": "upgrade",
                   "steps": [{"revision": "m", "insert": [], "delete": ["c"], "update": [["b", "m"]]}],
                   "rows_after": ["m"], "error": null, "error_reason": null})
        );
    }
}
