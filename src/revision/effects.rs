//! What code that is not run in order (function bodies, blocks) may do to a module's names.

use std::collections::BTreeSet;

use crate::python::ast::{Expr, ExprKind, Stmt, StmtKind};

/// What a function may do to its module when it is called.
#[derive(Debug, Clone, Default)]
pub(super) struct Effects {
    /// Names that it reads: functions that it may call, lists that it may change.
    pub(super) mentions: BTreeSet<String>,
    /// Names that it declares `global`.
    pub(super) rebinds: BTreeSet<String>,
    /// Whether it may change any name: `exec`, a write through `globals()`.
    pub(super) anything: bool,
}

impl Effects {
    /// Those of a block.
    pub(super) fn of(block: &[Stmt]) -> Self {
        let mut effects = Self::default();
        for statement in block {
            statement.walk(&mut |statement| {
                if let StmtKind::Global(names) = &statement.kind {
                    effects.rebinds.extend(names.iter().cloned());
                }
                let targets: &[Expr] = match &statement.kind {
                    StmtKind::Assign { targets, .. } | StmtKind::Delete(targets) => targets,
                    StmtKind::AugAssign { target, .. } => std::slice::from_ref(target),
                    _ => &[],
                };
                effects.anything |= targets.iter().any(|target| globals_item(target).is_some());
                for expr in statement.expressions() {
                    effects.anything |= changes_anything(expr);
                    expr.walk(&mut |expr| {
                        if let ExprKind::Name(name) = &expr.kind {
                            effects.mentions.insert(name.clone());
                        }
                    });
                }
            });
        }
        effects
    }

    /// Those of a function that could not be parsed, from its words.
    pub(super) fn of_text(text: &str) -> Self {
        let mentions: BTreeSet<String> = words(text).map(str::to_owned).collect();
        let rebinds = if mentions.contains("global") { mentions.clone() } else { BTreeSet::new() };
        let anything = mentions.iter().any(|word| is_reflection(word));
        Self { mentions, rebinds, anything }
    }
}

/// The identifiers and keywords of a text, those in strings and comments included.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Functions by which code can reach every name of its module.
fn is_reflection(name: &str) -> bool {
    matches!(name, "globals" | "locals" | "vars" | "exec" | "eval")
}

fn is_globals(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { func, args, .. }
        if args.is_empty() && matches!(&func.kind, ExprKind::Name(name) if is_reflection(name)))
}

/// The `k` of `globals()[k]`.
pub(super) fn globals_item(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Subscript { value, index } if is_globals(value) => Some(index),
        _ => None,
    }
}

/// Whether an expression that is read may change any name. Reading `globals()["f"]`, as
/// Flask-Migrate's multidb template does, changes nothing.
pub(super) fn changes_anything(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => is_reflection(name),
        ExprKind::Attribute { attr, .. } if matches!(attr.as_str(), "__dict__" | "modules") => true,
        ExprKind::Attribute { value, attr } if attr == "get" && is_globals(value) => false,
        _ => match globals_item(expr) {
            Some(index) => changes_anything(index),
            None => expr.children().into_iter().any(changes_anything),
        },
    }
}

/// The names that a target binds.
pub(super) fn bound_names<'a>(target: &'a Expr, names: &mut Vec<&'a str>) {
    match &target.kind {
        ExprKind::Name(name) => names.push(name),
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().for_each(|item| bound_names(item, names)),
        ExprKind::Starred(value) => bound_names(value, names),
        _ => {}
    }
}
