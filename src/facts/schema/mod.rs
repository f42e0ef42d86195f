//! Whether the tables of a database are those that its stamp promises.
//!
//! Only what is certain counts: what the replay does not know, and what the catalog cannot tell,
//! is neither missing nor found.

mod effects;
mod locate;
mod presence;

use std::collections::{BTreeSet, HashMap};

use crate::database::{DatabaseState, Dialect};
use crate::graph::{Graph, RowProblem};
use crate::operation::model::TableName;
use crate::operation::{Operations, Step};
use crate::schema::{Origin, Part, Schema, Status, replay};
use crate::source::Location;

use super::{Stamp, StampState};
pub use effects::{Effect, Effects};
pub use locate::{Located, SchemaDifference, Tally, Wrong};
use presence::{Presence, View};

/// A table, or a part of one, and the step that made it so.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The table.
    pub table: TableName,
    /// The part; `None` for the table itself.
    pub part: Option<Part>,
    /// The revision of the step.
    pub revision: String,
    /// The step.
    pub location: Location,
}

/// What the tables say about the stamp.
#[derive(Debug, Default)]
pub struct SchemaFacts {
    /// Tables and columns that applied revisions made, that no later one removed, and that are not
    /// there.
    pub missing: Vec<Made>,
    /// Applied revisions that made a table or a column which is there.
    pub seen: BTreeSet<String>,
    /// How many tables the applied revisions certainly leave, and how many of them are there.
    pub tables: (usize, usize),
    /// What the first pending revision does, and how much of it has been done.
    pub pending: Option<Effects>,
    /// Which revision the tables match, where the stamp does not say it or says something else.
    pub located: Option<Located>,
}

/// The revisions in Alembic's order, with what they do.
struct Line<'a> {
    graph: &'a Graph,
    operations: &'a [Operations],
    /// The order of `upgrade heads` on an empty database, as places in `Graph::revisions`.
    order: Vec<usize>,
    /// As SQLAlchemy names it.
    dialect: &'static str,
}

impl SchemaFacts {
    /// Compares the tables with the stamp. `None` when they were not read, or when the graph is
    /// not certain.
    pub fn new(graph: &Graph, operations: &[Operations], state: &DatabaseState, stamp: &Stamp) -> Option<Self> {
        let look = state.look.as_ref().ok()?;
        let catalog = &View::new(look.tables.catalog()?, look, stamp);
        let line = Line::new(graph, operations, state)?;
        match stamp.state {
            StampState::Unstamped => Some(Self { located: Some(locate::locate(&line, catalog)), ..Self::default() }),
            StampState::AtHead | StampState::Behind => Self::stamped(&line, catalog, stamp),
            _ => None,
        }
    }

    fn stamped(line: &Line<'_>, catalog: &View<'_>, stamp: &Stamp) -> Option<Self> {
        let is_harmless =
            |problem: &RowProblem| matches!(problem, RowProblem::Duplicate { .. } | RowProblem::Redundant { .. });
        if !stamp.problems.iter().all(is_harmless) {
            return None;
        }
        let rows: Vec<&str> = stamp.rows.iter().map(String::as_str).collect();
        let applied = line.graph.ancestors(&rows);
        let mut schema = Schema::default();
        let (done, open): (Vec<usize>, Vec<usize>) =
            (0..line.order.len()).partition(|place| applied.contains(line.id(*place)));
        done.iter().for_each(|place| line.play(&mut schema, *place));
        let first = stamp.pending.as_ref().ok().and_then(|pending| pending.first());
        let first = first.and_then(|id| open.iter().copied().find(|place| line.id(*place) == id));
        let pending = first.and_then(|place| effects::of(line, catalog, &schema, place));
        // What a pending revision removes has been removed before its time: that is its story.
        let mut later = schema.clone();
        open.iter().for_each(|place| line.play(&mut later, *place));
        let mut facts = Self { pending, ..Self::default() };
        facts.compare(line, catalog, &schema, &later);
        let is_contradicted =
            !facts.missing.is_empty() || facts.pending.as_ref().is_some_and(|effects| effects.is_begun());
        if is_contradicted {
            facts.located = Some(locate::locate(line, catalog));
        }
        Some(facts)
    }

    fn compare(&mut self, line: &Line<'_>, catalog: &View<'_>, schema: &Schema, later: &Schema) {
        let mut missing: Vec<(Origin, Made)> = Vec::new();
        for (name, table) in schema.tables() {
            let is_gone_later = |part: Option<&Part>| {
                later.table(name).is_some_and(|table| {
                    let table_gone = table.status.is_some_and(|status| !status.is_present());
                    let gone = part.and_then(|part| table.parts.get(part)).is_some_and(|status| !status.is_present());
                    table_gone || gone
                })
            };
            let columns = || {
                let parts = table.parts.iter().filter(|(_, status)| status.is_present());
                parts.filter(|(part, _)| matches!(part, Part::Column(_)))
            };
            // A column that is certain says that its table was there.
            let origin = table.status.filter(|status| status.is_present()).map(|status| status.origin());
            let origin = match (table.status, origin) {
                (Some(_), None) => continue,
                (_, origin) => origin.or_else(|| columns().next().map(|(_, status)| status.origin())),
            };
            let Some(origin) = origin else { continue };
            let presence = presence::of_table(catalog, name);
            self.tables.0 += 1;
            match presence {
                Presence::There => {
                    self.tables.1 += 1;
                    self.seen.insert(line.id(origin.revision).to_owned());
                }
                Presence::Unknown => self.tables.0 -= 1,
                Presence::Absent if is_gone_later(None) => {}
                Presence::Absent => missing.push((origin, line.made(name, None, origin))),
            }
            if presence != Presence::There {
                continue;
            }
            for (part, status) in columns() {
                match presence::of_part(catalog, name, part) {
                    Presence::There => {
                        self.seen.insert(line.id(status.origin().revision).to_owned());
                    }
                    Presence::Absent if !is_gone_later(Some(part)) => {
                        missing.push((status.origin(), line.made(name, Some(part), status.origin())));
                    }
                    Presence::Absent | Presence::Unknown => {}
                }
            }
        }
        missing.sort_by_key(|(origin, _)| (origin.revision, origin.span.start));
        self.missing = missing.into_iter().map(|(_, made)| made).collect();
    }

    /// Whether the tables say something else than the stamp.
    pub fn contradicts_the_stamp(&self) -> bool {
        !self.missing.is_empty() || self.pending.as_ref().is_some_and(Effects::is_begun)
    }
}

impl<'a> Line<'a> {
    fn new(graph: &'a Graph, operations: &'a [Operations], state: &DatabaseState) -> Option<Self> {
        let is_certain = graph.revisions().iter().all(|revision| revision.not_static.is_empty());
        if !is_certain || !graph.duplicates().is_empty() || operations.len() != graph.revisions().len() {
            return None;
        }
        let dialect = match state.url.dialect()? {
            Dialect::PostgreSql => "postgresql",
            Dialect::Sqlite => "sqlite",
            _ => return None,
        };
        let places: HashMap<&str, usize> =
            graph.revisions().iter().enumerate().map(|(place, revision)| (revision.id.as_str(), place)).collect();
        let order = graph.upgrade_plan(&[], "heads").ok()?;
        let order = order.into_iter().map(|id| places.get(id).copied()).collect::<Option<Vec<usize>>>()?;
        Some(Self { graph, operations, order, dialect })
    }

    /// The id of the revision at a place in the order.
    fn id(&self, place: usize) -> &'a str {
        self.revision(place).map_or("", |revision| revision.id.as_str())
    }

    fn revision(&self, place: usize) -> Option<&'a crate::revision::Revision> {
        self.graph.revisions().get(*self.order.get(place)?)
    }

    fn operations(&self, place: usize) -> Option<&'a Operations> {
        self.operations.get(*self.order.get(place)?)
    }

    fn play(&self, schema: &mut Schema, place: usize) {
        if let (Some(revision), Some(operations)) = (self.revision(place), self.operations(place)) {
            replay(schema, place, &operations.upgrade.steps, &revision.source, self.dialect);
        }
    }

    /// Whether a revision would fail if what it makes were there: not if it may have removed that
    /// itself before, or asks first.
    fn is_strict(&self, table: &TableName, part: Option<&Part>, origin: Origin) -> bool {
        let (Some(revision), Some(operations)) = (self.revision(origin.revision), self.operations(origin.revision))
        else {
            return false;
        };
        let steps = &operations.upgrade.steps;
        let makes = |step: &Step| step.called_from.unwrap_or(step.span) == origin.span;
        let Some(index) = steps.iter().position(makes) else { return false };
        let (before, own) = steps.split_at(index);
        let mut schema = Schema::default();
        schema.assume(table, part, origin);
        replay(&mut schema, origin.revision, before, &revision.source, self.dialect);
        if own.first().is_some_and(effects::is_guarded) {
            return false;
        }
        match (part, schema.status(table, None)) {
            // It comes with a table of the same revision.
            (Some(_), Some(Status::Present(made))) => self.is_strict(table, None, made),
            _ => schema.status(table, part).is_some_and(Status::is_present),
        }
    }

    fn made(&self, table: &TableName, part: Option<&Part>, origin: Origin) -> Made {
        let location = self.revision(origin.revision).map(|revision| Location::new(&revision.source, origin.span));
        Made {
            table: table.clone(),
            part: part.cloned(),
            revision: self.id(origin.revision).to_owned(),
            location: location.unwrap_or_else(|| Location::unread("")),
        }
    }
}
