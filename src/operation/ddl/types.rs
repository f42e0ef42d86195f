//! Types of columns.

use super::identifier::literal;
use super::{Reason, Renderer};
use crate::operation::model::{Constant, Dialect, EnumType, SqlType, TypeExpr, TypeKind};

impl Renderer {
    /// The type as it stands in DDL; none where that is not known.
    pub fn data_type(&self, r#type: &TypeExpr) -> Option<String> {
        self.type_name(r#type).ok()
    }

    /// The name of a type in DDL.
    pub(super) fn type_name(&self, r#type: &TypeExpr) -> Result<String, Reason> {
        let r#type = r#type.on(self.dialect_name());
        match &r#type.kind {
            TypeKind::Sql(sql) => self.sql_type(sql, r#type),
            TypeKind::Enum(enumeration) if self.is_native(enumeration) => self.enum_name(enumeration),
            TypeKind::Enum(enumeration) => match varchar_length(enumeration) {
                Some(0) => Ok("VARCHAR".to_owned()),
                Some(length) => Ok(format!("VARCHAR({length})")),
                None => Err("the labels of an enumeration are not known".to_owned()),
            },
            TypeKind::Array { item, dimensions } if self.is_postgresql() => {
                let item = self.type_name(item)?;
                let brackets = "[]".repeat(usize::try_from(dimensions.unwrap_or(1)).unwrap_or(1));
                Ok(match item.find(" COLLATE") {
                    Some(at) => {
                        let (name, collation) = item.split_at(at);
                        format!("{name}{brackets}{collation}")
                    }
                    None => format!("{item}{brackets}"),
                })
            }
            TypeKind::Array { .. } => Err("SQLite has no arrays".to_owned()),
            TypeKind::Other(name) => Err(format!("the type `{name}` is not one of SQLAlchemy's")),
        }
    }

    /// Whether an enumeration is a type of its own on the server.
    pub(super) fn is_native(&self, enumeration: &EnumType) -> bool {
        self.is_postgresql() && (enumeration.native || enumeration.is_postgresql)
    }

    pub(super) fn enum_name(&self, enumeration: &EnumType) -> Result<String, Reason> {
        let Some(name) = &enumeration.name else { return Err("an enumeration has no name".to_owned()) };
        Ok(match &enumeration.schema {
            Some(schema) => format!("{}.{}", self.quote(schema), self.quote(name)),
            None => self.quote(name),
        })
    }

    /// `CREATE TYPE`
    pub(super) fn create_type(&self, enumeration: &EnumType) -> Result<String, Reason> {
        let name = self.enum_name(enumeration)?;
        let Some(labels) = &enumeration.values else {
            return Err("the labels of an enumeration are not known".to_owned());
        };
        let labels: Vec<String> = labels.iter().map(|label| literal(label)).collect();
        Ok(format!("CREATE TYPE {name} AS ENUM ({})", labels.join(", ")))
    }

    fn sql_type(&self, sql: &SqlType, written: &TypeExpr) -> Result<String, Reason> {
        let unknown = || Err(format!("the type `{}` is not rendered", written.written));
        match sql.dialect {
            None => {}
            Some(dialect) if dialect == self.dialect => {}
            // SQLAlchemy's SQLite knows the names of these too.
            Some(Dialect::Postgresql) if self.dialect == Dialect::Sqlite && is_shared(&sql.class) => {}
            Some(Dialect::Sqlite) if sql.class == "JSON" => {}
            Some(_) => return unknown(),
        }
        let class = sql.class.as_str();
        let is_postgresql = self.is_postgresql();
        let zone = if sql.timezone { "WITH TIME ZONE" } else { "WITHOUT TIME ZONE" };
        let precise = |name: &str| match sql.precision {
            Some(precision) => format!("{name}({precision}) {zone}"),
            None => format!("{name} {zone}"),
        };
        let text = |name: &str| {
            let length = sql.length.filter(|length| *length > 0);
            let mut text = length.map_or_else(|| name.to_owned(), |length| format!("{name}({length})"));
            if let Some(collation) = &sql.collation {
                text = format!("{text} COLLATE {}", self.collation(collation));
            }
            text
        };
        let sized = |name: &str| sql.length.filter(|n| *n > 0).map_or(name.to_owned(), |n| format!("{name}({n})"));
        Ok(match class {
            "String" | "VARCHAR" | "Unicode" => text("VARCHAR"),
            "Text" | "TEXT" | "UnicodeText" => text("TEXT"),
            "CHAR" | "NCHAR" | "NVARCHAR" => text(class),
            "Integer" | "INTEGER" | "INT" => "INTEGER".to_owned(),
            "BigInteger" | "BIGINT" => "BIGINT".to_owned(),
            "SmallInteger" | "SMALLINT" => "SMALLINT".to_owned(),
            "Numeric" | "NUMERIC" => number("NUMERIC", sql),
            "DECIMAL" => number("DECIMAL", sql),
            "Float" | "FLOAT" => match sql.precision.filter(|precision| *precision > 0 && is_postgresql) {
                Some(precision) => format!("FLOAT({precision})"),
                None => "FLOAT".to_owned(),
            },
            "REAL" => "REAL".to_owned(),
            "Double" if is_postgresql => "DOUBLE PRECISION".to_owned(),
            "Double" | "DOUBLE" => "DOUBLE".to_owned(),
            "DOUBLE_PRECISION" => "DOUBLE PRECISION".to_owned(),
            "Boolean" | "BOOLEAN" => "BOOLEAN".to_owned(),
            "Date" | "DATE" => "DATE".to_owned(),
            "DateTime" | "TIMESTAMP" if is_postgresql => precise("TIMESTAMP"),
            "DateTime" | "DATETIME" => "DATETIME".to_owned(),
            "TIMESTAMP" => "TIMESTAMP".to_owned(),
            "Time" | "TIME" if is_postgresql => precise("TIME"),
            "Time" | "TIME" => "TIME".to_owned(),
            "Interval" | "INTERVAL" if is_postgresql => interval(sql)?,
            "Interval" => "DATETIME".to_owned(),
            "LargeBinary" if is_postgresql => "BYTEA".to_owned(),
            "LargeBinary" | "BLOB" => "BLOB".to_owned(),
            "BINARY" | "VARBINARY" => sized(class),
            "Uuid" if !is_postgresql || flag(sql, "native_uuid") == Some(false) => "CHAR(32)".to_owned(),
            "Uuid" | "UUID" => "UUID".to_owned(),
            "JSON" => "JSON".to_owned(),
            "JSONB" => "JSONB".to_owned(),
            "CLOB" => "CLOB".to_owned(),
            "BIT" if is_postgresql => match (flag(sql, "varying"), sql.length) {
                (Some(true), Some(length)) => format!("BIT VARYING({length})"),
                (Some(true), None) => "BIT VARYING".to_owned(),
                (_, length) => format!("BIT({})", length.unwrap_or(1)),
            },
            _ if is_postgresql && sql.dialect == Some(Dialect::Postgresql) && is_plain(class) => class.to_owned(),
            _ => return unknown(),
        })
    }
}

/// Types of PostgreSQL whose name is their class.
fn is_plain(class: &str) -> bool {
    matches!(
        class,
        "BYTEA" | "CIDR" | "CITEXT" | "HSTORE" | "INET" | "MACADDR" | "MACADDR8" | "MONEY" | "OID" | "REGCLASS"
    ) || matches!(class, "REGCONFIG" | "TSQUERY" | "TSVECTOR" | "JSONPATH")
        || class.ends_with("RANGE")
}

/// Types of PostgreSQL's module that are SQLAlchemy's own, or that SQLite has too.
fn is_shared(class: &str) -> bool {
    matches!(
        class,
        "JSON"
            | "JSONB"
            | "UUID"
            | "VARCHAR"
            | "TEXT"
            | "CHAR"
            | "INTEGER"
            | "BIGINT"
            | "SMALLINT"
            | "NUMERIC"
            | "FLOAT"
    ) || matches!(class, "REAL" | "DOUBLE_PRECISION" | "BOOLEAN" | "DATE" | "TIMESTAMP" | "TIME")
}

fn number(name: &str, sql: &SqlType) -> String {
    match (sql.precision, sql.scale) {
        (Some(precision), Some(scale)) => format!("{name}({precision}, {scale})"),
        (Some(precision), None) => format!("{name}({precision})"),
        (None, _) => name.to_owned(),
    }
}

fn interval(sql: &SqlType) -> Result<String, Reason> {
    let mut text = "INTERVAL".to_owned();
    let option = |name: &str| sql.options.iter().find(|option| option.name == name).map(|option| &option.value);
    match option("fields") {
        None | Some(Constant::None) => {}
        Some(Constant::Str(fields)) => text = format!("{text} {fields}"),
        Some(_) => return Err("the fields of an interval are not known".to_owned()),
    }
    if let Some(precision) = sql.precision {
        text = format!("{text} ({precision})");
    }
    if let Some(Constant::Number(precision)) = option("second_precision") {
        text = format!("{text} ({precision})");
    }
    Ok(text)
}

fn flag(sql: &SqlType, name: &str) -> Option<bool> {
    sql.options.iter().find(|option| option.name == name).and_then(|option| match option.value {
        Constant::Bool(value) => Some(value),
        _ => None,
    })
}

/// The length of the VARCHAR that an enumeration is where it is no type of its own.
fn varchar_length(enumeration: &EnumType) -> Option<u32> {
    if let Some(length) = enumeration.length {
        return Some(length);
    }
    let longest = enumeration.values.as_ref()?.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    u32::try_from(longest).ok()
}
