//! SQL: as text, or made of SQLAlchemy's objects.

use super::tables::table_object;
use crate::operation::lower::{Lower, Reason, sqlalchemy};
use crate::operation::model::{Data, Operation, Setting, SqlText, TableName, Verb};
use crate::operation::value::{Arguments, Call, Item, Value};
use crate::source::Span;

/// `op.execute(…)`
pub(super) fn directive(lower: &mut Lower<'_>, arguments: &Arguments<'_>, _span: Span) -> Result<Operation, Reason> {
    execute(lower, arguments.get(0, "sqltext"), false)
}

/// What executing `statement` does; `driver`: as it is, without SQLAlchemy's parameters.
pub(in crate::operation) fn execute(
    lower: &mut Lower<'_>,
    statement: Option<&Item<'_>>,
    driver: bool,
) -> Result<Operation, Reason> {
    let item = statement.ok_or_else(|| "the statement is missing".to_owned())?;
    let made = |text: &str, is_textual| SqlText {
        text: text.to_owned(),
        span: item.span,
        is_textual,
        parameters: Vec::new(),
        has_unknown_parameters: false,
    };
    if let Value::Str(text) = &item.value {
        return Ok(Operation::Sql(made(text, !driver)));
    }
    let mut chain = Chain::of(&item.value);
    if let Some((name, call)) = chain.root.named_call() {
        match (sqlalchemy(name), call.arguments.get(0, "text").map(|item| &item.value)) {
            (Some("text"), Some(Value::Str(text))) => {
                let mut sql = made(text, true);
                chain.methods.reverse();
                for (method, call) in &chain.methods {
                    parameters(lower, &mut sql, method, call);
                }
                return Ok(Operation::Sql(sql));
            }
            (Some("DDL"), _) => {
                if let Some(Value::Str(text)) = call.arguments.get(0, "statement").map(|item| &item.value) {
                    return Ok(Operation::Sql(made(&text.replace("%%", "%"), false)));
                }
            }
            (Some(class), _) => {
                if let Some(text) = ddl_element(class, call) {
                    return Ok(Operation::Sql(made(&text, false)));
                }
            }
            _ => {}
        }
    }
    // `f"UPDATE {table} SET …"`
    let text = match chain.root.named_call() {
        Some((name, call)) if sqlalchemy(name) == Some("text") => call.arguments.get(0, "text").map(|item| &item.value),
        _ => Some(chain.root),
    };
    if let Some(verb) = text.and_then(Value::known_text).and_then(verb_of_text) {
        let has_condition = text.and_then(Value::known_text).is_some_and(has_where);
        return Ok(Operation::Data(Data { verb, table: None, has_condition, written: lower.written(item.span) }));
    }
    match data(lower, &chain, item) {
        Some(data) => Ok(Operation::Data(data)),
        None => Err(lower.blame(item, "the SQL")),
    }
}

/// A chain of methods, `root.first().second()`: the methods last to first.
struct Chain<'a, 'm> {
    root: &'a Value<'m>,
    methods: Vec<(&'m str, &'a Call<'m>)>,
}

impl<'a, 'm> Chain<'a, 'm> {
    fn of(value: &'a Value<'m>) -> Self {
        let mut chain = Self { root: value, methods: Vec::new() };
        while let Some((receiver, method, call)) = chain.root.method_call() {
            chain.methods.push((method, call));
            chain.root = receiver;
        }
        chain
    }
}

/// `.bindparams(a=1, …)`
fn parameters(lower: &Lower<'_>, sql: &mut SqlText, method: &str, call: &Call<'_>) {
    if method != "bindparams" {
        return;
    }
    for (name, item) in &call.arguments.named {
        sql.parameters.push(Setting { name: name.to_string(), value: lower.constant(item) });
    }
    for item in &call.arguments.positional {
        let bound = item.value.named_call().filter(|(name, _)| sqlalchemy(name) == Some("bindparam"));
        let name = bound.and_then(|(_, call)| call.arguments.get(0, "key")?.value.as_str().map(str::to_owned));
        let value = bound.and_then(|(_, call)| call.arguments.get(1, "value"));
        match (name, value) {
            (Some(name), Some(value)) => sql.parameters.push(Setting { name, value: lower.constant(value) }),
            // A type for a parameter whose value comes later.
            (Some(_), None) => {}
            (None, _) => sql.has_unknown_parameters = true,
        }
    }
    sql.has_unknown_parameters |= call.arguments.rest.is_some();
}

/// What a text that is not wholly known does to rows; `None` if it may do anything else.
fn verb_of_text(text: &str) -> Option<Verb> {
    let words: Vec<String> = words(text).map(str::to_ascii_uppercase).collect();
    let is_definition =
        |word: &String| matches!(word.as_str(), "CREATE" | "ALTER" | "DROP" | "TRUNCATE" | "DO" | "CALL");
    if words.iter().any(is_definition) || text.trim_end_matches([';', ' ', '\n']).contains(';') {
        return None;
    }
    let first = |word: &String| verb(&word.to_ascii_lowercase()).filter(|verb| *verb != Verb::Session);
    match words.first()?.as_str() {
        "WITH" => words.iter().filter_map(first).max_by_key(|verb| *verb != Verb::Select),
        _ if text.trim_start().starts_with('\u{FFFD}') => None,
        _ => words.first().and_then(first),
    }
}

fn has_where(text: &str) -> bool {
    words(text).any(|word| word.eq_ignore_ascii_case("where"))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// `CreateSchema("x")` and the like as SQL.
fn ddl_element(class: &str, call: &Call<'_>) -> Option<String> {
    let first = call.arguments.positional.first()?;
    let flag = |name: &str| call.arguments.named(name).and_then(|item| item.value.truth()).unwrap_or(false);
    let exists = if flag("if_not_exists") { "IF NOT EXISTS " } else { "" };
    let if_exists = if flag("if_exists") { "IF EXISTS " } else { "" };
    let cascade = if flag("cascade") { " CASCADE" } else { "" };
    let sequence = || match first.value.named_call()? {
        (name, call) if sqlalchemy(name) == Some("Sequence") => {
            // Options are not rendered here.
            (call.arguments.positional.len() == 1 && call.arguments.named.is_empty())
                .then(|| call.arguments.positional.first()?.value.as_str().map(str::to_owned))?
        }
        _ => None,
    };
    let simple = |name: &str| {
        name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_').then(|| name.to_owned())
    };
    Some(match class {
        "CreateSchema" => format!("CREATE SCHEMA {exists}{}", simple(first.value.as_str()?)?),
        "DropSchema" => format!("DROP SCHEMA {if_exists}{}{cascade}", simple(first.value.as_str()?)?),
        "CreateSequence" => format!("CREATE SEQUENCE {exists}{}", simple(&sequence()?)?),
        "DropSequence" => format!("DROP SEQUENCE {if_exists}{}", simple(&sequence()?)?),
        _ => return None,
    })
}

/// Rows read or written by an expression of SQLAlchemy's.
fn data(lower: &mut Lower<'_>, chain: &Chain<'_, '_>, item: &Item<'_>) -> Option<Data> {
    let has_condition = chain.methods.iter().any(|(method, _)| matches!(*method, "where" | "filter" | "filter_by"));
    let (verb, table) = verb_and_table(lower, chain)?;
    Some(Data { verb, table, has_condition, written: lower.written(item.span) })
}

fn verb_and_table(lower: &mut Lower<'_>, chain: &Chain<'_, '_>) -> Option<(Verb, Option<TableName>)> {
    // `sa.update(users)…`
    if let Some((name, call)) = chain.root.named_call()
        && let Some(function) = sqlalchemy(name)
        && let Some(verb) = verb(function)
    {
        let first = call.arguments.positional.first();
        let table = first.and_then(|item| table_object(lower, &item.value)).map(|(table, _)| table);
        return Some((verb, table));
    }
    // `users.update()…`: the method that is called first.
    let (method, _) = chain.methods.last()?;
    let verb = verb(method)?;
    Some((verb, table_object(lower, chain.root).map(|(table, _)| table)))
}

fn verb(name: &str) -> Option<Verb> {
    Some(match name {
        "select" | "exists" | "union" | "union_all" => Verb::Select,
        "insert" => Verb::Insert,
        "update" => Verb::Update,
        "delete" => Verb::Delete,
        _ => return None,
    })
}
