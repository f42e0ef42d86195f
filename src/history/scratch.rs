//! A place for the objects that a simulated merge makes: git writes them there, and reads all others
//! from the repository. The repository stays as it is, byte for byte.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Error, Repository, command, text};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A repository and a folder for new objects, which is gone when this is dropped.
#[derive(Debug)]
pub struct Scratch<'a> {
    repository: &'a Repository,
    folder: PathBuf,
    variables: Vec<(&'static str, OsString)>,
}

impl<'a> Scratch<'a> {
    /// A new empty one in the system's folder for temporary files.
    ///
    /// # Errors
    /// It cannot be made, or git does not say where the objects are.
    pub fn new(repository: &'a Repository) -> Result<Self, Error> {
        let objects = repository.ask(&["rev-parse", "--git-path", "objects"])?;
        let objects = repository.root().join(objects.trim_end_matches('\n'));
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let moment = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let name = format!("alembic-doctor-{}-{count}-{moment}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        create(&folder).map_err(|source| Error::NoScratch { source })?;
        let mut variables = vec![
            ("GIT_OBJECT_DIRECTORY", folder.clone().into_os_string()),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted(&objects)),
        ];
        // Whoever wrote the commits of a simulation does not matter.
        for (name, value) in [
            ("GIT_AUTHOR_NAME", "alembic-doctor"),
            ("GIT_AUTHOR_EMAIL", "alembic-doctor"),
            ("GIT_COMMITTER_NAME", "alembic-doctor"),
            ("GIT_COMMITTER_EMAIL", "alembic-doctor"),
        ] {
            variables.push((name, value.into()));
        }
        Ok(Self { repository, folder, variables })
    }

    /// Asks a question with the new objects at hand; whether it ended with 0, not 1.
    pub(super) fn ask(&self, arguments: &[&str], input: &str) -> Result<(String, bool), Error> {
        self.bytes(arguments, input).map(|(bytes, is_zero)| (text(bytes), is_zero))
    }

    pub(super) fn bytes(&self, arguments: &[&str], input: &str) -> Result<(Vec<u8>, bool), Error> {
        command::run_with(self.repository.root(), &self.variables, arguments, input, self.repository.until)
    }

    pub(super) fn repository(&self) -> &Repository {
        self.repository
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        // A folder that stays behind hurts nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Only for this user, and never one that was there.
fn create(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A path in a list that is separated by colons.
fn quoted(path: &Path) -> OsString {
    let plain = path.as_os_str();
    match plain.to_str() {
        Some(text) if !cfg!(windows) && text.contains([':', '"', '\\']) => {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")).into()
        }
        _ => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_colon_is_one_path() {
        assert_eq!(quoted(Path::new("/a b/objects")), "/a b/objects");
        assert_eq!(quoted(Path::new("/a:b/\"c")), "\"/a:b/\\\"c\"");
    }
}
