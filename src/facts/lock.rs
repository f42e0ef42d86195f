//! The lock file of the project, and what it would say now. Plain data.

use std::sync::Arc;

use crate::revision::{Entry, Lock, LockError};
use crate::source::SourceFile;

/// A lock file that is there.
#[derive(Debug)]
pub struct Locked {
    /// The file.
    pub source: Arc<SourceFile>,
    /// What it says.
    pub lock: Result<Lock, LockError>,
    /// What it would say if it were written now.
    pub now: Lock,
}

/// How a locked revision is no longer what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It does something else.
    Edited,
    /// It continues another revision.
    Moved,
    /// There is no such revision any more.
    Gone,
}

impl Locked {
    /// The locked revisions that are no longer what they were; none where it cannot be known.
    pub fn broken(&self) -> Vec<(&str, Broken)> {
        let Ok(lock) = &self.lock else { return Vec::new() };
        let mut broken = Vec::new();
        for (id, locked) in &lock.entries {
            let Some([now]) = self.now.entries.get(id).map(Vec::as_slice) else {
                broken.push((id.as_str(), Broken::Gone));
                continue;
            };
            // Where git left both sides of a conflict, either is right.
            let differs = |same: fn(&Entry, &Entry) -> bool| !locked.iter().any(|locked| same(locked, now));
            if differs(|locked, now| locked.work.is_none() || now.work.is_none() || locked.work == now.work) {
                broken.push((id.as_str(), Broken::Edited));
            }
            let same_parents = |locked: &Entry, now: &Entry| {
                locked.parents.is_none() || now.parents.is_none() || locked.parents == now.parents
            };
            if differs(same_parents) {
                broken.push((id.as_str(), Broken::Moved));
            }
        }
        broken
    }

    /// The revisions that are not in it, sorted.
    pub fn missing(&self) -> Vec<&str> {
        let Ok(lock) = &self.lock else { return Vec::new() };
        self.now.entries.keys().map(String::as_str).filter(|id| !lock.entries.contains_key(*id)).collect()
    }

    /// Whether writing it anew would change nothing.
    pub fn is_current(&self) -> bool {
        self.lock.as_ref() == Ok(&self.now)
    }
}
