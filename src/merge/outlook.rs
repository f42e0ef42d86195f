//! Where the sides have run already, and what `upgrade head` will run there once they are joined.

use super::Comparison;
use crate::facts::{Facts, StampState};
use crate::graph::Graph;
use crate::revision::Revision;

/// One database before and after the merge.
#[derive(Debug)]
pub struct Outlook {
    /// Its name; `None` for a new one.
    pub database: Option<String>,
    /// For each side how much of it has run, or why nothing is known of this database.
    pub sides: Result<Vec<Extent>, String>,
    /// What `upgrade head` will run, in order, or why it cannot.
    pub runs: Result<Vec<String>, String>,
}

/// How much of a side has run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Nothing.
    None,
    /// Some of its revisions.
    Part,
    /// All of them.
    All,
}

impl Extent {
    /// As a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Part => "part",
            Self::All => "all",
        }
    }
}

/// Every known database, and a new one, with `merge` among the revisions.
pub fn outlooks(facts: &Facts, comparison: &Comparison, merge: &Revision) -> Vec<Outlook> {
    let mut revisions = facts.graph.revisions().to_vec();
    revisions.push(merge.clone());
    let graph = Graph::new(revisions);
    let runs = |rows: &[String]| -> Result<Vec<String>, String> {
        let plan = graph.upgrade_plan(rows, &merge.id).map_err(|error| error.reason)?;
        Ok(plan.into_iter().map(str::to_owned).collect())
    };
    let mut outlooks: Vec<Outlook> = Vec::new();
    for database in &facts.databases {
        let name = Some(database.label());
        let known = match (&database.stamp, &database.state.look) {
            (_, Err(error)) => Err(format!("it could not be looked at: {}", error.message)),
            (Some(stamp), _) if stamp.state == StampState::Unreadable => Err("its version table cannot be read".into()),
            (Some(stamp), _) if !stamp.missing.is_empty() => {
                Err(format!("its row {} is no revision of this code", stamp.missing.join(", ")))
            }
            (Some(stamp), _) => Ok(stamp.rows.clone()),
            (None, _) => Err("nothing is known of its stamp".to_owned()),
        };
        let (sides, runs) = match known {
            Ok(rows) => (Ok(extents(&graph, comparison, &rows)), runs(&rows)),
            Err(why) => (Err(why.clone()), Err(why)),
        };
        outlooks.push(Outlook { database: name, sides, runs });
    }
    let sides = Ok(vec![Extent::None; comparison.sides.len()]);
    outlooks.push(Outlook { database: None, sides, runs: runs(&[]) });
    outlooks
}

fn extents(graph: &Graph, comparison: &Comparison, rows: &[String]) -> Vec<Extent> {
    let rows: Vec<&str> = rows.iter().filter_map(|row| graph.resolve(row).ok()).flatten().collect();
    let applied = graph.ancestors(&rows);
    let extent = |side: &super::Side| {
        let has = side.revisions.iter().filter(|id| applied.contains(id.as_str())).count();
        match has {
            0 => Extent::None,
            has if has == side.revisions.len() => Extent::All,
            _ => Extent::Part,
        }
    };
    comparison.sides.iter().map(extent).collect()
}
