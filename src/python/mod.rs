//! Python source to syntax: the only user of rustpython-parser, and no other module needs to
//! know that. It knows nothing of Alembic.
//!
//! [`statements()`] cuts a module into its top-level statements without parsing; [`parse`] parses
//! one such piece, or a whole module. So a statement that cannot be parsed hides nothing of the
//! others, and who needs only a few assignments pays only for those.

pub mod ast;

mod canonical;
mod canonical_expr;
mod convert;
mod convert_statement;
mod error;
mod handlers;
mod limits;
mod literal;
mod newer;
mod scan;
mod statements;

use rustpython_parser::Parse;

use crate::source::Span;

pub use canonical::Definition;
pub use handlers::suppresses;

/// Why a piece of Python could not be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// In plain words.
    pub message: String,
    /// Byte offset in the text that was given.
    pub offset: usize,
    /// Whether the parser may only be too old: the text has syntax of Python 3.12 or later that
    /// rustpython-parser does not know, at the error or before it. It is then no proof that the
    /// file is broken.
    pub maybe_newer_python: bool,
}

/// A top-level statement (a logical line with the block that belongs to it), not parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where it is; includes the indented block below a compound statement and its
    /// `else`/`except`/… clauses, and the decorators above a function or class.
    pub span: Span,
    /// Whether it is Python at all.
    pub kind: PieceKind,
}

/// What a [`Piece`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// A statement, or what cannot be understood.
    Statement,
    /// A line that git left in a file with a merge conflict (`<<<<<<<`, `|||||||`, `=======`,
    /// `>>>>>>>`), outside of strings.
    ConflictMarker,
}

/// Cuts a module into its top-level statements. Never fails: what cannot be understood becomes
/// part of some piece, whose parse then fails.
pub fn statements(text: &str) -> Vec<Piece> {
    statements::statements(text)
}

/// The comments of a module, from the `#` to the end of the line.
pub fn comments(text: &str) -> Vec<Span> {
    let line_end = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.find(['\n', '\r']).unwrap_or(rest.len())
    };
    let comment = |event| match event {
        scan::Event::Comment(start) => Some(Span::new(start, line_end(start))),
        _ => None,
    };
    scan::Scanner::new(text).filter_map(comment).collect()
}

/// Parses `text`; all spans are shifted by `offset`.
///
/// Nesting that could exhaust the stack is refused first, so that this never aborts on a
/// thread with [`STACK`] bytes.
///
/// # Errors
/// The first syntax error, with its offset shifted too.
pub fn parse(text: &str, offset: usize) -> Result<Vec<ast::Stmt>, SyntaxError> {
    if let Some(statement) = literal::statement(text, offset) {
        return Ok(vec![statement]);
    }
    Ok(convert_statement::Converter::new(text, offset).suite(suite(text, offset)?))
}

/// What a module defines at its top level, each in a form that stays the same however it is written.
///
/// To be called on a thread with [`STACK`] bytes if the text is not trusted.
///
/// # Errors
/// The first syntax error.
pub fn definitions(text: &str) -> Result<Vec<Definition>, SyntaxError> {
    Ok(canonical::definitions(&suite(text, 0)?))
}

fn suite(text: &str, offset: usize) -> Result<rustpython_parser::ast::Suite, SyntaxError> {
    let shifted = |error: SyntaxError| SyntaxError { offset: error.offset + offset, ..error };
    if text.len() > LONGEST {
        return Err(SyntaxError::new("is too large to be parsed", offset));
    }
    limits::refuse(text).map_err(shifted)?;
    rustpython_parser::ast::Suite::parse(text, "").map_err(|error| shifted(error::in_plain_words(&error, text)))
}

/// The stack, in bytes, that [`parse`] and walks over its result may need.
pub const STACK: usize = 64 << 20;

/// Bytes that [`parse`] accepts: the parser counts in 32 bits.
const LONGEST: usize = 1 << 30;

#[cfg(test)]
mod tests;
