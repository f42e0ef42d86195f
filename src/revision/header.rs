//! The four variables of a revision file and its docstring, as they are when the module has run.
//!
//! Two ways lead to the same answer: nearly all files have literal assignments that nothing else
//! touches, and only those are parsed; every other file is run statement by statement. Knows
//! nothing of what Alembic makes of the values.

use std::sync::LazyLock;

use memchr::memmem;

use super::Depth;
use super::effects::words;
use super::module::Module;
use super::value::{Binding, Unknown, Value};
use crate::python::ast::{ExprKind, Stmt, StmtKind};
use crate::python::{self, Piece, PieceKind, SyntaxError};
use crate::source::Span;

/// The names that matter: Alembic's four, and the docstring.
pub(super) const NAMES: [&str; 5] = ["revision", "down_revision", "depends_on", "branch_labels", "__doc__"];

/// What a file says.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    bindings: [Option<Binding>; NAMES.len()],
    /// Statements that cannot be parsed in any Python that is known, in order.
    pub(super) errors: Vec<SyntaxError>,
    /// The first merge conflict marker.
    pub(super) conflict: Option<Span>,
}

impl Header {
    /// What the `index`th of [`NAMES`] is bound to.
    pub(super) fn binding(&self, index: usize) -> Option<&Binding> {
        self.bindings.get(index).and_then(Option::as_ref)
    }
}

/// Bytes of a file that is parsed at once: the tree of some files has 250 bytes for each of theirs,
/// and in pieces there is only one statement in memory.
const AT_ONCE: usize = 1 << 20;

/// Reads the header of a module's text.
pub(super) fn read(text: &str, depth: Depth) -> Header {
    match depth {
        Depth::Headers => {
            let pieces = python::statements(text);
            literal_header(text, &pieces).unwrap_or_else(|| in_pieces(text, &pieces))
        }
        Depth::WholeFiles if text.len() > AT_ONCE => in_pieces(text, &python::statements(text)),
        Depth::WholeFiles => match python::parse(text, 0) {
            Ok(statements) => whole(text, &statements),
            Err(error) => {
                let mut header = in_pieces(text, &python::statements(text));
                // Each piece is fine by itself, as in a file that is indented as a whole.
                if header.errors.is_empty() && header.conflict.is_none() && !error.maybe_newer_python {
                    header.errors.push(error);
                }
                header
            }
        },
    }
}

/// Words of code that may change names in ways that only a look at all of it can tell.
static TRICKY: LazyLock<[(&str, memmem::Finder<'static>); 9]> = LazyLock::new(|| {
    ["global", "exec", "eval", "vars", "locals", "__dict__", "modules", ":=", "__doc__"]
        .map(|word| (word, memmem::Finder::new(word)))
});

fn is_tricky(text: &str) -> bool {
    TRICKY.iter().any(|(word, finder)| finder.find_iter(text.as_bytes()).any(|at| !is_op_execute(text, at, word)))
}

/// `exec` in `op.execute(` is so common that it must not cost a full parse.
fn is_op_execute(text: &str, at: usize, word: &str) -> bool {
    matches!(word, "exec" | "eval" | "vars")
        && text.as_bytes().get(at + word.len()).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// The header, if it consists of literal assignments that nothing else in the file can touch.
fn literal_header(text: &str, pieces: &[Piece]) -> Option<Header> {
    if is_tricky(text) {
        return None;
    }
    let mut header = Header { bindings: [const { None }; NAMES.len()], errors: Vec::new(), conflict: None };
    for (index, piece) in pieces.iter().enumerate() {
        let code = text.get(piece.span.start..piece.span.end)?;
        let first = first_word(code);
        let slot = if index == 0 && may_be_docstring(code, first) {
            NAMES.len() - 1
        } else if let Some(slot) = NAMES.iter().position(|name| *name == first) {
            slot
        } else if piece.kind == PieceKind::Statement && cannot_bind(code, first) {
            continue;
        } else {
            return None;
        };
        let statements = python::parse(code, piece.span.start).ok()?;
        let [Stmt { kind, .. }] = statements.as_slice() else { return None };
        let (target, value) = match kind {
            StmtKind::Assign { targets, value } if targets.len() == 1 => (targets.first(), value),
            StmtKind::AnnAssign { target, value: Some(value) } => (Some(target), value),
            StmtKind::Expr(value) if index == 0 => (None, value),
            _ => return None,
        };
        // The first word was a guess: `revisionó = 1` is another name, and `r = ''` no string.
        let is_meant = match target.map(|target| &target.kind) {
            Some(ExprKind::Name(name)) => NAMES.get(slot) == Some(&name.as_str()) && slot + 1 < NAMES.len(),
            Some(_) => false,
            None => slot + 1 == NAMES.len(),
        };
        if !is_meant {
            return None;
        }
        let known = literal(value)?;
        *header.bindings.get_mut(slot)? = Some(Binding { value: known, span: value.span });
    }
    // Without an id the file is in trouble, which takes a closer look.
    header.binding(0)?;
    Some(header)
}

/// A value that nothing can change behind its name.
fn literal(expr: &python::ast::Expr) -> Option<Value> {
    Some(match &expr.kind {
        ExprKind::None => Value::None,
        ExprKind::Bool(value) => Value::Bool(*value),
        ExprKind::Int(digits) => Value::Int(digits.clone()),
        ExprKind::Str(text) if !text.contains('\u{FFFD}') => Value::Str(text.clone()),
        ExprKind::Tuple(items) => Value::Tuple(items.iter().map(literal).collect::<Option<_>>()?),
        _ => return None,
    })
}

/// Whether a statement (that is neither reflection nor a header assignment) leaves the four
/// names alone: it does not mention them, or only inside of a function that has another name.
fn cannot_bind(code: &str, first: &str) -> bool {
    let mentions = |code: &str| {
        memmem::find(code.as_bytes(), b"revision").is_some()
            || memmem::find(code.as_bytes(), b"depends_on").is_some()
            || memmem::find(code.as_bytes(), b"branch_labels").is_some()
    };
    match first {
        "def" | "async" | "class" => {
            let name = words(code).find(|word| !matches!(*word, "async" | "def" | "class")).unwrap_or_default();
            !NAMES.contains(&name)
        }
        "" if code.starts_with('@') => !mentions(code),
        "from" | "import" => !mentions(code) && !code.contains('*'),
        _ => !mentions(code),
    }
}

fn first_word(code: &str) -> &str {
    let end = code.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    code.get(..end).unwrap_or_default()
}

/// Whether a statement begins as a string does; a `;` or a comment may end it.
fn may_be_docstring(code: &str, first: &str) -> bool {
    let rest = code.get(first.len()..).unwrap_or_default();
    matches!(first, "" | "r" | "R" | "u" | "U") && rest.starts_with(['"', '\'', '('])
}

fn whole(text: &str, statements: &[Stmt]) -> Header {
    let mut module = Module::new(text);
    for (index, statement) in statements.iter().enumerate() {
        run(&mut module, statement, index == 0);
    }
    finished(&module)
}

fn run(module: &mut Module<'_>, statement: &Stmt, first: bool) {
    match &statement.kind {
        StmtKind::Expr(value) if first && matches!(value.kind, ExprKind::Str(_)) => {
            let docstring = module.evaluate(value);
            module.set("__doc__", docstring, value.span);
        }
        _ => module.run(statement, &NAMES),
    }
}

fn in_pieces(text: &str, pieces: &[Piece]) -> Header {
    let mut module = Module::new(text);
    let mut errors = Vec::new();
    let mut conflict = None;
    let mut in_conflict = false;
    for (index, piece) in pieces.iter().enumerate() {
        let code = text.get(piece.span.start..piece.span.end).unwrap_or_default();
        if piece.kind == PieceKind::ConflictMarker {
            conflict = conflict.or(Some(piece.span));
            in_conflict = !code.starts_with('>');
            continue;
        }
        if in_conflict {
            let reason = "stands between merge conflict markers".to_owned();
            module.run_unparsed(piece.span, &Unknown { reason, span: piece.span, broken: true }, &NAMES);
            continue;
        }
        match python::parse(code, piece.span.start) {
            Ok(statements) => {
                for (at, statement) in statements.iter().enumerate() {
                    run(&mut module, statement, index == 0 && at == 0);
                }
            }
            Err(error) => {
                let broken = !error.maybe_newer_python;
                let reason = if broken { "stands in a statement that is not valid Python" } else { NEWER };
                let unknown = Unknown { reason: reason.to_owned(), span: piece.span, broken };
                module.run_unparsed(piece.span, &unknown, &NAMES);
                if broken && conflict.is_none() {
                    errors.push(error);
                }
            }
        }
    }
    let mut header = finished(&module);
    header.errors = errors;
    header.conflict = conflict;
    header
}

const NEWER: &str = "stands in a statement with syntax of a newer Python than can be read here";

fn finished(module: &Module<'_>) -> Header {
    Header { bindings: NAMES.map(|name| module.binding(name)), errors: Vec::new(), conflict: None }
}
