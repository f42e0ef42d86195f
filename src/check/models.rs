//! Which models env.py reaches: the application is only read where a revision makes one ask.

use crate::facts::Facts;
use crate::operation::{Operation, Operations};
use crate::project::{self, Models};

/// The models, if a revision that is looked into is one that they explain.
pub fn of(facts: &Facts) -> Option<Models> {
    let revisions = facts.graph.revisions().iter().zip(&facts.operations);
    let mut examined = revisions.filter(|(revision, _)| facts.examined.includes(&revision.id));
    examined.any(|(_, operations)| asks(operations)).then(|| project::models(&facts.project))
}

/// Whether it does nothing, drops several tables, or leaves the name of a constraint open.
fn asks(operations: &Operations) -> bool {
    let steps = &operations.upgrade.steps;
    let drops = steps.iter().filter(|step| matches!(step.operation, Operation::DropTable(_))).count();
    let is_unnamed =
        |operation: &Operation| matches!(operation, Operation::AddConstraint(add) if add.constraint.name.is_none());
    steps.is_empty() || drops > 3 || steps.iter().any(|step| is_unnamed(&step.operation))
}
