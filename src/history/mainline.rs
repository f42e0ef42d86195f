//! The mainline: what each commit of what is checked out brought, counted from its first parent.
//! What happened on a branch before it was merged is no part of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Commit, Error, Repository, raw};

/// How long this may take: it is asked in runs that would be at their end without it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A content that a file had on the mainline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The commit that brought it.
    pub commit: Commit,
    /// How many commits before the newest that changed anything here.
    pub age: usize,
    /// When it was committed, in seconds.
    pub time: u64,
    /// Whether nothing is known of what was before: the first commit, or the end of a shallow clone.
    pub is_root: bool,
    /// The path from the root of the repository, with `/`.
    pub path: String,
    /// The content.
    pub blob: String,
}

/// The versions of files, by their present path.
#[derive(Debug, Default)]
pub struct Mainline {
    /// Newest first; a file that is not committed has none.
    pub versions: BTreeMap<String, Vec<Version>>,
    /// The present paths whose file in the working tree may differ from the newest version.
    pub touched: Vec<String>,
}

impl Repository {
    /// What the mainline brought to the Python files that are now in `folders` (paths inside the
    /// repository).
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn mainline(&self, folders: &[String]) -> Result<Mainline, Error> {
        let paths: Vec<String> = folders.iter().map(|folder| format!(":(literal){folder}")).collect();
        let until = self.until.min(Instant::now() + PATIENCE);
        let mut asked = vec!["log", "--first-parent", "-m", "--find-renames"];
        asked.extend(raw::ARGUMENTS);
        asked.extend(["HEAD", "--"]);
        asked.extend(paths.iter().map(String::as_str));
        let versions = versions(raw::parse(&self.ask_until(&asked, until)?));
        let mut asked = vec!["diff-index", "--raw", "-z", "--no-abbrev", "--no-renames", "HEAD", "--"];
        asked.extend(paths.iter().map(String::as_str));
        let touched = raw::lines(&self.ask_until(&asked, until)?).into_iter().map(|(.., path)| path).collect();
        Ok(Mainline { versions, touched })
    }
}

fn versions(entries: Vec<raw::Entry>) -> BTreeMap<String, Vec<Version>> {
    let mut versions: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    // Where a file of now was at the time of the entry, and what is gone by now.
    let mut now: BTreeMap<String, Option<String>> = BTreeMap::new();
    let (mut age, mut last) = (0, String::new());
    for entry in entries {
        if entry.commit.id != last {
            age += 1;
            last.clone_from(&entry.commit.id);
        }
        if entry.status == 'D' {
            now.entry(entry.path).or_insert(None);
            continue;
        }
        let known = now.entry(entry.path.clone()).or_insert_with(|| Some(entry.path.clone()));
        let Some(present) = known.clone() else { continue };
        if entry.status == 'R' {
            now.remove(&entry.path);
            now.insert(entry.from, Some(present.clone()));
        }
        if present.ends_with(".py") {
            let (commit, path, blob) = (entry.commit, entry.path, entry.after);
            versions.entry(present).or_default().push(Version {
                commit,
                age,
                time: entry.time,
                is_root: entry.is_root,
                path,
                blob,
            });
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(commit: &str, status: char, from: &str, path: &str) -> raw::Entry {
        let commit =
            Commit { id: commit.to_owned(), author: String::new(), date: String::new(), subject: String::new() };
        let blob = format!("{}:{path}", commit.id);
        let (before, from, path) = (String::new(), from.to_owned(), path.to_owned());
        raw::Entry { is_root: commit.id == "c1", time: 0, commit, status, before, after: blob, from, path }
    }

    #[test]
    fn a_file_is_followed_through_its_names_and_what_is_gone_is_left_out() {
        let found = versions(vec![
            entry("c4", 'M', "v/new.py", "v/new.py"),
            entry("c3", 'R', "v/old.py", "v/new.py"),
            entry("c2", 'D', "v/gone.py", "v/gone.py"),
            entry("c1", 'A', "v/gone.py", "v/gone.py"),
            entry("c1", 'A', "v/old.py", "v/old.py"),
        ]);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["v/new.py"]);
        let ages: Vec<(usize, &str, bool)> =
            found["v/new.py"].iter().map(|version| (version.age, version.path.as_str(), version.is_root)).collect();
        assert_eq!(ages, [(1, "v/new.py", false), (2, "v/new.py", false), (4, "v/old.py", true)]);
    }
}
