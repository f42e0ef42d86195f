//! Every call in env.py, with the function that it stands in and the conditions around it.

use super::names::Scope;
use crate::python::ast::{Expr, ExprKind, Keyword, Stmt, StmtKind};

/// A call.
#[derive(Debug, Clone)]
pub(super) struct Call<'a> {
    /// The whole expression.
    pub(super) expression: &'a Expr,
    /// What is called, as a dotted name; for `f(…).g(…)` only the last part is known: `.g`.
    pub(super) name: String,
    /// Positional arguments.
    pub(super) args: &'a [Expr],
    /// Keyword arguments.
    pub(super) keywords: &'a [Keyword],
    /// What surrounds it.
    pub(super) around: Around<'a>,
}

/// What surrounds a statement.
#[derive(Debug, Clone, Default)]
pub(super) struct Around<'a> {
    /// The innermost function.
    pub(super) scope: Scope<'a>,
    /// The tests of the `if` statements around it, in that function.
    pub(super) tests: Vec<&'a Expr>,
    /// Whether it may not run for another reason: an `else`, a handler, a loop.
    pub(super) otherwise: bool,
}

impl<'a> Call<'a> {
    /// The argument of that name, or else the positional one at `index`.
    pub(super) fn argument(&self, index: usize, name: &str) -> Option<&'a Expr> {
        let keyword = self.keywords.iter().find(|keyword| keyword.name.as_deref() == Some(name));
        keyword.map(|keyword| &keyword.value).or_else(|| self.args.get(index))
    }

    /// Whether the last part of the called name is one of `names`.
    pub(super) fn is_any(&self, names: &[&str]) -> bool {
        self.name.rsplit('.').next().is_some_and(|last| names.contains(&last))
    }
}

/// The call that an expression is.
pub(super) fn as_call<'a>(expression: &'a Expr, around: &Around<'a>) -> Option<Call<'a>> {
    let ExprKind::Call { func, args, keywords } = &expression.kind else { return None };
    let name = match (&func.kind, func.dotted_name()) {
        (_, Some(name)) => name,
        (ExprKind::Attribute { attr, .. }, None) => format!(".{attr}"),
        _ => String::new(),
    };
    Some(Call { expression, name, args, keywords, around: around.clone() })
}

/// All calls in source order.
pub(super) fn all(statements: &[Stmt]) -> Vec<Call<'_>> {
    let mut found = Vec::new();
    visit(statements, &Around::default(), &mut |statement, around| {
        for expression in statement.expressions() {
            expression.walk(&mut |expression| found.extend(as_call(expression, around)));
        }
    });
    found
}

/// Calls `see` for every statement, with what surrounds it.
pub(super) fn visit<'a>(statements: &'a [Stmt], around: &Around<'a>, see: &mut dyn FnMut(&'a Stmt, &Around<'a>)) {
    for statement in statements {
        see(statement, around);
        match &statement.kind {
            StmtKind::Function(function) => {
                visit(&function.body, &Around { scope: Some(function), ..Around::default() }, see);
            }
            StmtKind::If { test, body, orelse } => {
                let mut inside = around.clone();
                inside.tests.push(test);
                visit(body, &inside, see);
                inside.otherwise = true;
                visit(orelse, &inside, see);
            }
            StmtKind::Try { body, handlers, orelse, finally } => {
                visit(body, around, see);
                let inside = Around { otherwise: true, ..around.clone() };
                handlers.iter().for_each(|handler| visit(&handler.body, &inside, see));
                visit(orelse, around, see);
                visit(finally, around, see);
            }
            StmtKind::For { .. } | StmtKind::While { .. } | StmtKind::Match { .. } => {
                let inside = Around { otherwise: true, ..around.clone() };
                statement.blocks().into_iter().for_each(|statements| visit(statements, &inside, see));
            }
            _ => statement.blocks().into_iter().for_each(|statements| visit(statements, around, see)),
        }
    }
}
