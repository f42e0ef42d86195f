//! Rules about what becomes of the revisions when this branch is merged, and about what a lock file
//! remembers of them.

mod deleted_revision;
mod edited;
mod future_duplicate_id;
mod future_fork;
mod non_linear_insertion;
mod reparented;
mod stale_lock;
mod words;

use super::{Rule, gaps};
use crate::facts::Future;
use crate::graph::EdgeKind;
use crate::rules::wording;

pub(super) use edited::edited;
pub(super) use reparented::reparented;

pub(super) const RULES: &[Rule] = &[
    deleted_revision::RULE,
    future_duplicate_id::RULE,
    future_fork::RULE,
    non_linear_insertion::RULE,
    stale_lock::RULE,
];

/// What keeps the graph after the merge from being certain, a line each.
pub(crate) fn open(future: &Future) -> Vec<String> {
    let mut open = gaps::unknown_parents_in(&future.problems, &future.merged);
    let missing = future.merged.missing();
    let missing = missing.iter().filter(|missing| missing.kind == EdgeKind::Down);
    open.extend(missing.map(|missing| format!("no file has {}, which is a parent", wording::id(&missing.parent))));
    open
}
