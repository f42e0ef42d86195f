//! The commonest statements of a header without the parser: `name: Kind = "literal"` and a
//! docstring. Starting the parser costs more than reading them.
//!
//! Accepts only what is certain and leaves everything else to the parser; the result is the same
//! tree (see the tests).

use super::ast::{Expr, ExprKind, Stmt, StmtKind};
use crate::source::Span;

/// The statement that `text` is, if it is one of those.
pub(super) fn statement(text: &str, offset: usize) -> Option<Stmt> {
    let kind =
        if text.starts_with(['"', '\'']) { StmtKind::Expr(value(text, offset)?) } else { assignment(text, offset)? };
    Some(Stmt { span: Span::new(offset, offset + text.len()), kind })
}

fn assignment(text: &str, offset: usize) -> Option<StmtKind> {
    let name = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
    // No keyword can be followed by `=` or by `:` and an annotation.
    if !name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') || is_keyword(name) {
        return None;
    }
    let target = Expr { span: Span::new(offset, offset + name.len()), kind: ExprKind::Name(name.to_owned()) };
    let rest = text.get(name.len()..)?.trim_start_matches(' ');
    let (annotated, rest) = match rest.strip_prefix(':') {
        Some(rest) => (true, rest.trim_start_matches(|c| is_annotation(c))),
        None => (false, rest),
    };
    let written = rest.strip_prefix('=')?.trim_start_matches(' ');
    if annotated && !is_well_formed(text.get(name.len()..text.len() - rest.len())?) {
        return None;
    }
    let value = value(written, offset + text.len() - written.len())?;
    Some(if annotated {
        StmtKind::AnnAssign { target, value: Some(value) }
    } else {
        StmtKind::Assign { targets: vec![target], value }
    })
}

fn is_annotation(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, ' ' | '_' | '.' | '[' | ']' | ',' | '|')
}

/// Annotations that Alembic's templates write, and simple names.
fn is_well_formed(annotation: &str) -> bool {
    let annotation = annotation.trim_start_matches([':', ' ']).trim_end();
    matches!(
        annotation,
        "str"
            | "None"
            | "Union[str, None]"
            | "str | None"
            | "Union[str, Sequence[str], None]"
            | "str | Sequence[str] | None"
            | "str | tuple[str, ...] | None"
            | "tuple[str] | None"
            | "Optional[str]"
            | "Final"
            | "Final[str]"
    )
}

fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "and" | "as" | "assert" | "async" | "await" | "break" | "class" | "continue" | "def" | "del" | "elif" | "else"
    ) || matches!(
        name,
        "except"
            | "finally"
            | "for"
            | "from"
            | "global"
            | "if"
            | "import"
            | "in"
            | "is"
            | "lambda"
            | "nonlocal"
            | "not"
    ) || matches!(name, "or" | "pass" | "raise" | "return" | "try" | "while" | "with" | "yield")
}

/// `None`, or one string without prefix and escapes, with nothing behind it.
fn value(text: &str, offset: usize) -> Option<Expr> {
    let kind = if text == "None" { ExprKind::None } else { ExprKind::Str(string(text)?.to_owned()) };
    Some(Expr { span: Span::new(offset, offset + text.len()), kind })
}

fn string(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let triple: String = [quote; 3].iter().collect();
    if let Some(rest) = text.strip_prefix(&triple) {
        let inside = rest.strip_suffix(&triple)?;
        // The first closing quotes close, and neither an escape nor a CR is plain text.
        let plain = !inside.contains(&triple) && !inside.ends_with(quote) && !inside.contains(['\\', '\r']);
        return plain.then_some(inside);
    }
    let inside = text.get(1..)?.strip_suffix(quote)?;
    (!inside.contains([quote, '\\', '\n', '\r'])).then_some(inside)
}
