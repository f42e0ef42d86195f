//! The top level of a revision file: what its names stand for. Only pieces that are asked for are
//! parsed, and a piece that cannot be parsed hides nothing of the others.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::python::ast::{Alias, Expr, ExprKind, Function, Stmt, StmtKind};
use crate::python::{self, Piece, PieceKind, SyntaxError};
use crate::source::{SourceFile, Span};

/// A revision file.
pub(super) struct Module<'t> {
    pub(super) source: &'t SourceFile,
    pieces: Vec<Parsed>,
    /// The pieces that bind a name, in order.
    names: BTreeMap<&'t str, Vec<usize>>,
    /// Pieces whose names are known only when they are parsed.
    others: Vec<usize>,
    /// Names that a function may rebind.
    globals: Vec<&'t str>,
}

struct Parsed {
    span: Span,
    statements: OnceCell<Result<Vec<Stmt>, SyntaxError>>,
}

/// Why a function cannot be read, and where that is.
pub(super) struct Unreadable(pub(super) String, pub(super) Span);

/// What binds a name at the top level.
pub(super) enum Binding<'m> {
    Function(&'m Function),
    /// `name = value`
    Value(&'m Expr),
    /// `import a.b as name`, `from a import b as name`: the dotted name.
    Import(String),
    /// `class name`
    Class(Span),
    /// In any other way; says which, completing "the value …".
    Opaque(&'static str, Span),
}

impl<'t> Module<'t> {
    pub(super) fn new(source: &'t SourceFile) -> Self {
        let text = source.text();
        let mut module =
            Self { source, pieces: Vec::new(), names: BTreeMap::new(), others: Vec::new(), globals: Vec::new() };
        for (index, piece) in python::statements(text).into_iter().enumerate() {
            module.pieces.push(Parsed { span: piece.span, statements: OnceCell::new() });
            match bound_name(source.slice(piece.span), piece) {
                Bound::Name(name) => module.names.entry(name).or_default().push(index),
                Bound::Nothing => {}
                Bound::Unclear => module.others.push(index),
            }
        }
        if memchr::memmem::find(text.as_bytes(), b"global ").is_some() {
            let declared = text.lines().filter_map(|line| line.trim_start().strip_prefix("global "));
            module.globals = declared.flat_map(|names| names.split(',')).map(str::trim).collect();
        }
        module
    }

    /// The names that functions have, in source order.
    pub(super) fn function_names(&self) -> Vec<&'t str> {
        let mut found: Vec<(usize, &'t str)> = Vec::new();
        for (name, pieces) in &self.names {
            found.extend(pieces.iter().map(|piece| (*piece, *name)));
        }
        found.sort_unstable();
        let is_function = |index: &usize| {
            let code = self.pieces.get(*index).map(|piece| self.source.slice(piece.span)).unwrap_or_default();
            !code.starts_with("class") && defined_name(code).is_some()
        };
        found.into_iter().filter(|(index, _)| is_function(index)).map(|(_, name)| name).collect()
    }

    /// The statements of the pieces in whose text `word` stands, as far as they can be parsed.
    pub(super) fn statements_with<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a Stmt> {
        let has = move |piece: &Parsed| self.source.slice(piece.span).contains(word);
        let pieces = self.pieces.iter().enumerate().filter(move |(_, piece)| has(piece));
        pieces.filter_map(|(index, _)| self.parse(index)?.ok()).flatten()
    }

    fn parse(&self, index: usize) -> Option<Result<&[Stmt], &SyntaxError>> {
        let piece = self.pieces.get(index)?;
        let parsed = piece.statements.get_or_init(|| python::parse(self.source.slice(piece.span), piece.span.start));
        Some(parsed.as_deref())
    }

    /// What `name` is bound to; the last binding counts, as it does when the functions run.
    pub(super) fn lookup(&self, name: &str) -> Option<Binding<'_>> {
        let certain = self.names.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut found: Vec<(usize, Binding<'_>)> = Vec::new();
        for index in certain.iter().copied() {
            match self.parse(index) {
                Some(Ok(statements)) => collect(statements, name, false, &mut |binding| found.push((index, binding))),
                Some(Err(error)) => {
                    let span = self.pieces.get(index).map_or(Span::new(error.offset, error.offset), |piece| piece.span);
                    found.push((index, Binding::Opaque("stands in code that cannot be read as Python", span)));
                }
                None => {}
            }
        }
        for index in self.others.iter().copied() {
            if let Some(Ok(statements)) = self.parse(index) {
                collect(statements, name, false, &mut |binding| found.push((index, binding)));
            }
        }
        found.sort_by_key(|(index, _)| *index);
        // `try: from x import A` with `except ImportError: A = None`
        if found.len() > 1
            && let Some(at) = found.iter().position(|(_, binding)| matches!(binding, Binding::Import(_)))
        {
            return Some(found.swap_remove(at).1);
        }
        let is_alone = found.len() == 1;
        let (_, last) = found.pop()?;
        Some(match last {
            Binding::Value(value) if self.globals.contains(&name) => {
                Binding::Opaque("is changed by a function (`global`)", value.span)
            }
            Binding::Value(value) if !is_alone => Binding::Opaque("is assigned more than once", value.span),
            other => other,
        })
    }

    /// How many pieces each look-up goes through.
    pub(super) fn unclear(&self) -> usize {
        self.others.len()
    }

    /// The modules of `from module import *`.
    pub(super) fn star_imports(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for index in self.others.iter().copied() {
            let Some(Ok(statements)) = self.parse(index) else { continue };
            for statement in statements {
                if let StmtKind::ImportFrom { module: Some(module), names, .. } = &statement.kind
                    && names.iter().any(|alias| alias.name == "*")
                {
                    found.push(module.as_str());
                }
            }
        }
        found
    }

    /// The function of that name, or why it cannot be read: the reason and where it stands.
    pub(super) fn function(&self, name: &str) -> Option<Result<(&Function, Span), Unreadable>> {
        let index = *self.names.get(name)?.last()?;
        let span = self.pieces.get(index)?.span;
        let statements = match self.parse(index)? {
            Ok(statements) => statements,
            Err(error) => {
                let reason = if error.maybe_newer_python {
                    format!("`{name}()` has syntax of a newer Python than can be read here")
                } else {
                    format!("`{name}()` cannot be read: {}", error.message)
                };
                return Some(Err(Unreadable(reason, Span::new(error.offset, error.offset))));
            }
        };
        let function = statements.iter().find_map(|statement| match &statement.kind {
            StmtKind::Function(function) if function.name == name => Some((function, span)),
            _ => None,
        });
        Some(function.ok_or_else(|| Unreadable(format!("`{name}` is not a function"), span)))
    }
}

enum Bound<'t> {
    Name(&'t str),
    Nothing,
    Unclear,
}

/// What a piece binds, as far as its first words say.
fn bound_name(code: &str, piece: Piece) -> Bound<'_> {
    if piece.kind == PieceKind::ConflictMarker || code.starts_with(['"', '\'']) {
        return Bound::Nothing;
    }
    if let Some(name) = defined_name(code) {
        return Bound::Name(name);
    }
    let word = first_word(code);
    let rest = code.get(word.len()..).unwrap_or_default().trim_start_matches(' ');
    let is_assignment = (rest.starts_with('=') && !rest.starts_with("==")) || rest.starts_with(':');
    let is_compound = matches!(word, "if" | "try" | "for" | "while" | "with" | "else" | "match" | "async" | "lambda");
    // `a = b = 1` and `a = 1; b = 2` bind more than the first.
    let is_single = memchr::memchr_iter(b'=', rest.as_bytes()).take(2).count() == 1 && !rest.contains(';');
    if is_assignment && !word.is_empty() && !is_compound && (is_single || !has_second_target(rest)) {
        return Bound::Name(word);
    }
    Bound::Unclear
}

/// Whether something in front of the first bracket or string may be another target.
fn has_second_target(rest: &str) -> bool {
    let plain = rest.split(['(', '[', '{', '"', '\'']).next().unwrap_or_default();
    plain.trim_start_matches(':').matches('=').count() > 1 || rest.contains(';')
}

/// The name that `def`, `async def` or `class` binds, behind decorators.
fn defined_name(code: &str) -> Option<&str> {
    let mut rest = code;
    while rest.starts_with('@') {
        let next = rest.find(['\n', '\r'])?;
        rest = rest.get(next..)?.trim_start();
        // A decorator may go over several lines; what is no definition is looked for further on.
        while !rest.starts_with(['@', 'd', 'a', 'c']) {
            let next = rest.find(['\n', '\r'])?;
            rest = rest.get(next..)?.trim_start();
        }
    }
    let rest = rest.strip_prefix("async").map_or(rest, str::trim_start);
    let rest = rest.strip_prefix("def").or_else(|| rest.strip_prefix("class"))?;
    let name = rest.strip_prefix([' ', '\t'])?.trim_start();
    Some(first_word(name)).filter(|name| !name.is_empty())
}

fn first_word(code: &str) -> &str {
    let end = code.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(code.len());
    code.get(..end).unwrap_or_default()
}

/// Calls `found` for everything in `statements` that binds `name`.
fn collect<'m>(statements: &'m [Stmt], name: &str, nested: bool, found: &mut dyn FnMut(Binding<'m>)) {
    for statement in statements {
        match &statement.kind {
            StmtKind::Function(function) if function.name == name => found(Binding::Function(function)),
            StmtKind::Class { name: class, .. } if class == name => {
                found(Binding::Class(statement.span));
            }
            StmtKind::Function(_) | StmtKind::Class { .. } => {}
            StmtKind::Assign { targets, value } => {
                for target in targets {
                    assigned(target, Some(value), name, nested, found);
                }
            }
            StmtKind::AnnAssign { target, value: Some(value) } => assigned(target, Some(value), name, nested, found),
            StmtKind::AugAssign { target, .. } => assigned(target, None, name, nested, found),
            StmtKind::Import(names) => {
                if let Some(dotted) = imported(names, None, name) {
                    found(Binding::Import(dotted));
                }
            }
            StmtKind::ImportFrom { module, level, names } => {
                if let Some(dotted) = imported(names, Some((module.as_deref(), *level)), name) {
                    found(Binding::Import(dotted));
                }
            }
            StmtKind::For { target, .. } => assigned(target, None, name, nested, found),
            StmtKind::With { items, .. } => {
                for (_, target) in items {
                    if let Some(target) = target {
                        assigned(target, None, name, nested, found);
                    }
                }
            }
            _ => {}
        }
        if !matches!(statement.kind, StmtKind::Function(_) | StmtKind::Class { .. }) {
            for block in statement.blocks() {
                collect(block, name, true, found);
            }
        }
    }
}

fn assigned<'m>(
    target: &'m Expr,
    value: Option<&'m Expr>,
    name: &str,
    nested: bool,
    found: &mut dyn FnMut(Binding<'m>),
) {
    match (&target.kind, value) {
        (ExprKind::Name(bound), Some(value)) if bound == name && !nested => found(Binding::Value(value)),
        (ExprKind::Name(bound), _) if bound == name => {
            found(Binding::Opaque("is assigned in a way that is not followed", target.span));
        }
        (ExprKind::Tuple(parts) | ExprKind::List(parts), _) => {
            for part in parts {
                assigned(part, None, name, nested, found);
            }
        }
        (ExprKind::Starred(part), _) => assigned(part, None, name, nested, found),
        _ => {}
    }
}

/// The dotted name that an import binds `name` to.
pub(super) fn imported(names: &[Alias], from: Option<(Option<&str>, u32)>, name: &str) -> Option<String> {
    names.iter().find_map(|alias| {
        let (bound, dotted) = bound_import(alias, from);
        (bound == name && alias.name != "*").then_some(dotted)
    })
}

/// The name that an import binds, and the dotted name that it stands for then.
pub(super) fn bound_import<'m>(alias: &'m Alias, from: Option<(Option<&str>, u32)>) -> (&'m str, String) {
    match from {
        None => match &alias.asname {
            Some(asname) => (asname, alias.name.clone()),
            // `import a.b` binds `a`.
            None => {
                let first = alias.name.split('.').next().unwrap_or_default();
                (first, first.to_owned())
            }
        },
        Some((module, level)) => {
            let dots = ".".repeat(usize::try_from(level).unwrap_or(0).min(9));
            let module = module.unwrap_or_default();
            let dot = if module.is_empty() { "" } else { "." };
            let bound = alias.asname.as_deref().unwrap_or(&alias.name);
            (bound, format!("{dots}{module}{dot}{}", alias.name))
        }
    }
}
