//! Where the revision files are, when Alembic finds none: plain data.

use std::path::PathBuf;

use crate::history::{Commit, Place};
use crate::project::Exclusion;

/// What was found instead of revision files.
#[derive(Debug, Default)]
pub struct Absent {
    /// Lines of `.dockerignore` and `.gitignore` that keep the folders out.
    pub excluded: Vec<Exclusion>,
    /// Folders of the project that have revision files, and how many; the fullest first.
    pub elsewhere: Vec<(PathBuf, usize)>,
    /// What git has in the folders, if it has anything.
    pub in_git: Option<InGit>,
}

/// Revision files that git has where the project looks for them.
#[derive(Debug)]
pub enum InGit {
    /// What is checked out has so many, and the working tree has lost them.
    Lost(usize),
    /// A commit in the history of what is checked out took them away.
    Removed(Commit),
    /// Branches and tags have them.
    Elsewhere(Vec<Place>),
}

impl Absent {
    /// Whether anything tells why no file was found.
    pub fn is_explained(&self) -> bool {
        !self.excluded.is_empty() || !self.elsewhere.is_empty() || self.in_git.is_some()
    }
}
