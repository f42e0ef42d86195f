//! What a test asks: the dialect, offline mode, or something that only a run can tell.

use std::rc::Rc;

use super::model::{Condition, ConditionKind};
use super::reader::Reader;
use super::value::{Choice, Value};
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
        // The name of a test, or a function that makes it.
        if let Value::Choice(choice) = &value {
            match (choice.then.truth(), choice.otherwise.truth()) {
                (Some(true), Some(false)) => return Verdict::Open(choice.condition.clone(), choice.negated.clone()),
                (Some(false), Some(true)) => return Verdict::Open(choice.negated.clone(), choice.condition.clone()),
                (Some(then), Some(_)) => return Verdict::Known(then),
                _ => {}
            }
        }
        if self.is_offline(&value) {
            return self.open(test, |is| ConditionKind::Offline { is });
        }
        if let Some((receiver, "startswith", call)) = value.method_call()
            && (is_dialect_name(receiver) || is_dialect_text(receiver))
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
        match asks_dialect(&a, op, &b) {
            Some((names, holds)) => {
                self.open(test, |is| ConditionKind::Dialect { names: names.clone(), is: is == holds })
            }
            None => self.plain(test),
        }
    }

    /// What a comparison of these values makes, if it asks for the dialect: true on some, false on others.
    pub(super) fn dialect_choice(&self, a: &Value<'m>, op: &str, b: &Value<'m>, span: Span) -> Option<Value<'m>> {
        let (names, holds) = asks_dialect(a, op, b)?;
        let text = self.lower().written(span);
        let condition =
            |is| Condition { kind: ConditionKind::Dialect { names: names.clone(), is }, text: text.clone(), span };
        Some(Value::Choice(Rc::new(Choice {
            condition: vec![condition(holds)],
            then: Value::Bool(true),
            negated: vec![condition(!holds)],
            otherwise: Value::Bool(false),
        })))
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
}

/// The dialects that a comparison asks for, and whether it is true on them.
fn asks_dialect(a: &Value<'_>, op: &str, b: &Value<'_>) -> Option<(Vec<String>, bool)> {
    let names = |value: &Value<'_>| match value {
        Value::Str(name) => Some(vec![name.to_string()]),
        Value::List(items) => items.iter().map(|item| item.value.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let compared = match op {
        // `"postgresql" in dialect.dialect_description`
        "in" | "not in" if is_dialect_text(b) => names(a),
        _ if is_dialect_name(a) => names(b),
        _ => names(a).filter(|_| is_dialect_name(b)),
    }?;
    match op {
        "==" | "in" | "is" => Some((compared, true)),
        "!=" | "not in" | "is not" => Some((compared, false)),
        _ => None,
    }
}

/// `op.get_bind().dialect.name` and the like.
fn is_dialect_name(value: &Value<'_>) -> bool {
    match value {
        Value::Attribute(receiver, "name") => match &**receiver {
            Value::Attribute(owner, "dialect" | "engine") => has_dialect(owner),
            _ => false,
        },
        Value::Attribute(receiver, "__dialect__") => is_context(receiver),
        Value::Call(_) => match value.method_call() {
            // `dialect.name.lower()`
            Some((receiver, "lower", _)) => is_dialect_name(receiver),
            Some((Value::Attribute(owner, "url"), "get_backend_name", _)) => is_connection(owner),
            _ => false,
        },
        _ => false,
    }
}

/// Texts that begin with the dialect's name: `dialect.dialect_description`, `url.drivername`.
fn is_dialect_text(value: &Value<'_>) -> bool {
    match value {
        Value::Attribute(dialect, "dialect_description") => {
            matches!(&**dialect, Value::Attribute(owner, "dialect") if has_dialect(owner))
        }
        Value::Attribute(url, "drivername") => {
            matches!(&**url, Value::Attribute(owner, "url") if is_connection(owner))
        }
        _ => false,
    }
}

/// Whether a value knows the dialect of the database that is migrated.
fn has_dialect(value: &Value<'_>) -> bool {
    is_context(value) || is_connection(value) || is_inspector(value)
}

/// `sqlalchemy.inspect(op.get_bind())`
fn is_inspector(value: &Value<'_>) -> bool {
    value.named_call().is_some_and(|(name, call)| {
        name.starts_with("sqlalchemy.")
            && (name.ends_with(".inspect") || name.ends_with("Inspector.from_engine"))
            && call.arguments.positional.first().is_some_and(|item| is_connection(&item.value))
    })
}

/// Whether a value is Alembic's context, or what hangs on it.
pub(super) fn is_context(value: &Value<'_>) -> bool {
    match value {
        Value::Attribute(receiver, "impl" | "environment_context") => is_context(receiver),
        Value::Name(name) => matches!(&**name, "alembic.op.impl" | "alembic.context" | "alembic.op"),
        _ => value.named_call().is_some_and(|(name, _)| {
            matches!(name, "alembic.op.get_context" | "alembic.context.get_context" | "alembic.context.get_impl")
        }),
    }
}

/// Whether a value is a connection of the migration, or an engine made of one.
pub(super) fn is_connection(value: &Value<'_>) -> bool {
    match value {
        Value::Attribute(receiver, "bind" | "connection") if is_context(receiver) => true,
        Value::Attribute(receiver, "engine" | "connection" | "bind" | "driver_connection" | "dbapi_connection") => {
            is_connection(receiver) || is_inspector(receiver)
        }
        _ => match (value.named_call(), value.method_call()) {
            (Some((name, _)), _) => matches!(name, "alembic.op.get_bind" | "alembic.context.get_bind"),
            (
                _,
                Some((
                    receiver,
                    "execution_options" | "connect" | "connection" | "get_bind" | "raw_connection" | "cursor",
                    _,
                )),
            ) => is_connection(receiver) || is_session(receiver),
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
