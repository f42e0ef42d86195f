//! Types of columns.

use super::Setting;
use crate::source::Span;

/// A column's type.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeExpr {
    /// As written: `sa.String(length=50)`.
    pub written: String,
    /// What it is.
    pub kind: TypeKind,
    /// `with_variant`: another type for some dialects.
    pub variants: Vec<(String, TypeExpr)>,
    /// Where it stands.
    pub span: Span,
}

impl TypeExpr {
    /// The type on a dialect, named as SQLAlchemy does (`postgresql`).
    pub fn on(&self, dialect: &str) -> &TypeExpr {
        self.variants.iter().find(|(name, _)| name == dialect).map_or(self, |(_, variant)| variant)
    }
}

/// What a type is.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// A type of SQLAlchemy, or of one of its dialects.
    Sql(SqlType),
    /// `sa.Enum(…)`, `postgresql.ENUM(…)`
    Enum(EnumType),
    /// `sa.ARRAY(item)`, `postgresql.ARRAY(item)`
    Array {
        /// The type of the items.
        item: Box<TypeExpr>,
        /// `dimensions`
        dimensions: Option<u32>,
    },
    /// A type from elsewhere: the dotted name of what is called, imports resolved
    /// (`geoalchemy2.types.Geometry`).
    Other(String),
}

/// A dialect of SQLAlchemy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `sqlalchemy.dialects.postgresql`
    Postgresql,
    /// `sqlalchemy.dialects.sqlite`
    Sqlite,
    /// `sqlalchemy.dialects.mysql`
    Mysql,
    /// `sqlalchemy.dialects.mssql`
    Mssql,
    /// `sqlalchemy.dialects.oracle`
    Oracle,
}

/// A type of SQLAlchemy by its class, with the arguments that most of them share.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlType {
    /// The class: `String`, `VARCHAR`, `JSONB`.
    pub class: String,
    /// The dialect whose module it comes from.
    pub dialect: Option<Dialect>,
    /// `length`
    pub length: Option<u32>,
    /// `precision`
    pub precision: Option<u32>,
    /// `scale`
    pub scale: Option<u32>,
    /// `timezone`
    pub timezone: bool,
    /// `collation`
    pub collation: Option<String>,
    /// Other arguments, positional ones with an empty name.
    pub options: Vec<Setting>,
}

/// An enumeration.
#[derive(Debug, Clone, PartialEq)]
pub struct EnumType {
    /// The type's name on the server.
    pub name: Option<String>,
    /// Its schema.
    pub schema: Option<String>,
    /// The labels in order, if all of them are known.
    pub values: Option<Vec<String>>,
    /// `native_enum`: whether the server has a type of that name (else it is a VARCHAR).
    pub native: bool,
    /// `create_type`: whether creating a table creates the type too.
    pub create_type: bool,
    /// `create_constraint`: whether a VARCHAR gets a CHECK.
    pub create_constraint: bool,
    /// `length`: of the VARCHAR.
    pub length: Option<u32>,
    /// Whether it is `postgresql.ENUM`.
    pub is_postgresql: bool,
}
