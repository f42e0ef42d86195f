//! Reads the lock file, and says what it would be now.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::facts::{Facts, Locked};
use crate::revision::{LOCK_FILE, Lock, LockError, Revision};
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

/// The lock file of the project, if it has one. One that cannot be read is there all the same.
pub fn locked(facts: &Facts) -> Option<Locked> {
    let shown = lock_path(facts);
    let (text, lock) = match read(&facts.project.directory.join(&shown)).transpose()? {
        Ok(text) => {
            let lock = Lock::parse(&text);
            (text, lock)
        }
        Err(why) => (String::new(), Err(LockError::Unread(why))),
    };
    Some(Locked { source: Arc::new(SourceFile::new(shown, text)), lock, now: lock_now(facts) })
}

/// The text of the file, if there is one, or why it cannot be read.
fn read(path: &Path) -> Result<Option<String>, String> {
    let is_absent = |error: &io::Error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
    if path.symlink_metadata().is_err_and(|error| is_absent(&error)) {
        return Ok(None);
    }
    let found = fs::metadata(path).map_err(|error| error.to_string())?;
    if !found.is_file() {
        return Err("it is no plain file".to_owned());
    }
    if found.len() > LARGEST {
        return Err(format!("it is larger than {} MB", LARGEST >> 20));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}
