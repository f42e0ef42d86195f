//! rustpython-parser's errors in the words of CPython, as far as it has any.

use rustpython_parser::lexer::LexicalErrorType;
use rustpython_parser::{ParseError, ParseErrorType, Tok};

use super::SyntaxError;
use super::newer::newer_syntax;

impl SyntaxError {
    pub(super) fn new(message: impl Into<String>, offset: usize) -> Self {
        Self { message: message.into(), offset, maybe_newer_python: false }
    }
}

/// The error of parsing `text`, its offset in `text`.
pub(super) fn in_plain_words(error: &ParseError, text: &str) -> SyntaxError {
    let mut offset = usize::from(error.offset).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let message = match &error.error {
        ParseErrorType::Lexical(kind) => lexical(kind, text, offset),
        ParseErrorType::Eof => "the file ends in the middle of a statement".to_owned(),
        ParseErrorType::UnrecognizedToken(Tok::Indent, _) => "unexpected indent".to_owned(),
        ParseErrorType::UnrecognizedToken(_, Some(expected)) if expected == "Indent" => {
            "expected an indented block".to_owned()
        }
        ParseErrorType::UnrecognizedToken(Tok::EndOfFile, _) => "the file ends in the middle of a statement".to_owned(),
        ParseErrorType::UnrecognizedToken(Tok::Newline | Tok::Dedent, _) => "the statement is not complete".to_owned(),
        ParseErrorType::UnrecognizedToken(..) | ParseErrorType::ExtraToken(_) | ParseErrorType::InvalidToken => {
            "invalid syntax".to_owned()
        }
    };
    let maybe_newer_python = newer_syntax(text).is_some_and(|newer| newer <= offset);
    SyntaxError { message, offset, maybe_newer_python }
}

fn lexical(kind: &LexicalErrorType, text: &str, offset: usize) -> String {
    match kind {
        LexicalErrorType::Eof => {
            let in_string = super::scan::Scanner::new(text).any(|event| {
                matches!(event, super::scan::Event::Str(_, false) | super::scan::Event::FStringEnd(_, false))
            });
            if in_string { "unterminated triple-quoted string literal" } else { "a bracket is never closed" }.to_owned()
        }
        LexicalErrorType::StringError => "unterminated string literal".to_owned(),
        LexicalErrorType::UnicodeError => "a string has a malformed escape sequence".to_owned(),
        LexicalErrorType::NestingError => "a closing bracket has no opening one".to_owned(),
        LexicalErrorType::IndentationError => "unindent does not match any outer indentation level".to_owned(),
        LexicalErrorType::TabError | LexicalErrorType::TabsAfterSpaces => {
            "inconsistent use of tabs and spaces in indentation".to_owned()
        }
        LexicalErrorType::FStringError(_) => "invalid f-string".to_owned(),
        LexicalErrorType::LineContinuationError => "unexpected character after a backslash".to_owned(),
        LexicalErrorType::UnrecognizedToken { .. } => "a character that cannot stand in code".to_owned(),
        LexicalErrorType::OtherError(message) if message.contains("EOL") => "unterminated string literal".to_owned(),
        LexicalErrorType::OtherError(_) if digit_at(text, offset) => "invalid number".to_owned(),
        LexicalErrorType::DefaultArgumentError
        | LexicalErrorType::DuplicateArgumentError(_)
        | LexicalErrorType::PositionalArgumentError
        | LexicalErrorType::UnpackedArgumentError
        | LexicalErrorType::DuplicateKeywordArgumentError(_)
        | LexicalErrorType::OtherError(_) => lower_first(&kind.to_string()),
    }
}

fn digit_at(text: &str, offset: usize) -> bool {
    text.get(..offset).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()))
}

fn lower_first(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
