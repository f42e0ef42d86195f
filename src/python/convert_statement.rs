//! rustpython-parser's statements to ours.

use rustpython_parser::ast::{self as theirs, Ranged};
use rustpython_parser::text_size::TextRange;

use super::ast::{Alias, Expr, Function, Handler, Stmt, StmtKind};
use crate::source::Span;

/// Turns the tree of one text into ours.
#[derive(Clone, Copy)]
pub(super) struct Converter<'a> {
    pub(super) text: &'a str,
    pub(super) offset: usize,
    /// The span that everything gets, where the parser's places are wrong.
    pub(super) within: Option<Span>,
}

impl<'a> Converter<'a> {
    /// For the tree of `text`, which stands at `offset` of its file.
    pub(super) fn new(text: &'a str, offset: usize) -> Self {
        Self { text, offset, within: None }
    }

    pub(super) fn span(&self, range: TextRange) -> Span {
        self.within
            .unwrap_or_else(|| Span::new(usize::from(range.start()), usize::from(range.end())).shifted(self.offset))
    }

    pub(super) fn carriage_return_in(&self, range: TextRange) -> Option<Span> {
        let text = self.text.get(usize::from(range.start())..usize::from(range.end()))?;
        text.contains('\r').then(|| self.span(range))
    }

    pub(super) fn suite(&self, suite: Vec<theirs::Stmt>) -> Vec<Stmt> {
        suite.into_iter().map(|statement| self.statement(statement)).collect()
    }

    fn statement(&self, statement: theirs::Stmt) -> Stmt {
        let span = self.span(statement.range());
        let kind = match statement {
            theirs::Stmt::FunctionDef(_)
            | theirs::Stmt::AsyncFunctionDef(_)
            | theirs::Stmt::ClassDef(_)
            | theirs::Stmt::For(_)
            | theirs::Stmt::AsyncFor(_)
            | theirs::Stmt::While(_)
            | theirs::Stmt::If(_)
            | theirs::Stmt::With(_)
            | theirs::Stmt::AsyncWith(_)
            | theirs::Stmt::Match(_)
            | theirs::Stmt::Try(_)
            | theirs::Stmt::TryStar(_) => self.compound(statement),
            simple => self.simple(simple),
        };
        Stmt { span, kind }
    }

    fn simple(&self, statement: theirs::Stmt) -> StmtKind {
        match statement {
            theirs::Stmt::Expr(expr) => StmtKind::Expr(self.expr(*expr.value)),
            theirs::Stmt::Assign(assign) => {
                StmtKind::Assign { targets: self.exprs(assign.targets), value: self.expr(*assign.value) }
            }
            theirs::Stmt::AnnAssign(assign) => StmtKind::AnnAssign {
                target: self.expr(*assign.target),
                value: assign.value.map(|value| self.expr(*value)),
            },
            theirs::Stmt::AugAssign(assign) => {
                StmtKind::AugAssign { target: self.expr(*assign.target), value: self.expr(*assign.value) }
            }
            theirs::Stmt::Import(import) => StmtKind::Import(aliases(import.names)),
            theirs::Stmt::ImportFrom(import) => StmtKind::ImportFrom {
                module: import.module.map(Into::into),
                level: import.level.map_or(0, |level| level.to_u32()),
                names: aliases(import.names),
            },
            theirs::Stmt::Return(returned) => StmtKind::Return(returned.value.map(|value| self.expr(*value))),
            theirs::Stmt::Raise(raise) if raise.cause.is_none() => {
                StmtKind::Raise(raise.exc.map(|value| self.expr(*value)))
            }
            theirs::Stmt::Raise(raise) => {
                StmtKind::Other(self.exprs([raise.exc, raise.cause].into_iter().flatten().map(|part| *part)))
            }
            theirs::Stmt::Delete(delete) => StmtKind::Delete(self.exprs(delete.targets)),
            theirs::Stmt::Global(global) => StmtKind::Global(global.names.into_iter().map(Into::into).collect()),
            theirs::Stmt::Assert(assert) => {
                StmtKind::Other(self.exprs(std::iter::once(*assert.test).chain(assert.msg.map(|msg| *msg))))
            }
            theirs::Stmt::TypeAlias(alias) => StmtKind::Assign {
                targets: vec![self.expr(*alias.name)],
                // A type alias is an object of its own, never the value that it names.
                value: Expr { span: self.span(alias.range), kind: super::ast::ExprKind::Other(Vec::new()) },
            },
            theirs::Stmt::Continue(_) => StmtKind::Continue,
            theirs::Stmt::Break(_) => StmtKind::Break,
            // pass, nonlocal; compound ones are handled elsewhere.
            _ => StmtKind::Other(Vec::new()),
        }
    }

    fn compound(&self, statement: theirs::Stmt) -> StmtKind {
        match statement {
            theirs::Stmt::FunctionDef(def) => {
                self.function(def.name.into(), *def.args, def.body, def.decorator_list, false)
            }
            theirs::Stmt::AsyncFunctionDef(def) => {
                self.function(def.name.into(), *def.args, def.body, def.decorator_list, true)
            }
            theirs::Stmt::ClassDef(class) => self.class(class),
            theirs::Stmt::For(each) => self.each(*each.target, *each.iter, each.body, each.orelse),
            theirs::Stmt::AsyncFor(each) => self.each(*each.target, *each.iter, each.body, each.orelse),
            theirs::Stmt::While(repeat) => StmtKind::While {
                test: self.expr(*repeat.test),
                body: self.suite(repeat.body),
                orelse: self.suite(repeat.orelse),
            },
            theirs::Stmt::If(branch) => self.branch(branch),
            theirs::Stmt::With(with) => self.with(with.items, with.body),
            theirs::Stmt::AsyncWith(with) => self.with(with.items, with.body),
            theirs::Stmt::Match(matched) => StmtKind::Match {
                subject: self.expr(*matched.subject),
                cases: matched.cases.into_iter().map(|case| self.suite(case.body)).collect(),
            },
            theirs::Stmt::Try(attempt) => {
                self.attempt(attempt.body, attempt.handlers, attempt.orelse, attempt.finalbody)
            }
            theirs::Stmt::TryStar(attempt) => {
                self.attempt(attempt.body, attempt.handlers, attempt.orelse, attempt.finalbody)
            }
            _ => StmtKind::Other(Vec::new()),
        }
    }

    fn branch(&self, branch: theirs::StmtIf) -> StmtKind {
        StmtKind::If { test: self.expr(*branch.test), body: self.suite(branch.body), orelse: self.suite(branch.orelse) }
    }

    fn function(
        &self,
        name: String,
        parameters: theirs::Arguments,
        body: Vec<theirs::Stmt>,
        decorators: Vec<theirs::Expr>,
        is_async: bool,
    ) -> StmtKind {
        let name_of = |parameter: &Option<Box<theirs::Arg>>| parameter.as_ref().map(|arg| arg.arg.to_string());
        StmtKind::Function(Function {
            name,
            star: name_of(&parameters.vararg),
            double_star: name_of(&parameters.kwarg),
            parameters: self.parameters(parameters),
            decorators: self.exprs(decorators),
            body: self.suite(body),
            is_async,
        })
    }

    pub(super) fn parameters(&self, parameters: theirs::Arguments) -> Vec<(String, Option<Expr>)> {
        let with_default = |parameter: theirs::ArgWithDefault| {
            (parameter.def.arg.into(), parameter.default.map(|default| self.expr(*default)))
        };
        let bare = |parameter: Box<theirs::Arg>| (parameter.arg.into(), None);
        let positional = parameters.posonlyargs.into_iter().chain(parameters.args).map(with_default);
        let star = parameters.vararg.map(bare);
        let keyword_only = parameters.kwonlyargs.into_iter().map(with_default);
        let double_star = parameters.kwarg.map(bare);
        positional.chain(star).chain(keyword_only).chain(double_star).collect()
    }

    fn class(&self, class: theirs::StmtClassDef) -> StmtKind {
        let mut bases = self.exprs(class.decorator_list);
        bases.extend(self.exprs(class.bases));
        bases.extend(self.keywords(class.keywords).into_iter().map(|keyword| keyword.value));
        StmtKind::Class { name: class.name.into(), bases, body: self.suite(class.body) }
    }

    fn each(
        &self,
        target: theirs::Expr,
        iter: theirs::Expr,
        body: Vec<theirs::Stmt>,
        orelse: Vec<theirs::Stmt>,
    ) -> StmtKind {
        StmtKind::For {
            target: self.expr(target),
            iter: self.expr(iter),
            body: self.suite(body),
            orelse: self.suite(orelse),
        }
    }

    fn with(&self, items: Vec<theirs::WithItem>, body: Vec<theirs::Stmt>) -> StmtKind {
        let item = |item: theirs::WithItem| {
            (self.expr(item.context_expr), item.optional_vars.map(|target| self.expr(*target)))
        };
        StmtKind::With { items: items.into_iter().map(item).collect(), body: self.suite(body) }
    }

    fn attempt(
        &self,
        body: Vec<theirs::Stmt>,
        handlers: Vec<theirs::ExceptHandler>,
        orelse: Vec<theirs::Stmt>,
        finally: Vec<theirs::Stmt>,
    ) -> StmtKind {
        let handler = |theirs::ExceptHandler::ExceptHandler(handler)| Handler {
            kinds: handler.type_.map(|kinds| self.expr(*kinds)),
            name: handler.name.map(Into::into),
            body: self.suite(handler.body),
        };
        StmtKind::Try {
            body: self.suite(body),
            handlers: handlers.into_iter().map(handler).collect(),
            orelse: self.suite(orelse),
            finally: self.suite(finally),
        }
    }
}

fn aliases(names: Vec<theirs::Alias>) -> Vec<Alias> {
    names.into_iter().map(|alias| Alias { name: alias.name.into(), asname: alias.asname.map(Into::into) }).collect()
}
