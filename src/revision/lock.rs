//! The lock file as text: the heads, and for each revision a hash of what it does and its parents.
//!
//! A line each, sorted by id, so that a change is one line in a diff. Two branches that each add a
//! revision both change the line of the heads: there git stops.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Field, Revision, meanings};

/// The file's name, beside `env.py`.
pub const LOCK_FILE: &str = "alembic-doctor.lock";

/// What the first line begins with; without it a file is somebody else's.
const MARK: &str = "# alembic-doctor lock 1";

const HEAD: &str = "\
# alembic-doctor lock 1: written by `alembic-doctor lock`, to be committed with the revisions.
# When git stops here, two branches each added a revision: settle the fork, then write it anew.
";

/// What is not known without running Python.
const UNKNOWN: &str = "?";

/// What a lock file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The heads, sorted.
    pub heads: Vec<String>,
    /// What is locked of each revision; several of one id only where git left a conflict.
    pub entries: BTreeMap<String, Vec<Entry>>,
    /// Whether git has left the marks of a conflict in it.
    pub is_conflicted: bool,
}

/// What is locked of one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// A hash of what it does, without its parents; `None` if its Python is not understood.
    pub work: Option<String>,
    /// `down_revision`, sorted; `None` if it is not static.
    pub parents: Option<Vec<String>>,
}

/// A file that cannot be used as a lock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// It does not begin as a lock file does.
    #[error("it was not written by `alembic-doctor lock`")]
    Foreign,
    /// It is there, and cannot be read; why.
    #[error("it cannot be read: {0}")]
    Unread(String),
    /// A line that means nothing.
    #[error("line {0} is not understood")]
    Line(usize),
}

impl Lock {
    /// The lock of these revisions; each id once.
    pub fn new(heads: &[&str], revisions: &[&Revision]) -> Self {
        let mut heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
        heads.sort_unstable();
        heads.dedup();
        let entries = revisions.iter().zip(meanings(revisions)).map(|(revision, meaning)| {
            let mut parents = revision.down_revision.clone();
            parents.sort_unstable();
            let entry = Entry {
                work: meaning.map(|meaning| meaning.without_parents().fingerprint()),
                parents: Some(parents).filter(|_| !revision.is_unknown(Field::DownRevision)),
            };
            (revision.id.clone(), vec![entry])
        });
        Self { heads, entries: entries.collect(), is_conflicted: false }
    }

    /// Reads a lock file.
    ///
    /// # Errors
    /// It is none, or one of another kind.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        if !text.starts_with(MARK) {
            return Err(LockError::Foreign);
        }
        let mut lock = Self::default();
        for (index, line) in text.lines().enumerate() {
            if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) {
                lock.is_conflicted = true;
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["heads", heads @ ..] => lock.heads.extend(heads.iter().map(|head| (*head).to_owned())),
                [id, work, "after", parents @ ..] => {
                    let entry = Entry {
                        work: Some(*work).filter(|work| *work != UNKNOWN).map(str::to_owned),
                        parents: match parents {
                            [UNKNOWN] => None,
                            ["nothing"] => Some(Vec::new()),
                            parents => Some(parents.iter().map(|parent| (*parent).to_owned()).collect()),
                        },
                    };
                    let entries = lock.entries.entry((*id).to_owned()).or_default();
                    if !entries.contains(&entry) {
                        entries.push(entry);
                    }
                }
                _ => return Err(LockError::Line(index + 1)),
            }
        }
        Ok(lock)
    }

    /// The file; `None` if an id cannot stand in it as a word.
    pub fn text(&self) -> Option<String> {
        let is_word = |id: &String| {
            !id.is_empty() && !id.starts_with('#') && !id.chars().any(|c| c.is_whitespace() || c.is_control())
        };
        let parents = self.entries.values().flatten().filter_map(|entry| entry.parents.as_ref()).flatten();
        if !self.heads.iter().chain(self.entries.keys()).chain(parents).all(is_word) {
            return None;
        }
        let mut text = format!("{HEAD}heads {}\n\n", self.heads.join(" "));
        for (id, entries) in &self.entries {
            for entry in entries {
                let work = entry.work.as_deref().unwrap_or(UNKNOWN);
                let parents = match entry.parents.as_deref() {
                    None => UNKNOWN.to_owned(),
                    Some([]) => "nothing".to_owned(),
                    Some(parents) => parents.join(" "),
                };
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{id} {work} after {parents}");
            }
        }
        Some(text)
    }

    /// Where the line of a revision stands in the text of a file: its first and last byte.
    pub fn line_of(text: &str, id: &str) -> Option<(usize, usize)> {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if line.strip_prefix(id).is_some_and(|rest| rest.starts_with(' ')) {
                return Some((start, start + line.trim_end().len()));
            }
            start += line.len();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(files: &[(&str, &str, &str)]) -> Lock {
        let texts = files.iter().map(|(id, parent, body)| {
            let text = format!("revision = '{id}'\ndown_revision = {parent}\ndef upgrade():\n    {body}\n");
            (format!("{id}.py"), text)
        });
        let read = crate::revision::read_texts(texts.collect());
        let revisions: Vec<&Revision> = read.iter().collect();
        Lock::new(&["b"], &revisions)
    }

    #[test]
    fn it_reads_what_it_wrote_with_either_line_ending() {
        let lock = lock(&[("b", "('x', 'a')", "op.f()"), ("a", "None", "op.g()")]);
        let text = lock.text().unwrap();
        assert_eq!(Lock::parse(&text), Ok(lock.clone()));
        assert_eq!(Lock::parse(&text.replace('\n', "\r\n")), Ok(lock));
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert!(lines[0] == "heads b" && lines[2].starts_with("a ") && lines[3].ends_with(" after a x"), "{text}");
        let (start, end) = Lock::line_of(&text, "b").unwrap();
        assert_eq!(text.get(start..end), Some(lines[3]));
    }

    #[test]
    fn the_hash_is_the_same_in_every_release_and_knows_no_parents() {
        let one = lock(&[("a", "None", "op.drop_table('t')")]);
        let other = lock(&[("a", "'z'", "op.drop_table(\n        \"t\")  # gone")]);
        assert_eq!(one.entries["a"][0].work, other.entries["a"][0].work);
        assert_eq!(one.entries["a"][0].work.as_deref(), Some("1ee943b127d2e5e49e17df065302215f"));
        assert_ne!(one.entries["a"][0].work, lock(&[("a", "None", "op.drop_table('u')")]).entries["a"][0].work);
    }

    #[test]
    fn what_is_not_ours_is_not_read() {
        assert_eq!(Lock::parse("[package]\n"), Err(LockError::Foreign));
        assert_eq!(Lock::parse(&format!("{HEAD}a b\n")), Err(LockError::Line(3)));
    }

    #[test]
    fn both_sides_of_a_conflict_are_read() {
        let text =
            format!("{HEAD}<<<<<<< HEAD\nheads b\n=======\nheads c\n>>>>>>> x\n\na 1 after nothing\na 2 after ?\n");
        let lock = Lock::parse(&text).unwrap();
        assert!(lock.is_conflicted);
        assert_eq!((lock.heads, lock.entries["a"].len()), (vec!["b".to_owned(), "c".to_owned()], 2));
    }

    #[test]
    fn an_id_that_is_no_word_cannot_be_locked() {
        let odd = Lock { heads: vec!["a b".to_owned()], ..Lock::default() };
        assert_eq!(odd.text(), None);
    }
}
