//! What the rules about lost rows share.

use crate::diagnostic::{Changes, Step};
use crate::facts::{Standing, Trace};
use crate::rules::lost::{checkout, testimony};
use crate::rules::{StampFacts, wording};

use super::foreign_stamp;

/// The lost rows of this database that the rule of this standing is about, with their traces.
pub(super) fn traces<'a>(seen: &'a StampFacts<'_>, standing: Standing) -> Vec<&'a Trace> {
    let witness = &seen.facts.witness;
    let traces = seen.stamp.lost();
    let traces = traces.iter().filter_map(|row| witness.trace(row));
    traces.filter(|trace| trace.standing() == standing).collect()
}

/// The lost rows that no other rule explains.
pub(super) fn orphans(seen: &StampFacts<'_>) -> Vec<String> {
    let witness = &seen.facts.witness;
    let is_orphaned = |row: &String| witness.trace(row).is_none_or(|trace| trace.standing() == Standing::Orphaned);
    let is_foreign = foreign_stamp::owner(seen).is_some();
    seen.stamp.lost().into_iter().filter(|row| is_orphaned(row) && !(is_foreign && witness.denies(row))).collect()
}

/// Back to what is checked out now.
pub(super) fn back(seen: &StampFacts<'_>) -> Option<Step> {
    let head = wording::shell(testimony(seen.facts)?.head.as_ref()?)?;
    Some(Step::new(format!("git checkout {head}"), "comes back to this code", Changes::Git))
}

/// Undoes the missing revisions with the code that has them, and comes back. `None` where that would
/// undo what this code has too: `downgrade` takes away everything that continues its target.
pub(super) fn downgrade(seen: &StampFacts<'_>, way: &str, target: &str) -> Option<Vec<Step>> {
    let continued = seen.facts.graph.descendants(&[target]);
    if seen.stamp.rows.iter().any(|row| row != target && continued.contains(row.as_str())) {
        return None;
    }
    let target = wording::shell(target)?;
    Some(vec![
        checkout(way, "goes to the code that can undo it; assumes that the working tree is clean"),
        Step::new(
            seen.facts.project.command(&format!("downgrade {target}")),
            "undoes what the database has more, and what was stored in it is lost; assumes a backup, and that env.py \
             is set to this same database",
            Changes::Database,
        ),
        back(seen)?,
    ])
}
