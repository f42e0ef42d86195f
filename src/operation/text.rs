//! Python's ways to put values into a text: `%` and `.format()`.

use super::value::{Arguments, Value};

/// `format % arguments` with `%s`, `%d`, `%r`-free forms and `%(name)s`.
pub(super) fn percent(format: &str, arguments: &Value<'_>) -> Option<String> {
    let mut positional: Vec<&Value<'_>> = match arguments {
        Value::List(items) => items.iter().map(|item| &item.value).collect(),
        single => vec![single],
    };
    positional.reverse();
    let mut made = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        made.push_str(rest.get(..at)?);
        rest = rest.get(at + 1..)?;
        let value = if let Some(named) = rest.strip_prefix('(') {
            let (name, behind) = named.split_once(')')?;
            rest = behind;
            let Value::Dict(pairs) = arguments else { return None };
            let pair = pairs.iter().find(|(key, _)| key.value.as_str() == Some(name))?;
            Some(&pair.1.value)
        } else {
            None
        };
        let kind = rest.chars().next()?;
        rest = rest.get(kind.len_utf8()..)?;
        match (kind, value) {
            ('%', None) => made.push('%'),
            ('s', value) => made.push_str(&value.or_else(|| positional.pop())?.as_text()?),
            ('d' | 'i', value) => match value.or_else(|| positional.pop())? {
                Value::Number(digits) if !digits.contains(['.', 'e']) => made.push_str(digits),
                _ => return None,
            },
            _ => return None,
        }
    }
    made.push_str(rest);
    let is_used_up = positional.is_empty() || matches!(arguments, Value::Dict(_));
    is_used_up.then_some(made)
}

/// `format.format(arguments)` with `{}`, `{0}` and `{name}`.
pub(super) fn braces(format: &str, arguments: &Arguments<'_>) -> Option<String> {
    if arguments.rest.is_some() {
        return None;
    }
    let mut made = String::new();
    let mut next = 0;
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        made.push_str(rest.get(..at)?);
        let brace = rest.get(at..=at)?;
        rest = rest.get(at + 1..)?;
        if let Some(behind) = rest.strip_prefix(brace) {
            made.push_str(brace);
            rest = behind;
            continue;
        }
        if brace == "}" {
            return None;
        }
        let (field, behind) = rest.split_once('}')?;
        rest = behind;
        let item = match field.parse::<usize>() {
            Ok(index) => arguments.positional.get(index)?,
            Err(_) if field.is_empty() => {
                next += 1;
                arguments.positional.get(next - 1)?
            }
            // Formats, conversions and attributes are not looked into.
            Err(_) => arguments.named(field)?,
        };
        made.push_str(&item.value.as_text()?);
    }
    made.push_str(rest);
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::super::value::Item;
    use super::*;
    use crate::source::Span;
    use std::rc::Rc;

    fn item(text: &str) -> Item<'static> {
        Item { value: Value::str(text), span: Span::default() }
    }

    #[test]
    fn percent_formats_as_python_does() {
        let both = Value::List(Rc::new(vec![item("a"), item("b")]));
        assert_eq!(percent("%s-%s 100%%", &both).as_deref(), Some("a-b 100%"));
        assert_eq!(percent("%s", &both), None, "not all arguments are used");
        assert_eq!(percent("%5s", &Value::str("a")), None);
        let named = Value::Dict(Rc::new(vec![(item("t"), item("users"))]));
        assert_eq!(percent("DROP %(t)s %(t)s", &named).as_deref(), Some("DROP users users"));
        assert_eq!(percent("%d", &Value::Number("7".into())).as_deref(), Some("7"));
    }

    #[test]
    fn braces_format_as_python_does() {
        let arguments =
            Arguments { positional: vec![item("a"), item("b")], named: vec![("t".into(), item("c"))], rest: None };
        assert_eq!(braces("{1}{0}{t}{{}}", &arguments).as_deref(), Some("bac{}"));
        assert_eq!(braces("{}{}", &arguments).as_deref(), Some("ab"));
        assert_eq!(braces("{:>5}", &arguments), None);
        assert_eq!(braces("{missing}", &arguments), None);
        assert_eq!(braces("}", &arguments), None);
    }
}
