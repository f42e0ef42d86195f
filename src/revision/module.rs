//! The names of a module while its top-level statements are run abstractly.
//!
//! A name has a value only if every step that leads to it is certain; whatever may change it
//! otherwise makes it unknown, with the reason. A later plain assignment makes it known again.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::effects::{Effects, changes_anything};
use super::value::{Binding, Unknown, Value};
use crate::python::ast::{Expr, ExprKind};
use crate::source::Span;

/// Steps that the run of one module may take: a file that people write takes some thousands, and
/// one that is made to hang the reader ends within a second.
const STEPS: usize = 3_000_000;

/// A module being run.
pub(super) struct Module<'a> {
    text: &'a str,
    names: BTreeMap<String, Binding>,
    pub(super) functions: BTreeMap<String, Effects>,
    identities: usize,
    /// Why a name that is not among `names` may exist all the same.
    open: Option<Unknown>,
    steps: Cell<usize>,
}

impl<'a> Module<'a> {
    /// A module of which nothing has been run yet.
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            names: BTreeMap::new(),
            functions: BTreeMap::new(),
            identities: 0,
            open: None,
            steps: Cell::new(STEPS),
        }
    }

    /// Counts the steps of what is about to be done. `false` when they are used up: then nothing
    /// is known of any name any more.
    pub(super) fn spend(&self, steps: usize) -> bool {
        self.steps.set(self.steps.get().saturating_sub(steps));
        self.steps.get() > 0
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    pub(super) fn writes(&self, expr: &Expr, what: &str) -> bool {
        self.slice(expr.span).contains(what)
    }

    /// What `name` is bound to now; `None` if it is certainly not bound.
    pub(super) fn binding(&self, name: &str) -> Option<Binding> {
        let bound = self.names.get(name);
        if !self.spend(bound.map_or(1, |binding| binding.value.size())) {
            let span = Span::default();
            return Some(Binding {
                value: Value::unknown("is set in a file that does too much to be followed", span),
                span,
            });
        }
        bound.cloned().or_else(|| {
            let unknown = self.open.clone()?;
            Some(Binding { span: unknown.span, value: Value::Unknown(unknown) })
        })
    }

    pub(super) fn lookup(&self, name: &str, span: Span) -> Value {
        match self.binding(name) {
            Some(binding) => binding.value,
            None => Value::unknown(format!("is the name `{name}`, which is not assigned above"), span),
        }
    }

    pub(super) fn is_builtin(&self, name: &str) -> bool {
        self.binding(name).is_none() && !self.functions.contains_key(name)
    }

    /// A new list.
    pub(super) fn shared(&mut self, items: Vec<Value>) -> Value {
        self.identities += 1;
        Value::Shared(self.identities, items)
    }

    pub(super) fn set(&mut self, name: &str, value: Value, span: Span) {
        self.functions.remove(name);
        self.names.insert(name.to_owned(), Binding { value, span });
    }

    /// Makes `name` unknown.
    pub(super) fn forget(&mut self, name: &str, reason: impl Into<String>, span: Span) {
        self.set(name, Value::unknown(reason, span), span);
    }

    /// Makes all names unknown, also those that are not bound.
    pub(super) fn forget_all(&mut self, reason: impl Into<String>, span: Span) {
        if !self.spend(self.names.len()) {
            return;
        }
        let unknown = Unknown::new(reason, span);
        for binding in self.names.values_mut() {
            *binding = Binding { value: Value::Unknown(unknown.clone()), span };
        }
        self.open = Some(unknown);
    }

    /// Makes the names (and those in `also`) that occur as words in code that was not understood
    /// unknown.
    pub(super) fn forget_words(&mut self, words: &BTreeSet<&str>, also: &[&str], unknown: &Unknown) {
        if !self.spend(self.names.len()) {
            return;
        }
        let names: Vec<String> = self.names.keys().cloned().chain(also.iter().map(|name| (*name).to_owned())).collect();
        for name in names {
            if words.contains(name.as_str()) {
                self.changed(&name, &unknown.reason, unknown.span);
                self.set(&name, Value::Unknown(unknown.clone()), unknown.span);
            }
        }
    }

    /// The object that `name` is bound to may be another now: so may be everything that holds it.
    pub(super) fn changed(&mut self, name: &str, reason: &str, span: Span) {
        let mut changed = Vec::new();
        if let Some(binding) = self.names.get(name) {
            binding.value.identities(&mut changed);
        }
        if changed.is_empty() || !self.spend(self.names.values().map(|binding| binding.value.size()).sum()) {
            return;
        }
        let changed: BTreeSet<usize> = changed.into_iter().collect();
        for binding in self.names.values_mut() {
            let mut held = Vec::new();
            binding.value.identities(&mut held);
            if held.iter().any(|identity| changed.contains(identity)) {
                *binding = Binding { value: Value::unknown(reason, span), span };
            }
        }
    }

    /// The effects of an expression whose value is not known.
    pub(super) fn escape(&mut self, expr: &Expr) {
        if changes_anything(expr) {
            self.forget_all(format!("may be changed by `{}`", first_line(self.slice(expr.span))), expr.span);
        }
        let mut used = Vec::new();
        let mut assigned = Vec::new();
        expr.walk(&mut |expr| match &expr.kind {
            ExprKind::Name(name) => used.push((name, None, expr.span)),
            ExprKind::Call { func, .. } => {
                if let ExprKind::Attribute { value, attr } = &func.kind
                    && let ExprKind::Name(name) = &value.kind
                {
                    used.push((name, Some(attr), expr.span));
                }
            }
            ExprKind::Walrus { name, .. } => assigned.push((name, expr.span)),
            _ => {}
        });
        for (name, method, span) in used {
            let reason = match method {
                Some(method) => format!("is changed by `.{method}()`"),
                None => format!("may be changed where `{name}` is used"),
            };
            self.changed(name, &reason, span);
            self.called(name, span);
        }
        for (name, span) in assigned {
            self.forget(name, "is assigned by `:=`", span);
        }
    }

    /// `name` may be called: if it is a function of this module, it does what it does.
    pub(super) fn called(&mut self, name: &str, span: Span) {
        let mut waiting = vec![name.to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(function) = waiting.pop() {
            if !self.functions.contains_key(&function) || !seen.insert(function.clone()) {
                continue;
            }
            let Some(effects) = self.functions.get(&function) else { continue };
            if !self.spend(effects.mentions.len() + effects.rebinds.len()) {
                return;
            }
            let effects = effects.clone();
            let reason = format!("may be changed by the function `{function}`");
            if effects.anything {
                self.forget_all(&*reason, span);
            }
            for mentioned in &effects.mentions {
                self.changed(mentioned, &reason, span);
            }
            waiting.extend(effects.mentions);
            for rebound in &effects.rebinds {
                self.forget(rebound, &*reason, span);
            }
        }
    }
}

fn first_line(code: &str) -> &str {
    code.lines().next().unwrap_or_default()
}
