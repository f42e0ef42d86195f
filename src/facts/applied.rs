//! Which revisions each database has, to compare databases with each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{DatabaseFacts, Facts, Stamp, StampState};
use crate::graph::RowProblem;

/// The revisions that a database has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied<'a> {
    /// Those of this code; `None` when the rows do not say it for certain.
    pub known: Option<BTreeSet<&'a str>>,
    /// Those that this code lacks: the rows, and what git says came before them.
    pub lost: BTreeSet<&'a str>,
}

impl Applied<'_> {
    /// Whether it has a revision; `None` when that is not known.
    pub fn has(&self, id: &str) -> Option<bool> {
        if self.lost.contains(id) {
            return Some(true);
        }
        self.known.as_ref().map(|known| known.contains(id))
    }
}

/// Databases with the same rows.
#[derive(Debug)]
pub struct Column<'a> {
    /// The databases, in the order of the facts.
    pub databases: Vec<&'a DatabaseFacts>,
    /// What all of them have.
    pub applied: Applied<'a>,
}

/// A revision that some have and some lack.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference<'a> {
    /// Its id.
    pub revision: &'a str,
    /// Which of the columns have it; `None` where that is not known.
    pub applied: Vec<Option<bool>>,
}

impl Facts {
    /// The databases that have a stamp, those with the same one together.
    pub fn columns(&self) -> Vec<Column<'_>> {
        let mut places: BTreeMap<&[String], usize> = BTreeMap::new();
        let mut columns: Vec<Column<'_>> = Vec::new();
        for database in &self.databases {
            let Some(stamp) = database.stamp.as_ref().filter(|stamp| !stamp.rows.is_empty()) else { continue };
            let place = *places.entry(&stamp.rows).or_insert(columns.len());
            match columns.get_mut(place) {
                Some(column) => column.databases.push(database),
                None => columns.push(Column { databases: vec![database], applied: self.applied(stamp) }),
            }
        }
        columns
    }

    /// What a stamp says is there.
    fn applied<'a>(&'a self, stamp: &'a Stamp) -> Applied<'a> {
        let mut lost = BTreeSet::new();
        let mut is_certain = stamp.state != StampState::Unreadable;
        let mut newest: Vec<&str> =
            stamp.rows.iter().filter_map(|row| self.graph.get(row)).map(|revision| revision.id.as_str()).collect();
        for problem in &stamp.problems {
            match problem {
                RowProblem::Duplicate { .. } | RowProblem::Redundant { .. } => {}
                RowProblem::NotAnId { .. } | RowProblem::Mistyped { .. } => is_certain = false,
                RowProblem::Unknown { row } => {
                    lost.insert(row.as_str());
                    let Some(trace) = self.witness.trace(row) else {
                        is_certain = false;
                        continue;
                    };
                    for revision in &trace.missing {
                        lost.insert(&revision.id);
                        let before = revision.down_revision.iter().chain(&revision.depends_on);
                        newest.extend(before.filter(|id| self.graph.get(id).is_some()).map(String::as_str));
                    }
                }
            }
        }
        Applied { known: is_certain.then(|| self.graph.ancestors(&newest)), lost }
    }

    /// The revisions in which the columns differ, the newest first.
    pub fn differences<'a>(&'a self, columns: &[Column<'a>]) -> Vec<Difference<'a>> {
        let lost: BTreeSet<&str> = columns.iter().flat_map(|column| column.applied.lost.iter().copied()).collect();
        // What git knows of has an order too.
        let mut newest: Vec<&str> = Vec::new();
        for row in &lost {
            let missing = self.witness.trace(row).map(|trace| trace.missing.as_slice()).unwrap_or_default();
            newest.extend(missing.iter().rev().map(|revision| revision.id.as_str()));
            newest.push(row);
        }
        newest.extend(self.graph.history());
        let mut seen = BTreeSet::new();
        newest.retain(|id| seen.insert(*id));
        let differences = newest.into_iter().map(|revision| {
            let applied = columns.iter().map(|column| column.applied.has(revision)).collect();
            Difference { revision, applied }
        });
        let differ = |one: &Difference<'_>| one.applied.contains(&Some(true)) && one.applied.contains(&Some(false));
        differences.filter(differ).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::facts::{Fate, Testimony, Trace, Witness};
    use crate::graph::testing::revision as written;
    use crate::rules::testing::{revision, with_rows};

    #[test]
    fn a_lost_row_says_what_came_before_it_only_with_a_witness() {
        let mut facts = with_rows(vec![revision("a", &[]), revision("b", &["a"])], &["d"]);
        let columns = facts.columns();
        let applied = &columns.first().unwrap().applied;
        assert_eq!((applied.has("d"), applied.has("a")), (Some(true), None));
        drop(columns);

        let theirs = vec![written("a <- c"), written("c <- d")];
        let mut trace = Trace::new(&facts.graph, written("c <- d"), theirs, &[]);
        trace.fate = Fate::Elsewhere;
        facts.hear(Witness::Heard(Testimony { traces: vec![trace], ..Testimony::default() }));
        let columns = facts.columns();
        let applied = &columns.first().unwrap().applied;
        let has = |id: &str| applied.has(id);
        assert_eq!((has("d"), has("c"), has("a"), has("b")), (Some(true), Some(true), Some(true), Some(false)));
    }
}
