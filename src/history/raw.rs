//! `git log --raw -z` read back: commits, and which file had which content before and after.

use super::search::Commit;

/// What follows `git log` so that [`parse`] can read it. Each commit opens with \x01, its fields end
/// with \x02; then come the raw lines and their paths.
pub(super) const ARGUMENTS: [&str; 9] = [
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-textconv",
    "--no-ext-diff",
    "--no-color",
    "--encoding=UTF-8",
    "--date=short",
    "--format=%x01%H%x02%an%x02%ad%x02%s%x02%P%x02%ct%x02",
];

/// One file in one commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The commit.
    pub(super) commit: Commit,
    /// Whether it has no parent: the first commit, or the end of a shallow clone.
    pub(super) is_root: bool,
    /// When it was committed, in seconds.
    pub(super) time: u64,
    /// `A`, `D`, `M`, `R`, `T`
    pub(super) status: char,
    /// The content before; zeros where there was no file.
    pub(super) before: String,
    /// The content after; zeros where there is no file any more.
    pub(super) after: String,
    /// The path before a renaming, else the same.
    pub(super) from: String,
    /// The path from the root of the repository, with `/`.
    pub(super) path: String,
}

/// The entries of an answer, in its order.
pub(super) fn parse(answer: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for block in answer.split('\u{1}').skip(1) {
        let mut fields = block.split('\u{2}');
        let mut next = || fields.next();
        let (Some(id), Some(author), Some(date), Some(subject), Some(parents), Some(time), Some(raw)) =
            (next(), next(), next(), next(), next(), next(), next())
        else {
            continue;
        };
        let commit =
            Commit { id: id.to_owned(), author: author.to_owned(), date: date.to_owned(), subject: subject.to_owned() };
        let (is_root, time) = (parents.is_empty(), time.parse().unwrap_or(0));
        for (status, before, after, from, path) in lines(raw) {
            entries.push(Entry { commit: commit.clone(), is_root, time, status, before, after, from, path });
        }
    }
    entries
}

/// Status, content before and after, path before and after, of each raw line.
pub(super) fn lines(raw: &str) -> Vec<(char, String, String, String, String)> {
    let mut lines = Vec::new();
    let mut parts = raw.split('\0').map(|part| part.trim_start_matches(['\n', '\r'])).filter(|part| !part.is_empty());
    while let (Some(line), Some(from)) = (parts.next(), parts.next()) {
        // :100644 000000 <before> <after> D
        let words: Vec<&str> = line.trim_start_matches(':').split(' ').collect();
        let [_, _, before, after, status] = words.as_slice() else { continue };
        let Some(status) = status.chars().next() else { continue };
        let path = if matches!(status, 'R' | 'C') { parts.next().unwrap_or(from) } else { from };
        lines.push((status, (*before).to_owned(), (*after).to_owned(), from.to_owned(), path.to_owned()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_of_a_commit_is_an_entry() {
        let answer = "\u{1}c0ffee\u{2}Ann\u{2}2026-01-31\u{2}drop it\u{2}c1\u{2}7\u{2}\0\n:100644 000000 aa 00 D\0versions/a 1.py\0\
                      :100644 100644 cc dd R090\0old/b.py\0versions/b.py\0\0\u{1}c1\u{2}Bo\u{2}2026-01-30\u{2}\u{2}\u{2}7\u{2}\0";
        let entries = parse(answer);
        let [removed, renamed] = entries.as_slice() else { panic!("{entries:?}") };
        assert_eq!((removed.status, removed.before.as_str(), removed.path.as_str()), ('D', "aa", "versions/a 1.py"));
        assert_eq!((removed.commit.subject.as_str(), removed.is_root, removed.time), ("drop it", false, 7));
        assert_eq!((renamed.status, renamed.after.as_str()), ('R', "dd"));
        assert_eq!((renamed.from.as_str(), renamed.path.as_str()), ("old/b.py", "versions/b.py"));
    }
}
