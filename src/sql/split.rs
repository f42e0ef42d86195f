//! One text to the statements in it.

use super::scan::{Token, token};
use crate::source::Span;

/// What stands between two semicolons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// From its first to its last token; comments around it are left out.
    pub(super) span: Span,
    /// Why the parser need not look at it.
    pub(super) refused: Option<Refused>,
}

/// Why a piece is no statement that PostgreSQL could be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// A command of psql such as `\connect`.
    PsqlCommand,
    /// The rows that follow `COPY … FROM stdin` in a dump.
    CopyData,
    /// Nested so deeply that the parser could exhaust the stack.
    TooDeep,
}

/// How much nesting is parsed; see `Depth`. Measured: a debug build overflows a stack of 2 MiB at
/// 200 to 500 brackets, at 1,000 to 3,000 prefix operators, and above 3,000 terms.
const DEEPEST: usize = 5_000;
const BRACKET: usize = 25;
const OPERATOR: usize = 5;

/// All pieces, in order. Nothing but blanks, comments and semicolons is left out.
pub(super) fn split(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some((piece, end)) = piece(text, at) {
        at = end;
        let Some(piece) = piece else { continue };
        pieces.push(piece);
        if let Some(data) = copy_data(text, piece.span, end) {
            at = data.end;
            pieces.push(Piece { span: data, refused: Some(Refused::CopyData) });
        }
    }
    pieces
}

/// The piece that begins at `at` (none between two semicolons) and where it ends.
fn piece(text: &str, at: usize) -> Option<(Option<Piece>, usize)> {
    token(text, at)?;
    let mut span: Option<Span> = None;
    let mut depth = Depth::default();
    let mut body = Body::default();
    let mut end = at;
    while let Some((kind, next)) = token(text, end) {
        let here = Span::new(end, next);
        end = next;
        match kind {
            Token::Blank | Token::Comment => continue,
            Token::Backslash if span.is_none() => {
                let line = text.get(here.start..).unwrap_or_default().lines().next().unwrap_or_default().trim_end();
                let span = Span::new(here.start, here.start + line.len().max(1));
                return Some((Some(Piece { span, refused: Some(Refused::PsqlCommand) }), span.end));
            }
            Token::Semicolon if depth.is_outside() && !body.is_open() => break,
            Token::Word => body.word(text.get(here.start..here.end).unwrap_or_default()),
            _ => body.other(),
        }
        depth.token(kind);
        let start = span.map_or(here.start, |span| span.start);
        span = Some(Span::new(start, here.end));
    }
    let refused = (depth.deepest > DEEPEST).then_some(Refused::TooDeep);
    Some((span.map(|span| Piece { span, refused }), end))
}

/// An upper bound of how deep the syntax tree can become: everything since the last comma counts,
/// in this bracket and in those around it.
#[derive(Default)]
struct Depth {
    /// The count in each open bracket, outermost first.
    open: Vec<usize>,
    /// The count since the last comma in the innermost.
    here: usize,
    /// The sum of `open`.
    below: usize,
    deepest: usize,
}

impl Depth {
    fn token(&mut self, kind: Token) {
        match kind {
            Token::Open => {
                self.open.push(self.here);
                self.below += self.here + BRACKET;
                self.here = 0;
            }
            Token::Close => {
                if let Some(outer) = self.open.pop() {
                    self.below -= outer + BRACKET;
                    // A chain of subscripts or calls is as deep as it is long.
                    self.here = outer + 1;
                }
            }
            Token::Comma | Token::Semicolon => self.here = 0,
            Token::Operator => self.here += OPERATOR,
            _ => self.here += 1,
        }
        self.deepest = self.deepest.max(self.here + self.below);
    }

    fn is_outside(&self) -> bool {
        self.open.is_empty()
    }
}

/// A function body that is written as SQL: `BEGIN ATOMIC … END`.
#[derive(Default)]
struct Body {
    begin: bool,
    open: usize,
}

impl Body {
    fn word(&mut self, word: &str) {
        let is = |expected: &str| word.eq_ignore_ascii_case(expected);
        if self.open > 0 {
            if is("case") {
                self.open += 1;
            } else if is("end") {
                self.open -= 1;
            }
        } else if self.begin && is("atomic") {
            self.open = 1;
        }
        self.begin = is("begin");
    }

    fn other(&mut self) {
        self.begin = false;
    }

    fn is_open(&self) -> bool {
        self.open > 0
    }
}

/// The rows after a `COPY … FROM stdin;`, up to and with the line `\.`.
fn copy_data(text: &str, statement: Span, after: usize) -> Option<Span> {
    let words = text.get(statement.start..statement.end)?.to_ascii_lowercase();
    let mut words = words.split_ascii_whitespace();
    if words.next() != Some("copy") || !words.any(|word| word == "stdin") {
        return None;
    }
    let rest = text.get(after..)?;
    let mut at = after;
    let mut start = None;
    for line in rest.split_inclusive('\n') {
        if start.is_none() && at > after {
            start = Some(at);
        }
        if line.trim_end() == "\\." {
            return Some(Span::new(start.unwrap_or(at), at + 2));
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|piece| text.get(piece.span.start..piece.span.end).unwrap()).collect()
    }

    #[test]
    fn semicolons_inside_of_something_end_nothing() {
        assert_eq!(
            texts("-- a; b\nSELECT ';', E'\\';', \"a;\", $$ ; $$, $x$ $$; $x$ /* ; /* ; */ ; */ ;; SELECT 2 -- end"),
            ["SELECT ';', E'\\';', \"a;\", $$ ; $$, $x$ $$; $x$", "SELECT 2"]
        );
        assert_eq!(texts("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3").len(), 2);
        let body = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END";
        assert_eq!(texts(&format!("{body}; BEGIN; COMMIT")), [body, "BEGIN", "COMMIT"]);
        assert_eq!(texts(" ;; -- nothing\n;"), [""; 0]);
    }

    #[test]
    fn what_is_psqls_is_told_apart() {
        let dump = "\\connect shop\nCOPY t (a) FROM stdin;\n1\tit's; two\n\\.\n\nSELECT 1;";
        let refused: Vec<_> = split(dump).into_iter().map(|piece| piece.refused).collect();
        assert_eq!(refused, [Some(Refused::PsqlCommand), None, Some(Refused::CopyData), None]);
        assert_eq!(texts(dump), ["\\connect shop", "COPY t (a) FROM stdin", "1\tit's; two\n\\.", "SELECT 1"]);
        assert_eq!(texts("COPY t FROM stdin; SELECT 1").len(), 2);
    }

    #[test]
    fn unclosed_quotes_reach_to_the_end() {
        for text in ["SELECT 'a; SELECT 2", "SELECT $$ a; SELECT 2", "SELECT \"a;", "SELECT e'\\"] {
            assert_eq!(texts(text), [text]);
        }
        assert_eq!(texts("SELECT 1 /* a; SELECT 2"), ["SELECT 1"]);
    }

    #[test]
    fn deep_nesting_is_refused_and_long_lists_are_not() {
        let refused = |text: String| split(&text).iter().any(|piece| piece.refused.is_some());
        for (open, close) in [("(", ")"), ("f(", ")"), ("[", "]"), ("- ", ""), ("not ", "")] {
            assert!(refused(format!("SELECT {}1{}", open.repeat(6_000), close.repeat(6_000))), "{open}");
        }
        for chain in ["+1", "[1]", ".a", " AND a", " UNION SELECT 1", " JOIN b ON true"] {
            assert!(refused(format!("SELECT a{}", chain.repeat(6_000))), "{chain}");
        }
        assert!(!refused(format!("INSERT INTO t VALUES (1){}", ", (-1, f(2), 'x')".repeat(10_000))));
        assert!(!refused("SELECT 1;".repeat(10_000)));
    }
}
