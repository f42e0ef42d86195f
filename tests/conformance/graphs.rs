//! Random revision graphs.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use alembic_doctor::revision::{Revision, Spans};
use alembic_doctor::source::SourceFile;
use proptest::prelude::*;
use proptest::sample::Index;

/// What is wrong with a graph, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defect {
    None,
    DuplicateId,
    MissingParent,
    MissingDependency,
    Cycle,
    DependencyCycle,
    SelfLoop,
    LabelTwice,
    LabelIsId,
}

/// One revision before its parents are known.
#[derive(Debug, Clone)]
struct Draft {
    id: String,
    is_base: bool,
    parents: Vec<Index>,
    dependencies: Vec<(Index, bool)>,
    label: Option<String>,
}

/// A revision as plain data.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub(super) id: String,
    pub(super) down: Vec<String>,
    pub(super) depends_on: Vec<String>,
    pub(super) labels: Vec<String>,
}

/// One line, as in the graph's own tests.
impl std::fmt::Display for Declared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, down, depends_on, labels } = self;
        write!(f, "{} <- {id:?} @{labels:?} +{depends_on:?}", down.join(","))
    }
}

impl Declared {
    pub(super) fn revision(&self) -> Revision {
        let path = PathBuf::from(format!("{}.py", self.id));
        Revision {
            id: self.id.clone(),
            down_revision: self.down.clone(),
            depends_on: self.depends_on.clone(),
            branch_labels: self.labels.clone(),
            docstring: String::new(),
            create_date: None,
            source: Arc::new(SourceFile::new(&path, "")),
            path,
            spans: Spans::default(),
            not_static: Vec::new(),
        }
    }
}

/// Graphs of 1 to `most` revisions, in a random load order.
pub(super) fn graphs(most: usize) -> impl Strategy<Value = (Vec<Declared>, Defect)> {
    // How likely a fork is, how many bases, how many dependencies, how many labels: in percent.
    let shape = (0..60u32, 0..15u32, prop_oneof![Just(0), 5..35u32], prop_oneof![Just(0), 5..40u32], any::<bool>());
    (shape, 1..=most).prop_flat_map(|((forks, bases, dependencies, labels, shuffled), size)| {
        let draft = drafts(forks, bases, dependencies, labels);
        let drafts = proptest::collection::vec(draft, size);
        (drafts, defects(), any::<[Index; 3]>(), proptest::collection::vec(any::<u32>(), size)).prop_map(
            move |(drafts, defect, places, order)| {
                let mut made = link(drafts);
                if shuffled {
                    let mut keyed: Vec<_> = order.iter().zip(made).collect();
                    keyed.sort_by_key(|(key, _)| **key);
                    made = keyed.into_iter().map(|(_, declared)| declared).collect();
                }
                let defect = spoil(&mut made, defect, places);
                (made, defect)
            },
        )
    })
}

fn defects() -> impl Strategy<Value = Defect> {
    prop_oneof![
        20 => Just(Defect::None),
        3 => Just(Defect::DuplicateId),
        1 => Just(Defect::MissingParent),
        1 => Just(Defect::MissingDependency),
        3 => Just(Defect::Cycle),
        2 => Just(Defect::DependencyCycle),
        1 => Just(Defect::SelfLoop),
        1 => Just(Defect::LabelTwice),
        1 => Just(Defect::LabelIsId),
    ]
}

fn drafts(forks: u32, bases: u32, dependencies: u32, labels: u32) -> impl Strategy<Value = Draft> {
    let chance = move |percent: u32| (0..100u32).prop_map(move |roll| roll < percent);
    let count = prop_oneof![80 => Just(1usize), 12 => Just(2), 8 => 3..=5usize];
    let parents =
        (chance(forks), count, proptest::collection::vec(any::<Index>(), 5)).prop_map(|(fork, count, all)| {
            // One parent and no fork: the revision made before.
            if fork || count > 1 { all.into_iter().take(count).collect() } else { Vec::new() }
        });
    let dependency = (chance(dependencies), any::<Index>(), any::<bool>(), chance(10), any::<Index>());
    let label = (chance(labels), "[a-c]{1,2}[xyz]{2,4}");
    (id(), chance(bases), parents, dependency, label).prop_map(|(id, is_base, parents, dependency, label)| {
        let (has, first, by_label, two, second) = dependency;
        let mut dependencies = Vec::new();
        if has {
            dependencies.push((first, by_label));
            dependencies.extend(two.then_some((second, false)));
        }
        Draft { id, is_base, parents, dependencies, label: label.0.then_some(label.1) }
    })
}

/// Ids that are often the beginning of others, and often too short to be completed.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[ab]{1,2}[0-9a-f]{0,2}", 3 => "[ab]{2}[01]{2,4}", 4 => "[0-9a-f]{12}", 1 => "[AB][a-z_é .]{2,6}"]
}

/// Gives each draft its parents among the drafts before it.
fn link(drafts: Vec<Draft>) -> Vec<Declared> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut made: Vec<Declared> = Vec::new();
    for (place, mut draft) in drafts.into_iter().enumerate() {
        if !taken.insert(draft.id.clone()) {
            draft.id = format!("{}x{place}", draft.id);
            taken.insert(draft.id.clone());
        }
        let labels = draft.label.into_iter().filter(|label| taken.insert(label.clone())).collect();
        let mut down: Vec<String> = Vec::new();
        let mut depends_on = Vec::new();
        if let Some(last) = made.last() {
            if !draft.is_base {
                down.extend(draft.parents.iter().map(|parent| parent.get(&made).id.clone()));
                if down.is_empty() {
                    down.push(last.id.clone());
                }
            }
            for (which, by_label) in draft.dependencies {
                let target = which.get(&made);
                let label = target.labels.first().filter(|_| by_label);
                depends_on.push(label.unwrap_or(&target.id).clone());
            }
        }
        made.push(Declared { id: draft.id, down, depends_on, labels });
    }
    made
}

/// Makes the defect, if the graph has room for it.
fn spoil(made: &mut Vec<Declared>, defect: Defect, [one, two, three]: [Index; 3]) -> Defect {
    let (first, second) = (one.index(made.len()), two.index(made.len()));
    let other = made[second].id.clone();
    match defect {
        Defect::None => {}
        Defect::DuplicateId => {
            let parent = three.get(made).id.clone();
            let mut copy = made[first].clone();
            copy.down.retain(|_| second % 3 == 0);
            if parent != copy.id && second % 3 == 1 && !reaches(made, &parent, &copy.id) {
                copy.down = vec![parent];
            }
            // Sometimes the copy is loaded first, so that it is the one that does not count. The one
            // that counts has the label: an earlier copy with a label is half alive in Alembic.
            if second % 2 == 0 {
                made[first].labels.clear();
                made.push(copy);
            } else {
                copy.labels.clear();
                made.insert(0, copy);
            }
        }
        Defect::MissingParent => made[first].down.push("gone".to_owned()),
        Defect::MissingDependency => made[first].depends_on.push("gone".to_owned()),
        Defect::Cycle | Defect::DependencyCycle => {
            if first == second {
                return Defect::None;
            }
            if defect == Defect::Cycle {
                made[first].down.push(other);
            } else {
                made[first].depends_on.push(other);
            }
        }
        Defect::SelfLoop => {
            let own = made[first].id.clone();
            if second % 2 == 0 {
                made[first].down.push(own);
            } else {
                made[first].depends_on.push(own);
            }
        }
        Defect::LabelTwice => {
            if first == second {
                return Defect::None;
            }
            made[first].labels.push("twice".to_owned());
            made[second].labels.push("twice".to_owned());
        }
        Defect::LabelIsId => made[first].labels.push(other),
    }
    defect
}

/// Whether `from` has `to` among its ancestors.
fn reaches(made: &[Declared], from: &str, to: &str) -> bool {
    let mut seen = HashSet::new();
    let mut todo = vec![from];
    while let Some(id) = todo.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            for each in made.iter().filter(|each| each.id == id || each.labels.iter().any(|label| label == id)) {
                todo.push(&each.id);
                todo.extend(each.down.iter().chain(&each.depends_on).map(String::as_str));
            }
        }
    }
    false
}
