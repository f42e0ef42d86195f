//! From values to the model: what `sa.Column(…)`, `sa.text(…)` and the like mean.

mod column;
mod constraint;
mod types;

pub(super) use types::enum_type;

use super::model::{Constant, Name, Setting, SqlExpr, TableName};
use super::value::{Arguments, Item, Value, constant};
use crate::source::{SourceFile, Span};

/// Turns values into the model, and notes what it does not understand.
pub(super) struct Lower<'s> {
    pub(super) source: &'s SourceFile,
    /// What was not understood of the operation that is being made.
    pub(super) notes: Vec<String>,
}

/// Why an operation cannot be known, completing "it is not known what this does: …".
pub(super) type Reason = String;

impl<'s> Lower<'s> {
    pub(super) fn new(source: &'s SourceFile) -> Self {
        Self { source, notes: Vec::new() }
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The text of `span` in one line; its beginning, if it is long.
    pub(super) fn written(&self, span: Span) -> String {
        const LONGEST: usize = 4_000;
        let mut text = self.source.slice(span);
        if text.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text = text.get(..end).unwrap_or_default();
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ")
    }

    pub(super) fn constant(&self, item: &Item<'_>) -> Constant {
        constant(item, &|span| self.written(span))
    }

    pub(super) fn expression(&self, item: &Item<'_>) -> SqlExpr {
        expression(item, &|span| self.written(span))
    }

    /// An expression where a string stands for SQL.
    pub(super) fn sql(&self, item: &Item<'_>) -> SqlExpr {
        match &item.value {
            Value::Str(text) => SqlExpr::Text(text.to_string()),
            _ => self.expression(item),
        }
    }

    /// A string that must be there.
    pub(super) fn string(&self, item: Option<&Item<'_>>, what: &str) -> Result<String, Reason> {
        let Some(item) = item else { return Err(format!("{what} is missing")) };
        match name_text(&item.value) {
            Some((text, _)) => Ok(text),
            None => Err(self.blame(item, what)),
        }
    }

    /// A string that may be missing or `None`.
    pub(super) fn optional_string(&mut self, item: Option<&Item<'_>>, what: &str) -> Option<String> {
        let item = item?;
        match (&item.value, name_text(&item.value)) {
            (Value::None, _) => None,
            (_, Some((text, _))) => Some(text),
            _ => {
                let note = self.blame(item, what);
                self.note(note);
                None
            }
        }
    }

    /// A string that may be missing or `None`, without which the operation is not known when it
    /// is there and cannot be read.
    pub(super) fn certain_string(&self, item: Option<&Item<'_>>, what: &str) -> Result<Option<String>, Reason> {
        match item {
            None => Ok(None),
            Some(Item { value: Value::None, .. }) => Ok(None),
            item => self.string(item, what).map(Some),
        }
    }

    /// The name of a constraint or an index.
    pub(super) fn name(&mut self, item: Option<&Item<'_>>) -> Result<Option<Name>, Reason> {
        match item {
            None => Ok(None),
            Some(Item { value: Value::None, .. }) => Ok(None),
            Some(item) => match name_text(&item.value) {
                Some((text, is_final)) => Ok(Some(Name { text, is_final })),
                None => Err(self.blame(item, "its name")),
            },
        }
    }

    pub(super) fn table(&self, name: Option<&Item<'_>>, schema: Option<&Item<'_>>) -> Result<TableName, Reason> {
        let name = self.string(name, "the table's name")?;
        Ok(TableName { schema: self.certain_string(schema, "the schema")?, name })
    }

    /// A flag; what is not known is noted and counts as `default`.
    pub(super) fn flag(&mut self, item: Option<&Item<'_>>, what: &str, default: bool) -> bool {
        self.optional_flag(item, what).unwrap_or(default)
    }

    pub(super) fn optional_flag(&mut self, item: Option<&Item<'_>>, what: &str) -> Option<bool> {
        let item = item?;
        match (&item.value, item.value.truth()) {
            (Value::None, _) => None,
            (_, Some(value)) => Some(value),
            (_, None) => {
                let note = self.blame(item, &format!("`{what}`"));
                self.note(note);
                None
            }
        }
    }

    pub(super) fn number(&mut self, item: Option<&Item<'_>>, what: &str) -> Option<i64> {
        let item = item?;
        match &item.value {
            Value::None => None,
            Value::Number(digits) => digits.parse().ok(),
            _ => {
                let note = self.blame(item, &format!("`{what}`"));
                self.note(note);
                None
            }
        }
    }

    /// Names in a list.
    pub(super) fn strings(&self, item: Option<&Item<'_>>, what: &str) -> Result<Vec<String>, Reason> {
        let Some(item) = item else { return Err(format!("{what} are missing")) };
        match &item.value {
            Value::List(items) => items.iter().map(|item| self.string(Some(item), what)).collect(),
            // SQLAlchemy and Alembic would take a string apart into letters.
            _ => Err(self.blame(item, what)),
        }
    }

    /// The keyword arguments but those in `known`.
    pub(super) fn settings(&self, arguments: &Arguments<'_>, known: &[&str]) -> Vec<Setting> {
        let others = arguments.named.iter().filter(|(name, _)| !known.contains(&&**name));
        others.map(|(name, item)| Setting { name: name.to_string(), value: self.constant(item) }).collect()
    }

    /// The dialect options among the keyword arguments; others but those in `known` are noted.
    pub(super) fn options(&mut self, arguments: &Arguments<'_>, known: &[&str]) -> Vec<Setting> {
        let (options, strange): (Vec<_>, Vec<_>) =
            self.settings(arguments, known).into_iter().partition(|setting| is_dialect_option(&setting.name));
        for setting in strange {
            self.note(format!("the argument `{}` is not known", setting.name));
        }
        if let Some(rest) = &arguments.rest {
            let note = format!("there may be more arguments: {}", rest.reason);
            self.note(note);
        }
        options
    }

    /// Says why `what` is not known.
    pub(super) fn blame(&self, item: &Item<'_>, what: &str) -> Reason {
        let verb = if what.ends_with('s') && !what.ends_with("'s") { "are" } else { "is" };
        match item.value.reason() {
            Some(unknown) => {
                let written = self.written(unknown.span);
                let short: String = written.chars().take(60).collect();
                let dots = if short.len() < written.len() { "…" } else { "" };
                format!("{what} {verb} not known: `{short}{dots}` {}", unknown.reason)
            }
            None => format!("{what} {verb} `{}`, which is not followed", self.written(item.span)),
        }
    }
}

/// Whether a keyword argument belongs to a dialect.
pub(super) fn is_dialect_option(name: &str) -> bool {
    name.split_once('_').is_some_and(|(dialect, _)| {
        matches!(
            dialect,
            "postgresql" | "sqlite" | "mysql" | "mariadb" | "mssql" | "oracle" | "cockroachdb" | "snowflake"
        )
    })
}

/// The text of a string or of a name made by `op.f()`, and whether it is the latter.
fn name_text(value: &Value<'_>) -> Option<(String, bool)> {
    match value {
        Value::Str(text) => Some((text.to_string(), false)),
        _ => match value.named_call()? {
            ("alembic.op.f" | "batch.f", call) => {
                Some((call.arguments.get(0, "name")?.value.as_str()?.to_owned(), true))
            }
            (name, call) if matches!(sqlalchemy(name), Some("quoted_name" | "conv")) => {
                Some((call.arguments.positional.first()?.value.as_str()?.to_owned(), name.ends_with("conv")))
            }
            _ => None,
        },
    }
}

/// The last part of a name that comes from SQLAlchemy.
pub(super) fn sqlalchemy(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("sqlalchemy.").or_else(|| name.strip_prefix("sqlmodel."))?;
    rest.rsplit('.').next()
}

/// The name of a function of `sqlalchemy.func`.
fn function_name(name: &str) -> Option<&str> {
    let at = name.find(".func.")?;
    name.starts_with("sqlalchemy.").then(|| name.get(at + ".func.".len()..)).flatten()
}

/// A value where an SQL expression stands.
pub(super) fn expression(item: &Item<'_>, written: &dyn Fn(Span) -> String) -> SqlExpr {
    let other = || SqlExpr::Other(written(item.span));
    match &item.value {
        Value::None => SqlExpr::Null,
        Value::Bool(true) => SqlExpr::True,
        Value::Bool(false) => SqlExpr::False,
        Value::Number(_) | Value::Str(_) => SqlExpr::Literal(Box::new(constant(item, written))),
        value => {
            let Some((name, call)) = value.named_call() else { return other() };
            if let Some(function) = function_name(name) {
                let arguments = call.arguments.positional.iter().map(|item| expression(item, written)).collect();
                return SqlExpr::Function { name: function.to_owned(), arguments };
            }
            let first = call.arguments.positional.first();
            match (sqlalchemy(name), first) {
                (Some("text" | "literal_column"), Some(Item { value: Value::Str(text), .. })) => {
                    SqlExpr::Text(text.to_string())
                }
                (Some("column"), Some(Item { value: Value::Str(text), .. })) => SqlExpr::Column(text.to_string()),
                (Some("true"), None) => SqlExpr::True,
                (Some("false"), None) => SqlExpr::False,
                (Some("null"), None) => SqlExpr::Null,
                (Some("literal"), Some(item)) => SqlExpr::Literal(Box::new(constant(item, written))),
                _ if name == "alembic.op.inline_literal" => match first {
                    Some(item) => SqlExpr::Literal(Box::new(constant(item, written))),
                    None => other(),
                },
                _ => other(),
            }
        }
    }
}
