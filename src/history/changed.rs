//! Which files a branch has that the one it comes from does not have, or has otherwise.

use std::path::PathBuf;

use super::{Error, Repository};

/// The files that changed since a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What they were compared with, as people name it.
    pub base: String,
    /// The files, absolute; those that were removed are not among them.
    pub files: Vec<PathBuf>,
}

impl Repository {
    /// The files in `folders` (paths inside the repository) that differ from where this branch
    /// left `base`, those that git does not know yet included. Without a base the default branch is
    /// taken; `None` when there is none.
    ///
    /// # Errors
    /// git did not answer in time, or `base` names nothing.
    pub fn changed(&self, base: Option<&str>, folders: &[String]) -> Result<Option<Changed>, Error> {
        let base = match base {
            Some(base) => base.to_owned(),
            None => match self.default_branch()? {
                Some(branch) => branch,
                None => return Ok(None),
            },
        };
        let fork = self.ask(&["merge-base", "--", &base, "HEAD"]);
        let fork = fork?.trim().to_owned();
        let paths: Vec<String> = folders.iter().map(|folder| format!(":(literal){folder}")).collect();
        let asked = |command: &[&str]| {
            let mut asked: Vec<&str> = command.to_vec();
            asked.push("--");
            asked.extend(paths.iter().map(String::as_str));
            self.ask(&asked)
        };
        let differ = asked(&["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--diff-filter=d", &fork])?;
        let unknown = asked(&["ls-files", "-z", "--others", "--exclude-standard", "--full-name"])?;
        let root = self.root.canonicalize().unwrap_or_else(|_| self.root.clone());
        let names = differ.split('\0').chain(unknown.split('\0')).filter(|name| !name.is_empty());
        let short = base.trim_start_matches("refs/remotes/").trim_start_matches("refs/heads/").to_owned();
        Ok(Some(Changed { base: short, files: names.map(|name| root.join(name)).collect() }))
    }

    /// The branch that others start from: what a remote calls its default, else `main` or `master`.
    fn default_branch(&self) -> Result<Option<String>, Error> {
        Ok(self.default_branches()?.into_iter().next())
    }
}
