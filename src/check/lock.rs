//! Reads the lock file, and says what it would be now.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::facts::{Facts, Locked};
use crate::revision::{LOCK_FILE, Lock, Revision};
use crate::source::SourceFile;

/// The largest lock file that is read, in bytes: that of a hundred thousand revisions is smaller.
const LARGEST: u64 = 16 << 20;

/// Where the lock file of the project is, if it has one: relative to its folder unless absolute.
pub fn lock_path(facts: &Facts) -> PathBuf {
    let folder = &facts.project.script_directory;
    if folder == Path::new(".") { PathBuf::from(LOCK_FILE) } else { folder.join(LOCK_FILE) }
}

/// What a lock file would say now.
pub fn lock_now(facts: &Facts) -> Lock {
    let graph = &facts.graph;
    let revisions: Vec<&Revision> = graph.ids().into_iter().filter_map(|id| graph.get(id)).collect();
    Lock::new(&graph.heads(), &revisions)
}

/// The lock file of the project, if it has one.
pub fn locked(facts: &Facts) -> Option<Locked> {
    let shown = lock_path(facts);
    let path = facts.project.directory.join(&shown);
    let is_readable = fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
    let bytes = fs::read(&path).ok().filter(|_| is_readable)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lock = Lock::parse(&text);
    Some(Locked { source: Arc::new(SourceFile::new(shown, text)), lock, now: lock_now(facts) })
}
