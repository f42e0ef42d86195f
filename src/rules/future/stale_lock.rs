//! `stale-lock`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::{Facts, Locked};
use crate::rules::{Check, Rule, gaps, wording};
use crate::source::{Location, Span};

pub(super) const RULE: Rule = Rule {
    name: "stale-lock",
    summary: "The lock file does not say what the revisions are",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/stale-lock.md"),
    check: Check::Lock(check),
};

fn check(facts: &Facts, locked: &Locked) -> Vec<Finding> {
    let file = wording::path(locked.source.path());
    let here = Location::new(&locked.source, Span::default());
    let lock = match &locked.lock {
        Ok(lock) => lock,
        Err(error) => {
            let finding = Finding::new(format!("the lock file cannot be used: {error}"))
                .at(here)
                .evidence(file.clone())
                .do_not("mend it by hand: a line that is not true protects nothing");
            let step = wording::shell(&file).map(|file| format!("head {file}"));
            return vec![match step {
                Some(step) => finding.next(step, "shows what it is", Changes::Nothing),
                None => finding,
            }];
        }
    };
    // What was changed or is gone is a finding of its own; while the graph is in doubt nothing can be locked.
    if !facts.broken_locks().is_empty() || !gaps::alembic_loads(facts) || locked.is_current() {
        return Vec::new();
    }
    let missing = locked.missing();
    let message = if lock.is_conflicted {
        "git has left a conflict in the lock file: two branches each added a revision".to_owned()
    } else if missing.is_empty() && !locked.broken().is_empty() {
        let mut changed: Vec<&str> = locked.broken().into_iter().map(|(id, _)| id).collect();
        changed.dedup();
        let verb = if changed.len() == 1 { "is" } else { "are" };
        format!("{} {verb} in the lock file as before, and new on this branch", wording::ids(&changed))
    } else if missing.is_empty() {
        format!(
            "the lock file names {} as head, and it is {}",
            wording::ids(&lock.heads),
            wording::ids(&locked.now.heads)
        )
    } else {
        let verb = if missing.len() == 1 { "is" } else { "are" };
        format!(
            "{} {verb} not in the lock file: git does not stop another branch that adds a revision",
            wording::ids(&missing)
        )
    };
    let mut finding = Finding::new(message).at(here).evidence(format!("{file} is there, so it is kept"));
    if let [only] = missing.as_slice() {
        finding = finding.revision(*only);
    }
    finding
        .evidence
        .extend(wording::fold(missing.iter().filter_map(|id| facts.graph.get(id)).map(wording::revision).collect()));
    let why = "writes it anew, to be committed with the revisions";
    vec![
        finding
            .next(wording::doctor(&facts.project, "lock"), why, Changes::Files)
            .do_not("settle it by hand, or take one side of a conflict: the hashes would not be those of the files"),
    ]
}
