//! Follows statements.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::conditions::{Verdict, looped};
use super::describe::WHILE;
use super::evaluate::{MOST, because};
use super::model::{Condition, ConditionKind, Operation};
use super::module::bound_import;
use super::reader::{Flow, Reader};
use super::value::{Choice, Value};
use crate::python::ast::{Alias, Expr, ExprKind, Handler, Stmt, StmtKind};
use crate::source::Span;

type Names<'m> = BTreeMap<&'m str, Value<'m>>;

impl<'m> Reader<'m, '_> {
    pub(super) fn statement(&mut self, statement: &'m Stmt) -> Flow {
        let span = statement.span;
        if !self.spend(span) {
            return Flow::Out;
        }
        match &statement.kind {
            StmtKind::Expr(expr) => self.alone(expr),
            StmtKind::Assign { targets, value } => {
                let value = self.value(value);
                targets.iter().for_each(|target| self.assign(target, &value));
            }
            StmtKind::AnnAssign { target, value: Some(value) } => {
                let value = self.value(value);
                self.assign(target, &value);
            }
            StmtKind::AugAssign { target, value } => self.augmented(target, value, span),
            StmtKind::Import(names) => self.import(names, None),
            StmtKind::ImportFrom { module, level, names } => self.import(names, Some((module.as_deref(), *level))),
            StmtKind::Function(function) => self.bind(&function.name, Value::Function(function)),
            StmtKind::Class { name, .. } => self.bind(name, Value::foreign("is a class of this file", span)),
            StmtKind::If { test, body, orelse } => return self.branch(test, body, orelse),
            StmtKind::For { target, iter, body, orelse } => {
                let flow = self.each(target, iter, body);
                if flow == Flow::Out {
                    return flow;
                }
                return self.block(orelse);
            }
            StmtKind::While { test, body, orelse } => {
                self.value(test);
                let text = format!("{WHILE}{}", self.lower().written(test.span));
                self.perhaps(body, looped(text, test.span));
                return self.block(orelse);
            }
            StmtKind::With { items, body } => return self.with(items, body),
            StmtKind::Try { body, handlers, orelse, finally } => {
                return self.attempt(body, handlers, orelse, finally, span);
            }
            StmtKind::Match { subject, cases } => {
                self.value(subject);
                for case in cases {
                    let text = format!("match {}", self.lower().written(subject.span));
                    let kind = ConditionKind::Test { holds: true };
                    self.perhaps(case, Condition { kind, text, span: subject.span });
                }
            }
            StmtKind::Return(value) => {
                let value = value.as_ref().map_or(Value::None, |value| self.value(value));
                let conditions = &self.conditions;
                if let Some(frame) = self.frames.last_mut() {
                    let since = conditions.get(frame.base..).unwrap_or_default().to_vec();
                    frame.returns.push((since, value));
                }
                return Flow::Out;
            }
            StmtKind::Raise(_) => {
                let text = self.lower().written(span);
                self.push(Operation::Raise { text }, Vec::new(), span, None);
                return Flow::Out;
            }
            StmtKind::Continue | StmtKind::Break => return Flow::Loop,
            StmtKind::Delete(_) | StmtKind::Global(_) | StmtKind::AnnAssign { value: None, .. } => {}
            StmtKind::Other(parts) => {
                for part in parts {
                    self.value(part);
                }
            }
        }
        Flow::On
    }

    /// An expression with whose value nothing is done.
    fn alone(&mut self, expr: &'m Expr) {
        match &expr.kind {
            ExprKind::Call { func, args, keywords } => {
                self.call_expression(func, args, keywords, expr.span, true);
            }
            ExprKind::Await(inner) => self.alone(inner),
            // `if offline: a() else: b()` in one line
            ExprKind::IfElse { .. } => {
                self.value(expr);
            }
            _ => {
                self.value(expr);
            }
        }
    }

    /// Binds the names in a target.
    pub(super) fn assign(&mut self, target: &'m Expr, value: &Value<'m>) {
        match &target.kind {
            ExprKind::Name(name) => self.bind(name, value.clone()),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let has_star = targets.iter().any(|target| matches!(target.kind, ExprKind::Starred(_)));
                match self.iterate(value) {
                    Some(items) if items.len() == targets.len() && !has_star => {
                        for (target, item) in targets.iter().zip(items) {
                            self.assign(target, &item.value);
                        }
                    }
                    _ => {
                        let unknown = because(value, "is unpacked from a value that is not known", target.span);
                        targets.iter().for_each(|target| self.assign(target, &unknown));
                    }
                }
            }
            ExprKind::Starred(target) => {
                let unknown = because(value, "is unpacked from a value that is not known", target.span);
                self.assign(target, &unknown);
            }
            // `x[key] = value` changes `x`.
            ExprKind::Subscript { value: owner, .. } => {
                if let ExprKind::Name(name) = &owner.kind
                    && let Some(frame) = self.frames.last_mut()
                    && let Some(Value::List(_) | Value::Dict(_)) = frame.names.get(name.as_str())
                {
                    frame.names.insert(name, Value::unknown("is changed in place", target.span));
                }
            }
            _ => {}
        }
    }

    fn augmented(&mut self, target: &'m Expr, value: &'m Expr, span: Span) {
        let added = self.value(value);
        let ExprKind::Name(name) = &target.kind else { return };
        let before = self.lookup(name, target.span);
        // Only `+=` joins these; the tree does not keep the operator.
        let is_sum = self.module.source.slice(Span::new(target.span.end, value.span.start)).contains("+=");
        let joined = match (before, added) {
            (Value::Str(a), Value::Str(b)) if is_sum && a.len() + b.len() <= super::evaluate::LONGEST => {
                Value::str(format!("{a}{b}"))
            }
            (Value::List(a), Value::List(b)) if is_sum && a.len() + b.len() <= MOST => {
                Value::List(Rc::new(a.iter().chain(b.iter()).cloned().collect()))
            }
            (before, added) => {
                let blamed = if before.reason().is_some() { before } else { added };
                because(&blamed, "is changed by an operator with `=`", span)
            }
        };
        self.bind(name, joined);
    }

    fn import(&mut self, names: &'m [Alias], from: Option<(Option<&str>, u32)>) {
        for alias in names.iter().filter(|alias| alias.name != "*") {
            let (name, dotted) = bound_import(alias, from);
            self.bind(name, Value::Name(dotted.into()));
        }
    }

    fn names(&self) -> Names<'m> {
        self.frames.last().map(|frame| frame.names.clone()).unwrap_or_default()
    }

    fn set_names(&mut self, names: Names<'m>) -> Names<'m> {
        self.frames.last_mut().map(|frame| std::mem::replace(&mut frame.names, names)).unwrap_or_default()
    }

    fn branch(&mut self, test: &'m Expr, body: &'m [Stmt], orelse: &'m [Stmt]) -> Flow {
        let (holds, fails) = match self.verdict(test) {
            Verdict::Known(true) => return self.block(body),
            Verdict::Known(false) => return self.block(orelse),
            Verdict::Open(holds, fails) => (holds, fails),
        };
        let before = self.names();
        self.charge(before.len() / 4, test.span);
        let flow = self.under(&holds, body);
        let after_body = self.set_names(before);
        let else_flow = self.under(&fails, orelse);
        match (flow, else_flow) {
            (Flow::On, Flow::On) => self.merge(after_body, &holds, &fails),
            // What follows runs only where the other arm was taken.
            (_, Flow::On) => self.rest_under(&fails),
            (Flow::On, _) => {
                self.set_names(after_body);
                self.rest_under(&holds);
            }
            (left, right) => return if left == right { left } else { Flow::Loop },
        }
        Flow::On
    }

    /// Conditions for the rest of the function (or of the pass of the loop).
    fn rest_under(&mut self, conditions: &[Condition]) {
        self.hold(conditions);
    }

    /// Follows a block where `conditions` hold. Conditions that hold for the rest of the function
    /// from within the block on stay, as what they are: a test that may not have been made.
    fn under(&mut self, conditions: &[Condition], body: &'m [Stmt]) -> Flow {
        let held = self.conditions.len();
        self.hold(conditions);
        let inside = self.conditions.len();
        let flow = self.block(body);
        let kept = self.conditions.split_off(inside.min(self.conditions.len()));
        self.conditions.truncate(held);
        if flow == Flow::On {
            let loosened = kept.into_iter().map(|condition| {
                let holds = matches!(
                    condition.kind,
                    ConditionKind::Test { holds: true }
                        | ConditionKind::Dialect { is: true, .. }
                        | ConditionKind::Offline { is: true }
                );
                Condition { kind: ConditionKind::Test { holds }, ..condition }
            });
            self.hold(&loosened.collect::<Vec<_>>());
        }
        flow
    }

    /// Makes one of the names after each arm of an `if`; those of the `else` are in the frame.
    fn merge(&mut self, mut after_body: Names<'m>, holds: &[Condition], fails: &[Condition]) {
        let Some(frame) = self.frames.last_mut() else { return };
        let names: Vec<&'m str> = after_body.keys().chain(frame.names.keys()).copied().collect();
        for name in names {
            let (then, otherwise) = (after_body.remove(name), frame.names.get(name).cloned());
            let merged = match (then, otherwise) {
                (Some(then), Some(otherwise)) if is_same(&then, &otherwise) => continue,
                (Some(then), Some(otherwise)) => Value::Choice(Rc::new(Choice {
                    condition: holds.to_vec(),
                    then,
                    negated: fails.to_vec(),
                    otherwise,
                })),
                (Some(then), None) => then,
                (None, _) => continue,
            };
            frame.names.insert(name, merged);
        }
    }

    /// Follows a block that may not run, or more than once.
    fn perhaps(&mut self, body: &'m [Stmt], condition: Condition) -> Flow {
        let before = self.names();
        let held = self.conditions.len();
        let span = condition.span;
        self.charge(before.len() / 4, span);
        self.hold(&[condition]);
        let flow = self.block(body);
        self.conditions.truncate(held);
        // What it assigns is not known afterwards.
        if let Some(frame) = self.frames.last_mut() {
            for (name, value) in &mut frame.names {
                if before.get(name).is_none_or(|before| !is_same(before, value)) {
                    *value = because(value, "is assigned in a block that may not run", span);
                }
            }
        }
        flow
    }

    fn each(&mut self, target: &'m Expr, iter: &'m Expr, body: &'m [Stmt]) -> Flow {
        let source = self.value(iter);
        self.walks_live(&source, iter.span);
        let items = self.iterate(&source).filter(|items| items.len() <= MOST);
        let Some(items) = items else {
            self.assign(target, &because(&source, "is an item of a list that is not known", iter.span));
            self.perhaps(body, looped(self.lower().written(iter.span), iter.span));
            return Flow::On;
        };
        let held = self.conditions.len();
        for item in items {
            self.assign(target, &item.value);
            let flow = self.block(body);
            self.conditions.truncate(held);
            if flow == Flow::Out {
                return flow;
            }
        }
        Flow::On
    }

    fn with(&mut self, items: &'m [(Expr, Option<Expr>)], body: &'m [Stmt]) -> Flow {
        let in_autocommit = self.in_autocommit;
        let mut batches = Vec::new();
        for (expr, name) in items {
            let value = self.value(expr);
            let bound = match value.method_call() {
                Some((_, "autocommit_block", _)) => {
                    self.in_autocommit = true;
                    self.autocommit_blocks += 1;
                    Value::None
                }
                // A savepoint or a transaction changes nothing of what is done.
                Some((receiver, "begin" | "begin_nested" | "connect" | "no_autoflush", _)) => receiver.clone(),
                _ => match value.named_call() {
                    Some(("alembic.op.batch_alter_table", call)) => {
                        let opened = self.open_batch(call);
                        batches.extend(opened);
                        opened
                            .map_or(Value::unknown("is a batch of a table that is not known", expr.span), Value::Batch)
                    }
                    _ => value.clone(),
                },
            };
            if let Some(name) = name {
                self.assign(name, &bound);
            }
        }
        let flow = self.block(body);
        for batch in batches.into_iter().rev() {
            let steps = self.open.get_mut(batch).map(std::mem::take).unwrap_or_default();
            self.steps.extend(steps);
        }
        self.in_autocommit = in_autocommit;
        flow
    }

    fn attempt(
        &mut self,
        body: &'m [Stmt],
        handlers: &'m [Handler],
        orelse: &'m [Stmt],
        finally: &'m [Stmt],
        span: Span,
    ) -> Flow {
        let text = |reader: &Self, span: Span| reader.lower().written(span);
        let held = self.conditions.len();
        if !handlers.is_empty() {
            let kinds = handlers.iter().map(|handler| match &handler.kinds {
                Some(kinds) => text(self, kinds.span),
                None => "Exception".to_owned(),
            });
            let kinds: Vec<String> = kinds.collect();
            self.hold(&[Condition { kind: ConditionKind::Try, text: kinds.join(", "), span }]);
        }
        let flow = self.block(body);
        self.conditions.truncate(held);
        let else_flow = if flow == Flow::On { self.block(orelse) } else { flow };
        for handler in handlers {
            let caught = handler.kinds.as_ref();
            let kinds = caught.map_or_else(|| "Exception".to_owned(), |kinds| text(self, kinds.span));
            let span = caught.map_or(span, |kinds| kinds.span);
            if let Some(name) = &handler.name {
                self.bind(name, Value::unknown("is an exception", span));
            }
            let condition = Condition { kind: ConditionKind::Except, text: kinds, span };
            let steps = self.steps.len();
            self.perhaps(&handler.body, condition);
            // An exception that is passed on is no step of its own.
            let is_raise = |step: &super::model::Step| matches!(step.operation, Operation::Raise { .. });
            if self.steps.get(steps..).is_some_and(|new| new.iter().all(is_raise)) {
                self.steps.truncate(steps);
            }
        }
        let final_flow = self.block(finally);
        let flow = if else_flow == Flow::On || handlers.is_empty() { else_flow } else { Flow::On };
        if final_flow == Flow::On { flow } else { final_flow }
    }

    /// `body if test else orelse`
    pub(super) fn if_else(&mut self, test: &'m Expr, body: &'m Expr, orelse: &'m Expr) -> Value<'m> {
        let (condition, fails) = match self.verdict(test) {
            Verdict::Known(true) => return self.value(body),
            Verdict::Known(false) => return self.value(orelse),
            Verdict::Open(holds, fails) => (holds, fails),
        };
        let held = self.conditions.len();
        self.hold(&condition);
        let then = self.value(body);
        self.conditions.truncate(held);
        self.hold(&fails);
        let otherwise = self.value(orelse);
        self.conditions.truncate(held);
        Value::Choice(Rc::new(Choice { condition, then, negated: fails, otherwise }))
    }
}

/// Whether nothing was assigned in between.
fn is_same(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
        (Value::Dict(a), Value::Dict(b)) => Rc::ptr_eq(a, b),
        (Value::Name(a), Value::Name(b)) => a == b,
        (Value::Call(a), Value::Call(b)) => Rc::ptr_eq(a, b),
        (Value::Attribute(a, x), Value::Attribute(b, y)) => Rc::ptr_eq(a, b) && x == y,
        (Value::Choice(a), Value::Choice(b)) => Rc::ptr_eq(a, b),
        (Value::Unknown(a), Value::Unknown(b)) => Rc::ptr_eq(a, b),
        (Value::Function(a), Value::Function(b)) => std::ptr::eq(*a, *b),
        (Value::Batch(a), Value::Batch(b)) => a == b,
        _ => a.equals(b) == Some(true),
    }
}
