//! Types of columns.

use std::rc::Rc;

use super::{Lower, Reason, name_text};
use crate::operation::model::{Dialect, EnumType, SqlType, TypeExpr, TypeKind};
use crate::operation::value::{Arguments, Item, Value};

impl Lower<'_> {
    /// The type that `item` is.
    pub(in crate::operation) fn type_expr(&mut self, item: &Item<'_>) -> Result<TypeExpr, Reason> {
        let written = self.written(item.span);
        let made = |kind| TypeExpr { written: written.clone(), kind, variants: Vec::new(), span: item.span };
        if let Some((inner, "with_variant", call)) = item.value.method_call() {
            let inner = Item { value: inner.clone(), span: item.span };
            let mut base = self.type_expr(&inner)?;
            let variant = call.arguments.get(0, "type_");
            let variant = self.type_expr(variant.ok_or_else(|| "`with_variant` has no type".to_owned())?)?;
            let names: Vec<String> = call
                .arguments
                .positional
                .iter()
                .skip(1)
                .filter_map(|name| name.value.as_str())
                .map(str::to_owned)
                .collect();
            if names.len() + 1 != call.arguments.positional.len() {
                self.note("the dialects of `with_variant` are not known");
            }
            base.variants.extend(names.into_iter().map(|name| (name, variant.clone())));
            base.written = written;
            return Ok(base);
        }
        if let Some((receiver, "as_mutable", call)) = item.value.method_call()
            && receiver.name().is_some_and(|name| name.contains("mutable"))
            && let Some(inner) = call.arguments.positional.first()
        {
            return self.type_expr(inner);
        }
        let none = Arguments::default();
        let (name, arguments) = match &item.value {
            Value::Name(name) => (Rc::clone(name), &none),
            Value::Call(call) => match &call.function {
                Value::Name(name) => (Rc::clone(name), &call.arguments),
                // `mutable_json_type(…)` and the like, and what a helper's result is unknown of.
                _ => return Ok(made(TypeKind::Other(self.written(item.span)))),
            },
            Value::Unknown(unknown) if !unknown.is_foreign => return Err(self.blame(item, "the column's type")),
            _ => return Ok(made(TypeKind::Other(self.written(item.span)))),
        };
        if let Some(name) = name.strip_suffix(".as_mutable")
            && name.contains("mutable")
            && let Some(inner) = arguments.positional.first()
        {
            return self.type_expr(inner);
        }
        let Some((dialect, class)) = known_class(&name) else { return Ok(made(TypeKind::Other(name.to_string()))) };
        Ok(made(match class {
            "Enum" | "ENUM" => TypeKind::Enum(enum_of(self, dialect, arguments)),
            "ARRAY" => {
                let item = arguments.get(0, "item_type").ok_or_else(|| "the array has no type".to_owned())?;
                let dimensions = self.number(arguments.named("dimensions"), "dimensions");
                let dimensions = dimensions.and_then(|number| u32::try_from(number).ok());
                TypeKind::Array { item: Box::new(self.type_expr(item)?), dimensions }
            }
            _ => TypeKind::Sql(self.sql_type(dialect, class, arguments)),
        }))
    }

    fn sql_type(&mut self, dialect: Option<Dialect>, class: &str, arguments: &Arguments<'_>) -> SqlType {
        let mut made = SqlType {
            class: class.to_owned(),
            dialect,
            length: None,
            precision: None,
            scale: None,
            timezone: false,
            collation: None,
            options: Vec::new(),
        };
        let small = |number: Option<i64>| number.and_then(|number| u32::try_from(number).ok());
        let positional = positional_names(class);
        let value = |name: &str| {
            let index = positional.iter().position(|known| *known == name).unwrap_or(usize::MAX);
            arguments.get(index, name)
        };
        made.length = small(self.number(value("length"), "length"));
        made.precision = small(self.number(value("precision"), "precision"));
        made.scale = small(self.number(value("scale"), "scale"));
        made.timezone = self.flag(value("timezone"), "timezone", false);
        made.collation = self.optional_string(value("collation"), "`collation`");
        let known = ["length", "precision", "scale", "timezone", "collation"];
        made.options = self.settings(arguments, &known);
        for (index, item) in arguments.positional.iter().enumerate() {
            if positional.get(index).is_none_or(|name| !known.contains(name)) {
                let name = positional.get(index).copied().unwrap_or_default().to_owned();
                made.options.push(super::Setting { name, value: self.constant(item) });
            }
        }
        made
    }
}

/// The enumeration that a value is, if it is one.
pub(in crate::operation) fn enum_type(lower: &mut Lower<'_>, value: &Value<'_>) -> Option<EnumType> {
    let (name, call) = value.named_call()?;
    match known_class(name)? {
        (dialect, "Enum" | "ENUM") => Some(enum_of(lower, dialect, &call.arguments)),
        _ => None,
    }
}

fn enum_of(lower: &mut Lower<'_>, dialect: Option<Dialect>, arguments: &Arguments<'_>) -> EnumType {
    let labels: Option<Vec<String>> =
        arguments.positional.iter().map(|item| name_text(&item.value).map(|(text, _)| text)).collect();
    let length = lower.number(arguments.named("length"), "length");
    EnumType {
        name: lower.optional_string(arguments.named("name"), "the name of the enumeration"),
        schema: lower.optional_string(arguments.named("schema"), "the schema of the enumeration"),
        values: labels.filter(|_| arguments.rest.is_none()),
        native: lower.flag(arguments.named("native_enum"), "native_enum", true),
        create_type: lower.flag(arguments.named("create_type"), "create_type", true),
        create_constraint: lower.flag(arguments.named("create_constraint"), "create_constraint", false),
        length: length.and_then(|number| u32::try_from(number).ok()),
        is_postgresql: dialect == Some(Dialect::Postgresql),
    }
}

/// The dialect and the class of a type that comes from SQLAlchemy.
fn known_class(name: &str) -> Option<(Option<Dialect>, &str)> {
    // SQLModel's strings are SQLAlchemy's.
    if name.starts_with("sqlmodel.") && name.ends_with(".AutoString") {
        return Some((None, "String"));
    }
    let class = super::sqlalchemy(name)?;
    if !class.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let dialect = name.strip_prefix("sqlalchemy.dialects.").and_then(|rest| match rest.split('.').next()? {
        "postgresql" => Some(Dialect::Postgresql),
        "sqlite" => Some(Dialect::Sqlite),
        "mysql" | "mariadb" => Some(Dialect::Mysql),
        "mssql" => Some(Dialect::Mssql),
        "oracle" => Some(Dialect::Oracle),
        _ => None,
    });
    Some((dialect, class))
}

/// The names of a type's positional arguments.
fn positional_names(class: &str) -> &'static [&'static str] {
    match class {
        "String" | "VARCHAR" | "NVARCHAR" | "CHAR" | "NCHAR" | "Text" | "TEXT" | "CLOB" | "Unicode" | "UnicodeText" => {
            &["length", "collation"]
        }
        "LargeBinary" | "BINARY" | "VARBINARY" | "BLOB" | "BYTEA" => &["length"],
        "BIT" => &["length", "varying"],
        "Numeric" | "NUMERIC" | "DECIMAL" => &["precision", "scale", "decimal_return_scale", "asdecimal"],
        "Float" | "FLOAT" | "Double" | "DOUBLE" | "DOUBLE_PRECISION" | "REAL" => {
            &["precision", "asdecimal", "decimal_return_scale"]
        }
        "DateTime" | "DATETIME" | "Time" | "TIME" | "TIMESTAMP" => &["timezone", "precision"],
        "INTERVAL" => &["precision", "fields"],
        "Interval" => &["native", "second_precision", "day_precision"],
        "Boolean" | "BOOLEAN" => &["create_constraint", "name"],
        "UUID" | "Uuid" => &["as_uuid", "native_uuid"],
        "JSON" => &["none_as_null", "astext_type"],
        "JSONB" => &["none_as_null", "astext_type"],
        "HSTORE" => &["text_type"],
        "TSVECTOR" => &[],
        _ => &[],
    }
}
