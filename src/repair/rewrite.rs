//! Changes a revision file's header and nothing else: byte for byte the rest stays as it is.
//!
//! What comes out is read again before anybody may write it.

use std::path::{Path, PathBuf};

use crate::revision::{self, Revision};
use crate::source::{Span, printable};

/// An existing file with other content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The file, absolute.
    pub path: PathBuf,
    /// Its new place, if it gets one.
    pub renamed: Option<PathBuf>,
    /// What it must hold now, or somebody else has changed it.
    pub before: Vec<u8>,
    /// What it shall hold.
    pub after: Vec<u8>,
    /// Each change in words: "down_revision 'a1' -> 'b2'".
    pub changes: Vec<String>,
}

/// Why a file cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} cannot be changed: {reason}")]
pub struct Unchangeable {
    /// The file, as shown.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// The file of `revision`, which holds `bytes`, with other parents.
///
/// # Errors
/// A header that is not plainly written, or bytes that are not what was read.
pub fn with_parents(revision: &Revision, bytes: &[u8], parents: &[String]) -> Result<Rewrite, Unchangeable> {
    let span = revision.spans.down_revision.ok_or_else(|| refused(revision, "it has no down_revision"))?;
    let old = revision.source.slice(span);
    let new = value(old, parents);
    let change = format!("down_revision {} -> {new}", printable(old));
    let mut edits = vec![(span, new)];
    edits.extend(docstring_line(
        revision,
        span.start,
        "Revises:",
        &revision.down_revision.join(", "),
        &parents.join(", "),
    ));
    let wanted = |read: &Revision| read.id == revision.id && read.down_revision == parents;
    rewritten(revision, bytes, edits, change, wanted)
}

/// The file of `revision`, which holds `bytes`, with another id.
///
/// # Errors
/// A header that is not plainly written, or bytes that are not what was read.
pub fn with_id(revision: &Revision, bytes: &[u8], id: &str) -> Result<Rewrite, Unchangeable> {
    let span = revision.spans.revision;
    let old = revision.source.slice(span);
    if old.is_empty() {
        return Err(refused(revision, "its id is only its file's name"));
    }
    let new = value(old, std::slice::from_ref(&id.to_owned()));
    let change = format!("revision {} -> {new}", printable(old));
    let mut edits = vec![(span, new)];
    edits.extend(docstring_line(revision, span.start, "Revision ID:", &revision.id, id));
    let wanted = |read: &Revision| read.id == id && read.down_revision == revision.down_revision;
    rewritten(revision, bytes, edits, change, wanted)
}

fn refused(revision: &Revision, reason: &str) -> Unchangeable {
    let path = printable(&revision.source.path().display().to_string());
    Unchangeable { path, reason: reason.to_owned() }
}

/// Ids as a value of the header, in the quotes of the value that they replace.
fn value(old: &str, ids: &[String]) -> String {
    let quote = old.chars().find(|c| matches!(c, '"' | '\'')).unwrap_or('"');
    let quoted: Vec<String> = ids.iter().map(|id| format!("{quote}{id}{quote}")).collect();
    match quoted.as_slice() {
        [one] => one.clone(),
        several => format!("({})", several.join(", ")),
    }
}

/// The line that Alembic's template writes into the docstring, if it says what the header says.
fn docstring_line(revision: &Revision, header: usize, label: &str, old: &str, new: &str) -> Option<(Span, String)> {
    let text = revision.source.text().get(..header)?;
    let at = text
        .match_indices(label)
        .map(|(at, _)| at)
        .find(|at| *at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n'))?;
    let rest = text.get(at + label.len()..)?;
    let line = rest.get(..rest.find(['\r', '\n'])?)?;
    let start = at + label.len() + (line.len() - line.trim_start().len());
    (line.trim() == old).then(|| (Span::new(start, start + line.trim().len()), new.to_owned()))
}

fn rewritten(
    revision: &Revision,
    bytes: &[u8],
    mut edits: Vec<(Span, String)>,
    change: String,
    is_wanted: impl Fn(&Revision) -> bool,
) -> Result<Rewrite, Unchangeable> {
    let offsets = Offsets::new(revision.source.text(), bytes)
        .ok_or_else(|| refused(revision, "its encoding is not UTF-8, nor one with a byte for each character"))?;
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut text = revision.source.text().to_owned();
    let mut after = bytes.to_vec();
    for (span, new) in edits {
        if !new.is_ascii() && !offsets.is_utf8 {
            return Err(refused(revision, "the id has characters that its encoding may not have"));
        }
        text.replace_range(span.start..span.end, &new);
        after.splice(offsets.of(span.start)..offsets.of(span.end), new.bytes());
    }
    let name = revision.source.path().display().to_string();
    let read = revision::read_texts(vec![(name, text)]);
    let [read] = read.as_slice() else { return Err(refused(revision, "its header is not plainly written")) };
    if !is_wanted(read) || !read.not_static.is_empty() {
        return Err(refused(revision, "its header is not plainly written"));
    }
    let changes = vec![change];
    Ok(Rewrite { path: revision.path.clone(), renamed: None, before: bytes.to_vec(), after, changes })
}

/// From places in the decoded text to places in the file.
struct Offsets<'a> {
    text: &'a str,
    is_utf8: bool,
    bom: usize,
}

impl<'a> Offsets<'a> {
    fn new(text: &'a str, bytes: &[u8]) -> Option<Self> {
        const BOM: &[u8] = b"\xEF\xBB\xBF";
        let bom = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
        let is_utf8 = bytes.get(bom..) == Some(text.as_bytes());
        let has_a_byte_each = || bom == 0 && text.chars().count() == bytes.len();
        (is_utf8 || has_a_byte_each()).then_some(Self { text, is_utf8, bom })
    }

    fn of(&self, offset: usize) -> usize {
        if self.is_utf8 {
            return offset + self.bom;
        }
        self.text.get(..offset).map_or(offset, |before| before.chars().count())
    }
}

/// The name of a file that begins with its id, with another id; `None` for other names.
pub fn name_with_id(path: &Path, old: &str, new: &str) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let rest = name.strip_prefix(old)?;
    let is_its_own = !rest.starts_with(|c: char| c.is_alphanumeric());
    is_its_own.then(|| path.with_file_name(format!("{new}{rest}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Revision {
        revision::read_texts(vec![("versions/b2_x.py".to_owned(), text.to_owned())]).pop().unwrap()
    }

    fn moved(text: &str, parents: &[&str]) -> Result<String, Unchangeable> {
        let parents: Vec<String> = parents.iter().map(|parent| (*parent).to_owned()).collect();
        with_parents(&read(text), text.as_bytes(), &parents).map(|done| String::from_utf8(done.after).unwrap())
    }

    #[test]
    fn only_the_value_and_the_docstring_s_line_change() {
        let text = "\"\"\"x\r\n\r\nRevision ID: b2\r\nRevises: a1\r\nCreate Date: 1\r\n\"\"\"\r\nrevision = 'b2'\r\ndown_revision =   'a1'  # why\r\n\r\ndef upgrade(): \"down_revision = 'a1'\"\r\n";
        let expected = text.replacen("Revises: a1", "Revises: c3", 1).replacen("  'a1'  #", "  'c3'  #", 1);
        assert_eq!(moved(text, &["c3"]).unwrap(), expected);
    }

    #[test]
    fn several_parents_are_a_tuple_and_quotes_are_kept() {
        let text = "revision: str = \"b2\"\ndown_revision: str | None = \"a1\"\n";
        assert!(moved(text, &["c3", "d4"]).unwrap().contains("= (\"c3\", \"d4\")\n"));
        let merge = "revision = 'b2'\ndown_revision = ('a1', 'c3')\n";
        assert!(moved(merge, &["c3"]).unwrap().contains("down_revision = 'c3'\n"));
    }

    #[test]
    fn a_docstring_that_says_something_else_is_left_alone() {
        let text = "\"\"\"x\n\nRevises: another\n\"\"\"\nrevision = 'b2'\ndown_revision = 'a1'\n";
        assert!(moved(text, &["c3"]).unwrap().contains("Revises: another\n"));
    }

    #[test]
    fn bytes_of_other_encodings_stay_what_they_are() {
        let text = "# -*- coding: latin-1 -*-\n\"\"\"\u{e9}\"\"\"\nrevision = 'b2'\ndown_revision = 'a1'\n";
        let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let done = with_parents(&read(text), &bytes, &["c3".to_owned()]).unwrap();
        let expected = text.replace("'a1'", "'c3'");
        let expected: Vec<u8> = expected.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        assert_eq!(done.after, expected);

        let text = "revision = 'b2'\ndown_revision = 'a1'\n";
        let with_bom = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        let done = with_parents(&read(text), &with_bom, &["c3".to_owned()]).unwrap();
        assert!(done.after.starts_with(b"\xEF\xBB\xBFrevision"));
        assert!(with_parents(&read(text), b"other bytes", &["c3".to_owned()]).is_err());
    }

    #[test]
    fn an_id_changes_with_its_docstring_and_file_name() {
        let text = "\"\"\"x\n\nRevision ID: b2\nRevises: a1\n\"\"\"\nrevision = \"b2\"\ndown_revision = \"a1\"\n";
        let done = with_id(&read(text), text.as_bytes(), "e5").unwrap();
        let expected = text.replace("b2", "e5");
        assert_eq!(String::from_utf8(done.after).unwrap(), expected);
        let name = |path: &str| name_with_id(Path::new(path), "b2", "e5");
        assert_eq!(name("versions/b2_x.py"), Some(PathBuf::from("versions/e5_x.py")));
        assert_eq!(name("versions/b22_x.py"), None);
        assert_eq!(name("versions/2026_b2_x.py"), None);
    }
}
