//! Python's `repr` of what a header holds.

/// A string. What Alembic's ids and labels are made of needs no more than this.
pub(super) fn text(value: &str) -> String {
    let quote = if value.contains('\'') && !value.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(quote);
    for c in value.chars() {
        match c {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c == '\\' || c == quote => quoted.extend(['\\', c]),
            c => quoted.push(c),
        }
    }
    quoted.push(quote);
    quoted
}

/// `None`, a string, or a tuple: what `down_revision` is.
pub(super) fn scalar_or_tuple(values: &[String]) -> String {
    match values {
        [one] => text(one),
        _ => tuple_or_none(values),
    }
}

/// `None` or a tuple, also of one: what `branch_labels` is.
pub(super) fn tuple_or_none(values: &[String]) -> String {
    let items: Vec<String> = values.iter().map(|value| text(value)).collect();
    match items.as_slice() {
        [] => "None".to_owned(),
        [one] => format!("({one},)"),
        several => format!("({})", several.join(", ")),
    }
}

/// `None`, a string, or a list: what `depends_on` is.
pub(super) fn scalar_or_list(values: &[String]) -> String {
    match values {
        [] => "None".to_owned(),
        [one] => text(one),
        several => format!("[{}]", several.iter().map(|value| text(value)).collect::<Vec<_>>().join(", ")),
    }
}
