//! The text of a file, and places in it.
//!
//! Everything that a finding points at is a [`Location`]: a file that is held in memory and a
//! span of bytes in it. Lines and columns are worked out only when something is shown.

mod decode;
mod secrets;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

pub use decode::{DecodeError, decode};
pub use secrets::{masked, masked_sql};

/// A half-open range of byte offsets into a [`SourceFile`]'s text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The same span in a text that has `offset` more bytes in front.
    pub fn shifted(self, offset: usize) -> Self {
        Self::new(self.start + offset, self.end + offset)
    }
}

/// A place as people and editors count it: from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A file's path and its decoded text.
pub struct SourceFile {
    path: PathBuf,
    text: String,
    line_starts: OnceLock<Vec<usize>>,
}

impl SourceFile {
    /// `path` is shown to the user as it is, so it should be relative to the project's folder.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), line_starts: OnceLock::new() }
    }

    /// The path as shown to the user.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The decoded text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of `span`; empty when the span does not lie in this file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Line and column of a byte offset; an offset past the end counts as the end.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let offset = offset.min(self.text.len());
        let starts = self.line_starts.get_or_init(|| {
            std::iter::once(0)
                .chain(self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1))
                .collect()
        });
        let line = starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|i| starts.get(i)).copied().unwrap_or(0);
        let before = self.text.as_bytes().get(start..offset).unwrap_or_default();
        // Continuation bytes of UTF-8 do not start a character.
        let column = before.iter().filter(|b| (**b & 0xC0) != 0x80).count() + 1;
        LineColumn { line, column }
    }
}

impl std::fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A span of one file.
#[derive(Debug, Clone)]
pub struct Location {
    /// The file.
    pub source: Arc<SourceFile>,
    /// Where in it.
    pub span: Span,
}

impl Location {
    /// A span of `source`.
    pub fn new(source: &Arc<SourceFile>, span: Span) -> Self {
        Self { source: Arc::clone(source), span }
    }

    /// A file of which nothing could be read.
    pub fn unread(path: impl Into<PathBuf>) -> Self {
        Self { source: Arc::new(SourceFile::new(path, "")), span: Span::default() }
    }

    /// The file's path as shown to the user.
    pub fn path(&self) -> &Path {
        self.source.path()
    }

    /// Where the span starts.
    pub fn start(&self) -> LineColumn {
        self.source.line_column(self.span.start)
    }

    /// Where the span ends.
    pub fn end(&self) -> LineColumn {
        self.source.line_column(self.span.end)
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        self.path() == other.path() && self.span == other.span
    }
}

impl Eq for Location {}

/// `text` with control characters (terminal escapes among them) replaced by `\u{FFFD}`, and cut
/// to 200 characters: what may be shown of a value that comes from outside.
pub fn printable(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut shown: String = text.chars().take(LONGEST).map(shown_as).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// `text` as [`printable`], but not cut.
pub fn printable_line(text: &str) -> String {
    text.chars().map(shown_as).collect()
}

fn shown_as(c: char) -> char {
    // Bidirectional overrides can make a terminal show something else than what is there.
    let hides = matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
    if c.is_control() || hides { '\u{FFFD}' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_end_with_a_newline() {
        let source = SourceFile::new("a.py", "é = 1\nüx = 2");
        assert_eq!(source.line_column(0), LineColumn { line: 1, column: 1 });
        assert_eq!(source.line_column("é".len()), LineColumn { line: 1, column: 2 });
        let second = source.text().find('x').unwrap();
        assert_eq!(source.line_column(second), LineColumn { line: 2, column: 2 });
        assert_eq!(source.line_column(9999), source.line_column(source.text().len()));
    }

    #[test]
    fn a_span_outside_of_the_file_is_empty() {
        let source = SourceFile::new("a.py", "é");
        assert_eq!(source.slice(Span::new(1, 2)), "", "inside a character");
        assert_eq!(source.slice(Span::new(0, 9)), "");
        assert_eq!(source.slice(Span::new(0, 2)), "é");
    }

    #[test]
    fn nothing_that_moves_the_cursor_is_printable() {
        assert_eq!(printable("a\u{1b}[31mb\r\n\u{202e}"), "a\u{fffd}[31mb\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(printable(&"x".repeat(300)).chars().count(), 201);
    }
}
