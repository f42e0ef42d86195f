//! Whether two sides can run in either order, and end alike: thing by thing.
//!
//! A side is taken as one long operation: it needs what its first operation on a thing needs, and
//! leaves what its last one leaves. So what a side makes and takes away again meets nothing of the
//! other side.

use std::collections::{BTreeMap, BTreeSet};

use super::names::plain;
use super::rows::{Change, Rows};
use super::side::Operation;
use super::thing::{Leaves, Need, Property, Thing, Touch};
use super::touch::{Touches, columns_of, words_of};
use crate::operation::model::{Change as Changed, ConstraintKind, Operation as What, TableName};
use crate::schema::mention::{self, Reach};
use crate::sql;

/// How two operations meet.
#[derive(Debug, Default)]
pub(super) struct Meeting {
    /// Things because of which the second fails when the first has run.
    pub(super) second_fails: Vec<Thing>,
    /// And the first when the second has run.
    pub(super) first_fails: Vec<Thing>,
    /// Things that end as the last of the two leaves them.
    pub(super) differs: Vec<Thing>,
    /// Why it is not known how they meet.
    pub(super) unknown: Vec<String>,
}

/// The meetings of two sides, by the places of the operations in them.
pub(super) fn meetings(
    operations: &[Operation],
    first: &[(usize, Touches)],
    second: &[(usize, Touches)],
) -> BTreeMap<(usize, usize), Meeting> {
    let mut found: BTreeMap<(usize, usize), Meeting> = BTreeMap::new();
    let (one, two) = (Whole::new(first), Whole::new(second));
    for (i, j, thing) in fails(&one, &two) {
        found.entry((i, j)).or_default().second_fails.push(thing);
    }
    for (j, i, thing) in fails(&two, &one) {
        found.entry((i, j)).or_default().first_fails.push(thing);
    }
    for (thing, (i, left)) in &one.last {
        let Some((j, right)) = two.last.get(thing) else { continue };
        if thing.is_counted() {
            continue;
        }
        let meeting = found.entry((*i, *j)).or_default();
        match alike(left, right) {
            Some(true) => {}
            Some(false) => meeting.differs.push((*thing).clone()),
            None => meeting.unknown.push(format!("whether both mean the same by {thing} is not known")),
        }
    }
    for (i, j, thing) in made_anew(&one, &two) {
        found.entry((i, j)).or_default().differs.push(thing);
    }
    for (j, i, thing) in made_anew(&two, &one) {
        found.entry((i, j)).or_default().differs.push(thing);
    }
    rows(operations, first, second, &mut found);
    unknown(first, second, &mut found, false);
    unknown(second, first, &mut found, true);
    found
}

/// A side as one operation.
struct Whole<'a> {
    /// What it needs from before, in order.
    needs: Vec<(usize, &'a Thing, Need)>,
    /// What it leaves, and who does.
    last: BTreeMap<&'a Thing, (usize, &'a Leaves)>,
    /// What it takes away and makes again, and who does.
    anew: BTreeMap<&'a Thing, usize>,
}

impl<'a> Whole<'a> {
    fn new(side: &'a [(usize, Touches)]) -> Self {
        let mut whole = Self { needs: Vec::new(), last: BTreeMap::new(), anew: BTreeMap::new() };
        for (place, (_, touches)) in side.iter().enumerate() {
            for touch in &touches.things {
                // A table that the side renamed is still the one from before; its name alone is gone.
                let made = |owner: Thing| whole.last.get(&owner).is_some_and(|(_, leaves)| **leaves != Leaves::Gone);
                let is_own = whole.last.contains_key(&touch.thing) || owner(&touch.thing).is_some_and(made);
                if touch.need != Need::Nothing && !is_own {
                    whole.needs.push((place, &touch.thing, touch.need));
                }
            }
            for touch in touches.things.iter().filter(|touch| touch.leaves != Leaves::AsIs) {
                let before = whole.last.insert(&touch.thing, (place, &touch.leaves));
                if before.is_some_and(|(_, leaves)| *leaves == Leaves::Gone) && touch.leaves != Leaves::Gone {
                    whole.anew.insert(&touch.thing, place);
                }
            }
        }
        whole
    }
}

/// The table that a thing is a part of.
fn owner(thing: &Thing) -> Option<Thing> {
    match thing {
        Thing::Column(table, _)
        | Thing::Property(table, ..)
        | Thing::Constraint(table, _)
        | Thing::PrimaryKey(table)
        | Thing::Comment(table) => Some(Thing::Relation(table.clone())),
        Thing::Label(name, _) | Thing::Labels(name) => Some(Thing::Type(name.clone())),
        Thing::Relation(_)
        | Thing::Type(_)
        | Thing::Dependents(_)
        | Thing::ReferredKey(..)
        | Thing::ColumnDependents(..)
        | Thing::Views(..)
        | Thing::Other(_) => None,
    }
}

/// Who makes whom fail when `before` has run: the operation of `before`, that of `after`, the thing.
fn fails(before: &Whole<'_>, after: &Whole<'_>) -> Vec<(usize, usize, Thing)> {
    let mut found = Vec::new();
    for (place, thing, need) in &after.needs {
        let Some((by, leaves)) = before.last.get(thing) else { continue };
        let fails = match leaves {
            Leaves::AsIs => false,
            Leaves::Gone => *need == Need::Present,
            Leaves::There(_) | Leaves::Ensured(_) => *need == Need::Absent,
        };
        if fails {
            found.push((*by, *place, (*thing).clone()));
        }
    }
    found
}

/// Whose work is lost when the thing that it is about is taken away and made again after it.
fn made_anew(anew: &Whole<'_>, user: &Whole<'_>) -> Vec<(usize, usize, Thing)> {
    // Who makes it anew in the same way loses nothing.
    let is_lost = |thing: &Thing| match (anew.last.get(thing), user.last.get(thing)) {
        (Some((_, one)), Some((_, two))) => alike(one, two) != Some(true),
        _ => true,
    };
    let used = user.needs.iter().filter(|(_, thing, need)| *need == Need::Present && is_lost(thing));
    used.filter_map(|(place, thing, _)| Some((*anew.anew.get(thing)?, *place, (*thing).clone()))).collect()
}

/// Whether a thing ends alike in both orders; `None` if that is not known.
fn alike(one: &Leaves, two: &Leaves) -> Option<bool> {
    match (one, two) {
        (Leaves::AsIs, _) | (_, Leaves::AsIs) | (Leaves::Gone, Leaves::Gone) => Some(true),
        (Leaves::Gone, _) | (_, Leaves::Gone) => Some(false),
        (Leaves::There(one) | Leaves::Ensured(one), Leaves::There(two) | Leaves::Ensured(two)) => one.is_like(two),
    }
}

/// Rows on one side, and rows or tables on the other.
fn rows(
    operations: &[Operation],
    first: &[(usize, Touches)],
    second: &[(usize, Touches)],
    found: &mut BTreeMap<(usize, usize), Meeting>,
) {
    for (i, (index, one)) in first.iter().enumerate() {
        for (j, (other, two)) in second.iter().enumerate() {
            let mut meeting = Meeting::default();
            if let (Some(a), Some(b)) = (operations.get(*index), operations.get(*other)) {
                meeting.unknown.extend(new_type(a, one, b).or_else(|| new_type(b, two, a)));
                meeting.unknown.extend(lost_key(one, two).or_else(|| lost_key(two, one)));
                meeting.unknown.extend(lost_constraint(one, two).or_else(|| lost_constraint(two, one)));
                meeting.unknown.extend(lost_label(one, b, two).or_else(|| lost_label(two, a, one)));
            }
            let pairs = one.rows.iter().flat_map(|one| two.rows.iter().filter_map(|two| one.meets(two)));
            meeting.unknown.extend(pairs.take(1).map(str::to_owned));
            for rows in &one.rows {
                rows_and_things(rows, operations.get(*other), two, &mut meeting.first_fails, &mut meeting.unknown);
            }
            for rows in &two.rows {
                rows_and_things(rows, operations.get(*index), one, &mut meeting.second_fails, &mut meeting.unknown);
            }
            if !(meeting.unknown.is_empty() && meeting.first_fails.is_empty() && meeting.second_fails.is_empty()) {
                let all = found.entry((i, j)).or_default();
                all.unknown.extend(meeting.unknown);
                all.first_fails.extend(meeting.first_fails);
                all.second_fails.extend(meeting.second_fails);
            }
        }
    }
}

/// A column gets another type on one side, and the other one makes a condition or a key of it.
fn new_type(changes: &Operation, touches: &Touches, other: &Operation) -> Option<String> {
    let What::AddConstraint(add) = &other.step.operation else { return None };
    let columns = touches.things.iter().filter_map(|touch| match &touch.thing {
        Thing::Property(table, column, Property::Type) => Some((table, column)),
        _ => None,
    });
    let is_met = |(table, column): &(&TableName, &String)| match &add.constraint.kind {
        ConstraintKind::Check { condition } => *table == &plain(&add.table) && words_of(condition).contains(*column),
        ConstraintKind::ForeignKey(key) => {
            (*table == &plain(&add.table) && key.columns.contains(column))
                || (*table == &plain(&key.referred_table) && key.referred_columns.contains(column))
        }
        ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } | ConstraintKind::Exclude { .. } => false,
    };
    let (table, column) = columns.into_iter().find(is_met)?;
    let revision = &changes.revision;
    Some(format!("whether the constraint goes with the type that {revision} gives {table}.{column} is not known"))
}

/// A key goes, and a foreign key of the other side may need it.
fn lost_key(loses: &Touches, other: &Touches) -> Option<String> {
    let referred = other.things.iter().filter_map(|touch| match &touch.thing {
        Thing::ReferredKey(table, columns) => Some((table, columns)),
        _ => None,
    });
    let is_lost = |(table, columns): &(&TableName, &Vec<String>)| {
        let of_columns = |list: &[String]| list.iter().cloned().collect::<BTreeSet<String>>();
        loses.keys_gone.iter().any(|(of, key)| {
            of == *table && (key.is_empty() || columns.is_empty() || of_columns(key) == of_columns(columns))
        })
    };
    let (table, _) = referred.into_iter().find(is_lost)?;
    Some(format!("whether the foreign key to {table} needs the key that the other side drops is not known"))
}

/// A column goes, and a constraint that the other side needs may go with it.
fn lost_constraint(loses: &Touches, other: &Touches) -> Option<String> {
    let gone = loses.things.iter().filter_map(|touch| match &touch.thing {
        Thing::ColumnDependents(table, column) if touch.need == Need::Absent => Some((table, column)),
        _ => None,
    });
    let (table, column) = gone.into_iter().find(|(table, _)| other.unclear_constraints.contains(table))?;
    Some(format!("whether a constraint that one side needs goes with {table}.{column} is not known"))
}

/// A label gets another name, and the other side may write it.
fn lost_label(loses: &Touches, other: &Operation, touches: &Touches) -> Option<String> {
    let writes = |touch: &Touch| {
        let has_default = matches!(&touch.thing, Thing::Column(..) | Thing::Property(_, _, Property::Default));
        has_default && matches!(touch.leaves, Leaves::There(_) | Leaves::Ensured(_))
    };
    if touches.rows.is_empty() && !touches.things.iter().any(writes) {
        return None;
    }
    let words = mention::words(other.source.slice(other.step.span));
    let label = loses.things.iter().find_map(|touch| match &touch.thing {
        Thing::Label(_, label) if touch.leaves == Leaves::Gone => Some(label),
        _ => None,
    })?;
    let is_written = mention::words(label).is_subset(&words);
    is_written.then(|| format!("whether {} writes the label '{label}' of an enum is not known", other.revision))
}

fn rows_and_things(
    rows: &Rows,
    other: Option<&Operation>,
    touches: &Touches,
    fails: &mut Vec<Thing>,
    unknown: &mut Vec<String>,
) {
    let is_of = |table: &TableName| *table == rows.table;
    let adds = matches!(rows.change, Change::Insert | Change::Unknown);
    for touch in &touches.things {
        match (&touch.thing, &touch.leaves) {
            (Thing::Column(table, column), Leaves::Gone) if is_of(table) && rows.names(column) => {
                fails.push(touch.thing.clone());
            }
            (Thing::Property(table, column, Property::Type), _) if is_of(table) && rows.names(column) => {
                unknown.push(format!("whether the rows fit the new type of {table}.{column} is not known"));
            }
            (Thing::Property(table, column, Property::Default), _) if is_of(table) && adds => {
                unknown.push(format!("rows get another default of {table}.{column} before and after"));
            }
            _ => {}
        }
    }
    if rows.change == Change::Read {
        return;
    }
    let Some(other) = other else { return };
    let mut proves = |columns: &[String], what: &str| {
        if adds || columns.is_empty() || columns.iter().any(|column| rows.names(column)) {
            unknown.push(format!("whether the changed rows satisfy {what} is not known"));
        }
    };
    let touches_table = touches.things.iter().any(|touch| touch.thing == Thing::Relation(rows.table.clone()));
    match &other.step.operation {
        What::AddColumn(add)
            if touches_table && adds && !add.column.is_nullable() && add.column.server_default.is_none() =>
        {
            unknown.push(format!("rows that are added have no value for {}.{}", add.table, add.column.name));
        }
        What::AlterColumn(alter) if touches_table && alter.nullable == Changed::Set(false) => {
            proves(std::slice::from_ref(&alter.column), "the new NOT NULL");
        }
        What::CreateIndex(create) if touches_table && create.index.unique => {
            proves(&columns_of(&create.index), "the new unique index");
        }
        What::AddConstraint(add) if touches_table => match &add.constraint.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns } => {
                proves(columns, "the new key");
            }
            ConstraintKind::ForeignKey(key) => proves(&key.columns, "the new foreign key"),
            ConstraintKind::Check { .. } | ConstraintKind::Exclude { .. } => proves(&[], "the new constraint"),
        },
        What::Sql(_) if touches_table => {
            let text = other.summary.to_lowercase();
            const DEMANDS: [&str; 6] = ["not null", "constraint", "unique", "check", "references", "exclude"];
            if DEMANDS.iter().any(|word| text.contains(word)) {
                proves(&[], "what it demands");
            }
        }
        _ => {}
    }
}

/// What is not understood on the side `unclear`, and what it may reach of the other one: the first
/// operation stands for all.
fn unknown(
    unclear: &[(usize, Touches)],
    other: &[(usize, Touches)],
    found: &mut BTreeMap<(usize, usize), Meeting>,
    is_second: bool,
) {
    for (place, (_, touches)) in unclear.iter().enumerate() {
        let Some((reason, text)) = &touches.unknown else { continue };
        let reach = if text.contains("def upgrade") { mention::of_python(text) } else { mention::of_sql(text) };
        let words = mention::words(text);
        let is_reached = |touches: &Touches| match (reach, &touches.unknown) {
            (Reach::Anything, unclear) => !touches.things.is_empty() || unclear.is_some(),
            (Reach::Nothing | Reach::PartsNamed | Reach::TablesNamed, unclear) => {
                touches.things.iter().any(|touch| is_named(&touch.thing, &words))
                    || unclear.as_ref().is_some_and(|(_, other)| speak_of_the_same(text, other))
            }
        };
        if let Some(reached) = other.iter().position(|(_, touches)| is_reached(touches)) {
            let key = if is_second { (reached, place) } else { (place, reached) };
            found.entry(key).or_default().unknown.push(reason.clone());
        }
    }
}

fn is_named(thing: &Thing, words: &BTreeSet<String>) -> bool {
    let name = match thing {
        Thing::Relation(name) | Thing::Type(name) | Thing::Dependents(name) => &name.name,
        Thing::Constraint(_, name) if words.contains(&name.to_lowercase()) => return true,
        Thing::Column(table, _) | Thing::Constraint(table, _) => &table.name,
        Thing::Other(what) => return !mention::words(what).is_disjoint(words),
        _ => return false,
    };
    words.contains(&name.to_lowercase())
}

/// Whether two statements that are not understood have a name in common. Of Python code, which stands
/// for a whole file, that cannot be said.
fn speak_of_the_same(one: &str, two: &str) -> bool {
    let is_python = |text: &str| text.contains("def upgrade");
    if is_python(one) && is_python(two) {
        return false;
    }
    let names = |text: &str| if is_python(text) { mention::words(text) } else { sql::names(text) };
    !names(one).is_disjoint(&names(two))
}
