//! `[tool.alembic]` of pyproject.toml (alembic.config.Config.toml_alembic_config).
//!
//! Values are %-formatted by Python when a key is read, with `here` as the only name. Knows
//! nothing of the ini, which comes first.

use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::ini::repr;
use super::{Error, place};
use crate::source::{Location, SourceFile, Span};

/// The table with the values that Alembic can use.
#[derive(Debug)]
pub(super) struct Toml {
    /// The file.
    pub(super) source: Arc<SourceFile>,
    here: String,
    items: Vec<(String, Value, Span)>,
}

/// A value of the table, before %-formatting.
#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Bool(bool),
    Integer(String),
    Array(Vec<Value>),
    Table,
    /// Floats and dates.
    Unsupported,
}

/// A value as Alembic gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Formatted {
    /// A string, or an integer's digits.
    Text(String),
    /// An array of strings.
    List(Vec<String>),
    /// Anything else; with Python's name of its type.
    Other(&'static str),
}

impl Toml {
    /// Reads `text`, the content of `shown` in the folder `here`; `None` without the table.
    pub(super) fn parse(text: String, shown: &Path, here: &Path) -> Result<Option<Self>, Error> {
        let source = Arc::new(SourceFile::new(shown, text));
        let document = DeTable::parse(source.text()).map_err(|error| {
            let span = error.span().map_or(Span::default(), |span| Span::new(span.start, span.end));
            let message = format!("{} is not valid TOML: {}", shown.display(), error.message());
            Error::invalid(message, Some(place(&source, span)))
        })?;
        let Some(tool) = document.get_ref().get("tool") else { return Ok(None) };
        let alembic = match tool.get_ref() {
            DeValue::Table(tool) => tool.get("alembic"),
            _ => return Err(Error::invalid("Incorrect TOML format: `tool` is not a table", None)),
        };
        let Some(alembic) = alembic else { return Ok(None) };
        let DeValue::Table(table) = alembic.get_ref() else {
            let span = Span::new(alembic.span().start, alembic.span().end);
            let message = "Incorrect TOML format: `tool.alembic` is not a table";
            return Err(Error::invalid(message, Some(place(&source, span))));
        };
        let items = table
            .iter()
            .map(|(key, value)| {
                let span = Span::new(value.span().start, value.span().end);
                (key.get_ref().to_string(), convert(value.get_ref()), span)
            })
            .collect();
        let here = here.to_string_lossy().into_owned();
        Ok(Some(Self { source, here, items }))
    }

    /// The value of `key`, formatted.
    pub(super) fn get(&self, key: &str) -> Result<Option<(Formatted, Location)>, Error> {
        let Some((value, location)) = self.find(key) else { return Ok(None) };
        let formatted = match value {
            Value::Text(text) => Formatted::Text(self.format(key, text, &location)?),
            Value::Integer(digits) => Formatted::Text(digits.clone()),
            Value::Bool(_) => Formatted::Other("bool"),
            Value::Table => Formatted::Other("dict"),
            Value::Array(values) => Formatted::List(
                values.iter().map(|value| self.element(key, value, &location)).collect::<Result<_, _>>()?,
            ),
            Value::Unsupported => {
                let message = format!("unsupported TOML value type for key: {}", repr(key));
                return Err(Error::invalid(message, Some(location)));
            }
        };
        Ok(Some((formatted, location)))
    }

    /// The value of `key` (Config.get_alembic_boolean_option).
    pub(super) fn boolean(&self, key: &str) -> Result<bool, Error> {
        match self.find(key) {
            None => Ok(false),
            Some((Value::Bool(value), _)) => Ok(*value),
            Some((_, location)) => {
                let message = format!("boolean value expected for TOML parameter {}", repr(key));
                Err(Error::invalid(message, Some(location)))
            }
        }
    }

    fn find(&self, key: &str) -> Option<(&Value, Location)> {
        let (_, value, span) = self.items.iter().find(|(name, ..)| name == key)?;
        Some((value, place(&self.source, *span)))
    }

    fn element(&self, key: &str, value: &Value, location: &Location) -> Result<String, Error> {
        if let Value::Text(text) = value {
            return self.format(key, text, location);
        }
        let message = format!("every element of `{key}` in [tool.alembic] must be a string");
        Err(Error::invalid(message, Some(location.clone())))
    }

    fn format(&self, key: &str, text: &str, location: &Location) -> Result<String, Error> {
        format(text, &self.here).map_err(|message| {
            let message = format!("`{key}` in [tool.alembic]: {message}");
            Error::invalid_with(message, Some(location.clone()), ["write %% for a percent sign"])
        })
    }
}

fn convert(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(value) => Value::Integer(value.as_str().to_owned()),
        DeValue::Array(values) => Value::Array(values.iter().map(|value| convert(value.get_ref())).collect()),
        DeValue::Table(_) => Value::Table,
        DeValue::Float(_) | DeValue::Datetime(_) => Value::Unsupported,
    }
}

/// Python's `text % {"here": here}`, as far as paths need it; the error is Python's.
fn format(text: &str, here: &str) -> Result<String, String> {
    let mut formatted = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        formatted.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            formatted.push('%');
            rest = after;
        } else if let Some(after) = after.strip_prefix("(here)s") {
            formatted.push_str(here);
            rest = after;
        } else {
            return Err(mistake(text.len() - after.len(), after));
        }
    }
    formatted.push_str(rest);
    Ok(formatted)
}

fn mistake(index: usize, after: &str) -> String {
    match (after.chars().next(), after.strip_prefix('(')) {
        (None, _) => "ValueError: incomplete format".to_owned(),
        (_, Some(key)) => match key.split_once(')') {
            None => "ValueError: incomplete format key".to_owned(),
            Some(("here", conversion)) => {
                format!("only %(here)s is understood, not %(here){}", conversion.chars().take(1).collect::<String>())
            }
            Some((key, _)) => format!("KeyError: {} (only %(here)s is known)", repr(key)),
        },
        (Some(c), None) => {
            format!("a single percent sign before {} (byte {index}) is not valid", repr(&c.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Option<Toml>, Error> {
        Toml::parse(text.to_owned(), Path::new("pyproject.toml"), Path::new("/home/me"))
    }

    fn get(text: &str, key: &str) -> Result<Option<Formatted>, String> {
        let toml = parse(&format!("[tool.alembic]\n{text}")).unwrap().unwrap();
        toml.get(key).map(|value| value.map(|(value, _)| value)).map_err(|error| error.to_string())
    }

    #[test]
    fn strings_are_formatted_with_here_only() {
        assert_eq!(get("a = '%(here)s/m%%'", "a").unwrap(), Some(Formatted::Text("/home/me/m%".to_owned())));
        assert!(get("a = '%(PWD)s'", "a").unwrap_err().contains("KeyError: 'PWD'"));
        assert!(get("a = '100%'", "a").unwrap_err().contains("ValueError: incomplete format"));
        assert!(get("a = '%x'", "a").is_err());
    }

    #[test]
    fn types_that_alembic_refuses_are_refused_in_its_words() {
        assert_eq!(get("a = 1.5", "a").unwrap_err(), "unsupported TOML value type for key: 'a'");
        let toml = parse("tool.alembic.sourceless = 'true'").unwrap().unwrap();
        assert_eq!(
            toml.boolean("sourceless").unwrap_err().to_string(),
            "boolean value expected for TOML parameter 'sourceless'"
        );
        assert!(parse("tool.alembic = 3").unwrap_err().to_string().starts_with("Incorrect TOML format"));
    }

    #[test]
    fn a_file_without_the_table_is_none_and_a_broken_one_an_error_with_its_place() {
        assert!(parse("[tool.black]\n").unwrap().is_none());
        let Err(Error::Invalid { location, .. }) = parse("[tool\n") else { panic!() };
        assert_eq!(location.unwrap().start().line, 1);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            let _ = parse(&format!("[tool.alembic]\na = {text}"));
            let _ = format(&text, "/x");
        }
    }
}
