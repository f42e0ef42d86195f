//! What Python's configparser says about a file, in its own words.

use crate::source::Span;

/// An error that Python would raise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct IniError {
    /// The name of Python's exception.
    pub kind: &'static str,
    /// Python's own text.
    pub message: String,
    /// Where in the ini file.
    pub span: Span,
}

impl IniError {
    pub(super) fn new(kind: &'static str, message: String, span: Span) -> Self {
        Self { kind, message, span }
    }
}
