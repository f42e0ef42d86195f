//! Code without what does not change what it does: comments, docstrings, layout, quotes, type
//! annotations, imports, the names of local variables, the order of keyword arguments.
//!
//! Works on the parser's own tree, which keeps what ours leaves out (operators, numbers). The text
//! that it makes is for comparing and hashing, and must stay the same from release to release.

use std::collections::{BTreeMap, BTreeSet};

use rustpython_parser::ast::{self as theirs, Constant, ExprContext, Ranged, Stmt};
use rustpython_parser::text_size::TextRange;

use super::canonical_expr::tag;
use crate::source::Span;

/// Something that a module defines at its top level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// What it defines: a function, a class, or a variable.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// Each of its statements in canonical form, with its place.
    pub statements: Vec<(String, Span)>,
    /// The names of the module that it uses.
    pub uses: BTreeSet<String>,
}

/// The definitions of a module, in order. One that is made in several statements stands there several
/// times.
pub(super) fn definitions(suite: &[Stmt]) -> Vec<Definition> {
    let mut found = Vec::new();
    for statement in suite {
        let mut names = BTreeSet::new();
        defined(statement, &mut names);
        for name in names {
            found.push(definition(name, statement));
        }
    }
    found
}

fn defined(statement: &Stmt, names: &mut BTreeSet<String>) {
    match statement {
        Stmt::FunctionDef(def) => drop(names.insert(def.name.to_string())),
        Stmt::AsyncFunctionDef(def) => drop(names.insert(def.name.to_string())),
        Stmt::ClassDef(class) => drop(names.insert(class.name.to_string())),
        Stmt::Import(_) | Stmt::ImportFrom(_) => {}
        other => {
            let mut writer = Writer::default();
            writer.statement(other);
            names.extend(writer.stored);
        }
    }
}

fn definition(name: String, statement: &Stmt) -> Definition {
    let own: Vec<&Stmt> = match statement {
        Stmt::FunctionDef(def) => def.body.iter().collect(),
        Stmt::AsyncFunctionDef(def) => def.body.iter().collect(),
        _ => Vec::new(),
    };
    let is_function = !own.is_empty();
    let mut first = Writer::default();
    first.statement(statement);
    // What the first writing has seen bound is local in the second.
    let locals = if is_function { &first.stored - &first.outer } else { BTreeSet::new() };
    let mut writer = Writer { locals, ..Writer::default() };
    let mut statements = Vec::new();
    if is_function {
        writer.head(statement);
        statements.push((std::mem::take(&mut writer.text), span(statement.range())));
        for part in own {
            writer.statement(part);
            let text = std::mem::take(&mut writer.text);
            if !text.is_empty() {
                statements.push((text, span(part.range())));
            }
        }
    } else {
        writer.statement(statement);
        statements.push((std::mem::take(&mut writer.text), span(statement.range())));
    }
    writer.uses.remove(&name);
    Definition { name, span: span(statement.range()), statements, uses: writer.uses }
}

fn span(range: TextRange) -> Span {
    Span::new(usize::from(range.start()), usize::from(range.end()))
}

/// Writes canonical text.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) text: String,
    /// The names that are local, and the number of each once it was met.
    locals: BTreeSet<String>,
    numbers: BTreeMap<String, usize>,
    /// Names that were bound, and those that belong to the module all the same (`global`).
    stored: BTreeSet<String>,
    outer: BTreeSet<String>,
    uses: BTreeSet<String>,
}

impl Writer {
    /// `(word` … `)`
    pub(super) fn node(&mut self, word: &str, inside: impl FnOnce(&mut Self)) {
        self.text.push('(');
        self.text.push_str(word);
        inside(self);
        self.text.push(')');
    }

    /// A piece of text that cannot run into the next.
    pub(super) fn word(&mut self, text: &str) {
        self.text.push_str(&format!(" {}:{text}", text.len()));
    }

    pub(super) fn name(&mut self, name: &str, context: Option<ExprContext>) {
        if context.is_none_or(|context| context == ExprContext::Store) {
            self.stored.insert(name.to_owned());
        }
        if self.locals.contains(name) {
            let next = self.numbers.len();
            let number = *self.numbers.entry(name.to_owned()).or_insert(next);
            self.text.push_str(&format!(" ${number}"));
            return;
        }
        self.uses.insert(name.to_owned());
        self.word(name);
    }

    pub(super) fn block(&mut self, statements: &[Stmt]) {
        self.node("", |writer| statements.iter().for_each(|statement| writer.statement(statement)));
    }

    fn function(&mut self, name: &str, parameters: &theirs::Arguments, decorators: &[theirs::Expr], body: &[Stmt]) {
        self.name(name, None);
        self.parameters(parameters);
        self.exprs(decorators);
        self.block(body);
    }

    /// A function without its body.
    fn head(&mut self, statement: &Stmt) {
        match statement {
            Stmt::FunctionDef(def) => self.node("def", |writer| {
                writer.parameters(&def.args);
                writer.exprs(&def.decorator_list);
            }),
            Stmt::AsyncFunctionDef(def) => self.node("async", |writer| {
                writer.parameters(&def.args);
                writer.exprs(&def.decorator_list);
            }),
            _ => {}
        }
    }

    pub(super) fn statement(&mut self, statement: &Stmt) {
        match statement {
            // What does nothing.
            Stmt::Pass(_) | Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::TypeAlias(_) => {}
            Stmt::Expr(expr) if matches!(*expr.value, theirs::Expr::Constant(_)) || speaks(&expr.value) => {}
            Stmt::Expr(expr) => self.node("do", |writer| writer.expr(&expr.value)),
            Stmt::FunctionDef(def) => {
                self.node("def", |writer| writer.function(&def.name, &def.args, &def.decorator_list, &def.body));
            }
            Stmt::AsyncFunctionDef(def) => {
                self.node("async", |writer| writer.function(&def.name, &def.args, &def.decorator_list, &def.body));
            }
            Stmt::ClassDef(class) => self.node("class", |writer| {
                writer.name(&class.name, None);
                writer.exprs(&class.decorator_list);
                writer.exprs(&class.bases);
                writer.keywords(&class.keywords);
                writer.block(&class.body);
            }),
            Stmt::Return(returned) => self.node("return", |writer| writer.optional(returned.value.as_deref())),
            Stmt::Delete(delete) => self.node("del", |writer| writer.exprs(&delete.targets)),
            Stmt::Assign(assign) => self.node("let", |writer| {
                writer.exprs(&assign.targets);
                writer.expr(&assign.value);
            }),
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.node("let", |writer| {
                        writer.exprs(std::slice::from_ref(&assign.target));
                        writer.expr(value);
                    });
                }
            }
            Stmt::AugAssign(assign) => self.node("aug", |writer| {
                writer.text.push_str(tag(&assign.op));
                writer.expr(&assign.target);
                writer.expr(&assign.value);
            }),
            Stmt::Raise(raise) => self.node("raise", |writer| {
                writer.optional(raise.exc.as_deref());
                writer.optional(raise.cause.as_deref());
            }),
            Stmt::Assert(assert) => self.node("assert", |writer| {
                writer.expr(&assert.test);
                writer.optional(assert.msg.as_deref());
            }),
            Stmt::Global(global) => self.outer.extend(global.names.iter().map(ToString::to_string)),
            Stmt::Nonlocal(_) => {}
            Stmt::Break(_) => self.text.push_str("(break)"),
            Stmt::Continue(_) => self.text.push_str("(continue)"),
            compound => self.compound(compound),
        }
    }

    fn compound(&mut self, statement: &Stmt) {
        match statement {
            Stmt::For(each) => self.each("for", &each.target, &each.iter, [&each.body, &each.orelse]),
            Stmt::AsyncFor(each) => self.each("afor", &each.target, &each.iter, [&each.body, &each.orelse]),
            Stmt::While(repeat) => self.branch("while", &repeat.test, [&repeat.body, &repeat.orelse]),
            Stmt::If(branch) => self.branch("if", &branch.test, [&branch.body, &branch.orelse]),
            Stmt::With(with) => self.with("with", &with.items, &with.body),
            Stmt::AsyncWith(with) => self.with("awith", &with.items, &with.body),
            Stmt::Try(attempt) => {
                self.attempt("try", &attempt.handlers, [&attempt.body, &attempt.orelse, &attempt.finalbody]);
            }
            Stmt::TryStar(attempt) => {
                self.attempt("try*", &attempt.handlers, [&attempt.body, &attempt.orelse, &attempt.finalbody]);
            }
            Stmt::Match(matched) => self.node("match", |writer| {
                writer.expr(&matched.subject);
                for case in &matched.cases {
                    writer.pattern(&case.pattern);
                    writer.optional(case.guard.as_deref());
                    writer.block(&case.body);
                }
            }),
            // All others are handled above.
            _ => {}
        }
    }

    fn each(&mut self, word: &str, target: &theirs::Expr, iter: &theirs::Expr, blocks: [&Vec<Stmt>; 2]) {
        self.node(word, |writer| {
            writer.expr(target);
            writer.expr(iter);
            blocks.into_iter().for_each(|block| writer.block(block));
        });
    }

    fn branch(&mut self, word: &str, test: &theirs::Expr, blocks: [&Vec<Stmt>; 2]) {
        self.node(word, |writer| {
            writer.expr(test);
            blocks.into_iter().for_each(|block| writer.block(block));
        });
    }

    fn with(&mut self, word: &str, items: &[theirs::WithItem], body: &[Stmt]) {
        self.node(word, |writer| {
            for item in items {
                writer.expr(&item.context_expr);
                writer.optional(item.optional_vars.as_deref());
            }
            writer.block(body);
        });
    }

    fn attempt(&mut self, word: &str, handlers: &[theirs::ExceptHandler], blocks: [&Vec<Stmt>; 3]) {
        self.node(word, |writer| {
            for theirs::ExceptHandler::ExceptHandler(handler) in handlers {
                writer.optional(handler.type_.as_deref());
                if let Some(name) = &handler.name {
                    writer.name(name, None);
                }
                writer.block(&handler.body);
            }
            blocks.into_iter().for_each(|block| writer.block(block));
        });
    }
}

/// Whether a statement only tells people something.
fn speaks(expr: &theirs::Expr) -> bool {
    let theirs::Expr::Call(call) = expr else { return false };
    match &*call.func {
        theirs::Expr::Name(name) => name.id.as_str() == "print",
        theirs::Expr::Attribute(attribute) => {
            matches!(&*attribute.value, theirs::Expr::Name(name)
                if matches!(name.id.trim_start_matches('_').to_lowercase().as_str(), "log" | "logger" | "logging"))
        }
        _ => false,
    }
}

/// A string of several lines counts without its layout: that is how SQL is written.
pub(super) fn plain(text: &str) -> String {
    if text.contains('\n') { text.split_whitespace().collect::<Vec<_>>().join(" ") } else { text.to_owned() }
}

pub(super) fn constant(value: &Constant) -> (&'static str, String) {
    match value {
        Constant::None => ("None", String::new()),
        Constant::Bool(value) => ("bool", value.to_string()),
        Constant::Str(value) => ("str", plain(value)),
        Constant::Bytes(value) => ("bytes", value.iter().map(|byte| format!("{byte:02x}")).collect()),
        Constant::Int(value) => ("int", value.to_string()),
        Constant::Float(value) => ("float", format!("{:x}", value.to_bits())),
        Constant::Complex { real, imag } => ("complex", format!("{:x} {:x}", real.to_bits(), imag.to_bits())),
        Constant::Ellipsis => ("...", String::new()),
        // Made by the parser's optional constant folding only.
        Constant::Tuple(_) => ("tuple", String::new()),
    }
}
