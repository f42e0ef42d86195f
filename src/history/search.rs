//! The commits in which a quoted text came, went or moved, on all branches, tags, stashes and in
//! the reflog.

use super::{Error, Repository, raw};

/// The most commits that one search tells.
const MOST_COMMITS: usize = 200;

/// A commit, as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its full id.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// When: `2026-01-31`.
    pub date: String,
    /// The first line of its message.
    pub subject: String,
}

impl Commit {
    /// The id as it is shown.
    pub fn short(&self) -> &str {
        self.id.get(..10).unwrap_or(&self.id)
    }
}

/// What a commit did to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The file has this content from here on.
    Written,
    /// The file has this content no more: it is gone, has another name, or was changed.
    Removed,
}

/// A file in which the number of occurrences of the text changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The commit.
    pub commit: Commit,
    /// What it did.
    pub kind: ChangeKind,
    /// The path from the root of the repository, with `/`.
    pub path: String,
    /// The file's content: after the commit if written, before it if removed.
    pub blob: String,
}

/// What a commit made of a file that it did not bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The commit.
    pub commit: Commit,
    /// The path from the root of the repository, with `/`.
    pub path: String,
    /// The content before it.
    pub before: String,
    /// The content after it.
    pub after: String,
}

impl Repository {
    /// The commits of what is checked out that changed a line with one of `words` (letters, digits and
    /// `_`) in one of `files` (paths inside the repository), newest first.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn edits(&self, words: &[&str], files: &[String]) -> Result<Vec<Edit>, Error> {
        let pickaxe = format!("-G({})", words.join("|"));
        let most = format!("--max-count={MOST_COMMITS}");
        let mut asked = vec!["log", "--extended-regexp", &pickaxe, &most, "--no-renames", "--diff-filter=M"];
        asked.extend(raw::ARGUMENTS);
        asked.extend(["HEAD", "--"]);
        let paths: Vec<String> = files.iter().map(|file| format!(":(literal){file}")).collect();
        asked.extend(paths.iter().map(String::as_str));
        let edit = |entry: raw::Entry| Edit {
            commit: entry.commit,
            path: entry.path,
            before: entry.before,
            after: entry.after,
        };
        Ok(raw::parse(&self.ask(&asked)?).into_iter().map(edit).collect())
    }

    /// The commits that changed how often `text` stands in quotes in a file of `folders` (paths
    /// inside the repository), newest first; without folders, in every Python file. A stash counts
    /// as a commit. Merge commits are left out: what they bring is in the commits that they join.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn search(&self, text: &str, folders: &[String]) -> Result<Vec<Change>, Error> {
        let pickaxe = format!("-S{}", quoted(text));
        let most = format!("--max-count={MOST_COMMITS}");
        let mut asked = vec![
            "log",
            "--all",
            "--reflog",
            // Else a merge that changes nothing in the folders hides what it joins: a stash is one.
            "--full-history",
            &pickaxe,
            "--pickaxe-regex",
            &most,
            "--no-renames",
        ];
        asked.extend(raw::ARGUMENTS);
        asked.push("--");
        let paths: Vec<String> = folders.iter().map(|folder| format!(":(literal){folder}")).collect();
        asked.extend(paths.iter().map(String::as_str));
        if paths.is_empty() {
            asked.push(":(glob)**/*.py");
        }
        Ok(changes(raw::parse(&self.ask(&asked)?)))
    }
}

impl Repository {
    /// The last commit of what is checked out that took Python files out of `folders`.
    ///
    /// # Errors
    /// git did not answer in time.
    pub fn last_removal(&self, folders: &[String]) -> Result<Option<Commit>, Error> {
        self.last_change("D", &["HEAD"], folders)
    }

    /// The last commit of all branches and tags that brought Python files into `folders`.
    ///
    /// # Errors
    /// git did not answer in time.
    pub fn last_addition(&self, folders: &[String]) -> Result<Option<Commit>, Error> {
        self.last_change("A", &["--all"], folders)
    }

    fn last_change(&self, kind: &str, of: &[&str], folders: &[String]) -> Result<Option<Commit>, Error> {
        let filter = format!("--diff-filter={kind}");
        let mut asked = vec!["log", "--max-count=1", "--no-renames", &filter];
        asked.extend(raw::ARGUMENTS);
        asked.extend(of);
        asked.push("--");
        let paths: Vec<String> = folders.iter().map(|folder| format!(":(glob){folder}/**/*.py")).collect();
        asked.extend(paths.iter().map(String::as_str));
        Ok(raw::parse(&self.ask(&asked)?).into_iter().next().map(|entry| entry.commit))
    }
}

/// An extended regular expression for the text in either kind of quotes.
fn quoted(text: &str) -> String {
    let mut pattern = String::from("[\"']");
    for c in text.chars() {
        match c {
            '^' | '\\' => pattern.extend(['\\', c]),
            c if c.is_ascii_punctuation() => pattern.extend(['[', c, ']']),
            c => pattern.push(c),
        }
    }
    pattern + "[\"']"
}

fn changes(entries: Vec<raw::Entry>) -> Vec<Change> {
    let mut changes = Vec::new();
    for entry in entries {
        for (kind, blob, other) in [(ChangeKind::Removed, &entry.before, 'A'), (ChangeKind::Written, &entry.after, 'D')]
        {
            if entry.status != other {
                let (path, blob) = (entry.path.clone(), blob.clone());
                changes.push(Change { commit: entry.commit.clone(), kind, path, blob });
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_searched_literally_and_in_quotes() {
        assert_eq!(quoted("a1_b"), "[\"']a1[_]b[\"']");
        assert_eq!(quoted("a.*^"), "[\"']a[.][*]\\^[\"']");
    }

    #[test]
    fn a_file_that_came_or_went_has_one_content_and_one_that_changed_has_two() {
        let answer = "\u{1}c0ffee\u{2}Ann\u{2}2026-01-31\u{2}s\u{2}c1\u{2}7\u{2}\0\n:100644 000000 aa 00 D\0a.py\0\
                      :000000 100644 00 bb A\0b.py\0:100644 100644 cc dd M\0c.py\0\0";
        let changes = changes(raw::parse(answer));
        let seen: Vec<(ChangeKind, &str)> = changes.iter().map(|change| (change.kind, change.blob.as_str())).collect();
        let (removed, written) = (ChangeKind::Removed, ChangeKind::Written);
        assert_eq!(seen, [(removed, "aa"), (written, "bb"), (removed, "cc"), (written, "dd")]);
    }
}
