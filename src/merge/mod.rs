//! What the sides of a fork do, and whether they can be joined: every pair of operations that touch
//! the same thing gets a verdict, and what it takes to join them.
//!
//! A merge revision runs when both sides have run. So it can make alike what the order of the sides
//! left different; it cannot help a side that fails because the other one has run. For that the
//! side's own revision has to be guarded, and [`Cure::Guards`] says where.

mod cure;
mod guard;
mod judge;
mod keys;
mod names;
mod outlook;
mod rows;
mod side;
mod thing;
mod touch;
mod touch_alter;
mod touch_sql;
mod value;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

pub use cure::{Choice, Code, Cure};
pub use guard::Guard;
pub use outlook::{Extent, Outlook, outlooks};
pub use side::Operation;
pub use thing::{Property, Thing};
pub use verdict::Verdict;

use crate::database::{DatabaseUrl, Dialect};
use crate::facts::Facts;
use crate::operation::model::TableName;
use judge::Meeting;
use side::Pool;
use thing::Need;
use touch::Touches;

/// The sides of a fork, compared.
#[derive(Debug)]
pub struct Comparison {
    /// The tips, in the order in which they were named.
    pub heads: Vec<String>,
    /// Where the sides part: the newest revisions that all of them have.
    pub forks: Vec<String>,
    /// What each tip has and not all of them have.
    pub sides: Vec<Side>,
    /// The operations of all sides.
    pub operations: Vec<Operation>,
    /// Every pair that touches the same thing.
    pub pairs: Vec<Pair>,
}

/// One side of a fork.
#[derive(Debug)]
pub struct Side {
    /// Its tip.
    pub head: String,
    /// Its revisions in the order in which they run.
    pub revisions: Vec<String>,
    /// Its operations, as places in [`Comparison::operations`].
    pub operations: Vec<usize>,
}

/// Two operations of two sides that touch the same thing.
#[derive(Debug)]
pub struct Pair {
    /// The operation of one side, as a place in [`Comparison::operations`].
    pub first: usize,
    /// The operation of the other side.
    pub second: usize,
    /// The sides, as places in [`Comparison::sides`].
    pub sides: (usize, usize),
    /// What they meet at.
    pub thing: String,
    /// How they get along.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub why: String,
    /// Whether the first fails when the second has run, and the second when the first has run.
    pub fails: (bool, bool),
    /// Whether what is left depends on the order.
    pub differs: bool,
    /// What it takes to join them.
    pub cure: Cure,
}

/// For whom the comparison is made.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// `postgresql` or `sqlite`.
    pub dialect: &'static str,
    /// The tip whose side wins where only the order decides.
    pub prefer: Option<&'a str>,
}

/// The dialect of the databases that are known, or else of the configured URL; PostgreSQL where there
/// is none. `None` for one whose operations are not known here.
pub fn dialect(facts: &Facts) -> Option<&'static str> {
    let configured = facts.project.url.as_ref().map(|setting| DatabaseUrl::new(&setting.value));
    let of_database = facts.databases.first().and_then(|database| database.state.url.dialect());
    let known =
        of_database.or_else(|| configured.as_ref().filter(|url| !url.is_placeholder()).and_then(DatabaseUrl::dialect));
    match known {
        Some(Dialect::Sqlite) => Some("sqlite"),
        Some(Dialect::PostgreSql) | None => Some("postgresql"),
        Some(Dialect::Other(_)) => None,
    }
}

/// Compares the sides of these tips; [`Facts::read_operations`] has been called.
pub fn compare(facts: &Facts, heads: &[&str], terms: Terms<'_>) -> Comparison {
    let graph = &facts.graph;
    let lines: Vec<BTreeSet<&str>> = heads.iter().map(|head| graph.ancestors(&[*head])).collect();
    let common = lines.iter().skip(1).fold(lines.first().cloned().unwrap_or_default(), |common, line| &common & line);
    let order: Vec<&str> = graph.history().into_iter().rev().collect();
    let in_order = |ids: &BTreeSet<&str>| -> Vec<String> {
        order.iter().filter(|id| ids.contains(*id)).map(|id| (*id).to_owned()).collect()
    };
    let mut pool = Pool::new(facts, terms.dialect);
    let mut sides = Vec::new();
    for (head, line) in heads.iter().zip(&lines) {
        let revisions = in_order(&(line - &common));
        let operations = revisions.iter().flat_map(|id| pool.of(id)).collect();
        sides.push(Side { head: (*head).to_owned(), revisions, operations });
    }
    let mut pairs: BTreeMap<(usize, usize), Pair> = BTreeMap::new();
    for (i, one) in lines.iter().enumerate() {
        for (j, two) in lines.iter().enumerate().skip(i + 1) {
            let schema = pool.schema_after(&(one & two));
            let first = pool.side(&in_order(&(one - two)), &schema);
            let second = pool.side(&in_order(&(two - one)), &schema);
            let prefer = terms.prefer.and_then(|head| [i, j].iter().position(|side| heads.get(*side) == Some(&head)));
            for pair in judged(&pool, &first, &second, (i, j), prefer) {
                pairs.entry((pair.first, pair.second)).or_insert(pair);
            }
        }
    }
    let is_tip = |id: &&&str| graph.children(id).iter().all(|child| !common.contains(child));
    let forks = order.iter().filter(|id| common.contains(*id)).filter(is_tip).map(|id| (*id).to_owned()).collect();
    let heads = heads.iter().map(|head| (*head).to_owned()).collect();
    Comparison { heads, forks, sides, operations: pool.operations, pairs: pairs.into_values().collect() }
}

impl Comparison {
    /// The pairs with that verdict.
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &Pair> {
        self.pairs.iter().filter(move |pair| pair.verdict == verdict)
    }

    /// Whether somebody has to do or to decide something before the sides are joined.
    pub fn needs_a_person(&self) -> bool {
        self.pairs.iter().any(|pair| matches!(pair.cure, Cure::Guards(_) | Cure::Decide(_)))
    }

    /// The operation at that place.
    pub fn operation(&self, place: usize) -> Option<&Operation> {
        self.operations.get(place)
    }

    /// The guards that the revisions need, each once.
    pub fn guards(&self) -> Vec<&Guard> {
        let mut guards: Vec<&Guard> = self.pairs.iter().flat_map(|pair| pair.cure.guards()).collect();
        guards.sort_by_key(|guard| (guard.location.path().to_owned(), guard.location.start().line));
        guards.dedup_by_key(|guard| (guard.location.path().to_owned(), guard.location.start().line));
        guards
    }
}

/// The verdicts on all pairs of two sides. `prefer`: which of the two wins where the order decides.
fn judged(
    pool: &Pool<'_>,
    first: &[(usize, Touches)],
    second: &[(usize, Touches)],
    sides: (usize, usize),
    prefer: Option<usize>,
) -> Vec<Pair> {
    let mut meetings = judge::meetings(&pool.operations, first, second);
    let new = made_twice(first, second);
    for meeting in meetings.values_mut() {
        for things in [&mut meeting.first_fails, &mut meeting.second_fails, &mut meeting.differs] {
            things.retain(|thing| !is_part_of(thing, &new));
        }
    }
    for (i, j) in together(first, second, &new) {
        meetings.entry((i, j)).or_default();
    }
    let mut pairs = Vec::new();
    for ((i, j), meeting) in meetings {
        let (Some((one, left)), Some((two, right))) = (first.get(i), second.get(j)) else { continue };
        let operations = (pool.operations.get(*one), pool.operations.get(*two));
        let (Some(a), Some(b)) = operations else { continue };
        let thing = subject(&meeting).or_else(|| shared(left, right).into_iter().next().map(|root| root.to_string()));
        let judged = verdict::of(a, b, &meeting, pool.dialect);
        // Written once more by another operation of its side, it is no pair.
        if judged.is_nothing && thing.is_none() {
            continue;
        }
        let cure = cure::of(a, b, &meeting, &judged, &cure::Terms { dialect: pool.dialect, prefer });
        pairs.push(Pair {
            first: *one,
            second: *two,
            sides,
            thing: thing.unwrap_or_else(|| "what was not analysed".to_owned()),
            verdict: judged.verdict,
            why: judged.why,
            fails: (!meeting.first_fails.is_empty(), !meeting.second_fails.is_empty()),
            differs: !meeting.differs.is_empty(),
            cure,
        });
    }
    pairs
}

/// What both sides make: what they then do with it is not worth a word.
fn made_twice(first: &[(usize, Touches)], second: &[(usize, Touches)]) -> BTreeSet<TableName> {
    let made = |side: &[(usize, Touches)]| -> BTreeSet<TableName> {
        let touches = side.iter().flat_map(|(_, touches)| &touches.things);
        let new =
            touches.filter(|touch| touch.need == Need::Absent || matches!(touch.leaves, thing::Leaves::Ensured(_)));
        new.filter_map(|touch| match &touch.thing {
            Thing::Relation(name) => Some(name.clone()),
            _ => None,
        })
        .collect()
    };
    &made(first) & &made(second)
}

fn is_part_of(thing: &Thing, tables: &BTreeSet<TableName>) -> bool {
    match thing {
        Thing::Column(table, _)
        | Thing::Property(table, ..)
        | Thing::Constraint(table, _)
        | Thing::PrimaryKey(table)
        | Thing::Comment(table)
        | Thing::Dependents(table)
        | Thing::ReferredKey(table, _)
        | Thing::ColumnDependents(table, _)
        | Thing::Views(table, _) => tables.contains(table),
        Thing::Relation(_) | Thing::Type(_) | Thing::Label(..) | Thing::Labels(_) | Thing::Other(_) => false,
    }
}

/// Operations about the same table or type, by their places in the sides.
fn together(first: &[(usize, Touches)], second: &[(usize, Touches)], new: &BTreeSet<TableName>) -> Vec<(usize, usize)> {
    let mut by_root: BTreeMap<Thing, Vec<usize>> = BTreeMap::new();
    for (place, (_, touches)) in second.iter().enumerate() {
        for root in roots(touches) {
            by_root.entry(root).or_default().push(place);
        }
    }
    let mut found = Vec::new();
    for (place, (_, touches)) in first.iter().enumerate() {
        for root in roots(touches) {
            if matches!(&root, Thing::Relation(table) if new.contains(table)) {
                continue;
            }
            found.extend(by_root.get(&root).into_iter().flatten().map(|other| (place, *other)));
        }
    }
    found
}

/// The tables and types that an operation is about.
fn roots(touches: &Touches) -> BTreeSet<Thing> {
    let root = |thing: &Thing| match thing {
        Thing::Relation(_) | Thing::Type(_) => Some(thing.clone()),
        Thing::Label(name, _) | Thing::Labels(name) => Some(Thing::Type(name.clone())),
        _ => None,
    };
    touches.things.iter().filter_map(|touch| root(&touch.thing)).collect()
}

fn shared(one: &Touches, two: &Touches) -> BTreeSet<Thing> {
    &roots(one) & &roots(two)
}

/// What two operations meet at.
fn subject(meeting: &Meeting) -> Option<String> {
    let things = meeting.second_fails.iter().chain(&meeting.first_fails).chain(&meeting.differs);
    things.map(ToString::to_string).next()
}
