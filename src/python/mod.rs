//! Python source to syntax: the only user of rustpython-parser, and no other module needs to
//! know that. It knows nothing of Alembic.
//!
//! [`statements`] cuts a module into its top-level statements without parsing; [`parse`] parses
//! one such piece, or a whole module. So a statement that cannot be parsed hides nothing of the
//! others, and who needs only a few assignments pays only for those.

pub mod ast;

use crate::source::Span;

/// Why a piece of Python could not be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// In plain words.
    pub message: String,
    /// Byte offset in the text that was given.
    pub offset: usize,
}

/// A top-level statement (a logical line with the block that belongs to it), not parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where it is; includes the indented block below a compound statement and its
    /// `else`/`except`/… clauses, and the decorators above a function or class.
    pub span: Span,
}

/// Cuts a module into its top-level statements. Never fails: what cannot be understood becomes
/// part of some piece, whose parse then fails.
pub fn statements(_text: &str) -> Vec<Piece> {
    todo!()
}

/// Parses `text`; all spans are shifted by `offset`.
///
/// Nesting that could exhaust the stack is refused first, so that this never aborts on a
/// thread with [`STACK`] bytes.
///
/// # Errors
/// The first syntax error, with its offset shifted too.
pub fn parse(_text: &str, _offset: usize) -> Result<Vec<ast::Stmt>, SyntaxError> {
    todo!()
}

/// The stack, in bytes, that [`parse`] and walks over its result may need.
pub const STACK: usize = 64 << 20;
