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

mod s01;
mod s02;
mod s03;
mod s04;
mod s05;
mod s08;
mod s09;
mod s10;
mod s12;
mod s13;
mod s14;
mod s20;
mod s21;
mod s22;
mod s23;
mod s24;
mod s25;
mod s26;
mod s27;
mod s28;
mod s28_race;
mod s29;
mod s30;
mod s31;
mod s32;
mod s33;
mod s34;
mod s40;
mod s41;
mod s42;
mod s42_running;
mod s43;
mod s45;
mod s46;
mod s51;
mod s52;
mod s54;
mod s60;
mod s61;
mod s62;
mod s63;
mod s64;
mod s65;
mod s66;
mod s67;
mod s69;

/// What happened, and a function that panics unless the doctor cures it.
struct Story {
    what: &'static str,
    cure: fn(),
}

/// Each situation with its stories.
const SITUATIONS: &[(&str, &[Story])] = &[
    ("S01", s01::STORIES),
    ("S02", s02::STORIES),
    ("S03", s03::STORIES),
    ("S04", s04::STORIES),
    ("S05", s05::STORIES),
    ("S08", s08::STORIES),
    ("S09", s09::STORIES),
    ("S10", s10::STORIES),
    ("S12", s12::STORIES),
    ("S13", s13::STORIES),
    ("S14", s14::STORIES),
    ("S20", s20::STORIES),
    ("S21", s21::STORIES),
    ("S22", s22::STORIES),
    ("S23", s23::STORIES),
    ("S24", s24::STORIES),
    ("S25", s25::STORIES),
    ("S26", s26::STORIES),
    ("S27", s27::STORIES),
    ("S28", s28::STORIES),
    ("S28", s28_race::STORIES),
    ("S29", s29::STORIES),
    ("S30", s30::STORIES),
    ("S31", s31::STORIES),
    ("S32", s32::STORIES),
    ("S33", s33::STORIES),
    ("S34", s34::STORIES),
    ("S40", s40::STORIES),
    ("S41", s41::STORIES),
    ("S42", s42::STORIES),
    ("S42", s42_running::STORIES),
    ("S43", s43::STORIES),
    ("S45", s45::STORIES),
    ("S46", s46::STORIES),
    ("S51", s51::STORIES),
    ("S52", s52::STORIES),
    ("S54", s54::STORIES),
    ("S60", s60::STORIES),
    ("S61", s61::STORIES),
    ("S62", s62::STORIES),
    ("S63", s63::STORIES),
    ("S64", s64::STORIES),
    ("S65", s65::STORIES),
    ("S66", s66::STORIES),
    ("S67", s67::STORIES),
    ("S69", s69::STORIES),
];

/// What has to be cured.
const ACCEPTANCE: [&str; 40] = [
    "S01", "S02", "S03", "S04", "S05", "S08", "S10", "S12", "S13", "S14", "S20", "S21", "S22", "S23", "S24", "S25",
    "S26", "S27", "S28", "S29", "S30", "S31", "S32", "S33", "S34", "S40", "S41", "S42", "S43", "S51", "S52", "S54",
    "S60", "S61", "S62", "S63", "S64", "S65", "S66", "S67",
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

#[test]
fn every_situation_of_the_list_has_a_story() {
    let told: BTreeSet<&str> = SITUATIONS.iter().map(|(number, _)| *number).collect();
    let missing: Vec<&str> = ACCEPTANCE.into_iter().filter(|number| !told.contains(number)).collect();
    assert_eq!(missing, Vec::<&str>::new());
    // The README says how many there are.
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&format!("{0} of {0} situations cured", told.len())), "{}", told.len());
}
