//! What Python's own functions and methods make of known values.

use std::rc::Rc;

use super::evaluate::{LONGEST, MOST, reason_of};
use super::reader::Reader;
use super::text;
use super::value::{Arguments, Item, Value};
use crate::source::Span;

/// Whether a name that nothing binds is one of Python's own.
pub(super) fn is_builtin(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "str",
        "int",
        "float",
        "bool",
        "bytes",
        "list",
        "tuple",
        "set",
        "frozenset",
        "dict",
        "len",
        "range",
        "enumerate",
        "zip",
        "sorted",
        "reversed",
        "print",
        "isinstance",
        "issubclass",
        "hasattr",
        "getattr",
        "setattr",
        "any",
        "all",
        "min",
        "max",
        "sum",
        "next",
        "iter",
        "map",
        "filter",
        "repr",
        "type",
        "vars",
        "globals",
        "locals",
        "open",
        "id",
        "abs",
        "round",
        "callable",
        "super",
        "object",
        "hash",
        "chr",
        "ord",
        "input",
        "format",
        "property",
        "exec",
        "eval",
        "__file__",
        "__name__",
    ];
    NAMES.contains(&name) || name.ends_with("Error") || matches!(name, "Exception" | "NotImplemented" | "StopIteration")
}

impl<'m> Reader<'m, '_> {
    /// The items of a value that can be walked over, if they are known.
    pub(super) fn iterate(&self, value: &Value<'m>) -> Option<Vec<Item<'m>>> {
        let span = Span::default();
        match value {
            Value::List(items) => Some(items.to_vec()),
            Value::Dict(pairs) => Some(pairs.iter().map(|(key, _)| key.clone()).collect()),
            Value::Str(text) if text.len() < 100 => {
                Some(text.chars().map(|c| Item { value: Value::str(c.to_string()), span }).collect())
            }
            _ => None,
        }
    }

    /// The call of a built-in function; `None` if its result is not known.
    pub(super) fn builtin(&self, name: &str, arguments: &Arguments<'m>, span: Span) -> Option<Value<'m>> {
        let first = arguments.positional.first().map(|item| &item.value);
        let items = || first.and_then(|value| self.iterate(value));
        let item = |value| Item { value, span };
        let number = |number: usize| Value::Number(number.to_string().into());
        if arguments.rest.is_some() {
            return None;
        }
        match name {
            "str" => first?.as_text().map(Value::Str),
            "int" => match first? {
                Value::Number(digits) => Some(Value::Number(Rc::clone(digits))),
                Value::Str(text) => text.parse::<i64>().ok().map(|n| Value::Number(n.to_string().into())),
                _ => None,
            },
            "bool" => match first? {
                Value::Choice(choice) if choice.then.truth().is_some() && choice.otherwise.truth().is_some() => {
                    first.cloned()
                }
                value => value.truth().map(Value::Bool),
            },
            "getattr" => match (first?, &arguments.positional.get(1)?.value) {
                (Value::Name(owner), Value::Str(name)) => Some(Value::Name(format!("{owner}.{name}").into())),
                _ => None,
            },
            "len" => Some(number(items()?.len())),
            "list" | "tuple" | "set" | "frozenset" if first.is_none() => Some(Value::List(Rc::default())),
            "list" | "tuple" | "set" | "frozenset" => Some(Value::List(Rc::new(items()?))),
            "reversed" => Some(Value::List(Rc::new(items()?.into_iter().rev().collect()))),
            "sorted" if arguments.named.is_empty() => {
                let mut items = items()?;
                if items.iter().any(|item| item.value.as_str().is_none()) {
                    return None;
                }
                items.sort_by(|a, b| a.value.as_str().cmp(&b.value.as_str()));
                Some(Value::List(Rc::new(items)))
            }
            "dict" if arguments.positional.is_empty() => {
                let pairs = arguments.named.iter();
                let pairs = pairs.map(|(name, value)| (item(Value::Str(Rc::clone(name))), value.clone()));
                Some(Value::Dict(Rc::new(pairs.collect())))
            }
            "dict" if arguments.named.is_empty() => match first? {
                Value::Dict(pairs) => Some(Value::Dict(Rc::clone(pairs))),
                _ => None,
            },
            "enumerate" => {
                let start = match arguments.get(1, "start").map(|item| &item.value) {
                    None => 0,
                    Some(Value::Number(digits)) => digits.parse::<usize>().ok()?,
                    Some(_) => return None,
                };
                let pairs = items()?.into_iter().enumerate();
                let pairs =
                    pairs.map(|(index, each)| item(Value::List(Rc::new(vec![item(number(index + start)), each]))));
                Some(Value::List(Rc::new(pairs.collect())))
            }
            "zip" => {
                let lists: Option<Vec<Vec<Item<'m>>>> =
                    arguments.positional.iter().map(|item| self.iterate(&item.value)).collect();
                let lists = lists?;
                let shortest = lists.iter().map(Vec::len).min()?;
                let row = |at: usize| lists.iter().filter_map(|list| list.get(at).cloned()).collect::<Vec<_>>();
                Some(Value::List(Rc::new((0..shortest).map(|at| item(Value::List(Rc::new(row(at))))).collect())))
            }
            "range" => {
                let bounds: Option<Vec<usize>> = arguments
                    .positional
                    .iter()
                    .map(|item| match &item.value {
                        Value::Number(digits) => digits.parse().ok(),
                        _ => None,
                    })
                    .collect();
                let (from, to) = match bounds?.as_slice() {
                    [to] => (0, *to),
                    [from, to] => (*from, *to),
                    _ => return None,
                };
                if to.saturating_sub(from) > MOST {
                    return None;
                }
                Some(Value::List(Rc::new((from..to).map(|at| item(number(at))).collect())))
            }
            _ => None,
        }
    }

    /// The call of a method of a string, list or dictionary; `None` if its result is not known.
    pub(super) fn method(
        &self,
        receiver: &Value<'m>,
        name: &str,
        arguments: &Arguments<'m>,
        span: Span,
    ) -> Option<Value<'m>> {
        let item = |value| Item { value, span };
        match receiver {
            Value::Str(text) => self.string_method(text, name, arguments, span),
            Value::Dict(pairs) => match name {
                "items" => {
                    let pairs = pairs.iter();
                    let pairs = pairs.map(|(key, value)| item(Value::List(Rc::new(vec![key.clone(), value.clone()]))));
                    Some(Value::List(Rc::new(pairs.collect())))
                }
                "keys" => Some(Value::List(Rc::new(pairs.iter().map(|(key, _)| key.clone()).collect()))),
                "values" => Some(Value::List(Rc::new(pairs.iter().map(|(_, value)| value.clone()).collect()))),
                "copy" => Some(receiver.clone()),
                "get" => {
                    let key = &arguments.positional.first()?.value;
                    let equal: Option<Vec<bool>> = pairs.iter().map(|(known, _)| known.value.equals(key)).collect();
                    match equal?.iter().position(|equal| *equal) {
                        Some(at) => pairs.get(at).map(|(_, value)| value.value.clone()),
                        None => Some(arguments.positional.get(1).map_or(Value::None, |item| item.value.clone())),
                    }
                }
                _ => None,
            },
            Value::List(_) if name == "copy" => Some(receiver.clone()),
            _ => None,
        }
    }

    fn string_method(&self, text: &str, name: &str, arguments: &Arguments<'m>, span: Span) -> Option<Value<'m>> {
        let argument = |index: usize| arguments.positional.get(index).and_then(|item| item.value.as_str());
        let none = arguments.positional.is_empty() && arguments.named.is_empty();
        let made = match name {
            "format" => text::braces(text, arguments)?,
            "join" => {
                let items = self.iterate(&arguments.positional.first()?.value)?;
                let parts: Option<Vec<&str>> = items.iter().map(|item| item.value.as_str()).collect();
                parts?.join(text)
            }
            "upper" => text.to_uppercase(),
            "lower" => text.to_lowercase(),
            "strip" if none => text.trim().to_owned(),
            "lstrip" if none => text.trim_start().to_owned(),
            "rstrip" if none => text.trim_end().to_owned(),
            "replace" if arguments.positional.len() == 2 => text.replace(argument(0)?, argument(1)?),
            "split" => {
                let parts: Vec<&str> = match argument(0) {
                    Some(by) if !by.is_empty() && arguments.positional.len() == 1 => text.split(by).collect(),
                    None if none => text.split_whitespace().collect(),
                    _ => return None,
                };
                let items = parts.into_iter().map(|part| Item { value: Value::str(part), span });
                return Some(Value::List(Rc::new(items.collect())));
            }
            "startswith" => return Some(Value::Bool(text.starts_with(argument(0)?))),
            "endswith" => return Some(Value::Bool(text.ends_with(argument(0)?))),
            _ => return None,
        };
        (made.len() <= LONGEST).then(|| Value::str(made))
    }

    /// `name.append(…)` and the like: what `name` stands for changes.
    pub(super) fn change_in_place(
        &mut self,
        name: &'m str,
        method: &str,
        arguments: &Arguments<'m>,
    ) -> Option<Value<'m>> {
        let current = self.frames.last()?.names.get(name)?.clone();
        let changed = match (&current, method, arguments.positional.as_slice()) {
            (Value::List(items), "append" | "add", [item]) if items.len() < MOST => {
                let mut items = items.to_vec();
                items.push(item.clone());
                Value::List(Rc::new(items))
            }
            (Value::List(items), "extend" | "update", [item]) => match self.iterate(&item.value) {
                Some(more) if items.len() + more.len() <= MOST => {
                    let mut items = items.to_vec();
                    items.extend(more);
                    Value::List(Rc::new(items))
                }
                _ => Value::Unknown(reason_of(&item.value, "is not a known list", item.span)),
            },
            (Value::Dict(pairs), "update", [item]) => match &item.value {
                Value::Dict(more) if pairs.len() + more.len() <= MOST => {
                    let mut pairs = pairs.to_vec();
                    pairs.extend(more.iter().cloned());
                    Value::Dict(Rc::new(pairs))
                }
                other => Value::Unknown(reason_of(other, "is not a known dictionary", item.span)),
            },
            (Value::List(_), "insert" | "pop" | "remove" | "clear" | "sort" | "reverse" | "discard", _)
            | (Value::Dict(_), "update" | "pop" | "setdefault" | "clear", _) => {
                let span = arguments.positional.first().map(|item| item.span).unwrap_or_default();
                Value::unknown(format!("is changed by `.{method}()`"), span)
            }
            _ => return None,
        };
        self.bind(name, changed);
        Some(Value::None)
    }
}
