//! Which revision the tables match.
//!
//! Asked of every state that `upgrade heads` goes through on an empty database. A state matches
//! when all that it should have is there, nothing that it has removed, and nothing that only a
//! later revision makes.

use std::collections::{BTreeMap, BTreeSet};

use super::presence::{self, Presence, View};
use super::{Line, Made};
use crate::operation::model::TableName;
use crate::schema::{Origin, Part, Schema, Status};

/// The most ends of branches that are tried; each costs a replay.
const MOST_TRIED: usize = 100;

/// Where the tables stand.
#[derive(Debug, Clone, Default)]
pub struct Located {
    /// How many states match in everything that could be compared; more than one when the
    /// revisions between them, or some that end a branch, change nothing that can be seen.
    pub matches: usize,
    /// Whether the revisions between the first and the last match do nothing at all.
    pub are_same: bool,
    /// The rows of the first match, or of the state that comes closest; none for an empty database.
    pub closest: Vec<String>,
    /// The rows of the last match.
    pub last: Vec<String>,
    /// What of that state is there.
    pub tally: Tally,
    /// How many tables the revisions certainly make, in any of the states.
    pub known: usize,
    /// Schemas that have tables of these names where no migration would meet them.
    pub elsewhere: Vec<String>,
    /// What is otherwise than in that state, in the order of the revisions.
    pub differences: Vec<SchemaDifference>,
    /// The first revision after that state, and how many there are.
    pub next: Option<(String, usize)>,
}

/// How much of what should be there is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Tables that are there, and how many there should be.
    pub tables: (usize, usize),
    /// Columns that are there, and how many there should be.
    pub columns: (usize, usize),
    /// Indexes and constraints that are there, and how many there should be.
    pub others: (usize, usize),
    /// What is wrong in all.
    wrong: usize,
}

/// Something that is otherwise than it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaDifference {
    /// What.
    pub made: Made,
    /// In which way.
    pub wrong: Wrong,
}

/// In which way something is otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It is not there.
    Missing,
    /// It is there, and a revision has removed it.
    Left,
    /// It is there, and only a later revision makes it.
    Early,
}

/// A table that some revision makes, with all that can be seen of it.
#[derive(Default)]
struct Watched {
    parts: BTreeMap<Option<Part>, Object>,
    tally: Tally,
}

struct Object {
    presence: Presence,
    /// What makes it last.
    last: Origin,
    /// Whether that would fail if it were there before.
    is_strict: bool,
}

pub(super) fn locate(line: &Line<'_>, catalog: &View<'_>) -> Located {
    let mut watched = watch(line, catalog);
    let mut schema = Schema::default();
    for (name, table) in &mut watched {
        table.count(&schema, name, 0);
    }
    let mut total = Tally::default();
    watched.values().for_each(|table| total.add(table.tally));
    let mut tallies = vec![total];
    for place in 0..line.order.len() {
        line.play(&mut schema, place);
        for name in schema.take_touched() {
            let Some(table) = watched.get_mut(&name) else { continue };
            total.remove(table.tally);
            table.count(&schema, &name, place + 1);
            total.add(table.tally);
        }
        tallies.push(total);
    }
    let matches: Vec<usize> =
        (0..tallies.len()).filter(|done| tallies.get(*done).is_some_and(Tally::is_right)).collect();
    // Of states that are equally far, the last one: it explains the most of what is there.
    let best = tallies.iter().enumerate().min_by_key(|(done, tally)| (tally.wrong, usize::MAX - done));
    let closest = matches.first().copied().or(best.map(|(done, _)| done)).unwrap_or_default();
    let last = matches.last().copied().unwrap_or(closest);
    let loose = if matches.is_empty() { BTreeSet::new() } else { loose(line, &watched, closest) };
    let is_idle = |place: usize| line.operations(place).is_some_and(|operations| operations.upgrade.steps.is_empty());
    let hidden: BTreeSet<&str> = watched.keys().flat_map(|name| presence::elsewhere(catalog, name)).collect();
    Located {
        elsewhere: hidden.into_iter().map(str::to_owned).collect(),
        are_same: (closest..last).all(is_idle) && loose.iter().copied().all(is_idle),
        matches: matches.len() + loose.len(),
        closest: rows(line, (0..closest).filter(|place| !loose.contains(place)).collect()),
        last: rows(line, (0..last).collect()),
        tally: tallies.get(closest).copied().unwrap_or_default(),
        known: watched.values().filter(|table| table.parts.contains_key(&None)).count(),
        differences: differences(line, &watched, closest),
        next: loose.first().copied().or(Some(closest).filter(|place| *place < line.order.len())).map(|place| {
            let left = line.order.len() - closest + loose.len();
            (line.id(place).to_owned(), left)
        }),
    }
}

/// Revisions among the first `done` that end their branch and cannot be seen: the tables match without
/// them too, so that nothing says that they have run.
fn loose(line: &Line<'_>, watched: &BTreeMap<TableName, Watched>, done: usize) -> BTreeSet<usize> {
    let mut loose = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for _ in 0..MOST_TRIED {
        let left: BTreeSet<&str> =
            (0..done).filter(|place| !loose.contains(place)).map(|place| line.id(place)).collect();
        let is_end = |place: &usize| {
            let id = line.id(*place);
            !line.graph.descendants(&[id]).into_iter().any(|later| later != id && left.contains(later))
        };
        let open = (0..done).rev().filter(|place| !loose.contains(place) && !seen.contains(place));
        let Some(end) = open.into_iter().find(is_end) else { break };
        loose.insert(end);
        if !matches_without(line, watched, done, &loose) {
            loose.remove(&end);
            seen.insert(end);
        }
    }
    loose
}

/// Whether the tables match the first `done` revisions without some of them.
fn matches_without(
    line: &Line<'_>,
    watched: &BTreeMap<TableName, Watched>,
    done: usize,
    without: &BTreeSet<usize>,
) -> bool {
    let mut schema = Schema::default();
    (0..done).filter(|place| !without.contains(place)).for_each(|place| line.play(&mut schema, place));
    watched.iter().all(|(name, table)| {
        table.parts.iter().all(|(part, object)| {
            let status = status(&schema, name, part.as_ref());
            let is_theirs = object.presence == Presence::There && without.contains(&object.last.revision);
            wrong(object, status, done).is_none() && !(status.is_none() && is_theirs)
        })
    })
}

/// All tables that some revision makes.
fn watch(line: &Line<'_>, catalog: &View<'_>) -> BTreeMap<TableName, Watched> {
    let mut watched: BTreeMap<TableName, Watched> = BTreeMap::new();
    // That a column takes no NULL is only looked at where a revision changes it: models and
    // migrations differ in it too often.
    let mut changed: Vec<(TableName, Part)> = Vec::new();
    let mut schema = Schema::default();
    for place in 0..line.order.len() {
        line.play(&mut schema, place);
        for name in schema.take_touched() {
            let Some(table) = schema.table(&name) else { continue };
            let own = table.status.map(|status| (None, status));
            let parts = table.parts.iter().map(|(part, status)| (Some(part.clone()), *status));
            let seen = watched.entry(name.clone()).or_default();
            for (part, status) in own.into_iter().chain(parts) {
                let last = status.origin();
                if last.revision != place {
                    continue;
                }
                if let Some(part @ Part::NotNull(_)) = &part
                    && seen.parts.contains_key(&Some(part.clone()))
                {
                    changed.push((name.clone(), part.clone()));
                }
                let is_tracked = status.is_present() || matches!(part, Some(Part::NotNull(_)));
                match seen.parts.get_mut(&part) {
                    Some(known) if status.is_present() => {
                        known.last = last;
                        known.is_strict = is_strict(line, known.presence, &name, part.as_ref(), last);
                    }
                    Some(_) => {}
                    None if is_tracked => {
                        let presence = match &part {
                            Some(part) => presence::of_part(catalog, &name, part),
                            None => presence::of_table(catalog, &name),
                        };
                        let presence = match (presence, &part) {
                            // With the table, its columns are gone too.
                            (Presence::Unknown, Some(Part::Column(_)))
                                if presence::of_table(catalog, &name) == Presence::Absent =>
                            {
                                Presence::Absent
                            }
                            (presence, _) => presence,
                        };
                        let is_strict = is_strict(line, presence, &name, part.as_ref(), last);
                        seen.parts.insert(part, Object { presence, last, is_strict });
                    }
                    None => {}
                }
            }
        }
    }
    for (name, table) in &mut watched {
        let is_changed = |part: &Part| changed.iter().any(|(table, one)| table == name && one == part);
        table.parts.retain(|part, _| match part {
            Some(part @ Part::NotNull(_)) => is_changed(part),
            _ => true,
        });
    }
    watched
}

/// Whether its being there early would be noticed; not asked where it makes no difference.
fn is_strict(line: &Line<'_>, presence: Presence, table: &TableName, part: Option<&Part>, last: Origin) -> bool {
    presence == Presence::There && !matches!(part, Some(Part::NotNull(_))) && line.is_strict(table, part, last)
}

impl Watched {
    /// Counts what is right and wrong after the first `done` revisions.
    fn count(&mut self, schema: &Schema, name: &TableName, done: usize) {
        let mut tally = Tally::default();
        for (part, object) in &self.parts {
            let status = status(schema, name, part.as_ref());
            let wrong = wrong(object, status, done);
            tally.wrong += usize::from(wrong.is_some());
            if !status.is_some_and(Status::is_present) || object.presence == Presence::Unknown {
                continue;
            }
            let is_there = usize::from(object.presence == Presence::There);
            let count = match part {
                None => &mut tally.tables,
                Some(Part::Column(_)) => &mut tally.columns,
                Some(_) => &mut tally.others,
            };
            count.0 += is_there;
            count.1 += 1;
        }
        self.tally = tally;
    }
}

fn status(schema: &Schema, name: &TableName, part: Option<&Part>) -> Option<Status> {
    // Nothing is left of a table that is gone.
    let is_gone = |status: &Status| !status.is_present();
    schema.status(name, part).or_else(|| schema.status(name, None).filter(is_gone))
}

fn wrong(object: &Object, status: Option<Status>, done: usize) -> Option<Wrong> {
    match (status, object.presence) {
        (Some(Status::Present(_)), Presence::Absent) => Some(Wrong::Missing),
        (Some(Status::Gone(_)), Presence::There) => Some(Wrong::Left),
        (None, Presence::There) if object.last.revision >= done && object.is_strict => Some(Wrong::Early),
        _ => None,
    }
}

/// What is otherwise after the first `done` revisions.
fn differences(line: &Line<'_>, watched: &BTreeMap<TableName, Watched>, done: usize) -> Vec<SchemaDifference> {
    let mut schema = Schema::default();
    (0..done).for_each(|place| line.play(&mut schema, place));
    let mut found = Vec::new();
    for (name, table) in watched {
        let table_is_wrong =
            table.parts.get(&None).is_some_and(|object| wrong(object, status(&schema, name, None), done).is_some());
        for (part, object) in &table.parts {
            let status = status(&schema, name, part.as_ref());
            let Some(wrong) = wrong(object, status, done) else { continue };
            // Its parts go with it.
            if part.is_some() && table_is_wrong {
                continue;
            }
            let origin = status.map_or(object.last, Status::origin);
            found.push((origin, SchemaDifference { made: line.made(name, part.as_ref(), origin), wrong }));
        }
    }
    found.sort_by_key(|(origin, _)| (origin.revision, origin.span.start));
    found.into_iter().map(|(_, difference)| difference).collect()
}

/// The rows of the version table after these revisions.
fn rows(line: &Line<'_>, done: Vec<usize>) -> Vec<String> {
    let applied: BTreeSet<&str> = done.iter().map(|place| line.id(*place)).collect();
    let is_last = |id: &&str| !line.graph.children(id).iter().any(|child| applied.contains(child));
    let ends: Vec<String> = done.iter().map(|place| line.id(*place)).filter(is_last).map(str::to_owned).collect();
    let implied: Vec<String> = line
        .graph
        .row_problems(&ends)
        .into_iter()
        .filter_map(|problem| match problem {
            crate::graph::RowProblem::Redundant { row, .. } => Some(row),
            _ => None,
        })
        .collect();
    ends.into_iter().filter(|row| !implied.contains(row)).collect()
}

impl Tally {
    fn is_right(&self) -> bool {
        self.wrong == 0
    }

    /// Whether anything at all is there.
    pub fn is_something(&self) -> bool {
        self.tables.0 > 0
    }

    fn add(&mut self, other: Self) {
        self.wrong += other.wrong;
        for (count, other) in self.counts().into_iter().zip([other.tables, other.columns, other.others]) {
            count.0 += other.0;
            count.1 += other.1;
        }
    }

    fn remove(&mut self, other: Self) {
        self.wrong -= other.wrong;
        for (count, other) in self.counts().into_iter().zip([other.tables, other.columns, other.others]) {
            count.0 -= other.0;
            count.1 -= other.1;
        }
    }

    fn counts(&mut self) -> [&mut (usize, usize); 3] {
        [&mut self.tables, &mut self.columns, &mut self.others]
    }
}
