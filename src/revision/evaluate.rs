//! The value of an expression, where constants alone decide it.
//!
//! What cannot be evaluated may still do something: change a list, call a function. So every
//! expression that yields no value goes through [`Module::escape`].

use std::collections::HashSet;

use super::module::Module;
use super::value::Value;
use crate::python::ast::{Expr, ExprKind};

impl Module<'_> {
    /// The value of `expr`, and its effects on the module's names.
    pub(super) fn evaluate(&mut self, expr: &Expr) -> Value {
        let value = self.constant(expr).map(|value| value.bounded(expr.span));
        value.unwrap_or_else(|| {
            let reason = self.reason(expr);
            self.escape(expr);
            reason
        })
    }

    fn constant(&mut self, expr: &Expr) -> Option<Value> {
        if !self.spend(1) {
            return None;
        }
        Some(match &expr.kind {
            ExprKind::None => Value::None,
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Int(digits) => Value::Int(digits.clone()),
            ExprKind::Float => Value::Kind("a float"),
            ExprKind::Bytes => Value::Kind("bytes"),
            ExprKind::Ellipsis => Value::Kind("`...`"),
            // The parser puts U+FFFD for a lone surrogate, which Python keeps.
            ExprKind::Str(text) if text.contains('\u{FFFD}') && !self.writes(expr, "\u{FFFD}") => {
                Value::unknown("has a character that is no Unicode", expr.span)
            }
            ExprKind::Str(text) => Value::Str(text.clone()),
            ExprKind::Name(name) => {
                // A function with another name can be called by that.
                self.called(name, expr.span);
                self.lookup(name, expr.span)
            }
            ExprKind::Tuple(items) => Value::Tuple(self.items(items)?),
            ExprKind::List(items) => {
                let items = self.items(items)?;
                self.shared(items)
            }
            ExprKind::Set(items) => {
                let items = distinct(self.items(items)?);
                self.shared(items)
            }
            ExprKind::Dict(pairs) => {
                let keys: Option<Vec<&Expr>> = pairs.iter().map(|(key, _)| key.as_ref()).collect();
                for (_, value) in pairs {
                    // Only the keys are kept: a list among the values has a name no longer.
                    self.escape(value);
                }
                let keys = keys?.into_iter().map(|key| self.evaluate(key)).collect();
                self.shared(distinct(keys))
            }
            ExprKind::Binary { left, op: "+", right } => self.sum(left, right)?,
            ExprKind::Binary { left, op: "%", right } => {
                let ExprKind::Str(format) = &left.kind else { return None };
                let arguments = match self.constant(right)? {
                    Value::Tuple(items) => items,
                    single => vec![single],
                };
                Value::Str(percent(format, &arguments)?)
            }
            ExprKind::FString(parts) => {
                let mut text = String::new();
                for part in parts {
                    text.push_str(&self.constant(part)?.as_text()?);
                }
                Value::Str(text)
            }
            ExprKind::Call { func, args, keywords } if keywords.is_empty() => self.call(func, args)?,
            _ => return None,
        })
    }

    fn items(&mut self, items: &[Expr]) -> Option<Vec<Value>> {
        if items.iter().any(|item| matches!(item.kind, ExprKind::Starred(_))) {
            return None;
        }
        Some(items.iter().map(|item| self.evaluate(item)).collect())
    }

    fn sum(&mut self, left: &Expr, right: &Expr) -> Option<Value> {
        // Bounded at each step, or a chain of doublings would fill the memory first.
        let left = self.constant(left)?.bounded(left.span);
        let right = self.constant(right)?.bounded(right.span);
        if !self.spend(left.size() + right.size()) {
            return None;
        }
        match (left, right) {
            (Value::Str(left), Value::Str(right)) => Some(Value::Str(left + &right)),
            (Value::Tuple(left), Value::Tuple(right)) => Some(Value::Tuple([left, right].concat())),
            (Value::Shared(_, left), Value::Shared(_, right)) => Some(self.shared([left, right].concat())),
            _ => None,
        }
    }

    fn call(&mut self, func: &Expr, args: &[Expr]) -> Option<Value> {
        match (&func.kind, args) {
            (ExprKind::Name(name), [argument])
                if matches!(name.as_str(), "tuple" | "list") && self.is_builtin(name) =>
            {
                let items = match self.constant(argument)? {
                    Value::Tuple(items) | Value::Shared(_, items) => items,
                    Value::Unknown(unknown) => return Some(Value::Unknown(unknown)),
                    _ => return None,
                };
                Some(if name == "tuple" { Value::Tuple(items) } else { self.shared(items) })
            }
            (ExprKind::Attribute { value, attr }, _) if attr == "format" => {
                let ExprKind::Str(format) = &value.kind else { return None };
                let arguments: Option<Vec<Value>> = args.iter().map(|argument| self.constant(argument)).collect();
                Some(Value::Str(braces(format, &arguments?)?))
            }
            _ => None,
        }
    }

    /// Why `expr` has no value.
    fn reason(&mut self, expr: &Expr) -> Value {
        let mut reason = None;
        let described = match &expr.kind {
            ExprKind::Call { func, .. } => match func.dotted_name() {
                Some(name) => format!("is the result of a call to `{name}`"),
                None => "is the result of a call".to_owned(),
            },
            ExprKind::Attribute { .. } => match expr.dotted_name() {
                Some(name) => format!("is taken from `{name}`"),
                None => "is taken from an attribute".to_owned(),
            },
            ExprKind::IfElse { .. } | ExprKind::Boolean { .. } => "depends on a condition".to_owned(),
            ExprKind::Walrus { .. } => "is assigned by `:=`".to_owned(),
            _ => {
                // The part that is to blame says more than "is computed".
                for child in expr.children() {
                    if reason.is_none()
                        && self.spend(1)
                        && let Value::Unknown(unknown) = self.constant(child).unwrap_or_else(|| self.reason(child))
                        && unknown.reason != COMPUTED
                    {
                        reason = Some(unknown);
                    }
                }
                COMPUTED.to_owned()
            }
        };
        reason.map_or_else(|| Value::unknown(described, expr.span), Value::Unknown)
    }
}

const COMPUTED: &str = "is computed";

fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    let first: Vec<bool> = values.iter().map(|value| seen.insert(value)).collect();
    values.into_iter().zip(first).filter_map(|(value, first)| first.then_some(value)).collect()
}

/// `format % arguments` with nothing but `%s` (and `%d` of an integer) and `%%`.
fn percent(format: &str, arguments: &[Value]) -> Option<String> {
    let mut arguments = arguments.iter();
    let mut text = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => match chars.next()? {
                '%' => text.push('%'),
                's' => text.push_str(&arguments.next()?.as_text()?),
                'd' => match arguments.next()? {
                    Value::Int(digits) => text.push_str(digits),
                    _ => return None,
                },
                _ => return None,
            },
            c => text.push(c),
        }
    }
    arguments.next().is_none().then_some(text)
}

/// `format.format(*arguments)` with nothing but `{}`, `{{` and `}}`.
fn braces(format: &str, arguments: &[Value]) -> Option<String> {
    let mut arguments = arguments.iter();
    let mut text = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match (c, c == '{' || c == '}') {
            ('{', _) => match chars.next()? {
                '{' => text.push('{'),
                '}' => text.push_str(&arguments.next()?.as_text()?),
                _ => return None,
            },
            (_, true) => text.push(chars.next().filter(|next| *next == '}')?),
            (c, _) => text.push(c),
        }
    }
    Some(text)
}
