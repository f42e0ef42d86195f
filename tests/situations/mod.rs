//! The acceptance list: situations that wreck production, each built in its broken state by the
//! real Alembic and git. The doctor must name it and show the evidence; then the commands that it
//! prints are run as printed, and the project must be healthy with nothing lost.
//!
//! One file per situation, under the number that the product's list of situations gives it. A
//! situation has one story for each of its causes or cures.
//!
//! `ALEMBIC_DOCTOR_TEST_SITUATIONS=S10,S21` runs only these.

use std::collections::BTreeSet;
use std::panic;
use std::sync::Mutex;

use crate::support::announce;

mod s03;
mod s05;
mod s12;
mod s13;
mod s14;
mod s20;
mod s21;

/// What happened, and a function that panics unless the doctor cures it.
struct Story {
    what: &'static str,
    cure: fn(),
}

/// Each situation with its stories.
const SITUATIONS: &[(&str, &[Story])] = &[
    ("S03", s03::STORIES),
    ("S05", s05::STORIES),
    ("S12", s12::STORIES),
    ("S13", s13::STORIES),
    ("S14", s14::STORIES),
    ("S20", s20::STORIES),
    ("S21", s21::STORIES),
];

/// How many stories run at once: most of the time they wait for Python to start.
const AT_ONCE: usize = 4;

#[test]
fn every_situation_is_cured() {
    let wanted = std::env::var("ALEMBIC_DOCTOR_TEST_SITUATIONS").ok();
    let is_wanted = |number: &str| wanted.as_ref().is_none_or(|list| list.split(',').any(|wanted| wanted == number));
    let mut stories = Vec::new();
    for (number, told) in SITUATIONS.iter().filter(|(number, _)| is_wanted(number)) {
        stories.extend(told.iter().map(|story| (*number, story)));
    }
    assert!(!stories.is_empty(), "no situation of that number");
    let total = stories.iter().map(|(number, _)| number).collect::<BTreeSet<_>>().len();
    stories.reverse();
    let waiting = Mutex::new(stories);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap().pop();
                    let Some((number, story)) = next else { break };
                    if panic::catch_unwind(story.cure).is_err() {
                        failed.lock().unwrap().push(format!("{number}: {}", story.what));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    let numbers: BTreeSet<&str> = failed.iter().filter_map(|line| line.split(':').next()).collect();
    announce(&format!("{} of {total} situations cured", total - numbers.len()));
    assert!(failed.is_empty(), "not cured (the panics are above):\n{}", failed.join("\n"));
}
