//! The commits that brought files.

use std::collections::BTreeMap;

use super::{Commit, Error, Repository};

impl Repository {
    /// For each file of `folders` (paths inside the repository) the commit of what is checked out
    /// that brought it there first, by its path from the root. One question for all of them.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn additions(&self, folders: &[String]) -> Result<BTreeMap<String, Commit>, Error> {
        self.additions_to("HEAD", folders)
    }

    /// The same for another commit than what is checked out.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn additions_to(&self, commit: &str, folders: &[String]) -> Result<BTreeMap<String, Commit>, Error> {
        let mut asked = vec![
            "log",
            "--diff-filter=A",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--no-color",
            "--encoding=UTF-8",
            "--date=short",
            "--format=%x01%H%x02%an%x02%cd%x02%s%x02",
            commit,
            "--",
        ];
        let paths: Vec<String> = folders.iter().map(|folder| format!(":(literal){folder}")).collect();
        asked.extend(paths.iter().map(String::as_str));
        Ok(parse(&self.ask(&asked)?))
    }
}

/// The newest commit comes first, so the last word about a file is the oldest.
fn parse(answer: &str) -> BTreeMap<String, Commit> {
    let mut brought = BTreeMap::new();
    for block in answer.split('\u{1}').skip(1) {
        let mut fields = block.split('\u{2}');
        let (Some(id), Some(author), Some(date), Some(subject), Some(paths)) =
            (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let commit =
            Commit { id: id.to_owned(), author: author.to_owned(), date: date.to_owned(), subject: subject.to_owned() };
        for path in paths.split('\0').map(str::trim_start).filter(|path| !path.is_empty()) {
            brought.insert(path.to_owned(), commit.clone());
        }
    }
    brought
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_commit_brought_the_file() {
        let answer = "\u{1}c2\u{2}Ann\u{2}2026-02-01\u{2}again\u{2}\0\nv/a.py\0\0\u{1}c1\u{2}Bo\u{2}2026-01-30\u{2}start\u{2}\0\nv/a.py\0v/b.py\0";
        let brought = parse(answer);
        let ids: Vec<(&str, &str)> = brought.iter().map(|(path, commit)| (path.as_str(), commit.id.as_str())).collect();
        assert_eq!(ids, [("v/a.py", "c1"), ("v/b.py", "c1")]);
    }
}
