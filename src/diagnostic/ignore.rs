//! `# alembic-doctor: ignore[name, name] until = 2027-01-31 reason`: a person's word that a finding
//! on this line is known and meant; on the next, if the comment has a line to itself.
//!
//! Reads comments of any file whose comments start with `#`; who uses them is `check`'s business.

use std::sync::Arc;

use jiff::civil::Date;

use crate::python;
use crate::source::{Location, SourceFile, Span};

const MARK: &str = "alembic-doctor:";
const WORD: &str = "ignore[";

/// One name in an ignore comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    /// The rule that it names, as written.
    pub rule: String,
    /// Where the name stands.
    pub location: Location,
    /// The last day on which it counts.
    pub until: Until,
    /// Why, as written; may be empty.
    pub reason: String,
    /// Whether nothing else stands on its line: then it counts for the next one too.
    pub is_alone: bool,
}

impl Ignore {
    /// Whether it counts for what begins on this line of its file.
    pub fn covers(&self, line: usize) -> bool {
        let own = self.location.start().line;
        line == own || (self.is_alone && line == own + 1)
    }
}

/// How long something is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// For ever.
    Always,
    /// Up to this day, that one included.
    Day(Date),
    /// What stands there is no day: it is ignored no longer.
    Unreadable(String),
}

impl Until {
    /// Reads what is written for a day.
    pub fn new(written: &str) -> Self {
        written.parse().map_or_else(|_| Self::Unreadable(written.to_owned()), Self::Day)
    }

    /// Whether it still counts on this day.
    pub fn holds(&self, today: Date) -> bool {
        match self {
            Self::Always => true,
            Self::Day(day) => today <= *day,
            Self::Unreadable(_) => false,
        }
    }
}

/// The ignore comments of a file, name by name.
pub fn ignores(source: &Arc<SourceFile>) -> Vec<Ignore> {
    let text = source.text();
    // Nearly every file has none.
    if !text.contains(MARK) {
        return Vec::new();
    }
    let is_python = source.path().extension().is_some_and(|extension| extension == "py");
    let comments = if is_python { python::comments(text) } else { lines_with_comments(text) };
    comments.into_iter().flat_map(|comment| names(source, comment)).collect()
}

/// From the first `#` of each line to its end.
fn lines_with_comments(text: &str) -> Vec<Span> {
    let mut start = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(hash) = line.find('#') {
            found.push(Span::new(start + hash, start + line.trim_end().len()));
        }
        start += line.len();
    }
    found
}

fn names(source: &Arc<SourceFile>, comment: Span) -> Vec<Ignore> {
    let text = source.slice(comment);
    let after = |text: &str, word: &str| text.find(word).map(|at| at + word.len());
    let Some(marked) = after(text, MARK) else { return Vec::new() };
    let rest = text.get(marked..).unwrap_or_default();
    if !rest.trim_start().starts_with(WORD) {
        return Vec::new();
    }
    let Some(list) = after(rest, WORD) else { return Vec::new() };
    let Some((listed, tail)) = rest.get(list..).and_then(|rest| rest.split_once(']')) else { return Vec::new() };
    let (until, reason) = day_and_reason(tail.trim());
    let before = source.text().get(..comment.start).unwrap_or_default();
    let is_alone = before.rsplit('\n').next().is_some_and(|line| line.trim().is_empty());
    let mut at = comment.start + marked + list;
    let mut found = Vec::new();
    for name in listed.split(',') {
        let start = at + (name.len() - name.trim_start().len());
        let span = Span::new(start, start + name.trim().len());
        at += name.len() + 1;
        found.push(Ignore {
            rule: name.trim().to_owned(),
            location: Location::new(source, span),
            until: until.clone(),
            reason: reason.to_owned(),
            is_alone,
        });
    }
    found
}

/// `until = 2027-01-31 the reason`, each part optional.
fn day_and_reason(tail: &str) -> (Until, &str) {
    let Some(day) = tail.strip_prefix("until").map(str::trim_start).and_then(|rest| rest.strip_prefix('=')) else {
        return (Until::Always, tail);
    };
    let day = day.trim_start();
    let end = day.find(char::is_whitespace).unwrap_or(day.len());
    let (day, reason) = day.split_at(end);
    (Until::new(day), reason.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Vec<Ignore> {
        ignores(&Arc::new(SourceFile::new(path, text)))
    }

    fn rules(path: &str, text: &str) -> Vec<String> {
        read(path, text).into_iter().map(|ignore| ignore.rule).collect()
    }

    #[test]
    fn names_are_found_with_their_places_day_and_reason() {
        let found =
            read("a.py", "x = 1  # alembic-doctor: ignore[multiple-bases, stray-file] until = 2027-01-31 a plugin\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].rule, "stray-file");
        assert_eq!(found[1].location.start().column, 49);
        assert_eq!(found[1].until, Until::Day("2027-01-31".parse().unwrap()));
        assert_eq!(found[1].reason, "a plugin");
    }

    #[test]
    fn only_comments_count() {
        assert!(rules("a.py", "\"\"\"# alembic-doctor: ignore[x]\"\"\"\n").is_empty());
        assert!(rules("a.py", "# alembic-doctor: ignore is a word\n# alembic-doctor:\n").is_empty());
        assert!(rules("a.py", "# alembic-doctor: ignore[x\n").is_empty());
        assert_eq!(rules("a.ini", "url = x\n# alembic-doctor: ignore[x]\n"), ["x"]);
        assert_eq!(rules("a.py", "#alembic-doctor:ignore[x]"), ["x"]);
    }

    #[test]
    fn a_day_that_cannot_be_read_is_over() {
        let today = "2026-11-27".parse().unwrap();
        let until = |text: &str| read("a.py", &format!("# alembic-doctor: ignore[x] {text}\n"))[0].until.clone();
        assert!(until("").holds(today));
        assert!(until("until the release").holds(today), "a reason, no day");
        assert!(until("until=2026-11-27").holds(today));
        assert!(!until("until = 2026-11-26 x").holds(today));
        assert!(!until("until = soon").holds(today));
    }
}
