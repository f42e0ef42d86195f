//! The SQL that a revision writes out, as parsed statements.

use crate::operation::model::TableName;
use crate::operation::{Operation, Step};
use crate::source::Span;
use crate::sql::{self, Name, Statement};

/// The statements of a step's SQL; none for a step that is no SQL.
pub(super) fn statements(step: &Step) -> Vec<Statement> {
    texts(step).into_iter().map(|(statement, _)| statement).collect()
}

/// The statements of a step's SQL, each with its text.
pub(super) fn texts(step: &Step) -> Vec<(Statement, String)> {
    let text = match &step.operation {
        Operation::Sql(sql) if sql.is_textual => without_parameters(&sql.text),
        Operation::Sql(sql) => sql.text.clone(),
        _ => return Vec::new(),
    };
    let of = |span: Span| text.get(span.start..span.end).unwrap_or_default().to_owned();
    let with_text = |statement: Statement| {
        let text = of(statement.span);
        (statement, text)
    };
    sql::statements(&text).into_iter().map(with_text).collect()
}

/// The table of a name in SQL. There, what is not quoted is small.
pub(super) fn table(name: &Name) -> TableName {
    TableName { schema: name.schema.clone(), name: name.name.clone() }
}

/// `sa.text()` reads `\:` as a colon and `:name` as a parameter, which the parser does not know.
fn without_parameters(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(':') {
        let (before, from) = rest.split_at(at);
        let colons = from.bytes().take_while(|byte| *byte == b':').count();
        let after = from.get(colons..).unwrap_or_default();
        let name = after.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let is_inside = before.ends_with(|c: char| c == '\\' || c == '"' || c.is_ascii_alphanumeric());
        if colons == 1 && name > 0 && !is_inside {
            read.push_str(before);
            read.push_str("NULL");
            rest = after.get(name..).unwrap_or_default();
        } else {
            read.push_str(before.strip_suffix('\\').unwrap_or(before));
            read.push_str(from.get(..colons).unwrap_or_default());
            rest = after;
        }
    }
    read + rest
}

#[cfg(test)]
mod tests {
    use super::without_parameters;

    #[test]
    fn parameters_are_values() {
        assert_eq!(without_parameters("a = :a AND b::int = 1"), "a = NULL AND b::int = 1");
        assert_eq!(without_parameters(r"t = '12\:30' AND x = ANY(:ids)"), "t = '12:30' AND x = ANY(NULL)");
    }
}
