//! Where a text stands in the Python file.

use crate::operation::model::Operation;
use crate::source::{SourceFile, Span};

/// The part of a string literal that is the text, letter by letter. None where Python's escapes,
/// several literals side by side or parameters stand between the two.
pub(super) fn literal(source: &SourceFile, operation: &Operation, text: &str) -> Option<Span> {
    let Operation::Sql(sql) = operation else { return None };
    if text.is_empty() {
        return None;
    }
    let start = sql.span.start + source.slice(sql.span).find(text)?;
    Some(Span::new(start, start + text.len()))
}
