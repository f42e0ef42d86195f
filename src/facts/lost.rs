//! What git knows of stamped revisions that this code lacks, and which way they lie: plain data.

use std::collections::BTreeSet;

use crate::graph::Graph;
use crate::history::{Commit, Place};
use crate::revision::Revision;

/// What git said about the rows that this code does not have.
#[derive(Debug, Clone, Default)]
pub enum Witness {
    /// Every row is known, so it was not asked.
    #[default]
    NotAsked,
    /// It could not be asked; why.
    Unavailable {
        /// The reason.
        reason: String,
    },
    /// It was asked.
    Heard(Testimony),
}

/// What git said.
#[derive(Debug, Clone, Default)]
pub struct Testimony {
    /// Whether older commits were cut off, so that a trace may be hidden.
    pub is_shallow: bool,
    /// Whether there is another repository to fetch from.
    pub has_remotes: bool,
    /// The branch that is checked out; without one, the commit.
    pub head: Option<String>,
    /// What could not be searched, and why.
    pub gaps: Vec<String>,
    /// The traces that were found.
    pub traces: Vec<Trace>,
}

/// A revision that this code lacks, as git still has it.
#[derive(Debug, Clone)]
pub struct Trace {
    /// The file as it was last, its path counted from the repository's root.
    pub revision: Revision,
    /// The commit that brought it first, as far as git goes back.
    pub written: Option<Commit>,
    /// What became of it.
    pub fate: Fate,
    /// Branches and tags that have it still, the oldest first.
    pub places: Vec<Place>,
    /// Of what was removed: the last tag that has it together with what was kept.
    pub bridge: Option<Place>,
    /// Of what was removed: the first tag without it.
    pub removed_before: Option<Place>,
    /// It and its ancestors that this code lacks, in the order in which they ran.
    pub missing: Vec<Revision>,
    /// Which way it lies.
    pub direction: Direction,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// A commit in the history of what is checked out took it away.
    Removed(Commit),
    /// What is checked out has it, and the working tree lost it.
    Discarded,
    /// It is on other branches or tags.
    Elsewhere,
    /// It was staged for a commit that never came, and the working tree lost it.
    Staged,
    /// It is only in a stash: its name.
    Stashed(String),
    /// Only the reflog remembers the commit.
    Unreachable,
}

/// Where a revision lies from the heads of this code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Direction {
    /// It descends from every head.
    Ahead,
    /// Revisions of this code descend from it: the nearest of them.
    Behind(Vec<String>),
    /// Both continue from `fork`; `ours` is what this code has since, in order.
    Diverged {
        /// The last common revisions.
        fork: Vec<String>,
        /// This code's revisions since.
        ours: Vec<String>,
    },
    /// Nothing connects them.
    Apart,
}

/// Where the database stands by what git says of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is newer than this code.
    Ahead,
    /// It went another way.
    Diverged,
    /// The row's revision is lost, or was taken away.
    Orphaned,
}

impl Trace {
    /// Puts together what was found. `theirs` are the revisions of the code that has it, `applied`
    /// the other rows of the same version table.
    pub fn new(ours: &Graph, revision: Revision, theirs: Vec<Revision>, applied: &[&str]) -> Self {
        let known: BTreeSet<&str> = ours.ids().into_iter().collect();
        let mut all = theirs;
        let listed: BTreeSet<String> = all.iter().map(|revision| revision.id.clone()).collect();
        if !listed.contains(&revision.id) {
            all.push(revision.clone());
        }
        all.extend(ours.revisions().iter().filter(|own| !listed.contains(&own.id)).cloned());
        let joined = Graph::new(all);
        let id = revision.id.as_str();
        let direction = direction(ours, &joined, id, applied);
        let ancestors = joined.ancestors(&[id]);
        let missing = joined.history().into_iter().rev();
        let missing = missing.filter(|id| ancestors.contains(id) && !known.contains(id));
        let missing = missing.filter_map(|id| joined.get(id).cloned()).collect();
        Self {
            revision,
            written: None,
            fate: Fate::Unreachable,
            places: Vec::new(),
            bridge: None,
            removed_before: None,
            missing,
            direction,
        }
    }

    /// Where a database with this row stands.
    pub fn standing(&self) -> Standing {
        match (&self.fate, &self.direction) {
            (Fate::Elsewhere, Direction::Ahead) => Standing::Ahead,
            (Fate::Elsewhere, Direction::Diverged { .. }) => Standing::Diverged,
            _ => Standing::Orphaned,
        }
    }
}

/// Parents decide, wherever their files were found.
fn direction(ours: &Graph, joined: &Graph, id: &str, applied: &[&str]) -> Direction {
    let later = joined.descendants(&[id]);
    let kept: Vec<&str> = ours.ids().into_iter().filter(|own| later.contains(own)).collect();
    if !kept.is_empty() {
        let parents_are_later = |own: &&str| joined.parents(own).iter().any(|parent| kept.contains(parent));
        return Direction::Behind(owned(kept.iter().copied().filter(|own| !parents_are_later(own))));
    }
    let ancestors = joined.ancestors(&[id]);
    let common: Vec<&str> = ours.ids().into_iter().filter(|own| ancestors.contains(own)).collect();
    if common.is_empty() {
        return Direction::Apart;
    }
    let mut covered = ours.ancestors(applied);
    covered.extend(common.iter().copied());
    let fork = owned(ours.effective_heads(&owned(common.iter().copied())));
    let fork_ids: Vec<&str> = fork.iter().map(String::as_str).collect();
    // Another line that never met this one says nothing about it.
    let since = ours.descendants(&fork_ids);
    let ours: Vec<&str> =
        ours.history().into_iter().rev().filter(|own| since.contains(own) && !covered.contains(own)).collect();
    if ours.is_empty() { Direction::Ahead } else { Direction::Diverged { fork, ours: owned(ours) } }
}

fn owned<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    ids.into_iter().map(str::to_owned).collect()
}

impl Witness {
    /// What was found of a row.
    pub fn trace(&self, row: &str) -> Option<&Trace> {
        match self {
            Self::Heard(testimony) => testimony.traces.iter().find(|trace| trace.revision.id == row),
            Self::NotAsked | Self::Unavailable { .. } => None,
        }
    }

    /// Whether git saw everything and has no trace of it.
    pub fn denies(&self, row: &str) -> bool {
        match self {
            Self::Heard(testimony) => !testimony.is_shallow && testimony.gaps.is_empty() && self.trace(row).is_none(),
            Self::NotAsked | Self::Unavailable { .. } => false,
        }
    }

    /// Where a database with these unknown rows stands.
    pub fn standing(&self, rows: &[String]) -> Standing {
        let each: Vec<Standing> =
            rows.iter().map(|row| self.trace(row).map_or(Standing::Orphaned, Trace::standing)).collect();
        match () {
            () if each.is_empty() || each.contains(&Standing::Orphaned) => Standing::Orphaned,
            () if each.contains(&Standing::Diverged) => Standing::Diverged,
            () => Standing::Ahead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::revision;

    fn at(ours: &[&str], theirs: &[&str], id: &str, applied: &[&str]) -> Direction {
        let read = |lines: &[&str]| -> Vec<Revision> { lines.iter().map(|line| revision(line)).collect() };
        let theirs = read(theirs);
        let lost = theirs.iter().find(|revision| revision.id == id).unwrap().clone();
        Trace::new(&Graph::new(read(ours)), lost, theirs, applied).direction
    }

    #[test]
    fn what_descends_from_the_head_is_ahead() {
        assert_eq!(at(&["a", "a <- b"], &["a", "a <- b", "b <- c", "c <- d"], "d", &[]), Direction::Ahead);
    }

    #[test]
    fn two_lines_from_one_revision_have_a_fork() {
        let fork = Direction::Diverged { fork: vec!["a".into()], ours: vec!["b".into(), "c".into()] };
        assert_eq!(at(&["a", "a <- b", "b <- c"], &["a", "a <- x"], "x", &[]), fork);
        assert_eq!(at(&["a", "a <- b"], &["a", "a <- x"], "x", &["b"]), Direction::Ahead, "b has run too");
    }

    #[test]
    fn a_revision_that_was_squashed_lies_behind() {
        let old = ["a", "a <- b", "b <- c", "c <- d"];
        assert_eq!(at(&["c", "c <- d"], &old, "a", &[]), Direction::Behind(vec!["c".into()]));
    }

    #[test]
    fn histories_that_never_met_are_apart() {
        assert_eq!(at(&["a"], &["x", "x <- y"], "y", &[]), Direction::Apart);
        assert_eq!(at(&["a", "b"], &["a", "a <- y"], "y", &[]), Direction::Ahead, "b is another line");
    }

    #[test]
    fn the_missing_ancestors_come_in_order() {
        let ours = Graph::new(vec![revision("a")]);
        let theirs = vec![revision("y <- z"), revision("x <- y"), revision("a <- x"), revision("a")];
        let trace = Trace::new(&ours, revision("y <- z"), theirs, &[]);
        let ids: Vec<&str> = trace.missing.iter().map(|revision| revision.id.as_str()).collect();
        assert_eq!(ids, ["x", "y", "z"]);
    }
}
