//! The rows of a terminal drawing of the graph: what each says, which lines go on from it, and
//! which rows can be folded. Knows nothing of lanes and columns.

use std::collections::{HashMap, HashSet};

use anstyle::Style;

use super::style::{BAD, DATABASE, FAINT, GOOD, ID, LABEL, PLAIN};
use super::words::clean;
use crate::facts::Facts;
use crate::graph::Graph;
use crate::revision::{Field, Revision};

/// A graph of at most so many revisions is drawn whole: it fits a screen or two.
pub(super) const NEVER_FOLDED: usize = 40;
/// How many revisions at the start of a line are drawn before it is folded.
const KEPT_ABOVE: usize = 2;
/// A line is folded when at least so many revisions would be hidden.
const WORTH_FOLDING: usize = 4;

/// A part of a row, already safe.
pub(super) type Piece = (Style, String);

/// What has to be known of the graph before its first row can be drawn.
pub(super) struct GraphRows<'a> {
    graph: &'a Graph,
    /// Newest first.
    pub(super) order: Vec<&'a str>,
    position: HashMap<&'a str, usize>,
    /// By id: the parents by `down_revision` that exist.
    parents: HashMap<&'a str, Vec<&'a str>>,
    children: HashMap<&'a str, usize>,
    heads: HashSet<&'a str>,
    depended_on: HashSet<&'a str>,
    /// By id: the databases that stand there.
    databases: HashMap<&'a str, Vec<String>>,
}

impl<'a> GraphRows<'a> {
    pub(super) fn new(facts: &'a Facts) -> Self {
        let graph = &facts.graph;
        let order = graph.history();
        let mut drawing = Self {
            graph,
            position: order.iter().enumerate().map(|(at, id)| (*id, at)).collect(),
            parents: HashMap::new(),
            children: HashMap::new(),
            heads: graph.heads().into_iter().collect(),
            depended_on: HashSet::new(),
            databases: HashMap::new(),
            order,
        };
        for id in &drawing.order {
            let dependencies = graph.dependencies(id);
            let declared = graph.get(id).map(|revision| revision.down_revision.as_slice()).unwrap_or_default();
            // A revision that names itself is no line; it is told in its row.
            let parents: Vec<&str> =
                graph.parents(id).into_iter().filter(|parent| declared.iter().any(|down| down == parent)).collect();
            for parent in &parents {
                *drawing.children.entry(parent).or_default() += 1;
            }
            drawing.parents.insert(id, parents);
            drawing.depended_on.extend(dependencies);
        }
        for database in &facts.databases {
            for row in database.stamp.iter().flat_map(|stamp| &stamp.rows) {
                drawing.databases.entry(row).or_default().push(database.label());
            }
        }
        drawing
    }

    fn parents(&self, id: &str) -> &[&'a str] {
        self.parents.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    fn is_below(&self, id: &str, at: usize) -> bool {
        self.position.get(id).is_some_and(|position| *position > at)
    }

    /// The parents of a row that are still to come; in a cycle one is above.
    pub(super) fn lines_from(&self, at: usize) -> Vec<&'a str> {
        let id = self.order.get(at).copied().unwrap_or_default();
        self.parents(id).iter().copied().filter(|parent| self.is_below(parent, at)).collect()
    }

    /// Whether nothing would be missed if the row were not drawn.
    fn is_plain(&self, at: usize) -> bool {
        let Some(id) = self.order.get(at).copied() else { return false };
        let Some(revision) = self.graph.get(id) else { return false };
        self.parents(id).len() == 1
            && self.lines_from(at).len() == 1
            && self.children.get(id) == Some(&1)
            && !self.depended_on.contains(id)
            && !self.databases.contains_key(id)
            && revision.branch_labels.is_empty()
            && revision.depends_on.is_empty()
            && revision.not_static.is_empty()
            && revision.down_revision.len() == 1
    }

    /// Whether row `at` goes on straight to the row below it, and both are plain.
    fn goes_on_plainly(&self, at: usize) -> bool {
        self.is_plain(at) && self.is_plain(at + 1) && self.lines_from(at).first() == self.order.get(at + 1)
    }

    /// If a fold starts at row `at`: the last row that it hides, and the id that comes after.
    pub(super) fn foldable(&self, at: usize) -> Option<(usize, &'a str)> {
        let kept = at.checked_sub(KEPT_ABOVE)?;
        let starts = self.order.len() > NEVER_FOLDED
            && (kept..at).all(|row| self.goes_on_plainly(row))
            && kept.checked_sub(1).is_none_or(|above| !self.goes_on_plainly(above));
        if !starts {
            return None;
        }
        // The last plain row stays, so that a line has a beginning and an end.
        let end = (at..).find(|row| !self.goes_on_plainly(*row))?;
        if end - at < WORTH_FOLDING {
            return None;
        }
        Some((end - 1, self.order.get(end).copied()?))
    }

    /// What a row says: id, marks, databases, message.
    pub(super) fn words(&self, at: usize) -> Vec<Piece> {
        let id = self.order.get(at).copied().unwrap_or_default();
        let mut words = vec![(ID, clean(id))];
        let mut say = |style, text: String| words.push((style, clean(&text)));
        let Some(revision) = self.graph.get(id) else { return words };

        let labels = if self.heads.contains(id) {
            self.graph.labels(id)
        } else {
            revision.branch_labels.iter().map(String::as_str).collect()
        };
        if !labels.is_empty() {
            say(LABEL, format!("({})", labels.join(", ")));
        }
        if self.heads.contains(id) {
            say(GOOD, "(head)".to_owned());
        }
        for name in self.databases.get(id).into_iter().flatten() {
            say(DATABASE, format!("<- database {name}"));
        }
        self.say_broken(at, revision, &mut say);
        if !revision.depends_on.is_empty() {
            say(FAINT, format!("(depends on {})", revision.depends_on.join(", ")));
        }
        say(PLAIN, revision.message());
        words
    }

    /// Edges that cannot be drawn.
    fn say_broken(&self, at: usize, revision: &Revision, say: &mut impl FnMut(Style, String)) {
        if revision.is_unknown(Field::DownRevision) {
            say(BAD, "(parent not known)".to_owned());
        }
        let mut missing: Vec<&str> =
            revision.down_revision.iter().map(String::as_str).filter(|down| self.graph.get(down).is_none()).collect();
        missing.dedup();
        for parent in missing {
            say(BAD, format!("(parent {parent} is missing)"));
        }
        if revision.down_revision.contains(&revision.id) {
            say(BAD, "(cycle: its own parent)".to_owned());
        }
        for parent in self.parents(&revision.id).iter().filter(|parent| !self.is_below(parent, at)) {
            say(BAD, format!("(cycle: parent {parent} is above)"));
        }
    }
}
