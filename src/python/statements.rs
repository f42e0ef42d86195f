//! Cuts a module into its top-level statements by lines and indentation, without parsing.
//!
//! Merge conflict markers are pieces of their own: they are no Python, and what stands between
//! them is only half of the truth.

use super::scan::{Event, Frame, Scanner};
use super::{Piece, PieceKind};
use crate::source::Span;

/// See [`super::statements()`].
pub(super) fn statements(text: &str) -> Vec<Piece> {
    let mut cutter = Cutter { text: text.as_bytes(), pieces: Vec::new(), in_line: false, decorated: false };
    let mut scanner = Scanner::new(text);
    if let Some(marker) = cutter.marker_at(0) {
        cutter.mark(0, marker);
        scanner.restart(marker);
    }
    while let Some(event) = scanner.next() {
        match event {
            Event::Code(span) => {
                if let Some(start) = cutter.first_byte(span) {
                    cutter.begin(start);
                    cutter.extend(span.end);
                }
            }
            Event::Str(span, _) => {
                cutter.begin(span.start);
                cutter.extend(span.end);
            }
            Event::Open(at) | Event::Close(at) | Event::FString(at) => {
                cutter.begin(at);
                cutter.extend(at + 1);
            }
            Event::FStringEnd(end, _) => cutter.extend(end),
            Event::Comment(_) => {}
            // What follows takes the backslash along; before an empty line it means nothing.
            Event::Continuation(_) => {}
            Event::Newline(at, logical) => {
                if logical {
                    cutter.in_line = false;
                }
                let next = at + if cutter.text.get(at..at + 2) == Some(b"\r\n") { 2 } else { 1 };
                if let Some(end) = cutter.marker_at(next) {
                    cutter.mark(next, end);
                    scanner.restart(end);
                } else if !logical && in_code(scanner.frames()) && cutter.must_start_statement(next) {
                    // A bracket above was never closed: lose one statement, not all.
                    cutter.in_line = false;
                    scanner.restart(next);
                }
            }
        }
    }
    // At the end of the file nothing may follow a backslash, which only the parser can tell.
    if cutter.in_line && text.trim_ascii_end().ends_with('\\') {
        cutter.extend(text.len());
    }
    cutter.pieces
}

fn in_code(frames: &[Frame]) -> bool {
    !matches!(frames.last(), Some(Frame::Text(_) | Frame::Spec(_)))
}

struct Cutter<'a> {
    text: &'a [u8],
    pieces: Vec<Piece>,
    /// Whether a logical line has begun.
    in_line: bool,
    /// Whether the last line was a decorator.
    decorated: bool,
}

impl Cutter<'_> {
    fn first_byte(&self, span: Span) -> Option<usize> {
        let code = self.text.get(span.start..span.end)?;
        code.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c')).map(|at| span.start + at)
    }

    /// A logical line begins at `start`, unless one has.
    fn begin(&mut self, start: usize) {
        if self.in_line {
            return;
        }
        self.in_line = true;
        let word = word_at(self.text, start);
        let goes_on = match self.pieces.last() {
            Some(last) if last.kind == PieceKind::Statement => {
                self.decorated
                    || self.is_indented(start)
                    || (matches!(word, b"else" | b"elif" | b"except" | b"finally") && has_clauses(self.text, last))
            }
            _ => false,
        };
        if !self.is_indented(start) {
            self.decorated = self.text.get(start) == Some(&b'@');
        }
        if !goes_on {
            // Blanks that nothing calls for stay in, so that the parser refuses them as Python does.
            let from = if self.is_indented(start) { self.line_start(start) } else { start };
            self.pieces.push(Piece { span: Span::new(from, start), kind: PieceKind::Statement });
        }
    }

    fn extend(&mut self, end: usize) {
        if let Some(last) = self.pieces.last_mut() {
            let code = self.text.get(last.span.start..end.min(self.text.len())).unwrap_or_default();
            let blanks = code.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
            last.span.end = last.span.end.max(last.span.start + code.len() - blanks);
        }
    }

    /// Whether blanks stand between the line's start and `start`; a form feed starts anew.
    fn is_indented(&self, start: usize) -> bool {
        let before = self.text.get(..start).unwrap_or_default();
        matches!(before.last(), Some(b' ' | b'\t'))
    }

    fn line_start(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        at - before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    fn mark(&mut self, start: usize, end: usize) {
        self.in_line = false;
        self.decorated = false;
        self.pieces.push(Piece { span: Span::new(start, end), kind: PieceKind::ConflictMarker });
    }

    /// The end of the merge conflict marker that starts at `at`, if one does.
    fn marker_at(&self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        let first = *rest.first().filter(|byte| matches!(byte, b'<' | b'|' | b'=' | b'>'))?;
        if rest.iter().take_while(|byte| **byte == first).count() != 7 {
            return None;
        }
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let followed = rest.get(7..end)?;
        let marks = match first {
            b'=' => followed.trim_ascii().is_empty(),
            _ => followed.first().is_none_or(|byte| *byte == b' '),
        };
        marks.then_some(at + end)
    }

    /// Whether the line at `at` begins with a keyword that cannot stand inside brackets.
    fn must_start_statement(&self, at: usize) -> bool {
        matches!(
            word_at(self.text, at),
            b"def" | b"class" | b"import" | b"while" | b"try" | b"with" | b"return" | b"raise" | b"del" | b"global"
        )
    }
}

/// The word that starts at `at`; empty if none does.
fn word_at(text: &[u8], at: usize) -> &[u8] {
    let rest = text.get(at..).unwrap_or_default();
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    rest.get(..length).unwrap_or_default()
}

fn has_clauses(text: &[u8], piece: &Piece) -> bool {
    matches!(word_at(text, piece.span.start), b"if" | b"while" | b"for" | b"try" | b"async" | b"with" | b"match")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        statements(text).iter().map(|piece| text.get(piece.span.start..piece.span.end).unwrap()).collect()
    }

    #[test]
    fn lines_are_statements_and_comments_are_none() {
        assert_eq!(cut("# a\n\nx = 1  # b\n  # c\ny = 2"), ["x = 1", "y = 2"]);
    }

    #[test]
    fn a_statement_ends_where_its_brackets_strings_and_backslashes_end() {
        assert_eq!(
            cut("x = (\n1,\n# (\n)\ny = '''\nz = 1\n'''\na = \\\n  b\nc"),
            ["x = (\n1,\n# (\n)", "y = '''\nz = 1\n'''", "a = \\\n  b", "c"]
        );
    }

    #[test]
    fn blocks_clauses_and_decorators_belong_to_their_statement() {
        assert_eq!(
            cut("if a:\n  b\n\nelif c:\n  d\nelse:\n  e\ntry: a\nexcept B: c\nfinally: d\nx"),
            ["if a:\n  b\n\nelif c:\n  d\nelse:\n  e", "try: a\nexcept B: c\nfinally: d", "x"]
        );
        assert_eq!(cut("@a(\n1)\n# c\n@b\ndef f():\n\tpass\nx"), ["@a(\n1)\n# c\n@b\ndef f():\n\tpass", "x"]);
    }

    #[test]
    fn all_line_ends_and_form_feeds_are_known() {
        assert_eq!(cut("x = 1\r\ny = (\r\n2)\r\n"), ["x = 1", "y = (\r\n2)"]);
        assert_eq!(cut("x = 1\ry = 2\r"), ["x = 1", "y = 2"]);
        assert_eq!(cut("x = 1\n\x0cy = 2"), ["x = 1", "y = 2"]);
    }

    #[test]
    fn a_backslash_before_an_empty_line_means_nothing() {
        assert_eq!(cut("x = a\\\n\ny = \\\n 1"), ["x = a", "y = \\\n 1"]);
        assert_eq!(cut("x = a\\\n"), ["x = a\\\n"]);
    }

    #[test]
    fn f_strings_of_python_3_12_do_not_hide_what_follows() {
        assert_eq!(cut("x = f\"{y[\"a\"]}\"\nz = f'{\n1\n}'\nw"), ["x = f\"{y[\"a\"]}\"", "z = f'{\n1\n}'", "w"]);
    }

    #[test]
    fn indentation_without_a_block_stays_visible() {
        assert_eq!(cut("  x = 1\ny"), ["  x = 1", "y"]);
    }

    #[test]
    fn conflict_markers_are_pieces_of_their_own() {
        let text = "a = 1\n<<<<<<< HEAD\nb = 2\n||||||| base\nb = 1\n=======\nb = (\n>>>>>>> x\nc = 3";
        let pieces = statements(text);
        assert_eq!(
            cut(text),
            ["a = 1", "<<<<<<< HEAD", "b = 2", "||||||| base", "b = 1", "=======", "b = (", ">>>>>>> x", "c = 3"]
        );
        assert_eq!(pieces.iter().filter(|piece| piece.kind == PieceKind::ConflictMarker).count(), 4);
        assert_eq!(cut("'''\n=======\n'''"), ["'''\n=======\n'''"]);
    }

    #[test]
    fn an_unclosed_bracket_loses_one_statement() {
        assert_eq!(cut("x = (1,\nimport a\ny = 2"), ["x = (1,", "import a", "y = 2"]);
        assert_eq!(cut("x = 'a\ny = 2"), ["x = 'a", "y = 2"]);
    }

    #[test]
    fn a_million_open_brackets_take_linear_time() {
        assert_eq!(statements(&"(\n".repeat(1_000_000)).len(), 1);
        assert_eq!(statements(&"f'{x:".repeat(500_000)).len(), 1);
        assert_eq!(statements(&"x\n".repeat(500_000)).len(), 500_000);
    }
}
