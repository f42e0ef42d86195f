//! Building a graph, and its commonest questions, at 1,000 to 100,000 revisions.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;

use alembic_doctor::graph::Graph;
use alembic_doctor::revision::{Revision, Spans};
use alembic_doctor::source::SourceFile;
use divan::{Bencher, black_box};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

fn main() {
    divan::main();
}

fn id(number: usize) -> String {
    format!("{number:012x}")
}

fn revision(number: usize, parents: &[usize], source: &Arc<SourceFile>) -> Revision {
    Revision {
        id: id(number),
        down_revision: parents.iter().copied().map(id).collect(),
        depends_on: Vec::new(),
        branch_labels: Vec::new(),
        docstring: String::new(),
        create_date: None,
        source: Arc::clone(source),
        path: PathBuf::new(),
        spans: Spans::default(),
        not_static: Vec::new(),
    }
}

fn made(size: usize, parents: impl Fn(usize) -> Vec<usize>) -> Vec<Revision> {
    let source = Arc::new(SourceFile::new("versions/x.py", ""));
    (0..size).map(|number| revision(number, &parents(number), &source)).collect()
}

/// One line.
fn linear(size: usize) -> Vec<Revision> {
    made(size, |number| number.checked_sub(1).into_iter().collect())
}

/// Forks that are merged at once: what a busy team makes.
fn diamonds(size: usize) -> Vec<Revision> {
    made(size, |number| match (number, number % 3) {
        (0, _) => vec![],
        (_, 1) => vec![number - 1],
        (_, 2) => vec![number - 2],
        _ => vec![number - 2, number - 1],
    })
}

/// A trunk from which every hundredth revision starts a line that is never merged.
fn heads(size: usize) -> Vec<Revision> {
    made(size, |number| match (number, number % 100) {
        (0, _) => vec![],
        (_, 0) => vec![number - 50],
        _ => vec![number - 1],
    })
}

/// Every revision on a random earlier one: the worst of all, with a head for every second.
fn random_tree(size: usize) -> Vec<Revision> {
    made(size, |number| {
        let hash = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        if number == 0 { vec![] } else { vec![usize::try_from(hash).unwrap() % number] }
    })
}

type Make = fn(usize) -> Vec<Revision>;

const SHAPES: [(&str, Make); 4] =
    [("linear", linear), ("diamonds", diamonds), ("heads", heads), ("random_tree", random_tree)];

fn cases() -> impl Iterator<Item = Case> {
    SHAPES.into_iter().flat_map(|(name, make)| SIZES.map(|size| Case { name, make, size }))
}

struct Case {
    name: &'static str,
    make: Make,
    size: usize,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.size)
    }
}

#[divan::bench(args = cases(), sample_count = 3, sample_size = 1)]
fn build(bencher: Bencher<'_, '_>, case: &Case) {
    bencher.with_inputs(|| (case.make)(case.size)).bench_values(Graph::new);
}

#[divan::bench(args = cases(), sample_count = 3, sample_size = 1)]
fn heads_and_history(bencher: Bencher<'_, '_>, case: &Case) {
    let graph = Graph::new((case.make)(case.size));
    bencher.bench(|| (black_box(&graph).heads().len(), graph.history().len()));
}

#[divan::bench(args = cases(), sample_count = 3, sample_size = 1)]
fn upgrade_plan(bencher: Bencher<'_, '_>, case: &Case) {
    let graph = Graph::new((case.make)(case.size));
    bencher.bench(|| black_box(&graph).upgrade_plan(&[], "heads").unwrap().len());
}

#[divan::bench(args = cases(), sample_count = 3, sample_size = 1)]
fn cycles(bencher: Bencher<'_, '_>, case: &Case) {
    let graph = Graph::new((case.make)(case.size));
    bencher.bench(|| black_box(&graph).cycles().len());
}
