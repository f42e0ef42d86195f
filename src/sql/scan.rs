//! The lexical half of SQL: where strings, comments and words are.
//!
//! Squawk's lexer is not used for this, because what follows a psql command or `COPY … FROM stdin`
//! is not SQL, and would shift everything after it.

/// A piece of text that matters for where statements end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// Letters and digits: a word or a number.
    Word,
    /// A string, a quoted identifier, a dollar-quoted body.
    Quoted,
    /// `(` or `[`.
    Open,
    /// `)` or `]`.
    Close,
    /// `,`.
    Comma,
    /// `;`.
    Semicolon,
    /// `\`, which only psql understands.
    Backslash,
    /// Any other single character.
    Operator,
    /// A comment.
    Comment,
    /// Blanks.
    Blank,
}

/// The token at `at`, and where it ends. None at the end of the text.
pub(super) fn token(text: &str, at: usize) -> Option<(Token, usize)> {
    let rest = text.get(at..)?;
    let bytes = rest.as_bytes();
    let first = *bytes.first()?;
    let (token, length) = match first {
        b'\'' => (Token::Quoted, quoted(bytes, b'\'', false)),
        b'"' => (Token::Quoted, quoted(bytes, b'"', false)),
        b'e' | b'E' if bytes.get(1) == Some(&b'\'') => {
            (Token::Quoted, 1 + quoted(bytes.get(1..).unwrap_or_default(), b'\'', true))
        }
        b'$' => dollar(rest),
        b'-' if bytes.starts_with(b"--") => (Token::Comment, rest.find('\n').unwrap_or(rest.len())),
        b'/' if bytes.starts_with(b"/*") => (Token::Comment, block_comment(bytes)),
        b'(' | b'[' => (Token::Open, 1),
        b')' | b']' => (Token::Close, 1),
        b',' => (Token::Comma, 1),
        b';' => (Token::Semicolon, 1),
        b'\\' => (Token::Backslash, 1),
        _ if is_word(first) => {
            (Token::Word, bytes.iter().position(|b| !is_word(*b) && *b != b'$').unwrap_or(bytes.len()))
        }
        _ if first.is_ascii_whitespace() => {
            (Token::Blank, bytes.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(bytes.len()))
        }
        _ => (Token::Operator, 1),
    };
    Some((token, at + length))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// The length of a quoted piece. A doubled quote closes and opens again, which comes to the same.
fn quoted(bytes: &[u8], quote: u8, escapes: bool) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if *byte == quote {
            return at;
        }
        if escapes && *byte == b'\\' {
            at += 1;
        }
    }
    bytes.len()
}

/// `$$ … $$`, `$tag$ … $tag$`, or a parameter such as `$1`.
fn dollar(rest: &str) -> (Token, usize) {
    let inner = rest.get(1..).unwrap_or_default();
    let tag = inner.bytes().take_while(|b| is_word(*b)).count();
    let is_tag = inner.as_bytes().get(tag) == Some(&b'$') && !inner.starts_with(|c: char| c.is_ascii_digit());
    if !is_tag {
        return (Token::Word, 1 + tag);
    }
    let delimiter = rest.get(..tag + 2).unwrap_or_default();
    let body = rest.get(tag + 2..).unwrap_or_default();
    (Token::Quoted, body.find(delimiter).map_or(rest.len(), |end| end + 2 * delimiter.len()))
}

/// Comments nest in PostgreSQL.
fn block_comment(bytes: &[u8]) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(two) = bytes.get(at..at + 2) {
        match two {
            b"/*" => depth += 1,
            b"*/" => depth = depth.saturating_sub(1),
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}
