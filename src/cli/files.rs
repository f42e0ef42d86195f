//! Writes what a repair made: all files or none.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, bail};

use crate::repair::Rewrite;
use crate::source::printable_line;

/// Puts the new contents in place of the old ones. What was done is undone when a later file fails.
pub(super) fn replace(rewrites: &[Rewrite]) -> Result<(), Error> {
    // First everything that can fail for lack of space or rights, beside the files.
    let mut ready = Vec::new();
    for rewrite in rewrites {
        let shown = shown(&rewrite.path);
        if fs::read(&rewrite.path).with_context(|| format!("cannot read {shown}"))? != rewrite.before {
            bail!("{shown} has changed meanwhile: nothing was written");
        }
        if let Some(renamed) = &rewrite.renamed
            && renamed.symlink_metadata().is_ok()
        {
            bail!("{} exists, and is not overwritten", printable_line(&renamed.display().to_string()));
        }
        ready.push(Ready::new(rewrite).with_context(|| format!("cannot write beside {shown}"))?);
    }
    for (index, (rewrite, file)) in rewrites.iter().zip(&ready).enumerate() {
        if let Err(error) = file.put(rewrite) {
            for done in rewrites.iter().take(index) {
                undo(done)?;
            }
            return Err(error).with_context(|| format!("cannot replace {}: nothing was changed", shown(&rewrite.path)));
        }
    }
    Ok(())
}

/// Writes a file that is not there yet, as a whole, in folders that are made for it.
pub(super) fn create(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let (ready, mut file) = Ready::beside(path)?;
    file.write_all(content)?;
    file.sync_all()?;
    // Unlike renaming, this never takes the place of another file; not every file system has it.
    match fs::hard_link(&ready.path, path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists && path.symlink_metadata().is_err() => {
            fs::rename(&ready.path, path)
        }
        done => done,
    }
}

/// A new content that waits beside its file; taken away unless it was put in place.
struct Ready {
    path: PathBuf,
}

impl Ready {
    /// A file that nobody has, whatever a run left behind that was killed.
    fn beside(path: &Path) -> std::io::Result<(Self, File)> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Alembic loads no file whose name begins so.
        let path = path.with_file_name(format!(".#{name}.alembic-doctor-{}", std::process::id()));
        let file = File::create_new(&path)?;
        Ok((Self { path }, file))
    }

    fn new(rewrite: &Rewrite) -> std::io::Result<Self> {
        let (ready, mut file) = Self::beside(&rewrite.path)?;
        file.write_all(&rewrite.after)?;
        file.set_permissions(fs::metadata(&rewrite.path)?.permissions())?;
        file.sync_all()?;
        Ok(ready)
    }

    fn put(&self, rewrite: &Rewrite) -> std::io::Result<()> {
        let Some(renamed) = &rewrite.renamed else { return fs::rename(&self.path, &rewrite.path) };
        fs::rename(&self.path, renamed)?;
        fs::remove_file(&rewrite.path)
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        // Gone when it was put in place.
        let _ = fs::remove_file(&self.path);
    }
}

fn undo(done: &Rewrite) -> Result<(), Error> {
    if let Some(renamed) = &done.renamed {
        fs::remove_file(renamed).with_context(|| format!("cannot take back {}", shown(renamed)))?;
    }
    fs::write(&done.path, &done.before).with_context(|| format!("cannot bring back {}", shown(&done.path)))
}

fn shown(path: &Path) -> String {
    printable_line(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite(path: PathBuf, before: &str) -> Rewrite {
        Rewrite { path, renamed: None, before: before.into(), after: b"new".to_vec(), changes: Vec::new() }
    }

    #[test]
    fn all_are_written_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a.py", "b.py"].map(|name| folder.path().join(name));
        fs::write(&a, "old").unwrap();
        fs::write(&b, "old").unwrap();
        assert!(replace(&[rewrite(a.clone(), "old"), rewrite(b.clone(), "other")]).is_err());
        assert_eq!(fs::read(&a).unwrap(), b"old");
        replace(&[rewrite(a.clone(), "old"), rewrite(b.clone(), "old")]).unwrap();
        assert_eq!((fs::read(&a).unwrap(), fs::read(&b).unwrap()), (b"new".to_vec(), b"new".to_vec()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside them");
    }

    #[test]
    fn a_new_name_that_is_taken_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a.py", "b.py"].map(|name| folder.path().join(name));
        fs::write(&a, "old").unwrap();
        let renaming = || Rewrite { renamed: Some(b.clone()), ..rewrite(a.clone(), "old") };
        replace(&[renaming()]).unwrap();
        assert!(!a.exists() && fs::read(&b).unwrap() == b"new");
        fs::write(&a, "old").unwrap();
        assert!(replace(&[renaming()]).is_err());
        assert_eq!(fs::read(&a).unwrap(), b"old");
    }
}
