//! SQL expressions.

use super::identifier::literal;
use super::{Reason, Renderer};
use crate::operation::model::{Constant, SqlExpr};

impl Renderer {
    /// An expression, with its constants written out.
    pub(super) fn expression(&self, expression: &SqlExpr) -> Result<String, Reason> {
        match expression {
            SqlExpr::Text(text) => super::text::textual(text, &[]),
            SqlExpr::Column(name) => Ok(self.quote(name)),
            SqlExpr::Literal(constant) => self.constant(constant),
            SqlExpr::Function { name, arguments } => self.function(name, arguments),
            SqlExpr::True => Ok(if self.is_postgresql() { "true" } else { "1" }.to_owned()),
            SqlExpr::False => Ok(if self.is_postgresql() { "false" } else { "0" }.to_owned()),
            SqlExpr::Null => Ok("NULL".to_owned()),
            SqlExpr::Other(written) => Err(format!("the expression `{written}` is not rendered")),
        }
    }

    pub(super) fn constant(&self, constant: &Constant) -> Result<String, Reason> {
        match constant {
            Constant::Number(digits) if !digits.contains(['e', 'E', 'j', '_']) => Ok(digits.clone()),
            Constant::Str(text) => Ok(literal(text)),
            Constant::None => Ok("NULL".to_owned()),
            Constant::Bool(true) => self.expression(&SqlExpr::True),
            Constant::Bool(false) => self.expression(&SqlExpr::False),
            Constant::Sql(expression) => self.expression(expression),
            _ => Err("a value is not rendered".to_owned()),
        }
    }

    fn function(&self, name: &str, arguments: &[SqlExpr]) -> Result<String, Reason> {
        let rendered: Result<Vec<String>, Reason> =
            arguments.iter().map(|argument| self.expression(argument)).collect();
        let rendered = rendered?.join(", ");
        let plain = name.to_ascii_lowercase();
        // SQL has names of its own for these, without brackets.
        let standard = match plain.as_str() {
            "current_date" | "current_time" | "current_timestamp" | "current_user" | "localtime" | "session_user" => {
                Some(plain.to_ascii_uppercase())
            }
            "localtimestamp" if self.is_postgresql() => Some("LOCALTIMESTAMP".to_owned()),
            "now" if !self.is_postgresql() => Some("CURRENT_TIMESTAMP".to_owned()),
            "localtimestamp" | "sysdate" | "user" | "coalesce" | "cast" | "aggregate_strings" | "rollup" | "cube"
            | "grouping_sets" => return Err(format!("the function `{name}` is not rendered")),
            _ => None,
        };
        match standard {
            Some(standard) if arguments.is_empty() => Ok(standard),
            Some(_) => Err(format!("the function `{name}` with arguments is not rendered")),
            None => {
                if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'.')) {
                    return Err(format!("the function `{name}` is not rendered"));
                }
                let casts =
                    matches!(plain.as_str(), "to_tsvector" | "to_tsquery" | "plainto_tsquery" | "phraseto_tsquery");
                if casts && self.is_postgresql() {
                    return Err(format!("the function `{name}` is not rendered"));
                }
                Ok(format!("{name}({rendered})"))
            }
        }
    }
}
