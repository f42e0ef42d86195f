//! What `alembic upgrade` would run (semantics: alembic.script.base.ScriptDirectory._upgrade_revs).

use super::Graph;
use super::links::Node;
use super::refusal::Refusal;
use super::{order, relative};

/// Why Alembic would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{alembic}")]
pub struct PlanError {
    /// Alembic's own sentence; where Alembic crashes instead, the last line of its traceback.
    pub alembic: String,
    /// The true reason.
    pub reason: String,
}

impl Graph {
    /// RevisionMap._collect_upgrade_revisions and the walk.
    pub(super) fn upgrade_nodes(&self, rows: &[String], target: &str) -> Result<Vec<Node>, Refusal> {
        let targets = match relative::parse(target) {
            Some(target) => vec![self.relative_target(rows, &target)?],
            None => self.nodes_named(target)?,
        };
        self.refuse_overlaps(&targets)?;
        let mut current = Vec::new();
        for row in rows {
            current.extend(self.nodes_named(row)?);
        }
        self.refuse_overlaps(&current)?;
        let mut needed = self.links.ancestors(targets.iter().copied());
        needed.difference_with(&self.links.ancestors(current));
        let mut plan = order::walk(&self.links, &needed, &targets);
        plan.reverse();
        Ok(plan)
    }

    /// No revision may be an ancestor of another (RevisionMap._iterate_related_revisions, check).
    fn refuse_overlaps(&self, nodes: &[Node]) -> Result<(), Refusal> {
        if nodes.len() < 2 {
            return Ok(());
        }
        for node in nodes {
            let below = self.links.ancestors([*node]);
            let mut overlaps: Vec<Node> =
                nodes.iter().copied().filter(|other| other != node && below.contains(other.index())).collect();
            overlaps.sort_unstable();
            overlaps.dedup();
            if !overlaps.is_empty() {
                let (name, others) = (self.name(*node), self.names(&overlaps).join(", "));
                return Err(Refusal::message(
                    format!("Requested revision {name} overlaps with other requested revisions {others}"),
                    format!("{others} comes before {name}: who has {name} has it already"),
                ));
            }
        }
        Ok(())
    }
}
