//! What names in env.py stand for: one assignment, a parameter, an import, …
//!
//! Nothing is run: a name that is bound more than once has several candidates, and one that is
//! bound by anything but `name = value` has none.

use std::collections::{BTreeMap, BTreeSet};

use crate::python::ast::{Expr, ExprKind, Function, Stmt, StmtKind};

/// How a name gets its value.
#[derive(Debug, Clone)]
pub(super) enum Binding<'a> {
    /// `name = value`
    Value(&'a Expr),
    /// In any other way; says which, completing "`name` …".
    Opaque(String),
}

/// The bindings of a module and of each of its functions.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    module: BTreeMap<String, Vec<Binding<'a>>>,
    /// Functions by name, at any depth.
    functions: BTreeMap<String, Vec<&'a Function>>,
    /// Names whose value is changed in place: `x["k"] = …`, `x.update(…)`.
    mutated: BTreeSet<String>,
}

/// The function that an expression stands in; `None` at module level.
pub(super) type Scope<'a> = Option<&'a Function>;

impl<'a> Names<'a> {
    pub(super) fn of(statements: &'a [Stmt]) -> Self {
        let mut names = Self { module: bindings(statements), ..Self::default() };
        for statement in statements {
            statement.walk(&mut |statement| names.note(statement));
        }
        names
    }

    fn note(&mut self, statement: &'a Stmt) {
        if let StmtKind::Function(function) = &statement.kind {
            self.functions.entry(function.name.clone()).or_default().push(function);
            for name in globals(&function.body) {
                let reason = format!("is changed in the function `{}`", function.name);
                self.module.entry(name).or_default().push(Binding::Opaque(reason));
            }
        }
        if let StmtKind::Assign { targets, .. } = &statement.kind {
            for target in targets {
                if let ExprKind::Subscript { value, .. } = &target.kind
                    && let ExprKind::Name(name) = &value.kind
                {
                    self.mutated.insert(name.clone());
                }
            }
        }
        for expression in statement.expressions() {
            expression.walk(&mut |expression| {
                if let ExprKind::Call { func, .. } = &expression.kind
                    && let ExprKind::Attribute { value, attr } = &func.kind
                    && let ExprKind::Name(name) = &value.kind
                    && ["update", "setdefault", "pop", "clear"].contains(&attr.as_str())
                {
                    self.mutated.insert(name.clone());
                }
            });
        }
    }

    /// All bindings of `name` as seen from `scope`; empty when env.py does not bind it.
    pub(super) fn lookup(&self, name: &str, scope: Scope<'a>) -> Vec<Binding<'a>> {
        if let Some(function) = scope {
            let local = bindings(&function.body).remove(name).unwrap_or_default();
            let is_global = globals(&function.body).iter().any(|global| global == name);
            if !local.is_empty() && !is_global {
                return local;
            }
            if function.parameters.iter().any(|(parameter, _)| parameter == name) {
                return vec![Binding::Opaque(format!("is a parameter of `{}`", function.name))];
            }
        }
        self.module.get(name).cloned().unwrap_or_default()
    }

    /// The one function of that name.
    pub(super) fn function(&self, name: &str) -> Option<&'a Function> {
        match self.functions.get(name)?.as_slice() {
            [function] => Some(function),
            _ => None,
        }
    }

    /// Whether the object that `name` stands for is changed in place somewhere.
    pub(super) fn is_mutated(&self, name: &str) -> bool {
        self.mutated.contains(name)
    }

    /// Follows names that are bound once, up to a few steps.
    pub(super) fn resolve(&self, expression: &'a Expr, scope: Scope<'a>) -> Result<&'a Expr, String> {
        let mut current = expression;
        for _ in 0..8 {
            let ExprKind::Name(name) = &current.kind else { return Ok(current) };
            match self.lookup(name, scope).as_slice() {
                [Binding::Value(value)] => current = value,
                [Binding::Opaque(reason)] => return Err(format!("`{name}` {reason}")),
                [] => return Err(format!("`{name}` is not defined in env.py")),
                _ => return Err(format!("`{name}` is assigned more than once")),
            }
        }
        Err("the names refer to each other".to_owned())
    }
}

/// The bindings that a block makes in its own scope.
fn bindings(statements: &[Stmt]) -> BTreeMap<String, Vec<Binding<'_>>> {
    let mut found = BTreeMap::new();
    for statement in statements {
        collect(statement, &mut found);
    }
    found
}

fn collect<'a>(statement: &'a Stmt, found: &mut BTreeMap<String, Vec<Binding<'a>>>) {
    let mut opaque = |name: &str, reason: &str| {
        found.entry(name.to_owned()).or_default().push(Binding::Opaque(reason.to_owned()));
    };
    match &statement.kind {
        StmtKind::Function(function) => return opaque(&function.name, "is a function"),
        StmtKind::Class { name, .. } => return opaque(name, "is a class"),
        StmtKind::Import(names) | StmtKind::ImportFrom { names, .. } => {
            for alias in names {
                let name = alias.asname.as_deref().or_else(|| alias.name.split('.').next()).unwrap_or_default();
                opaque(name, "is imported");
            }
        }
        StmtKind::AugAssign { target, .. } => unpack(target, "is changed by an augmented assignment", &mut opaque),
        StmtKind::For { target, .. } => unpack(target, "is the variable of a loop", &mut opaque),
        StmtKind::With { items, .. } => {
            items
                .iter()
                .filter_map(|(_, name)| name.as_ref())
                .for_each(|name| unpack(name, "is bound by `with`", &mut opaque));
        }
        StmtKind::Try { handlers, .. } => {
            handlers
                .iter()
                .filter_map(|handler| handler.name.as_ref())
                .for_each(|name| opaque(name, "is an exception"));
        }
        StmtKind::Delete(targets) => targets.iter().for_each(|target| unpack(target, "is deleted", &mut opaque)),
        StmtKind::Assign { targets, value } => targets.iter().for_each(|target| assign(target, value, found)),
        StmtKind::AnnAssign { target, value: Some(value) } => assign(target, value, found),
        _ => {}
    }
    for expression in statement.expressions() {
        expression.walk(&mut |expression| {
            if let ExprKind::Walrus { name, value } = &expression.kind {
                found.entry(name.clone()).or_default().push(Binding::Value(value));
            }
        });
    }
    for block in statement.blocks() {
        block.iter().for_each(|statement| collect(statement, found));
    }
}

fn assign<'a>(target: &'a Expr, value: &'a Expr, found: &mut BTreeMap<String, Vec<Binding<'a>>>) {
    if let ExprKind::Name(name) = &target.kind {
        found.entry(name.clone()).or_default().push(Binding::Value(value));
    } else {
        unpack(target, "is unpacked from another value", &mut |name, reason| {
            found.entry(name.to_owned()).or_default().push(Binding::Opaque(reason.to_owned()));
        });
    }
}

/// The names in a target; `x.attr` and `x[i]` bind none.
fn unpack(target: &Expr, reason: &str, opaque: &mut dyn FnMut(&str, &str)) {
    match &target.kind {
        ExprKind::Name(name) => opaque(name, reason),
        ExprKind::Tuple(parts) | ExprKind::List(parts) => parts.iter().for_each(|part| unpack(part, reason, opaque)),
        ExprKind::Starred(part) => unpack(part, reason, opaque),
        _ => {}
    }
}

/// Names that a function's own block declares `global`.
fn globals(statements: &[Stmt]) -> Vec<String> {
    let mut found = Vec::new();
    for statement in statements {
        match &statement.kind {
            StmtKind::Global(names) => found.extend(names.iter().cloned()),
            StmtKind::Function(_) | StmtKind::Class { .. } => {}
            _ => statement.blocks().iter().for_each(|block| found.extend(globals(block))),
        }
    }
    found
}
