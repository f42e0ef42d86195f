//! What a test asks: the dialect, offline mode, or something that only a run can tell.

use super::model::{Condition, ConditionKind};
use super::reader::Reader;
use super::value::Value;
use crate::python::ast::{Expr, ExprKind};
use crate::source::Span;

/// What is known of a test.
pub(super) enum Verdict {
    /// It is always true, or always false.
    Known(bool),
    /// What holds where it is true, and where it is false.
    Open(Vec<Condition>, Vec<Condition>),
}

impl<'m> Reader<'m, '_> {
    /// What `test` asks.
    pub(super) fn verdict(&mut self, test: &'m Expr) -> Verdict {
        match &test.kind {
            ExprKind::Not(inner) => match self.verdict(inner) {
                Verdict::Known(holds) => Verdict::Known(!holds),
                // As written, the test is the inner one.
                Verdict::Open(holds, fails) => Verdict::Open(fails, holds),
            },
            ExprKind::Boolean { or, values } => self.combined(*or, values, test),
            ExprKind::Compare { left, rest } => match rest.as_slice() {
                [(op, right)] => self.comparison(left, op, right, test),
                _ => self.plain(test),
            },
            _ => self.plain(test),
        }
    }

    fn plain(&mut self, test: &'m Expr) -> Verdict {
        let value = self.value(test);
        if let Some(truth) = value.truth() {
            return Verdict::Known(truth);
        }
        if self.is_offline(&value) {
            return self.open(test, |is| ConditionKind::Offline { is });
        }
        if let Some((receiver, "startswith", call)) = value.method_call()
            && self.is_dialect_name(receiver)
            && let Some(Value::Str(name)) = call.arguments.positional.first().map(|item| &item.value)
        {
            return self.open(test, |is| ConditionKind::Dialect { names: vec![name.to_string()], is });
        }
        if let Some((name, call)) = value.named_call()
            && name == "builtins.isinstance"
            && let [_, class] = call.arguments.positional.as_slice()
            && let Some(dialect) = class.value.name().and_then(dialect_of_class)
        {
            return self.open(test, |is| ConditionKind::Dialect { names: vec![dialect.to_owned()], is });
        }
        self.open(test, |holds| ConditionKind::Test { holds })
    }

    fn comparison(&mut self, left: &'m Expr, op: &'static str, right: &'m Expr, test: &'m Expr) -> Verdict {
        let (a, b) = (self.value(left), self.value(right));
        let names = |value: &Value<'m>| match value {
            Value::Str(name) => Some(vec![name.to_string()]),
            Value::List(items) => {
                items.iter().map(|item| item.value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
            }
            _ => None,
        };
        let compared =
            if self.is_dialect_name(&a) { names(&b) } else { names(&a).filter(|_| self.is_dialect_name(&b)) };
        match (compared, op) {
            (Some(names), "==" | "in" | "is") => {
                self.open(test, |is| ConditionKind::Dialect { names: names.clone(), is })
            }
            (Some(names), "!=" | "not in" | "is not") => {
                self.open(test, |is| ConditionKind::Dialect { names: names.clone(), is: !is })
            }
            _ => self.plain(test),
        }
    }

    /// `a and b`, `a or b`
    fn combined(&mut self, or: bool, values: &'m [Expr], test: &'m Expr) -> Verdict {
        let mut open: Vec<(Vec<Condition>, Vec<Condition>)> = Vec::new();
        for value in values {
            match self.verdict(value) {
                Verdict::Known(holds) if holds == or => {
                    if open.is_empty() {
                        return Verdict::Known(or);
                    }
                    return self.open(test, |holds| ConditionKind::Test { holds });
                }
                Verdict::Known(_) => {}
                Verdict::Open(holds, fails) => open.push((holds, fails)),
            }
        }
        match open.len() {
            0 => Verdict::Known(!or),
            1 => open.pop().map_or(Verdict::Known(!or), |(holds, fails)| Verdict::Open(holds, fails)),
            _ if or => match any_dialect(&open) {
                Some(names) => self.open(test, |is| ConditionKind::Dialect { names: names.clone(), is }),
                None => Verdict::Open(
                    vec![self.condition(test, ConditionKind::Test { holds: true })],
                    open.into_iter().flat_map(|(_, fails)| fails).collect(),
                ),
            },
            _ => Verdict::Open(
                open.into_iter().flat_map(|(holds, _)| holds).collect(),
                vec![self.condition(test, ConditionKind::Test { holds: false })],
            ),
        }
    }

    fn open(&self, test: &Expr, kind: impl Fn(bool) -> ConditionKind) -> Verdict {
        Verdict::Open(vec![self.condition(test, kind(true))], vec![self.condition(test, kind(false))])
    }

    fn condition(&self, test: &Expr, kind: ConditionKind) -> Condition {
        Condition { kind, text: self.lower().written(test.span), span: test.span }
    }

    /// `context.is_offline_mode()`, `op.get_context().as_sql`
    fn is_offline(&self, value: &Value<'m>) -> bool {
        if let Value::Attribute(receiver, "as_sql") = value {
            return is_context(receiver);
        }
        value.named_call().is_some_and(|(name, _)| {
            matches!(name, "alembic.context.is_offline_mode" | "alembic.op.get_context.is_offline_mode")
        })
    }

    /// `op.get_bind().dialect.name` and the like.
    fn is_dialect_name(&self, value: &Value<'m>) -> bool {
        match value {
            Value::Attribute(receiver, "name") => match &**receiver {
                Value::Attribute(owner, "dialect" | "engine") => is_context(owner) || is_connection(owner),
                _ => false,
            },
            Value::Call(_) => match value.method_call() {
                // `dialect.name.lower()`
                Some((receiver, "lower", _)) => self.is_dialect_name(receiver),
                _ => false,
            },
            _ => false,
        }
    }
}

/// Whether a value is Alembic's context, or what hangs on it.
pub(super) fn is_context(value: &Value<'_>) -> bool {
    match value {
        Value::Attribute(receiver, "impl" | "environment_context") => is_context(receiver),
        Value::Name(name) => matches!(&**name, "alembic.op.impl" | "alembic.context" | "alembic.op"),
        _ => value
            .named_call()
            .is_some_and(|(name, _)| matches!(name, "alembic.op.get_context" | "alembic.context.get_context")),
    }
}

/// Whether a value is a connection of the migration, or an engine made of one.
pub(super) fn is_connection(value: &Value<'_>) -> bool {
    match value {
        Value::Attribute(receiver, "bind" | "connection") if is_context(receiver) => true,
        Value::Attribute(receiver, "engine" | "connection" | "bind") => is_connection(receiver),
        _ => match (value.named_call(), value.method_call()) {
            (Some((name, _)), _) => matches!(name, "alembic.op.get_bind" | "alembic.context.get_bind"),
            (_, Some((receiver, "execution_options" | "connect" | "connection" | "get_bind", _))) => {
                is_connection(receiver) || is_session(receiver)
            }
            _ => false,
        },
    }
}

/// Whether a value is a session of the ORM.
pub(super) fn is_session(value: &Value<'_>) -> bool {
    if let Some((name, _)) = value.named_call() {
        return name.ends_with(".Session") || name == "sqlalchemy.orm.scoped_session";
    }
    match value {
        Value::Call(call) => match &call.function {
            // `sessionmaker(bind=bind)()`
            Value::Call(maker) => maker
                .function
                .name()
                .is_some_and(|name| name.ends_with("sessionmaker") || name.ends_with("scoped_session")),
            Value::Attribute(receiver, "begin") => match &**receiver {
                Value::Call(maker) => maker.function.name().is_some_and(|name| name.ends_with("sessionmaker")),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// The dialect whose class stands in `isinstance`.
fn dialect_of_class(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("sqlalchemy.dialects.")?;
    rest.to_ascii_lowercase().ends_with("dialect").then(|| rest.split('.').next()).flatten()
}

/// The names of all dialects, if each test asks for one.
fn any_dialect(tests: &[(Vec<Condition>, Vec<Condition>)]) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for (holds, _) in tests {
        match holds.as_slice() {
            [Condition { kind: ConditionKind::Dialect { names, is: true }, .. }] => all.extend(names.iter().cloned()),
            _ => return None,
        }
    }
    Some(all)
}

/// The opposite of one condition.
pub(super) fn negated(condition: &Condition) -> Condition {
    let kind = match &condition.kind {
        ConditionKind::Dialect { names, is } => ConditionKind::Dialect { names: names.clone(), is: !is },
        ConditionKind::Offline { is } => ConditionKind::Offline { is: !is },
        ConditionKind::Test { holds } => ConditionKind::Test { holds: !holds },
        other => other.clone(),
    };
    Condition { kind, ..condition.clone() }
}

/// The condition of a loop over `text`, whose items are not known.
pub(super) fn looped(text: String, span: Span) -> Condition {
    Condition { kind: ConditionKind::Loop, text, span }
}
