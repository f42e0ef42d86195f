//! A whole plan: the steps of an upgrade, a downgrade or a stamp, in order, with what each writes
//! into the version table, and where Alembic would stop.

use super::Graph;
use super::plan::PlanError;
use super::refusal::Refusal;
use super::version_rows::{VersionRows, Writes};

/// The command whose plan is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// `alembic upgrade`
    #[default]
    Upgrade,
    /// `alembic downgrade`
    Downgrade,
    /// `alembic stamp`
    Stamp,
}

impl Direction {
    /// The command's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Stamp => "stamp",
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The revision that is run or taken back; of a stamp, the row that is reached or deleted.
    pub revision: String,
    /// The command that the step belongs to.
    pub kind: Direction,
    /// Rows inserted into the version table.
    pub insert: Vec<String>,
    /// Rows deleted.
    pub delete: Vec<String>,
    /// Rows changed, from and to. Alembic deletes before and inserts before it updates.
    pub update: Vec<(String, String)>,
}

/// What Alembic would do, as far as it would come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The command.
    pub direction: Direction,
    /// The rows at the beginning.
    pub rows_before: Vec<String>,
    /// In order. Where there is an error, what ran before it.
    pub steps: Vec<Step>,
    /// The rows after `steps`, sorted.
    pub rows_after: Vec<String>,
    /// Why Alembic would refuse to start, or crash after `steps`.
    pub error: Option<PlanError>,
}

impl Graph {
    /// What `alembic upgrade`, `downgrade` or `stamp` would do with these rows in a version table of
    /// this name. Several targets are for `stamp` only: of other commands the first counts.
    ///
    /// Which row of a merge is updated and which are deleted is Alembic's to choose when there are
    /// other rows; the rows afterwards are the same.
    pub fn plan(&self, direction: Direction, targets: &[String], rows: &[String], table: &str) -> Plan {
        let mut plan =
            Plan { direction, rows_before: rows.to_vec(), steps: Vec::new(), rows_after: rows.to_vec(), error: None };
        let mut table = VersionRows::new(self, rows, table);
        plan.error = self.run(direction, targets, &mut table, &mut plan.steps).err();
        plan.rows_after = table.into_rows();
        plan
    }

    fn run(
        &self,
        direction: Direction,
        targets: &[String],
        table: &mut VersionRows<'_>,
        steps: &mut Vec<Step>,
    ) -> Result<(), PlanError> {
        if let Some(refusal) = self.load_refusal() {
            return Err(refusal);
        }
        let rows = table.rows().to_vec();
        let target = targets.first().map_or("", String::as_str);
        let mut step = |revision: &str, write: &dyn Fn(&mut VersionRows<'_>) -> Result<Writes, Refusal>| {
            // A step that crashes in its middle has changed nothing that could be relied on.
            let mut after = table.clone();
            let Writes { insert, delete, update } = write(&mut after)?;
            *table = after;
            steps.push(Step { revision: revision.to_owned(), kind: direction, insert, delete, update });
            Ok(())
        };
        match direction {
            Direction::Stamp => {
                let moves = self.stamp_moves(&rows, targets)?;
                moves.iter().try_for_each(|it| step(self.name(it.node()), &|table| it.apply(self, table)))
            }
            Direction::Upgrade | Direction::Downgrade if target.contains(':') => {
                let reason = "a range is for --sql, where no database is asked";
                Err(Refusal::message("Range revision not allowed", reason))
            }
            Direction::Upgrade => {
                let nodes = self.upgrade_nodes(&rows, target).map_err(|refusal| refusal.for_plan(target))?;
                nodes.into_iter().try_for_each(|node| step(self.name(node), &|table| table.upgrade(node)))
            }
            Direction::Downgrade => {
                let nodes = self.downgrade_nodes(&rows, target).map_err(|refusal| refusal.for_plan(target))?;
                nodes.into_iter().try_for_each(|node| step(self.name(node), &|table| table.downgrade(node)))
            }
        }
        .map_err(PlanError::from)
    }

    /// Whether Alembic itself may run the steps in another order from one time to the next: a
    /// revision among them has several dependencies (RevisionMap keeps them in a set).
    pub fn order_is_open(&self, steps: &[Step]) -> bool {
        steps.iter().filter(|step| step.kind != Direction::Stamp).any(|step| {
            let node = self.keys.id(&step.revision);
            node.is_some_and(|node| self.links.only_dependencies(node).nth(1).is_some())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{graph, texts};

    #[test]
    fn a_plan_that_crashes_holds_the_steps_before_the_crash() {
        let graph = graph(&["a", "b", "b <- c", "a <- d +c +b"]);
        let plan = graph.plan(Direction::Upgrade, &texts(&["heads"]), &[], "alembic_version");
        assert_eq!(plan.steps.len(), 3);
        assert_eq!(plan.rows_after, ["a", "c"]);
        assert_eq!(plan.error.unwrap().alembic, "KeyError: 'b'");
    }

    #[test]
    fn several_dependencies_leave_the_order_to_alembic() {
        let graph = graph(&["a", "b", "a <- c +b", "x +c +b"]);
        let open = |target: &str| {
            let plan = graph.plan(Direction::Upgrade, &texts(&[target]), &[], "alembic_version");
            graph.order_is_open(&plan.steps)
        };
        assert!(!open("c"));
        assert!(open("x"));
    }

    #[test]
    fn a_refusal_leaves_everything_as_it_is() {
        let graph = graph(&["a", "a <- b"]);
        for direction in [Direction::Upgrade, Direction::Downgrade, Direction::Stamp] {
            let plan = graph.plan(direction, &texts(&["nope"]), &texts(&["a"]), "alembic_version");
            assert_eq!((plan.steps, plan.rows_after), (vec![], texts(&["a"])));
            assert_eq!(plan.error.unwrap().alembic, "Can't locate revision identified by 'nope'");
        }
        let plan = graph.plan(Direction::Upgrade, &texts(&["a:b"]), &[], "alembic_version");
        assert_eq!(plan.error.unwrap().alembic, "Range revision not allowed");
    }
}
