//! Runs the top-level statements of a module abstractly, one after the other.

use std::collections::BTreeSet;

use super::effects::{Effects, bound_names, globals_item, words};
use super::module::Module;
use super::value::{Unknown, Value};
use crate::python::ast::{Alias, Expr, ExprKind, Function, Stmt, StmtKind};
use crate::source::Span;

impl Module<'_> {
    /// Runs one statement. `also` are names that count even if nothing has bound them yet.
    pub(super) fn run(&mut self, statement: &Stmt, also: &[&str]) {
        let span = statement.span;
        match &statement.kind {
            StmtKind::Assign { targets, value } => {
                let known = self.evaluate(value);
                for target in targets {
                    self.bind(target, known.clone(), value);
                }
            }
            StmtKind::AnnAssign { target, value: Some(value) } => {
                let known = self.evaluate(value);
                self.bind(target, known, value);
            }
            StmtKind::AugAssign { target, value } => {
                self.escape(value);
                self.rebind(target, "is changed by an operator with `=`", span);
            }
            StmtKind::Delete(targets) => targets.iter().for_each(|target| self.rebind(target, "is deleted", span)),
            StmtKind::Import(names) => self.import(names, None, span),
            StmtKind::ImportFrom { module, level, names } => {
                let dots = ".".repeat(usize::try_from(*level).unwrap_or(0).min(9));
                self.import(names, Some(&format!("{dots}{}", module.as_deref().unwrap_or_default())), span);
            }
            StmtKind::Function(function) => self.define(function, span),
            StmtKind::Class { name, bases, body } => {
                bases.iter().for_each(|base| self.escape(base));
                // Its body runs now, its methods perhaps later: both at once is the safe side.
                self.functions.insert(name.clone(), Effects::of(body));
                self.called(name, span);
                let effects = self.functions.remove(name);
                self.forget(name, "is a class", span);
                self.functions.extend(effects.map(|effects| (name.clone(), effects)));
            }
            StmtKind::If { .. } => self.block(statement, "is assigned inside `if`", also),
            StmtKind::For { .. } => self.block(statement, "is assigned inside `for`", also),
            StmtKind::While { .. } => self.block(statement, "is assigned inside `while`", also),
            StmtKind::With { .. } => self.block(statement, "is assigned inside `with`", also),
            StmtKind::Try { .. } => self.block(statement, "is assigned inside `try`", also),
            StmtKind::Match { .. } => {
                self.block(statement, "is assigned inside `match`", also);
                // The tree has no patterns, which bind names too.
                let words: BTreeSet<&str> = words(self.slice(span)).collect();
                let unknown = Unknown::new("may be bound by `match`", span);
                self.forget_words(&words, also, &unknown);
            }
            StmtKind::AnnAssign { value: None, .. }
            | StmtKind::Expr(_)
            | StmtKind::Return(_)
            | StmtKind::Raise(_)
            | StmtKind::Global(_)
            | StmtKind::Continue
            | StmtKind::Break
            | StmtKind::Other(_) => statement.expressions().into_iter().for_each(|expr| self.escape(expr)),
        }
    }

    /// What could not be parsed, or stands between conflict markers: any name in it may have any
    /// value. A function runs only when it is called.
    pub(super) fn run_unparsed(&mut self, span: Span, unknown: &Unknown, also: &[&str]) {
        let code = self.slice(span);
        // A word in a string that is never closed is no keyword.
        let first = words(code).next().filter(|word| code.starts_with(word)).unwrap_or_default();
        if code.starts_with('@') || matches!(first, "def" | "async" | "class") {
            let mut after = words(code).skip_while(|word| !matches!(*word, "def" | "class")).skip(1);
            let name = after.next().unwrap_or_default();
            let effects = Effects::of_text(code);
            self.set(name, Value::Unknown(unknown.clone()), span);
            self.functions.insert(name.to_owned(), effects);
            if first == "class" || code.starts_with('@') {
                self.called(name, span);
            }
            return;
        }
        if Effects::of_text(code).anything || (matches!(first, "from" | "import") && code.contains('*')) {
            self.forget_all(&*unknown.reason, span);
        }
        let words: BTreeSet<&str> = words(code).collect();
        words.iter().for_each(|word| self.called(word, span));
        self.forget_words(&words, also, unknown);
    }

    fn bind(&mut self, target: &Expr, value: Value, written: &Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.set(name, value, written.span),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let parts = match (&written.kind, value) {
                    (_, Value::Tuple(items) | Value::Shared(_, items))
                        if items.len() == targets.len()
                            && !matches!(written.kind, ExprKind::Set(_) | ExprKind::Dict(_))
                            && !targets.iter().any(|target| matches!(target.kind, ExprKind::Starred(_))) =>
                    {
                        items
                    }
                    (_, Value::Unknown(unknown)) => vec![Value::Unknown(unknown); targets.len()],
                    _ => vec![Value::unknown("is unpacked from another value", written.span); targets.len()],
                };
                // A star takes a list of values that is not worth knowing.
                for (index, (target, part)) in targets.iter().zip(parts).enumerate() {
                    let written = match &written.kind {
                        ExprKind::Tuple(items) | ExprKind::List(items) => items.get(index).unwrap_or(written),
                        _ => written,
                    };
                    self.bind(target, part, written);
                }
            }
            ExprKind::Starred(inner) => self.rebind(inner, "is unpacked from another value", written.span),
            _ => {
                // A list that is put into something else can be changed from there.
                self.escape(written);
                self.rebind(target, "is changed by an assignment to a part of it", target.span);
            }
        }
    }

    /// `target` gets a value that is not known.
    fn rebind(&mut self, target: &Expr, reason: &str, span: Span) {
        let mut names = Vec::new();
        bound_names(target, &mut names);
        for name in &names {
            self.changed(name, reason, span);
            self.forget(name, reason, span);
        }
        if !names.is_empty() {
            return;
        }
        match globals_item(target) {
            Some(Expr { kind: ExprKind::Str(name), .. }) => {
                self.forget(&name.clone(), "is assigned through `globals()`", span);
            }
            Some(_) => self.forget_all("may be assigned through `globals()`", span),
            None => {
                target.walk(&mut |part| {
                    if let ExprKind::Name(name) = &part.kind {
                        self.changed(name, reason, span);
                    }
                });
                self.escape(target);
            }
        }
    }

    fn import(&mut self, names: &[Alias], module: Option<&str>, span: Span) {
        for alias in names {
            if alias.name == "*" {
                let module = module.unwrap_or_default();
                if !defines_no_header(module) {
                    self.forget_all(format!("may come from `from {module} import *`"), span);
                }
                continue;
            }
            let root = alias.name.split('.').next().unwrap_or_default();
            let from = module.unwrap_or(&alias.name);
            self.forget(alias.asname.as_deref().unwrap_or(root), format!("is imported from `{from}`"), span);
        }
    }

    fn define(&mut self, function: &Function, span: Span) {
        for default in function.parameters.iter().filter_map(|(_, default)| default.as_ref()) {
            self.escape(default);
        }
        self.forget(&function.name, "is a function", span);
        self.functions.insert(function.name.clone(), Effects::of(&function.body));
        for decorator in &function.decorators {
            self.escape(decorator);
            // It gets the function, and may call it.
            self.called(&function.name, span);
        }
    }

    /// A statement whose blocks run perhaps, or several times.
    fn block(&mut self, statement: &Stmt, reason: &str, also: &[&str]) {
        let span = statement.span;
        match &statement.kind {
            StmtKind::Assign { targets, value } => {
                self.escape(value);
                targets.iter().for_each(|target| self.rebind(target, reason, span));
            }
            StmtKind::AnnAssign { target, value: Some(value) } => {
                self.escape(value);
                self.rebind(target, reason, span);
            }
            StmtKind::Function(_) | StmtKind::Class { .. } => {
                // The earlier function of that name may still be the one that is called.
                if !self.spend(self.functions.values().map(|effects| 1 + effects.mentions.len()).sum()) {
                    return;
                }
                let before = self.functions.clone();
                self.run(statement, also);
                for (name, effects) in before {
                    let known = self.functions.entry(name).or_default();
                    known.mentions.extend(effects.mentions);
                    known.rebinds.extend(effects.rebinds);
                    known.anything |= effects.anything;
                }
            }
            StmtKind::Import(_) | StmtKind::ImportFrom { .. } | StmtKind::Delete(_) | StmtKind::AugAssign { .. } => {
                self.run(statement, also);
            }
            StmtKind::For { target, .. } => self.rebind(target, reason, span),
            StmtKind::With { items, .. } => {
                items.iter().filter_map(|(_, name)| name.as_ref()).for_each(|name| self.rebind(name, reason, span));
            }
            StmtKind::Try { handlers, .. } => {
                handlers.iter().filter_map(|handler| handler.name.as_ref()).for_each(|name| {
                    self.forget(name, reason, span);
                });
            }
            _ => {}
        }
        let defines = matches!(statement.kind, StmtKind::Function(_) | StmtKind::Class { .. });
        if !defines {
            statement.expressions().into_iter().for_each(|expr| self.escape(expr));
            statement.blocks().into_iter().flatten().for_each(|inner| self.block(inner, reason, also));
        }
    }
}

/// Packages whose star import is known to bring none of Alembic's four names.
fn defines_no_header(module: &str) -> bool {
    let root = module.split('.').next().unwrap_or_default();
    matches!(root, "alembic" | "sqlalchemy" | "geoalchemy2" | "migrate" | "typing" | "datetime")
}
