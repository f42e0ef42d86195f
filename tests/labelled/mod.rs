//! The labelled set: small revisions, dangerous ones and safe controls, spelled as projects spell
//! them, each with what must be found in which line. Precision and recall are printed by rule.
//!
//! In the `.txt` files, `=== name` begins a case; `safe` at the start of its name makes it a
//! control, in which nothing may be found. Its text is the body of `upgrade()`, or the whole file if
//! it has a `def upgrade`. `--- next` begins the revision after it, `--- downgrade` the body of
//! `downgrade()`. `#! rule` at the end of a line says that the rule reports this line, twice if it
//! stands there twice; `#@3 rule` says that it reports the third line of this body (0: the `def`).
//! `%% setting = value` at the start of a file are the settings of its project.

mod cases;

use std::collections::{BTreeMap, BTreeSet};

use alembic_doctor::rules;
use serde_json::Value;

use crate::support::sandbox::Sandbox;
use cases::{Case, Label};

const FILES: [(&str, &str); 9] = [
    ("columns", include_str!("columns.txt")),
    ("constraints", include_str!("constraints.txt")),
    ("downgrades", include_str!("downgrades.txt")),
    ("enums", include_str!("enums.txt")),
    ("forward", include_str!("forward.txt")),
    ("indexes", include_str!("indexes.txt")),
    ("newer", include_str!("newer.txt")),
    ("project", include_str!("project.txt")),
    ("rows", include_str!("rows.txt")),
];

/// Rules of the revisions' text that no case is labelled with: what they find is not judged here.
const NOT_LABELLED: [&str; 0] = [];

/// What the doctor finds in the cases of a file, by case.
fn found(name: &str, text: &str, cases: &[Case]) -> BTreeMap<Label, usize> {
    let mut sandbox = Sandbox::with_project().database_url("postgresql://app@localhost/app");
    let settings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("%% ")).collect();
    sandbox = sandbox.file("alembic-doctor.toml", settings.join("\n"));
    sandbox = sandbox.file("app/models.py", "").file("app/types.py", "").file("migrations/helpers.py", "");
    for revision in cases.iter().flat_map(|case| &case.revisions) {
        sandbox.write(&format!("migrations/versions/{}.py", revision.id), &revision.text);
    }
    let run = sandbox.doctor(&["check", "--all", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{name}: {error}\n{run}"));
    let mut found = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let rule = finding["name"].as_str().unwrap().to_owned();
        let is_about_operations = rules::find(&rule)
            .is_none_or(|rule| matches!(rule.check, rules::Check::Revision(_) | rules::Check::Squawk));
        if !is_about_operations || NOT_LABELLED.contains(&rule.as_str()) {
            continue;
        }
        let file = finding["location"]["path"].as_str().unwrap();
        let id = file.rsplit('/').next().unwrap().trim_end_matches(".py").to_owned();
        let line = finding["location"]["line"].as_u64().unwrap();
        *found.entry(Label { id, line, rule }).or_default() += 1;
    }
    found
}

/// Of one rule: labels that were found, labels that were not, findings without a label.
#[derive(Default)]
struct Score {
    hits: usize,
    misses: usize,
    wrong: usize,
}

#[test]
fn every_danger_is_found_in_its_line_and_nothing_else() {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut differences = Vec::new();
    let (mut all, mut controls) = (0, 0);
    for (name, text) in FILES {
        let cases = cases::read(name, text);
        all += cases.len();
        controls += cases.iter().filter(|case| case.is_control).count();
        let found = found(name, text, &cases);
        let mut wanted: BTreeMap<Label, usize> = BTreeMap::new();
        for label in cases.iter().flat_map(|case| &case.labels) {
            *wanted.entry(label.clone()).or_default() += 1;
        }
        let labels: BTreeSet<&Label> = wanted.keys().chain(found.keys()).collect();
        for label in labels {
            let count = |of: &BTreeMap<Label, usize>| of.get(label).copied().unwrap_or(0);
            let (wanted, found) = (count(&wanted), count(&found));
            let score = scores.entry(label.rule.clone()).or_default();
            score.hits += wanted.min(found);
            score.misses += wanted.saturating_sub(found);
            score.wrong += found.saturating_sub(wanted);
            if wanted != found {
                let case = cases.iter().find(|case| case.revisions.iter().any(|revision| revision.id == label.id));
                let case = case.map_or("?", |case| case.name.as_str());
                let line = cases
                    .iter()
                    .flat_map(|case| &case.revisions)
                    .find(|revision| revision.id == label.id)
                    .and_then(|revision| revision.text.lines().nth(label.line as usize - 1))
                    .unwrap_or_default();
                differences.push(format!(
                    "{name}: {case}: {} wanted {wanted}, found {found} in line {}: {line}",
                    label.rule, label.line
                ));
            }
        }
    }
    println!("{all} cases, {controls} of them safe controls");
    println!("{:34} {:>6} {:>9} {:>6}", "rule", "labels", "precision", "recall");
    for (rule, score) in &scores {
        let percent = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
        let labels = score.hits + score.misses;
        let (precision, recall) = (percent(score.hits, score.hits + score.wrong), percent(score.hits, labels));
        println!("{rule:34} {labels:>6} {precision:>7.1} % {recall:>4.1} %");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(all >= 150, "{all}");
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&format!("A labelled set of {all} small revisions")), "README names another number: {all}");
    // Every rule about operations is in the set.
    let missing = rules::all().into_iter().filter(|rule| matches!(rule.check, rules::Check::Revision(_)));
    let missing: Vec<&str> = missing
        .map(|rule| rule.name)
        .filter(|rule| !scores.contains_key(*rule) && !NOT_LABELLED.contains(rule))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
