//! Shell text to words and operators. Redirections and here-documents are left out.

use crate::source::Span;

/// A word, its quotes taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::deployment) struct Word {
    pub(in crate::deployment) text: String,
    pub(in crate::deployment) span: Span,
    /// Nothing of it was quoted.
    pub(super) is_plain: bool,
    /// Where its text starts in the file, when it stands there as it is.
    pub(in crate::deployment) inside: Option<usize>,
}

impl Word {
    /// A word that no shell has read: of a list such as `["alembic", "upgrade"]`.
    pub(in crate::deployment) fn given(text: String, span: Span, inside: Option<usize>) -> Self {
        Self { text, span, is_plain: false, inside }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(Word),
    Operator(&'static str, Span),
}

impl Token {
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Word(word) => word.span,
            Self::Operator(_, span) => *span,
        }
    }
}

const OPERATORS: [&str; 9] = ["&&", "||", ";;", ";", "|", "&", "(", ")", "\n"];

pub(super) fn tokens(text: &str, offset: usize, fold: bool) -> Vec<Token> {
    let mut lexer = Lexer { text, offset, fold, at: 0, tokens: Vec::new(), documents: Vec::new() };
    while lexer.at < text.len() {
        lexer.next();
    }
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    offset: usize,
    fold: bool,
    at: usize,
    tokens: Vec<Token>,
    /// The here-documents that start at the next line.
    documents: Vec<String>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) {
        let rest = self.rest();
        if rest.starts_with("\\\n") || rest.starts_with("\\\r\n") {
            self.at += rest.find('\n').unwrap_or(0) + 1;
            return;
        }
        let Some(first) = rest.chars().next() else { return };
        if first == '\n' && self.fold || first != '\n' && first.is_whitespace() {
            self.at += first.len_utf8();
            return;
        }
        if first == '#' {
            self.at += rest.find('\n').unwrap_or(rest.len());
            return;
        }
        if self.redirection() {
            return;
        }
        let operator = OPERATORS.iter().find(|operator| self.rest().starts_with(*operator));
        if let Some(operator) = operator {
            let span = Span::new(self.at, self.at + operator.len()).shifted(self.offset);
            self.tokens.push(Token::Operator(operator, span));
            self.at += operator.len();
            if *operator == "\n" {
                self.skip_documents();
            }
            return;
        }
        let word = self.word();
        self.tokens.push(Token::Word(word));
    }

    /// `2>&1`, `>> log`, `<<EOF`, `&> log`
    fn redirection(&mut self) -> bool {
        let rest = self.rest();
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_both = rest.starts_with("&>");
        if !behind.starts_with(['<', '>']) && !is_both {
            return false;
        }
        // `<( … )` stands for a file.
        if rest.starts_with("<(") || rest.starts_with(">(") {
            return false;
        }
        let operators = behind.trim_start_matches('&');
        let after = operators.trim_start_matches(['<', '>', '|']);
        let arrows = operators.get(..operators.len() - after.len()).unwrap_or_default();
        let is_document = arrows == "<<";
        let after = if is_document { after.strip_prefix('-').unwrap_or(after) } else { after };
        let after = after.strip_prefix('&').unwrap_or(after);
        let target = after.trim_start_matches([' ', '\t']);
        self.at = self.text.len() - target.len();
        let ends = |c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&' | ')' | '(' | '<' | '>');
        if !target.is_empty() && !target.starts_with(ends) {
            let word = self.word();
            if is_document {
                self.documents.push(word.text);
            }
        }
        true
    }

    fn skip_documents(&mut self) {
        for end in std::mem::take(&mut self.documents) {
            while self.at < self.text.len() {
                let rest = self.rest();
                let line = rest.split('\n').next().unwrap_or_default();
                let is_end = line.trim() == end;
                self.at = (self.at + line.len() + 1).min(self.text.len());
                if is_end {
                    break;
                }
            }
        }
    }

    fn word(&mut self) -> Word {
        let start = self.at;
        let mut text = String::new();
        let mut is_plain = true;
        while let Some(c) = self.rest().chars().next() {
            match c {
                '\'' => {
                    is_plain = false;
                    self.at += 1;
                    let inside = self.rest();
                    let end = inside.find('\'').unwrap_or(inside.len());
                    text.push_str(inside.get(..end).unwrap_or_default());
                    self.at = (self.at + end + 1).min(self.text.len());
                }
                '"' => {
                    is_plain = false;
                    self.at += 1;
                    self.double_quoted(&mut text);
                }
                '\\' => {
                    is_plain = false;
                    self.at += 1;
                    let Some(next) = self.rest().chars().next() else { break };
                    self.at += next.len_utf8();
                    if next != '\n' {
                        text.push(next);
                    }
                }
                '$' | '`' | '<' | '>' if self.substitution(&mut text) => {}
                c if c.is_whitespace() || matches!(c, ';' | '|' | '&' | '(' | ')' | '<' | '>') => break,
                c => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        if self.at == start {
            // A character that starts no word: go on behind it.
            self.at += self.rest().chars().next().map_or(1, char::len_utf8);
        }
        let written = self.text.get(start..self.at).unwrap_or_default();
        let unquoted = written.strip_prefix(['"', '\'']).and_then(|written| written.strip_suffix(['"', '\'']));
        let inside = if written == text {
            Some(start + self.offset)
        } else {
            (unquoted == Some(text.as_str())).then_some(start + 1 + self.offset)
        };
        Word { text, span: Span::new(start, self.at).shifted(self.offset), is_plain, inside }
    }

    fn double_quoted(&mut self, text: &mut String) {
        while let Some(c) = self.rest().chars().next() {
            match c {
                '"' => {
                    self.at += 1;
                    return;
                }
                '\\' => {
                    self.at += 1;
                    let Some(next) = self.rest().chars().next() else { return };
                    self.at += next.len_utf8();
                    match next {
                        '\n' => {}
                        '"' | '\\' | '$' | '`' => text.push(next),
                        _ => text.extend(['\\', next]),
                    }
                }
                '$' | '`' if self.substitution(text) => {}
                c => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    /// `$( … )`, `${ … }`, backquotes: kept as they stand.
    fn substitution(&mut self, text: &mut String) -> bool {
        let rest = self.rest();
        let end = if rest.starts_with("$(") || rest.starts_with("<(") || rest.starts_with(">(") {
            balanced(rest, '(', ')')
        } else if rest.starts_with("${") {
            balanced(rest, '{', '}')
        } else if rest.starts_with('`') {
            rest.get(1..).and_then(|inside| inside.find('`')).map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with('$') {
            1
        } else {
            return false;
        };
        text.push_str(rest.get(..end).unwrap_or(rest));
        self.at += end.min(self.text.len() - self.at);
        true
    }
}

/// Where the bracket that `text` opens is closed.
fn balanced(text: &str, open: char, close: char) -> usize {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at + c.len_utf8();
            }
        }
    }
    text.len()
}
