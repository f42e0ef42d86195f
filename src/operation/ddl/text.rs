//! SQL text that went through `sa.text()`.

use super::identifier::literal;
use super::{Reason, Renderer};
use crate::operation::model::{Constant, Setting, SqlText};

impl Renderer {
    /// SQL text as it is sent.
    pub(super) fn sql_text(&self, sql: &SqlText) -> Result<String, Reason> {
        if !sql.is_textual {
            return Ok(stripped(&sql.text));
        }
        if sql.has_unknown_parameters {
            return Err("its parameters are not known".to_owned());
        }
        textual(&sql.text, &sql.parameters).map(|text| stripped(&text))
    }
}

/// As Alembic prints a statement.
fn stripped(text: &str) -> String {
    text.replace('\t', "    ").trim().to_owned()
}

/// Text with its parameters filled in: `:name` is one unless a colon, a backslash or a letter
/// stands in front, or a colon behind; `\:` is a colon.
pub(super) fn textual(text: &str, parameters: &[Setting]) -> Result<String, Reason> {
    let mut made = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let behind = rest.get(c.len_utf8()..).unwrap_or_default();
        let name = behind.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let follows = behind.get(name.len()..).unwrap_or_default();
        let is_parameter = c == ':'
            && !name.is_empty()
            && !follows.starts_with(':')
            && !matches!(before, Some(c) if c == ':' || c == '\\' || c == '_' || char::is_alphanumeric(c));
        if is_parameter {
            let parameter = parameters.iter().find(|parameter| parameter.name == name);
            let Some(parameter) = parameter else { return Err(format!("the parameter `:{name}` has no value")) };
            made.push_str(&value(&parameter.value)?);
            before = name.chars().last();
            rest = follows;
            continue;
        }
        // `\:name` and a lone `\:`
        if c == '\\' && behind.starts_with(':') {
            let escaped = behind.get(1..).unwrap_or_default();
            let name = escaped.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            let next = escaped.get(name.len()..).unwrap_or_default();
            if !next.starts_with(':') {
                made.push(':');
                made.push_str(name);
                before = Some(name.chars().last().unwrap_or(':'));
                rest = next;
                continue;
            }
        }
        made.push(c);
        before = Some(c);
        rest = behind;
    }
    Ok(made)
}

fn value(constant: &Constant) -> Result<String, Reason> {
    match constant {
        Constant::Str(text) => Ok(literal(text)),
        Constant::Number(digits) if !digits.contains(['e', 'E', 'j', '_', '.']) => Ok(digits.clone()),
        _ => Err("a parameter's value is not rendered".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_are_parameters_where_sqlalchemy_says_so() {
        for (text, made) in [
            ("SELECT '1'::int", Some("SELECT '1'::int")),
            ("SELECT '12\\:30'", Some("SELECT '12:30'")),
            ("SELECT a\\:\\:int", Some("SELECT a::int")),
            ("SELECT '12:30'", Some("SELECT '12:30'")),
            ("SELECT :a", Some("SELECT 'x''y'")),
            ("SELECT :b", None),
            ("SELECT '{\"a\": 1}'", Some("SELECT '{\"a\": 1}'")),
            ("SELECT '{\"a\":1}'", None),
        ] {
            let parameters = [Setting { name: "a".into(), value: Constant::Str("x'y".into()) }];
            assert_eq!(textual(text, &parameters).ok().as_deref(), made, "{text}");
        }
    }
}
