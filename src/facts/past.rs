//! What the mainline says of revisions that a database has: what their files were when they came.
//! Plain data.

use std::collections::BTreeMap;

use crate::history::Commit;
use crate::revision::{Difference, Field, Revision};

/// What git said about the files of applied revisions.
#[derive(Debug, Clone, Default)]
pub enum Past {
    /// There was nothing to ask about.
    #[default]
    NotAsked,
    /// There is no history to ask: no git, or no repository.
    None,
    /// It could not be asked; why.
    Unavailable {
        /// The reason.
        reason: String,
    },
    /// It was asked.
    Heard {
        /// What it knows of each revision, by id.
        files: BTreeMap<String, FilePast>,
        /// Revisions that are in no commit of the mainline yet.
        uncommitted: Vec<String>,
        /// Whether older commits were cut off.
        is_shallow: bool,
    },
}

/// The past of one revision's file on the mainline.
#[derive(Debug, Clone)]
pub struct FilePast {
    /// The commit that brought it.
    pub came: Commit,
    /// How many commits ago that was, counted over those that changed revision files.
    pub age: usize,
    /// Whether what was before that commit is not known.
    pub is_first: bool,
    /// The present path from the root of the repository, with `/`.
    pub path: String,
    /// The file as it came, if it means something else today.
    pub before: Option<Box<Before>>,
}

/// A file that does not mean what it meant when it came.
#[derive(Debug, Clone)]
pub struct Before {
    /// The revision as it came.
    pub revision: Revision,
    /// The path that it came under, from the root of the repository.
    pub path: String,
    /// The commits that changed its parents, oldest first; `None` for the working tree.
    pub reparented: Vec<Change>,
    /// The commits that changed what it does, oldest first.
    pub edited: Vec<Change>,
    /// What of its functions differs; empty when a text could not be understood.
    pub differences: Vec<Difference>,
    /// The fields of its header that differ.
    pub header: Vec<Field>,
    /// The tags; not known for files that were changed long ago.
    pub releases: Option<Releases>,
}

/// A change of a file: the commit and its age, or nothing for what is not committed.
#[derive(Debug, Clone)]
pub struct Change {
    /// The commit.
    pub commit: Option<Commit>,
    /// How many commits ago, 0 for what is not committed.
    pub age: usize,
}

/// Which tags were set while the file was as it came.
#[derive(Debug, Clone, Default)]
pub struct Releases {
    /// Whether any tag has the file.
    pub any: bool,
    /// The tags that have it as it came, oldest first.
    pub before: Vec<String>,
}

impl Past {
    /// Whether `later` came to the mainline after `earlier`. What came in one commit has no order.
    pub fn came_after(&self, later: &str, earlier: &FilePast) -> bool {
        match self {
            Self::Heard { uncommitted, .. } if uncommitted.iter().any(|id| id == later) => true,
            _ => self.of(later).is_some_and(|later| later.age < earlier.age),
        }
    }

    /// What is known of a revision.
    pub fn of(&self, id: &str) -> Option<&FilePast> {
        match self {
            Self::Heard { files, .. } => files.get(id),
            Self::NotAsked | Self::None | Self::Unavailable { .. } => None,
        }
    }
}
