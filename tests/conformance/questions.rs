//! Random identifiers, rows and targets for a graph.

use alembic_doctor::graph::{Direction, Graph};
use proptest::prelude::*;
use proptest::sample::Index;

use super::graphs::Declared;

/// What is asked of one graph.
#[derive(Debug, Clone)]
pub(super) struct Questions {
    pub(super) identifiers: Vec<String>,
    pub(super) row_sets: Vec<Vec<String>>,
    pub(super) plans: Vec<Asked>,
    /// `history -r` with the rows that `current` means.
    pub(super) ranges: Vec<(String, Vec<String>)>,
}

/// One plan.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) direction: Direction,
    pub(super) rows: Vec<String>,
    pub(super) targets: Vec<String>,
}

/// Questions about these revisions.
pub(super) fn questions(made: &[Declared]) -> impl Strategy<Value = Questions> + use<> {
    let ids: Vec<String> = made.iter().map(|each| each.id.clone()).collect();
    let labels: Vec<String> = made.iter().flat_map(|each| each.labels.clone()).collect();
    let identifiers = proptest::collection::vec(identifier(&ids, &labels), 40);
    let row_sets = proptest::collection::vec(rows(&ids, &labels), 8);
    let reached = proptest::collection::vec(proptest::collection::vec((any::<bool>(), any::<Index>()), 1..4), 8);
    let target = prop_oneof![
        3 => Just("head".to_owned()),
        4 => Just("heads".to_owned()),
        2 => Just("base".to_owned()),
        8 => identifier(&ids, &labels),
        6 => relative(&ids, &labels),
    ]
    .boxed();
    let direction = prop_oneof![
        4 => Just(Direction::Upgrade),
        4 => Just(Direction::Downgrade),
        2 => Just(Direction::Stamp),
    ];
    let plan = (any::<Index>(), direction, proptest::collection::vec(target.clone(), 1..4));
    let plans = proptest::collection::vec(plan, 80);
    let end = prop_oneof![
        2 => Just(String::new()),
        3 => Just("current".to_owned()),
        6 => identifier(&ids, &labels),
        2 => relative(&ids, &labels),
    ]
    .boxed();
    let ranges = proptest::collection::vec((end.clone(), end, any::<Index>()), 20);
    let graph = Graph::new(made.iter().map(Declared::revision).collect());
    (identifiers, row_sets, reached, plans, ranges).prop_map(
        move |(identifiers, mut row_sets, reached, plans, ranges)| {
            row_sets.extend(reached.iter().map(|path| rows_on(&graph, &ids, path)));
            let plans = plans.into_iter().map(|(rows, direction, mut targets)| {
                targets.truncate(if direction == Direction::Stamp { 3 } else { 1 });
                Asked { direction, rows: rows.get(&row_sets).clone(), targets }
            });
            let plans = plans.filter(|asked| !asked.is_left_out()).collect();
            let ranges = ranges.into_iter().filter(|(start, end, _)| !is_past_the_base(start, end));
            let ranges = ranges.map(|(a, b, rows)| (format!("{a}:{b}"), rows.get(&row_sets).clone())).collect();
            Questions { identifiers, row_sets, plans, ranges }
        },
    )
}

/// `history -r-9:label@+1`: with a start past the base Alembic looks `base` up as an id.
fn is_past_the_base(start: &str, end: &str) -> bool {
    let is_steps = start.rsplit('@').next().is_some_and(|last| last.trim().starts_with('-'));
    is_steps && end.contains('@') && end.contains('+')
}

impl Asked {
    /// `stamp -- -9` on an empty table means nothing that Alembic documents: past the base it
    /// succeeds without a word.
    fn is_left_out(&self) -> bool {
        let is_steps = |target: &String| target.rsplit('@').next().is_some_and(|last| last.trim().starts_with('-'));
        let is_nothing = |row: &String| row.ends_with("base");
        self.direction == Direction::Stamp && self.rows.iter().all(is_nothing) && self.targets.iter().any(is_steps)
    }
}

/// Rows that commands can lead to: up to some revisions and down to others.
fn rows_on(graph: &Graph, ids: &[String], path: &[(bool, Index)]) -> Vec<String> {
    let mut rows = Vec::new();
    if graph.cycles().is_empty() {
        for (up, id) in path {
            let direction = if *up || rows.is_empty() { Direction::Upgrade } else { Direction::Downgrade };
            rows = graph.plan(direction, &[id.get(ids).clone()], &rows, "alembic_version").rows_after;
        }
    }
    rows
}

/// An id or a label, whole, cut short, or spoilt.
fn key(ids: &[String], labels: &[String]) -> impl Strategy<Value = String> + use<> {
    let all: Vec<String> = ids.iter().chain(labels).cloned().collect();
    let labels = if labels.is_empty() { ids.to_vec() } else { labels.to_vec() };
    let whole = proptest::sample::select(ids.to_vec());
    let label = proptest::sample::select(labels);
    let cut = (proptest::sample::select(all.clone()), 0..6usize)
        .prop_map(|(key, length)| key.chars().take(length).collect::<String>());
    let upper = proptest::sample::select(all).prop_map(|key| key.to_uppercase());
    let odd =
        proptest::sample::select(vec!["", "nothing", "head", "heads", "base", " head", "-1", "-2", "a b", "current"]);
    prop_oneof![6 => whole, 3 => label, 4 => cut, 1 => upper, 1 => odd.prop_map(str::to_owned)]
}

fn identifier(ids: &[String], labels: &[String]) -> impl Strategy<Value = String> + use<> {
    let word = proptest::sample::select(vec!["head", "heads", "base", "-1", "-3"]).prop_map(str::to_owned);
    prop_oneof![
        4 => key(ids, labels),
        3 => (key(ids, labels), word).prop_map(|(branch, word)| format!("{branch}@{word}")),
        2 => (key(ids, labels), key(ids, labels)).prop_map(|(branch, key)| format!("{branch}@{key}")),
        1 => (key(ids, labels), key(ids, labels), key(ids, labels)).prop_map(|(a, b, c)| format!("{a}@{b}@{c}")),
        1 => Just("head".to_owned()),
        1 => Just("heads".to_owned()),
    ]
}

fn relative(ids: &[String], labels: &[String]) -> impl Strategy<Value = String> + use<> {
    let branch = proptest::option::weighted(0.4, key(ids, labels));
    let word = proptest::option::weighted(0.6, key(ids, labels));
    (branch, word, prop_oneof![0..4i32, -3..0i32], prop_oneof![9 => Just(""), 1 => Just("x1")]).prop_map(
        |(branch, word, steps, rest)| {
            let branch = branch.map(|branch| branch + "@").unwrap_or_default();
            format!("{branch}{}{steps:+}{rest}", word.unwrap_or_default())
        },
    )
}

/// Mostly exact ids, sometimes something else; but no `-1`, which no Alembic ever wrote and which
/// takes it through code that is meant for `history`.
fn rows(ids: &[String], labels: &[String]) -> impl Strategy<Value = Vec<String>> + use<> {
    let exact = proptest::collection::vec(proptest::sample::select(ids.to_vec()), 0..4);
    let any = proptest::collection::vec(identifier(ids, labels), 0..3)
        .prop_map(|rows| rows.into_iter().filter(|row| !row.contains('-')).collect());
    prop_oneof![6 => exact, 1 => any]
}
