//! Indexes.

use super::{Reason, Renderer};
use crate::operation::model::{Constant, DropIndex, Index, SqlExpr, TableName};

const KNOWN: &[&str] = &[
    "postgresql_concurrently",
    "postgresql_using",
    "postgresql_where",
    "postgresql_include",
    "postgresql_ops",
    "postgresql_with",
    "postgresql_tablespace",
    "postgresql_nulls_not_distinct",
    "sqlite_where",
];

impl Renderer {
    pub(super) fn create_index(&self, table: &TableName, index: &Index, if_not_exists: bool) -> Result<String, Reason> {
        self.refuse_options(&index.options, KNOWN)?;
        let Some(name) = &index.name else { return Err("the index has no name".to_owned()) };
        let name = self.object_name(&name.text)?;
        let unique = if index.unique { "UNIQUE " } else { "" };
        let exists = if if_not_exists { "IF NOT EXISTS " } else { "" };
        let elements = self.elements(index)?;
        if !self.is_postgresql() {
            let name = self.index_in_schema(table.schema.as_deref(), &name);
            let condition = self.condition(index.option("sqlite_where"))?;
            let table = self.quote(&table.name);
            return Ok(format!("CREATE {unique}INDEX {exists}{name} ON {table} ({elements}){condition}"));
        }
        let concurrently = if index.is_concurrent() { "CONCURRENTLY " } else { "" };
        let using = match index.option("postgresql_using") {
            Some(Constant::Str(method)) => format!("USING {} ", method.to_lowercase()),
            None | Some(Constant::None | Constant::Bool(false)) => String::new(),
            Some(_) => return Err("the index method is not known".to_owned()),
        };
        let mut text = format!(
            "CREATE {unique}INDEX {concurrently}{exists}{name} ON {} {using}({elements}){}",
            self.table(table),
            self.include_text(index.option("postgresql_include"))?
        );
        match index.option("postgresql_nulls_not_distinct") {
            Some(Constant::Bool(true)) => text.push_str(" NULLS NOT DISTINCT"),
            Some(Constant::Bool(false)) => text.push_str(" NULLS DISTINCT"),
            _ => {}
        }
        match index.option("postgresql_with") {
            Some(Constant::Dict(pairs)) if !pairs.is_empty() => {
                text = format!("{text} WITH ({})", with_options(pairs)?);
            }
            Some(Constant::Other(_)) => return Err("the index's options are not known".to_owned()),
            _ => {}
        }
        if let Some(Constant::Str(tablespace)) = index.option("postgresql_tablespace") {
            text = format!("{text} TABLESPACE {}", self.quote(tablespace));
        }
        Ok(format!("{text}{}", self.condition(index.option("postgresql_where"))?))
    }

    fn elements(&self, index: &Index) -> Result<String, Reason> {
        let classes = match index.option("postgresql_ops") {
            Some(Constant::Dict(pairs)) if self.is_postgresql() => pairs.as_slice(),
            Some(Constant::Other(_)) if self.is_postgresql() => {
                return Err("the operator classes are not known".to_owned());
            }
            _ => &[],
        };
        let mut elements = Vec::new();
        for element in &index.elements {
            let mut text = self.expression(element)?;
            if let SqlExpr::Column(column) = element {
                let is_own = |(key, _): &&(Constant, Constant)| matches!(key, Constant::Str(name) if name == column);
                match classes.iter().find(is_own).map(|(_, class)| class) {
                    Some(Constant::Str(class)) => text = format!("{text} {class}"),
                    Some(_) => return Err("the operator classes are not known".to_owned()),
                    None => {}
                }
            }
            elements.push(text);
        }
        Ok(elements.join(", "))
    }

    /// ` WHERE …`
    fn condition(&self, condition: Option<&Constant>) -> Result<String, Reason> {
        match condition {
            None | Some(Constant::None) => Ok(String::new()),
            Some(Constant::Str(text)) => Ok(format!(" WHERE {}", super::text::textual(text, &[])?)),
            Some(Constant::Sql(expression)) => Ok(format!(" WHERE {}", self.expression(expression)?)),
            Some(_) => Err("the condition of the index is not rendered".to_owned()),
        }
    }

    /// The name of an index behind its schema.
    pub(super) fn index_in_schema(&self, schema: Option<&str>, name: &str) -> String {
        match schema {
            Some(schema) => format!("{}.{name}", self.quote(schema)),
            None => name.to_owned(),
        }
    }

    pub(super) fn drop_index(&self, drop: &DropIndex) -> Result<Vec<String>, Reason> {
        let Some(name) = &drop.name else { return Err("the index has no name".to_owned()) };
        let concurrently = if drop.is_concurrent() && self.is_postgresql() { "CONCURRENTLY " } else { "" };
        let exists = if drop.if_exists { "IF EXISTS " } else { "" };
        let name = self.index_in_schema(drop.schema.as_deref(), &self.object_name(&name.text)?);
        Ok(vec![format!("DROP INDEX {concurrently}{exists}{name}")])
    }
}

/// The inside of `WITH (…)`.
pub(super) fn with_options(pairs: &[(Constant, Constant)]) -> Result<String, Reason> {
    let mut options = Vec::new();
    for (name, value) in pairs {
        let Constant::Str(name) = name else { return Err("a storage option is not known".to_owned()) };
        options.push(match value {
            Constant::None => name.clone(),
            Constant::Bool(value) => format!("{name} = {value}"),
            Constant::Number(text) | Constant::Str(text) => format!("{name} = {text}"),
            _ => return Err("a storage option is not known".to_owned()),
        });
    }
    Ok(options.join(", "))
}
