//! Walks over Python source without parsing it: strings, comments, brackets and line ends, and
//! the plain code between them.
//!
//! f-strings are walked as PEP 701 (Python 3.12) has them, which older f-strings also obey. Any
//! text can be walked, in linear time. Knows no statements and no grammar.

use crate::source::Span;

/// What the walk comes across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// Plain code: no string, bracket, comment or line end in it.
    Code(Span),
    /// A whole string literal that is no f-string, without its prefix; whether it is closed.
    Str(Span, bool),
    /// An opening bracket, or the `{` of a hole in an f-string.
    Open(usize),
    /// A closing bracket, or the `}` of a hole.
    Close(usize),
    /// The opening quotes of an f-string (or t-string).
    FString(usize),
    /// The end of an f-string, behind its closing quotes; whether it is closed.
    FStringEnd(usize, bool),
    /// A line end; whether it ends a logical line.
    Newline(usize, bool),
    /// A comment.
    Comment(usize),
    /// A backslash with the line end that it hides.
    Continuation(usize),
}

/// How the string that is walked over was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) byte: u8,
    pub(super) triple: bool,
    raw: bool,
}

/// Something that was opened and not yet closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// A bracket.
    Bracket,
    /// The literal part of an f-string.
    Text(Quote),
    /// The code in a hole of an f-string.
    Hole(Quote),
    /// The format specification in a hole.
    Spec(Quote),
}

/// A walk over one text.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    frames: Vec<Frame>,
    /// Code that has been passed and not yet been told.
    told: usize,
    next: Option<Event>,
}

/// Bytes that end a run of plain code.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let bytes = b"\"'#()[]{}\\\n\r";
    let mut i = 0;
    while i < bytes.len() {
        #[allow(clippy::indexing_slicing, reason = "a constant index below its own length")]
        {
            stops[bytes[i] as usize] = true;
        }
        i += 1;
    }
    stops
};

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: 0, frames: Vec::new(), told: 0, next: None }
    }

    /// What is open, outermost first.
    pub(super) fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Forgets what is open and goes on at `at`: what was before cannot be understood.
    pub(super) fn restart(&mut self, at: usize) {
        self.frames.clear();
        self.at = at;
        self.told = at;
        self.next = None;
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn in_hole(&self) -> bool {
        matches!(self.frames.last(), Some(Frame::Hole(_)))
    }

    /// The run of code before `self.at` comes first, then `event`.
    fn tell(&mut self, event: Event, upto: usize) -> Event {
        let code = Span::new(self.told, upto);
        self.told = self.at;
        if code.start < code.end {
            self.next = Some(event);
            Event::Code(code)
        } else {
            event
        }
    }

    fn code(&mut self) -> Option<Event> {
        let hole = self.in_hole();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let stop = |byte: &u8| STOPS.get(usize::from(*byte)).is_some_and(|stop| *stop) || (hole && *byte == b':');
            let Some(skipped) = rest.iter().position(stop) else {
                self.at = self.text.len();
                let code = Span::new(self.told, self.at);
                self.told = self.at;
                return (code.start < code.end).then_some(Event::Code(code));
            };
            self.at += skipped;
            let start = self.at;
            match self.peek(0)? {
                b'\n' | b'\r' => {
                    self.at += if rest.get(skipped..skipped + 2) == Some(b"\r\n") { 2 } else { 1 };
                    let logical = self.frames.is_empty();
                    return Some(self.tell(Event::Newline(start, logical), start));
                }
                b'#' => {
                    let line = self.text.get(start..).unwrap_or_default();
                    self.at += memchr::memchr2(b'\n', b'\r', line).unwrap_or(line.len());
                    return Some(self.tell(Event::Comment(start), start));
                }
                b'\\' => match (self.peek(1), self.peek(2)) {
                    (Some(b'\r'), Some(b'\n')) => {
                        self.at += 3;
                        return Some(self.tell(Event::Continuation(start), start));
                    }
                    (Some(b'\n' | b'\r'), _) => {
                        self.at += 2;
                        return Some(self.tell(Event::Continuation(start), start));
                    }
                    _ => self.at += 1,
                },
                b'(' | b'[' | b'{' => {
                    self.at += 1;
                    self.frames.push(Frame::Bracket);
                    return Some(self.tell(Event::Open(start), start));
                }
                byte @ (b')' | b']' | b'}') => {
                    self.at += 1;
                    match self.frames.last() {
                        Some(Frame::Hole(_)) if byte != b'}' => {}
                        None => {}
                        Some(_) => {
                            self.frames.pop();
                        }
                    }
                    return Some(self.tell(Event::Close(start), start));
                }
                b':' => {
                    self.at += 1;
                    if let Some(Frame::Hole(quote)) = self.frames.last() {
                        let quote = *quote;
                        self.frames.push(Frame::Spec(quote));
                    }
                    let upto = self.at;
                    let code = Span::new(self.told, upto);
                    self.told = upto;
                    return Some(Event::Code(code));
                }
                _ => return Some(self.string(start)),
            }
        }
    }

    fn string(&mut self, start: usize) -> Event {
        let byte = self.peek(0).unwrap_or(b'"');
        let triple = self.peek(1) == Some(byte) && self.peek(2) == Some(byte);
        let (formatted, raw) = prefix(self.text, start);
        let quote = Quote { byte, triple, raw };
        self.at += if triple { 3 } else { 1 };
        if formatted {
            self.frames.push(Frame::Text(quote));
            return self.tell(Event::FString(start), start);
        }
        let closed = self.skip_string(quote);
        self.tell(Event::Str(Span::new(start, self.at), closed), start)
    }

    /// Goes behind the closing quotes; an unclosed one-line string ends before the line end.
    fn skip_string(&mut self, quote: Quote) -> bool {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let found = if quote.triple {
                memchr::memchr2(quote.byte, b'\\', rest)
            } else {
                rest.iter().position(|b| *b == quote.byte || matches!(b, b'\\' | b'\n' | b'\r'))
            };
            let Some(found) = found else {
                self.at = self.text.len();
                return false;
            };
            self.at += found;
            match self.peek(0) {
                Some(b'\\') => self.at = self.behind_escape(),
                Some(b'\n' | b'\r') => return false,
                _ if !quote.triple => {
                    self.at += 1;
                    return true;
                }
                _ if self.closes(quote) => {
                    self.at += 3;
                    return true;
                }
                _ => self.at += 1,
            }
        }
    }

    /// The offset behind the backslash at `at` and what it escapes (a CRLF counts as one).
    fn behind_escape(&self) -> usize {
        let length = if self.peek(1) == Some(b'\r') && self.peek(2) == Some(b'\n') { 3 } else { 2 };
        (self.at + length).min(self.text.len())
    }

    fn closes(&self, quote: Quote) -> bool {
        let needed = if quote.triple { 3 } else { 1 };
        (0..needed).all(|ahead| self.peek(ahead) == Some(quote.byte))
    }

    /// The literal part of an f-string, or a format specification.
    fn literal(&mut self, quote: Quote, spec: bool) -> Event {
        loop {
            let Some(byte) = self.peek(0) else {
                self.leave_string();
                self.told = self.at;
                return Event::FStringEnd(self.at, false);
            };
            let start = self.at;
            match byte {
                b'\\' => match self.peek(1) {
                    Some(b'{' | b'}') => self.at += 1,
                    Some(b'N') if !quote.raw && self.peek(2) == Some(b'{') => {
                        let name = self.text.get(self.at..).unwrap_or_default();
                        let end = memchr::memchr3(b'}', b'\n', quote.byte, name).unwrap_or(name.len());
                        self.at += end + usize::from(name.get(end) == Some(&b'}'));
                    }
                    _ => self.at = self.behind_escape(),
                },
                b'{' if !spec && self.peek(1) == Some(b'{') => self.at += 2,
                b'{' => {
                    self.at += 1;
                    self.frames.push(Frame::Hole(quote));
                    self.told = self.at;
                    return Event::Open(start);
                }
                b'}' if spec => {
                    self.at += 1;
                    self.frames.pop();
                    self.frames.pop();
                    self.told = self.at;
                    return Event::Close(start);
                }
                b'\n' | b'\r' if !quote.triple => {
                    self.leave_string();
                    self.told = self.at;
                    return Event::FStringEnd(start, false);
                }
                _ if byte == quote.byte && self.closes(quote) => {
                    self.at += if quote.triple { 3 } else { 1 };
                    self.leave_string();
                    self.told = self.at;
                    return Event::FStringEnd(self.at, !spec);
                }
                _ => self.at += 1,
            }
        }
    }

    fn leave_string(&mut self) {
        while let Some(frame) = self.frames.pop() {
            if matches!(frame, Frame::Text(_)) {
                break;
            }
        }
    }
}

impl Iterator for Scanner<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.next.take() {
            return Some(event);
        }
        match self.frames.last() {
            Some(Frame::Text(quote)) => {
                let quote = *quote;
                Some(self.literal(quote, false))
            }
            Some(Frame::Spec(quote)) => {
                let quote = *quote;
                Some(self.literal(quote, true))
            }
            _ => self.code(),
        }
    }
}

/// Whether the prefix before the quote at `at` makes an f-string (or t-string), and a raw one.
fn prefix(text: &[u8], at: usize) -> (bool, bool) {
    let before = text.get(..at).unwrap_or_default();
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    let length = before.iter().rev().take(3).take_while(|byte| is_word(byte)).count();
    let word = before.get(at - length..).unwrap_or_default();
    let is = |prefixes: &[&str]| prefixes.iter().any(|prefix| word.eq_ignore_ascii_case(prefix.as_bytes()));
    (is(&["f", "t", "fr", "rf", "tr", "rt"]), is(&["r", "fr", "rf", "tr", "rt", "br", "rb"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(text: &str) -> Vec<&str> {
        Scanner::new(text)
            .filter_map(|event| match event {
                Event::Str(span, _) => text.get(span.start..span.end),
                _ => None,
            })
            .collect()
    }

    /// Whether everything that was opened is closed at the end.
    fn balanced(text: &str) -> bool {
        let mut scanner = Scanner::new(text);
        while scanner.next().is_some() {}
        scanner.frames().is_empty()
    }

    #[test]
    fn strings_of_all_kinds_are_passed_as_a_whole() {
        assert_eq!(
            strings(r#"a 'b"c' "d'e" r'\'' rb"\\" u'' '''x'y''' """#),
            [r#"'b"c'"#, r#""d'e""#, r"'\''", r#""\\""#, "''", "'''x'y'''", "\"\""]
        );
    }

    #[test]
    fn a_keyword_before_a_quote_is_no_prefix() {
        assert_eq!(strings("x if'{'else y"), ["'{'"]);
    }

    #[test]
    fn f_strings_nest_as_in_python_3_12() {
        assert!(balanced(r#"f"{x["a"]}" f'{x!r:>{width}}' f"{{}}" f"\N{DASH}" rf"\{x}" f"{f"{f"{1}"}"}""#));
        assert!(balanced("f'{\n x # }\n}'"));
        assert_eq!(strings(r#"f"{x["a"]}{'b'}""#), ["\"a\"", "'b'"]);
    }

    #[test]
    fn an_unclosed_one_line_string_ends_with_its_line() {
        assert_eq!(strings("x = 'a\ny = 'b'"), ["'a", "'b'"]);
        assert!(balanced("x = f'a\ny"));
    }

    #[test]
    fn a_hash_in_a_string_is_no_comment_and_a_quote_in_a_comment_no_string() {
        assert_eq!(strings("'#' # 'x'\n'y'"), ["'#'", "'y'"]);
    }
}
