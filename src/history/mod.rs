//! What the git repository around the project says: which paths and blobs appeared in which
//! commit, and which branches and tags have them.
//!
//! Asks the `git` command (2.23 or newer), read-only and offline. Knows nothing of revisions: it
//! looks for a text in files. This is the only module that starts a process.

mod additions;
mod changed;
mod command;
mod mainline;
mod merge;
mod places;
mod raw;
mod scratch;
mod search;
mod tree;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use changed::Changed;
pub use mainline::{Mainline, Version};
pub use merge::Merged;
pub use places::{Place, PlaceKind};
pub use scratch::Scratch;
pub use search::{Change, ChangeKind, Commit, Edit};
pub use tree::{Blob, Touched};

/// How long all questions to one repository may take together.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no `git` command, or it cannot be run.
    #[error("the git command cannot be run ({source})")]
    NotStarted {
        /// The system's words.
        source: std::io::Error,
    },
    /// git said no.
    #[error("git says: {message}")]
    Refused {
        /// The first line of its words.
        message: String,
    },
    /// It took too long.
    #[error("git gave no answer in time")]
    TimedOut,
    /// The answer was too large to be read.
    #[error("git's answer is too large to be read")]
    TooMuch,
    /// There is no place for the objects that a simulated merge makes.
    #[error("no folder for temporary files can be made ({source})")]
    NoScratch {
        /// The system's words.
        source: std::io::Error,
    },
    /// The answer was none that this program understands.
    #[error("git's answer is not understood")]
    NotUnderstood,
}

/// A git repository with a working tree.
#[derive(Debug)]
pub struct Repository {
    root: PathBuf,
    until: Instant,
    /// Whether older commits were cut off (`git clone --depth`).
    pub is_shallow: bool,
}

impl Repository {
    /// The repository that `directory` is in. A folder that does not exist counts as its nearest
    /// parent that does.
    ///
    /// # Errors
    /// There is no git, no repository, or one that git does not trust.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let until = Instant::now() + PATIENCE;
        let directory = directory.ancestors().find(|folder| folder.is_dir()).unwrap_or(directory);
        let asked = ["rev-parse", "--show-toplevel", "--is-shallow-repository"];
        let answer = text(command::run(directory, &asked, "", until)?);
        let (root, is_shallow) = answer.trim_end().rsplit_once('\n').ok_or(Error::NotUnderstood)?;
        Ok(Self { root: PathBuf::from(root), until, is_shallow: is_shallow == "true" })
    }

    /// Whether there is another repository to fetch from.
    ///
    /// # Errors
    /// git did not answer in time.
    pub fn has_remotes(&self) -> Result<bool, Error> {
        Ok(!self.ask(&["remote"])?.is_empty())
    }

    /// The branch that is checked out; without one, the commit; nothing before the first commit.
    pub fn head(&self) -> Option<String> {
        let branch = self.ask(&["symbolic-ref", "--quiet", "--short", "HEAD"]);
        let commit = || self.ask(&["rev-parse", "--quiet", "--verify", "--short", "HEAD"]);
        let head = branch.or_else(|_| commit()).ok();
        head.map(|head| head.trim().to_owned()).filter(|head| !head.is_empty())
    }

    /// The folder of the working tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path of `folder` inside the repository, with `/`, empty for its root; `None` when it is
    /// outside.
    pub fn inside(&self, folder: &Path) -> Option<String> {
        let root = self.root.canonicalize().ok()?;
        // A folder that is gone still had its place.
        let existing = folder.ancestors().find(|folder| folder.exists())?;
        let rest = folder.strip_prefix(existing).ok()?;
        let real = existing.canonicalize().ok()?.join(rest);
        let inside = real.strip_prefix(&root).ok()?;
        let words: Option<Vec<&str>> = inside.components().map(|part| part.as_os_str().to_str()).collect();
        Some(words?.join("/"))
    }

    /// Asks a question in the repository's own folder.
    fn ask(&self, arguments: &[&str]) -> Result<String, Error> {
        self.ask_with(arguments, "").map(text)
    }

    fn ask_until(&self, arguments: &[&str], until: Instant) -> Result<String, Error> {
        command::run(&self.root, arguments, "", until).map(text)
    }

    fn ask_with(&self, arguments: &[&str], input: &str) -> Result<Vec<u8>, Error> {
        command::run(&self.root, arguments, input, self.until)
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
