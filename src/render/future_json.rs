//! The parts `future` and `lock` of the JSON document.

use serde::Serialize;

use super::words::shown_path;
use crate::facts::{Future, Locked, Side, Simulation};

#[derive(Serialize)]
pub(super) struct FuturePart<'a> {
    base: SidePart<'a>,
    also: Vec<SidePart<'a>>,
    /// The heads of the merged tree, sorted.
    heads: Vec<&'a str>,
    /// `git` or `files`.
    simulated_by: &'static str,
    /// Revision files that cannot be merged.
    conflicts: &'a [String],
}

#[derive(Serialize)]
struct SidePart<'a> {
    name: &'a str,
    commit: &'a str,
    heads: Vec<&'a str>,
}

impl<'a> FuturePart<'a> {
    pub(super) fn new(future: &'a Future) -> Self {
        let side = |side: &'a Side| SidePart {
            name: &side.name,
            commit: &side.commit,
            heads: super::json::sorted(side.graph.heads()),
        };
        Self {
            base: side(&future.base),
            also: future.others.iter().map(side).collect(),
            heads: super::json::sorted(future.merged.heads()),
            simulated_by: match future.simulation {
                Simulation::Git => "git",
                Simulation::Files { .. } => "files",
            },
            conflicts: &future.conflicts,
        }
    }
}

#[derive(Serialize)]
pub(super) struct LockPart {
    path: String,
    current: bool,
}

impl LockPart {
    pub(super) fn new(locked: &Locked) -> Self {
        Self { path: shown_path(locked.source.path()), current: locked.is_current() }
    }
}
