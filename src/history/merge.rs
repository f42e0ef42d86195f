//! A merge that does not happen: what git would make of two commits.

use super::{Error, Scratch};

/// What git made of two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The tree; where git could not merge a file, it has marks of the conflict, or one side's file.
    pub tree: String,
    /// The files that git could not merge: paths from the root of the repository.
    pub conflicts: Vec<String>,
}

impl Scratch<'_> {
    /// Merges two commits; `None` if this git cannot do so without a working tree (before 2.38).
    ///
    /// # Errors
    /// git did not answer in time, or found nothing that the two have in common.
    pub fn merge(&self, one: &str, other: &str) -> Result<Option<Merged>, Error> {
        let drivers = self.drivers()?;
        let mut asked: Vec<&str> = Vec::new();
        for driver in &drivers {
            asked.extend(["-c", driver]);
        }
        asked.extend(["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", one, other]);
        let answer = match self.ask(&asked, "") {
            Ok((answer, _)) => answer,
            Err(Error::Refused { message }) if is_too_old(&message) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut parts = answer.split('\0').filter(|part| !part.is_empty());
        let tree = parts.next().filter(|tree| tree.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let tree = tree.ok_or(Error::NotUnderstood)?.to_owned();
        Ok(Some(Merged { tree, conflicts: parts.map(str::to_owned).collect() }))
    }

    /// A commit of a tree, so that another merge can go on from it.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn commit(&self, tree: &str, parents: [&str; 2]) -> Result<String, Error> {
        let [one, other] = parents;
        let asked = ["commit-tree", "--no-gpg-sign", tree, "-p", one, "-p", other, "-m", "simulated"];
        let id = self.ask(&asked, "")?.0.trim_end().to_owned();
        if id.is_empty() { Err(Error::NotUnderstood) } else { Ok(id) }
    }

    /// The user's own merge programs, each as one that gives up: nothing of a project is run.
    fn drivers(&self) -> Result<Vec<String>, Error> {
        match self.repository().ask(&["config", "-z", "--name-only", "--get-regexp", r"^merge\..*\.driver$"]) {
            Ok(names) => {
                Ok(names.split('\0').filter(|name| !name.is_empty()).map(|name| format!("{name}=false")).collect())
            }
            // There is none.
            Err(Error::Refused { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// What a git says that knows no `--write-tree`.
fn is_too_old(message: &str) -> bool {
    message.starts_with("usage:") || message.contains("unknown option") || message.contains("not a git command")
}
