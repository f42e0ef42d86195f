//! Text from outside made safe, and text fitted into columns. Knows nothing of what it says.

use std::path::Path;

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::style::paint;
use crate::source::printable;

/// A sentence that may hold values from outside: control characters are replaced, and a single
/// word of more than 200 characters is cut.
pub(super) fn clean(text: &str) -> String {
    text.split(' ').map(printable).collect::<Vec<_>>().join(" ")
}

/// Like [`clean`], but never cut: a shortened command would be another command.
pub(super) fn clean_uncut(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    text.chars().map(shown_as).collect()
}

/// The character that is shown for one from outside: itself if it is safe.
pub(super) fn shown_as(c: char) -> char {
    if matches!(c, ' '..='~') {
        return c;
    }
    // `printable` replaces character by character, so it can be fed one at a time.
    printable(c.encode_utf8(&mut [0; 4])).chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// A path as shown: with `/` on every system.
pub(super) fn shown_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    clean_uncut(&text)
}

/// Columns that `text` takes on a terminal.
pub(super) fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` in lines of at most `width` columns, broken at blanks; only a word that is longer than
/// a whole line is broken inside.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    wrap_ragged(text, width, width)
}

/// Like [`wrap`], with another width for the first line.
pub(super) fn wrap_ragged(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let width = if lines.is_empty() { first } else { rest }.max(1);
        let needed = if line.is_empty() { columns(word) } else { columns(&line) + 1 + columns(word) };
        if needed <= width {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            let width = if lines.is_empty() { first } else { rest }.max(1);
            if !line.is_empty() && columns(&line) + c.width().unwrap_or(0) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// `text` cut to `width` columns, with `…` (or `...`) where something is missing.
pub(super) fn cut(text: &str, width: usize, ascii: bool) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mark = if ascii { "..." } else { "…" };
    let room = width.saturating_sub(columns(mark));
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end().len());
    if width < columns(mark) { kept } else { kept + mark }
}

/// A page that is written top down into a fixed number of columns.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    width: usize,
}

impl Page {
    /// An empty page.
    pub(super) fn new(width: usize) -> Self {
        Self { text: String::new(), width }
    }

    /// Columns of the page.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Everything that was written.
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// A line as it is; `line` is safe and fits, or must not be broken.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// An empty line, but never two in a row and never the first.
    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// `text`, wrapped, each line behind `indent` blanks.
    pub(super) fn paragraph(&mut self, indent: usize, style: Style, text: &str) {
        self.hanging(indent, "", 0, style, text);
    }

    /// `head` (already styled, `head_width` columns wide) behind `indent` blanks, and next to it
    /// `text`, wrapped; the further lines start below the first word of the text.
    pub(super) fn hanging(&mut self, indent: usize, head: &str, head_width: usize, style: Style, text: &str) {
        let left = indent + head_width;
        for (index, line) in wrap(text, self.width.saturating_sub(left)).iter().enumerate() {
            let start = if index == 0 { format!("{:indent$}{head}", "") } else { format!("{:left$}", "") };
            // Blanks are not styled: an underlined or coloured margin is noise.
            let line = if line.is_empty() { String::new() } else { paint(style, line) };
            self.line(&(start + &line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_at_blanks_and_breaks_only_words_that_are_too_long() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a abcdefgh b", 4), ["a", "abcd", "efgh", "b"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(wrap("日本語 日本語", 6), ["日本語", "日本語"]);
        assert_eq!(cut("日本語", 5, false), "日本…");
    }

    #[test]
    fn cuts_with_a_mark_that_fits() {
        assert_eq!(cut("abcdef", 6, false), "abcdef");
        assert_eq!(cut("abcdef", 4, false), "abc…");
        assert_eq!(cut("abcdef", 5, true), "ab...");
        assert_eq!(cut("abcdef", 0, false), "");
    }

    #[test]
    fn long_sentences_survive_but_escapes_do_not() {
        let sentence = "word ".repeat(100);
        assert_eq!(clean(&sentence), sentence);
        assert_eq!(clean("a\u{1b}[31mb"), "a\u{FFFD}[31mb");
        let long = "x".repeat(300);
        assert_eq!(clean_uncut(&long), long);
        assert_eq!(clean_uncut("a\nb"), "a\u{FFFD}b");
    }

    #[test]
    fn a_hanging_paragraph_lines_up() {
        let mut page = Page::new(12);
        page.hanging(2, "next: ", 6, Style::new(), "a b c d");
        assert_eq!(page.finish(), "  next: a b\n        c d\n");
    }
}
