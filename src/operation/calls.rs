//! Calls: of Alembic's directives, of the database, of helper functions, and of what is unknown.

use std::rc::Rc;

use super::conditions::{is_connection, is_context, is_session};
use super::directives;
use super::evaluate::BYTES;
use super::lower;
use super::model::{Data, Operation, Setting, SqlText, Verb};
use super::reader::Reader;
use super::unfollowed::{is_deed, is_question};
use super::value::{CHOICES, Call, Choice, Item, Value};
use crate::source::Span;

/// Functions of Python's library that do nothing to a database, by the module that they are in.
pub(super) const HARMLESS: &[&str] = &[
    "builtins",
    "logging",
    "warnings",
    "time",
    "datetime",
    "uuid",
    "json",
    "os",
    "sys",
    "re",
    "typing",
    "collections",
    "itertools",
    "functools",
    "textwrap",
    "inspect",
    "string",
    "enum",
    "decimal",
    "random",
    "secrets",
    "hashlib",
    "math",
    "pathlib",
    "contextlib",
    "operator",
    "copy",
    "tqdm",
    "csv",
    "io",
    "traceback",
    "base64",
    "pprint",
    "gc",
    "alembic",
    "sqlalchemy",
    "sqlmodel",
    "sqlalchemy_utils",
    "geoalchemy2",
    "pgvector",
    "dateutil",
    "packaging",
    "zoneinfo",
    "pytz",
    "dataclasses",
    "abc",
    "shutil",
    "tempfile",
    "structlog",
    "loguru",
    "rich",
    "click",
    "simplejson",
    "orjson",
];

impl<'m> Reader<'m, '_> {
    /// What a call does, and its value. `alone`: nothing is done with the value.
    pub(super) fn perform(&mut self, call: Rc<Call<'m>>, alone: bool) -> Value<'m> {
        let span = call.span;
        match &call.function {
            Value::Function(function) => self.inline(function, &call.arguments, span),
            Value::Name(name) => self.named(name, &call, alone),
            Value::Attribute(receiver, method) => self.method_of(receiver, method, &call, alone),
            Value::Unknown(unknown) => {
                let passes = self.passes_database(&call.arguments) || self.passes_work(&call.arguments);
                if alone && unknown.is_foreign || passes {
                    let written = self.lower().written(call.span);
                    let what = shorten(&written);
                    self.opaque(format!("`{what}` is called, which {}", unknown.reason), span);
                }
                Value::Unknown(Rc::clone(unknown))
            }
            Value::Choice(choice) => {
                let made = |function: &Value<'m>| {
                    Rc::new(Call { function: function.clone(), arguments: call.arguments.clone(), span })
                };
                let held = self.conditions.len();
                self.hold(&choice.condition);
                let then = self.perform(made(&choice.then), alone);
                self.conditions.truncate(held);
                self.hold(&choice.negated);
                let otherwise = self.perform(made(&choice.otherwise), alone);
                self.conditions.truncate(held);
                let (condition, negated) = (choice.condition.clone(), choice.negated.clone());
                Value::Choice(Rc::new(Choice { condition, then, negated, otherwise }))
            }
            // `getattr(op, name)(…)`
            Value::Call(made) if made.function.name() == Some("builtins.getattr") => {
                if self.passes_database(&made.arguments) {
                    let what = shorten(&self.lower().written(span));
                    self.opaque(format!("`{what}` is called, whose name is not known"), span);
                }
                Value::Call(call)
            }
            _ => Value::Call(call),
        }
    }

    fn named(&mut self, name: &str, call: &Rc<Call<'m>>, alone: bool) -> Value<'m> {
        self.gives_live(name, &call.arguments, call.span);
        if let Some(directive) = name.strip_prefix("alembic.op.") {
            self.directive(directive, call);
            return Value::Call(Rc::clone(call));
        }
        let is_given_work = !name.starts_with("sqlalchemy.") && self.passes_work(&call.arguments);
        if is_given_work || matches!(name, "builtins.exec" | "builtins.eval") {
            let what = shorten(&self.lower().written(call.span));
            self.opaque(format!("`{what}` runs code that is not followed"), call.span);
            return Value::unknown("is the result of a call that is not followed", call.span);
        }
        if let Some(builtin) = name.strip_prefix("builtins.") {
            let known = self.builtin(builtin, &call.arguments, call.span);
            return known.unwrap_or_else(|| Value::Call(Rc::clone(call)));
        }
        if matches!(name, "textwrap.dedent" | "inspect.cleandoc")
            && let Some(Value::Str(text)) = call.arguments.positional.first().map(|item| &item.value)
        {
            return Value::str(dedent(text));
        }
        let module = name.split('.').next().unwrap_or_default();
        let may_act = alone || is_deed(name) || (self.passes_database(&call.arguments) && !is_question(name));
        if !HARMLESS.contains(&module) && may_act && !is_logging(name) {
            self.opaque(format!("`{}` is called, which is not in this file", shorten(name)), call.span);
        }
        Value::Call(Rc::clone(call))
    }

    fn method_of(&mut self, receiver: &Value<'m>, method: &'m str, call: &Rc<Call<'m>>, alone: bool) -> Value<'m> {
        let span = call.span;
        let arguments = &call.arguments;
        self.gives_live(method, arguments, span);
        // `"…".format("a" if postgresql else "b")`
        if let Value::Str(_) = receiver
            && let Some(choice) = arguments.direct_choice(CHOICES)
        {
            let way = |first| {
                Rc::new(Call { function: call.function.clone(), arguments: arguments.chosen(&choice, first), span })
            };
            let then = self.method_of(receiver, method, &way(true), alone);
            let otherwise = self.method_of(receiver, method, &way(false), alone);
            let (condition, negated) = (choice.condition.clone(), choice.negated.clone());
            return Value::Choice(Rc::new(Choice { condition, then, negated, otherwise }));
        }
        if let Some(known) = self.method(receiver, method, arguments, span) {
            self.charge(known.known_text().map_or(0, str::len) / BYTES, span);
            return known;
        }
        match receiver {
            Value::Batch(batch) => {
                self.batch_directive(*batch, method, call);
                if method == "f" {
                    let function = Value::Name("alembic.op.f".into());
                    return Value::Call(Rc::new(Call { function, arguments: arguments.clone(), span }));
                }
                return Value::foreign("is the result of a batch operation", span);
            }
            Value::Str(text) if method == "format" => {
                let why = arguments.reason().map_or_else(|| Value::unknown("is computed", span), Value::Unknown);
                return why.partial_text(Rc::clone(text), span);
            }
            Value::Dict(_) if self.holds_work(receiver) => return Value::foreign("is one of several functions", span),
            Value::Str(_) | Value::List(_) | Value::Dict(_) => {
                return super::evaluate::because(receiver, "is computed", span);
            }
            Value::Choice(choice) => {
                // Distributed over both values.
                let attribute = |value: &Value<'m>| Value::Attribute(Rc::new(value.clone()), method);
                let (condition, negated) = (choice.condition.clone(), choice.negated.clone());
                let (then, otherwise) = (attribute(&choice.then), attribute(&choice.otherwise));
                let function = Value::Choice(Rc::new(Choice { condition, then, negated, otherwise }));
                return self.perform(Rc::new(Call { function, arguments: arguments.clone(), span }), alone);
            }
            _ => {}
        }
        if is_context(receiver) && method == "execute" {
            self.directive("execute", call);
        } else if is_context(receiver) && is_deed(method) {
            let what = shorten(&self.lower().written(span));
            self.opaque(format!("`{what}` is called, which is no directive"), span);
        } else if is_connection(receiver) {
            self.on_connection(method, call);
        } else if is_session(receiver) {
            self.on_session(method, call);
        } else if matches!(method, "create" | "drop" | "create_all" | "drop_all") {
            self.on_object(receiver, method, call);
        } else if is_container_method(method) {
            // Whatever it is, this is no way to change a database.
        } else if chain_root(receiver).is_some_and(is_session) {
            if alone {
                self.data(Verb::Session, None, false, span);
            }
        } else if alone && receiver.reason().is_some_and(|unknown| unknown.is_foreign)
            || self.passes_database(arguments) && !is_sqlalchemy(receiver)
            || self.passes_work(arguments)
        {
            let what = shorten(&self.lower().written(span));
            self.opaque(format!("`{what}` is called on a value that is not known"), span);
        }
        Value::Call(Rc::clone(call))
    }

    fn on_connection(&mut self, method: &str, call: &Rc<Call<'m>>) {
        match method {
            "execute" | "scalar" | "scalars" | "exec_driver_sql" => {
                let driver = method == "exec_driver_sql";
                self.emit(&call.arguments, call.span, None, &mut |lower, arguments| {
                    let statement = arguments.positional.first().or_else(|| arguments.named("statement"));
                    let mut made = directives::execute(lower, statement, driver)?;
                    if let (Operation::Sql(sql), Some(given)) = (&mut made, arguments.get(1, "parameters")) {
                        bind_parameters(lower, sql, given);
                    }
                    Ok(made)
                });
            }
            "run_callable" | "run_sync" => {
                let what = shorten(&self.lower().written(call.span));
                self.opaque(format!("`{what}` runs a function that is not followed"), call.span);
            }
            // Of a driver's cursor.
            "executemany" | "executescript" | "callproc" | "copy" | "copy_expert" | "copy_from" => {
                let what = shorten(&self.lower().written(call.span));
                self.opaque(format!("`{what}` goes past SQLAlchemy, and is not followed"), call.span);
            }
            // Transactions and properties change nothing themselves.
            _ => {}
        }
    }

    fn on_session(&mut self, method: &str, call: &Rc<Call<'m>>) {
        match method {
            "execute" | "scalar" | "scalars" => self.on_connection("execute", call),
            "add"
            | "add_all"
            | "merge"
            | "delete"
            | "bulk_save_objects"
            | "bulk_insert_mappings"
            | "bulk_update_mappings" => self.data(Verb::Session, None, false, call.span),
            _ => {}
        }
    }

    fn data(&mut self, verb: Verb, table: Option<super::model::TableName>, has_condition: bool, span: Span) {
        let written = self.lower().written(span);
        self.push(Operation::Data(Data { verb, table, has_condition, written }), Vec::new(), span, None);
    }

    /// `sa.Enum(…).create(bind)`, `table.create(bind)`, `metadata.create_all(bind)`
    fn on_object(&mut self, receiver: &Value<'m>, method: &str, call: &Rc<Call<'m>>) {
        let mut lower = self.lower();
        if let Some(r#type) = lower::enum_type(&mut lower, receiver) {
            // `postgresql.ENUM` looks first unless told otherwise, `sa.Enum` does not.
            let check = call.arguments.named("checkfirst").or_else(|| call.arguments.positional.get(1));
            let check_first = lower.flag(check, "checkfirst", r#type.is_postgresql);
            let operation = match method {
                "create" => Operation::CreateEnum { r#type, check_first },
                _ => Operation::DropEnum { r#type, check_first },
            };
            self.push(operation, lower.notes, call.span, None);
            return;
        }
        if receiver.reason().is_some() || self.passes_database(&call.arguments) {
            let what = shorten(&self.lower().written(call.span));
            self.opaque(format!("`{what}` is called on an object that is not followed"), call.span);
        }
    }
}

/// `logger.info` of any module.
fn is_logging(name: &str) -> bool {
    let mut parts = name.rsplit('.');
    let is_level = matches!(
        parts.next(),
        Some("debug" | "info" | "warning" | "warn" | "error" | "exception" | "critical" | "log")
    );
    is_level && parts.next().is_some_and(|part| part.to_ascii_lowercase().contains("log"))
}

/// Methods of Python's own containers that nothing else has.
fn is_container_method(name: &str) -> bool {
    matches!(name, "append" | "extend" | "setdefault" | "sort" | "reverse" | "discard" | "popitem")
}

/// Where a chain of method calls and attributes begins.
fn chain_root<'a, 'm>(value: &'a Value<'m>) -> Option<&'a Value<'m>> {
    let mut current = value;
    for _ in 0..50 {
        if is_session(current) || is_connection(current) {
            return Some(current);
        }
        current = match current {
            Value::Attribute(inner, _) => inner,
            Value::Call(call) => &call.function,
            _ => return Some(current),
        };
    }
    None
}

fn is_sqlalchemy(value: &Value<'_>) -> bool {
    matches!(chain_root(value), Some(Value::Name(name)) if name.starts_with("sqlalchemy") || name.starts_with("builtins"))
}

/// Parameters that are given to `execute` besides the statement.
fn bind_parameters(lower: &mut lower::Lower<'_>, sql: &mut SqlText, given: &Item<'_>) {
    match &given.value {
        Value::Dict(pairs) => {
            for (name, value) in pairs.iter() {
                match name.value.as_str() {
                    Some(name) => {
                        sql.parameters.push(Setting { name: name.to_owned(), value: lower.constant(value) });
                    }
                    None => sql.has_unknown_parameters = true,
                }
            }
        }
        Value::None => {}
        _ => sql.has_unknown_parameters = true,
    }
}

/// The first words of what is written, to be shown in a sentence.
pub(super) fn shorten(written: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = written.chars().take(LONGEST).collect();
    if written.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

/// `textwrap.dedent`, near enough for SQL: blanks that all lines share are taken away.
fn dedent(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let shared = text.lines().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let lines: Vec<&str> = text.lines().map(|line| line.get(shared..).unwrap_or_default()).collect();
    lines.join("\n")
}
