//! Which branches and tags have a commit or a file, and what the files of a commit say.

use super::{Error, Repository};

/// The most branches and tags that are looked into.
const MOST_PLACES: usize = 100;

/// The most files of one commit that are read.
const MOST_FILES: usize = 20_000;

/// A branch or a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its short name: `feature/x`, `origin/main`, `v2.4.0`.
    pub name: String,
    /// What it is.
    pub kind: PlaceKind,
    /// Whether another working tree has it checked out, so that this one cannot.
    pub is_taken: bool,
}

/// The kinds of [`Place`], best to check out first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaceKind {
    /// A tag.
    Tag,
    /// A branch of this repository.
    Branch,
    /// A branch of a remote, as of the last fetch.
    RemoteBranch,
}

impl Repository {
    /// The branches and tags that hold one of `commits`, the oldest first.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn places(&self, commits: &[&str]) -> Result<Vec<Place>, Error> {
        self.places_without(commits, None)
    }

    /// The same without those that hold `without`.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn places_without(&self, commits: &[&str], without: Option<&str>) -> Result<Vec<Place>, Error> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let without = without.map(|commit| format!("--no-contains={commit}"));
        let holding: Vec<String> = commits.iter().map(|commit| format!("--contains={commit}")).collect();
        let count = format!("--count={MOST_PLACES}");
        let mut asked = vec![
            "for-each-ref",
            "--sort=creatordate",
            "--format=%(refname)%00%(symref)%00%(HEAD)%00%(worktreepath)",
            &count,
        ];
        asked.extend(holding.iter().map(String::as_str));
        asked.extend(without.as_deref());
        asked.extend(["refs/heads", "refs/remotes", "refs/tags"]);
        Ok(self.ask(&asked)?.lines().filter_map(place).collect())
    }

    /// The full names of the branches that people deploy from: what the remotes call their default,
    /// then the usual names; those of remotes before our own, and origin's before all.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn default_branches(&self) -> Result<Vec<String>, Error> {
        const USUAL: [&str; 2] = ["main", "master"];
        let listed = self.ask(&["for-each-ref", "--format=%(refname)%00%(symref)", "refs/heads", "refs/remotes"])?;
        let refs: Vec<(&str, &str)> = listed.lines().filter_map(|line| line.split_once('\0')).collect();
        let defaults = refs.iter().filter(|(name, target)| name.ends_with("/HEAD") && !target.is_empty());
        let defaults: Vec<&str> = defaults.map(|(_, target)| *target).collect();
        let names: Vec<&str> = defaults.iter().filter_map(|target| short(target)).chain(USUAL).collect();
        let is_default = |name: &str| short(name).is_some_and(|short| names.contains(&short));
        let mut found: Vec<&str> = refs.iter().map(|(name, _)| *name).filter(|name| is_default(name)).collect();
        found.sort_by_key(|name| {
            let is_remote = |remote: &str| name.starts_with(remote);
            let usual = USUAL.iter().position(|usual| short(name) == Some(usual));
            (!defaults.contains(name), !is_remote("refs/remotes/origin/"), !is_remote("refs/remotes/"), usual)
        });
        Ok(found.into_iter().map(str::to_owned).collect())
    }

    /// The stashes, newest first: the name of each, and the commits that it is made of.
    pub fn stashes(&self) -> Vec<(String, Vec<String>)> {
        // Fails where nothing was ever stashed.
        let listed = self.ask(&["log", "--walk-reflogs", "--format=%gd%x00%H %P", "refs/stash"]).unwrap_or_default();
        let stash = |line: &str| {
            let (name, commits) = line.split_once('\0')?;
            let mut commits = commits.split(' ').map(str::to_owned);
            // The first parent is where the work began, and no part of it.
            let own: Vec<String> = commits.next().into_iter().chain(commits.skip(1)).collect();
            Some((name.trim_start_matches("refs/").to_owned(), own))
        };
        listed.lines().filter_map(stash).collect()
    }

    /// The Python files in `folders` as they are staged: path and content.
    ///
    /// # Errors
    /// git did not answer in time.
    pub fn staged(&self, folders: &[String]) -> Result<Vec<(String, String)>, Error> {
        let mut asked = vec!["ls-files", "--stage", "-z", "--full-name", "--"];
        asked.extend(folders.iter().map(String::as_str));
        // <mode> <blob> <stage>\t<path>
        self.listed(&self.ask(&asked)?, 1)
    }

    /// Files of what is checked out that are gone from the working tree: paths from the root of the
    /// repository.
    ///
    /// # Errors
    /// git did not answer in time.
    pub fn deleted_files(&self) -> Result<Vec<String>, Error> {
        let asked = ["diff-index", "--name-only", "-z", "--diff-filter=D", "--no-renames", "HEAD", "--"];
        Ok(self.ask(&asked)?.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }

    /// Whether `commit` belongs to the history of what is checked out.
    pub fn is_in_head(&self, commit: &str) -> bool {
        self.ask(&["merge-base", "--is-ancestor", commit, "HEAD"]).is_ok()
    }

    /// The Python files in `folders` as they are in `commit`: path and content. What is not UTF-8
    /// has marks in its place.
    ///
    /// # Errors
    /// git did not answer in time, or has not all of it.
    pub fn files(&self, commit: &str, folders: &[String]) -> Result<Vec<(String, String)>, Error> {
        let mut asked = vec!["ls-tree", "-r", "-z", "--full-tree", commit, "--"];
        asked.extend(folders.iter().map(String::as_str));
        // <mode> blob <blob>\t<path>
        self.listed(&self.ask(&asked)?, 2)
    }

    /// The Python files of a listing whose lines have the blob as their `nth` word.
    fn listed(&self, listed: &str, nth: usize) -> Result<Vec<(String, String)>, Error> {
        let entries: Vec<(&str, &str)> = listed
            .split('\0')
            .filter_map(|entry| {
                let (meta, path) = entry.split_once('\t')?;
                let blob = meta.split(' ').nth(nth).filter(|_| path.ends_with(".py"))?;
                Some((path, blob))
            })
            .take(MOST_FILES)
            .collect();
        let blobs: Vec<&str> = entries.iter().map(|(_, blob)| *blob).collect();
        let texts = self.contents(&blobs)?;
        Ok(entries.iter().zip(texts).filter_map(|((path, _), text)| Some(((*path).to_owned(), text?))).collect())
    }

    /// What each blob holds; `None` for one that is not here (a partial clone).
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn contents(&self, blobs: &[&str]) -> Result<Vec<Option<String>>, Error> {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(self.blobs(blobs)?.into_iter().map(|bytes| bytes.map(text)).collect())
    }

    /// The bytes of each blob; `None` for one that is not here.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn blobs(&self, blobs: &[&str]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        Self::blobs_by(blobs, |arguments, input| self.ask_with(arguments, input))
    }

    /// The same, asked in another way.
    pub(super) fn blobs_by(
        blobs: &[&str],
        ask: impl FnOnce(&[&str], &str) -> Result<Vec<u8>, Error>,
    ) -> Result<Vec<Option<Vec<u8>>>, Error> {
        if blobs.is_empty() {
            return Ok(Vec::new());
        }
        let input: String = blobs.iter().map(|blob| format!("{blob}\n")).collect();
        let answer = ask(&["cat-file", "--batch"], &input)?;
        let mut rest = answer.as_slice();
        let mut contents = Vec::with_capacity(blobs.len());
        for _ in blobs {
            let end = rest.iter().position(|byte| *byte == b'\n').ok_or(Error::NotUnderstood)?;
            let (head, after) = rest.split_at(end);
            let head = String::from_utf8_lossy(head).into_owned();
            rest = after.get(1..).unwrap_or_default();
            // `<id> missing`, or `<id> blob <size>` and the content with a line feed after it.
            let Some(size) = head.split(' ').nth(2).and_then(|size| size.parse::<usize>().ok()) else {
                contents.push(None);
                continue;
            };
            let content = rest.get(..size).ok_or(Error::NotUnderstood)?;
            contents.push(Some(content.to_vec()));
            rest = rest.get(size + 1..).unwrap_or_default();
        }
        Ok(contents)
    }
}

impl Place {
    /// `refs/tags/v1`: a name that cannot mean anything else.
    pub fn full_name(&self) -> String {
        let folder = match self.kind {
            PlaceKind::Tag => "tags",
            PlaceKind::Branch => "heads",
            PlaceKind::RemoteBranch => "remotes",
        };
        format!("refs/{folder}/{}", self.name)
    }
}

/// The name of a branch, the same for its copies of remotes.
fn short(full: &str) -> Option<&str> {
    let remote = || full.strip_prefix("refs/remotes/")?.split_once('/').map(|(_, short)| short);
    full.strip_prefix("refs/heads/").or_else(remote)
}

fn place(line: &str) -> Option<Place> {
    let mut fields = line.split('\0');
    let (name, symbolic, head, worktree) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    // `origin/HEAD` is another name of a branch that is listed too.
    if !symbolic.is_empty() {
        return None;
    }
    let kinds = [
        ("refs/tags/", PlaceKind::Tag),
        ("refs/heads/", PlaceKind::Branch),
        ("refs/remotes/", PlaceKind::RemoteBranch),
    ];
    let (name, kind) = kinds.iter().find_map(|(prefix, kind)| Some((name.strip_prefix(prefix)?, *kind)))?;
    Some(Place { name: name.to_owned(), kind, is_taken: head != "*" && !worktree.is_empty() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_from_its_line() {
        let tag = place("refs/tags/v1\0\0 \0").unwrap();
        assert_eq!((tag.name.as_str(), tag.kind, tag.is_taken), ("v1", PlaceKind::Tag, false));
        assert!(place("refs/heads/a/b\0\0 \0/elsewhere").unwrap().is_taken);
        assert!(!place("refs/heads/main\0\0*\0/here").unwrap().is_taken);
        assert_eq!(place("refs/remotes/origin/HEAD\0refs/remotes/origin/main\0 \0"), None);
    }
}
