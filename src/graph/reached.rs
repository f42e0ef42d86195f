//! Where the rows of a version table stand, seen from the target of an upgrade.

use super::steps::Plan;
use super::{Graph, PlanError};

/// Where rows stand, seen from a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    /// Exactly there.
    At,
    /// Past it: an upgrade to it ends with success and does nothing.
    Past,
    /// Before it: these would run, in order.
    Before(Vec<String>),
    /// Alembic would refuse, or crash.
    Refused(PlanError),
}

impl Graph {
    /// Where the plan of an upgrade to `target` says that its rows stand.
    pub fn reached(&self, plan: &Plan, target: &str) -> Reached {
        if let Some(error) = &plan.error {
            return Reached::Refused(error.clone());
        }
        if !plan.steps.is_empty() {
            return Reached::Before(plan.steps.iter().map(|step| step.revision.clone()).collect());
        }
        // A relative target that has no steps asks for none.
        let Ok(ids) = self.resolve(target) else { return Reached::At };
        let (heads, current) = (self.heads(), self.effective_heads(&plan.rows_before));
        // A head that another one depends on is no row any more, and is applied all the same.
        let is_here = |id: &&str| current.contains(id) || heads.contains(id);
        // `base` is where nothing is.
        let is_at = if ids.is_empty() { plan.rows_before.is_empty() } else { ids.iter().all(is_here) };
        if is_at { Reached::At } else { Reached::Past }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Direction;
    use crate::graph::testing::{graph, texts};

    fn reached(lines: &[&str], rows: &[&str], target: &str) -> Reached {
        let graph = graph(lines);
        let plan = graph.plan(Direction::Upgrade, &texts(&[target]), &texts(rows), "alembic_version");
        graph.reached(&plan, target)
    }

    #[test]
    fn what_is_at_or_past_a_target_has_nothing_to_run() {
        let line = ["a", "a <- b", "b <- c"];
        assert_eq!(reached(&line, &["c"], "head"), Reached::At);
        assert_eq!(reached(&line, &["b"], "b"), Reached::At);
        assert_eq!(reached(&line, &["c"], "b"), Reached::Past);
        assert_eq!(reached(&line, &["c"], "base"), Reached::Past);
        assert_eq!(reached(&line, &[], "base"), Reached::At);
        assert_eq!(reached(&line, &["a"], "head"), Reached::Before(vec!["b".to_owned(), "c".to_owned()]));
        assert!(matches!(reached(&line, &["gone"], "head"), Reached::Refused(_)));
    }

    #[test]
    fn one_of_two_branches_is_no_more_than_that() {
        let fork = ["a", "a <- b", "a <- c"];
        assert_eq!(reached(&fork, &["b", "c"], "b"), Reached::At);
        assert_eq!(reached(&fork, &["b", "c"], "heads"), Reached::At);
        assert_eq!(reached(&fork, &["b"], "heads"), Reached::Before(vec!["c".to_owned()]));
    }

    #[test]
    fn a_head_that_another_depends_on_counts_as_reached() {
        assert_eq!(reached(&["t", "q +t"], &["q"], "heads"), Reached::At);
    }
}
