//! The commits in which a quoted text came, went or moved, on all branches, tags, stashes and in
//! the reflog.

use super::{Error, Repository};

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

impl Repository {
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
            "--raw",
            "-z",
            "--no-abbrev",
            "--no-renames",
            "--no-textconv",
            "--no-ext-diff",
            "--no-color",
            "--encoding=UTF-8",
            "--date=short",
            "--format=%x01%H%x02%an%x02%ad%x02%s%x02",
            "--",
        ];
        let paths: Vec<String> = folders.iter().map(|folder| format!(":(literal){folder}")).collect();
        asked.extend(paths.iter().map(String::as_str));
        if paths.is_empty() {
            asked.push(":(glob)**/*.py");
        }
        Ok(parse(&self.ask(&asked)?))
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

/// Each commit opens with \x01; its fields end with \x02; then come the raw lines and their paths.
fn parse(answer: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    for block in answer.split('\u{1}').skip(1) {
        let mut fields = block.split('\u{2}');
        let (Some(id), Some(author), Some(date), Some(subject), Some(raw)) =
            (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let commit =
            Commit { id: id.to_owned(), author: author.to_owned(), date: date.to_owned(), subject: subject.to_owned() };
        let mut parts = raw.split('\0').map(str::trim_start).filter(|part| !part.is_empty());
        while let (Some(line), Some(path)) = (parts.next(), parts.next()) {
            // :100644 000000 <before> <after> D
            let words: Vec<&str> = line.trim_start_matches(':').split(' ').collect();
            let [_, _, before, after, status] = words.as_slice() else { continue };
            for (kind, blob, other) in [(ChangeKind::Removed, before, "A"), (ChangeKind::Written, after, "D")] {
                if *status != other {
                    let (path, blob) = (path.to_owned(), (*blob).to_owned());
                    changes.push(Change { commit: commit.clone(), kind, path, blob });
                }
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
    fn each_file_of_a_commit_is_a_change() {
        let answer = "\u{1}c0ffee\u{2}Ann\u{2}2026-01-31\u{2}drop it\u{2}\0\n:100644 000000 aa 00 D\0versions/a 1.py\0\
                      :000000 100644 00 bb A\0versions/b.py\0\0\u{1}c1\u{2}Bo\u{2}2026-01-30\u{2}\u{2}\0";
        let changes = parse(answer);
        let [removed, written] = changes.as_slice() else { panic!("{changes:?}") };
        assert_eq!((removed.kind, removed.blob.as_str()), (ChangeKind::Removed, "aa"));
        assert_eq!((removed.path.as_str(), removed.commit.subject.as_str()), ("versions/a 1.py", "drop it"));
        assert_eq!((written.kind, written.blob.as_str()), (ChangeKind::Written, "bb"));
    }
}
