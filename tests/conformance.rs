//! The graph's answers against the real Alembic's, on random graphs.
//!
//! The same graphs each time, so that a change is to blame for a failure. To look for what they do
//! not show: `ALEMBIC_DOCTOR_TEST_GRAPHS=5000 ALEMBIC_DOCTOR_TEST_SEED=7`. What Alembic itself leaves
//! undefined is compared as far as it is defined: see docs/conformance.md.

mod compare;
mod graphs;
mod questions;
mod real;
mod real_databases;

use std::cell::{Cell, RefCell};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

/// Graphs in one run.
const GRAPHS: u32 = 500;
/// Which graphs.
const SEED: u64 = 1_166;
/// Revisions in one graph, at most.
const MOST_REVISIONS: usize = 40;

#[test]
fn the_graph_answers_as_alembic_does() {
    let cases = std::env::var("ALEMBIC_DOCTOR_TEST_GRAPHS").map_or(GRAPHS, |number| number.parse().unwrap());
    let seed = std::env::var("ALEMBIC_DOCTOR_TEST_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    let rng_seed = RngSeed::Fixed(seed);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, rng_seed, ..Config::default() };
    let strategy = graphs::graphs(MOST_REVISIONS).prop_flat_map(|(made, defect)| {
        let questions = questions::questions(&made);
        (Just(made), Just(defect), questions)
    });
    let alembic = RefCell::new(real::RealAlembic::start());
    let compared = Cell::new(0);
    let result = TestRunner::new(config).run(&strategy, |(made, defect, questions)| {
        let answers = compare::compare(&mut alembic.borrow_mut(), &made, defect, &questions);
        compared.set(compared.get() + answers.map_err(TestCaseError::fail)?);
        Ok(())
    });
    println!("{cases} graphs of ALEMBIC_DOCTOR_TEST_SEED={seed}, {} answers compared", compared.get());
    match result {
        Ok(()) => {}
        // The questions that were answered alike are no help.
        Err(TestError::Fail(reason, (made, ..))) => {
            let lines: Vec<String> = made.iter().map(ToString::to_string).collect();
            panic!("{reason}\nin\n{}", lines.join("\n"));
        }
        Err(aborted) => panic!("{aborted}"),
    }
}
