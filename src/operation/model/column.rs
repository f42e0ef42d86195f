//! Columns.

use super::{Constant, Constraint, Setting, SqlExpr, TableName, TypeExpr};
use crate::source::Span;

/// `sa.Column(…)`
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type; `None` if none is given (a foreign key decides it).
    pub r#type: Option<TypeExpr>,
    /// `nullable` as written.
    pub nullable: Option<bool>,
    /// `primary_key=True`
    pub primary_key: bool,
    /// `unique=True`
    pub unique: bool,
    /// `index=True`
    pub index: bool,
    /// `autoincrement` as written; `None` is SQLAlchemy's `"auto"`.
    pub autoincrement: Option<bool>,
    /// `server_default`, or `sa.Identity(…)` or `sa.Computed(…)` among the arguments.
    pub server_default: Option<Default>,
    /// Whether there is a Python-side `default`, which the database knows nothing of.
    pub python_default: bool,
    /// `sa.Sequence("name")` among the arguments: the sequence's name.
    pub sequence: Option<String>,
    /// `sa.ForeignKey(…)` and `sa.CheckConstraint(…)` among the arguments, as constraints of this
    /// column alone.
    pub constraints: Vec<Constraint>,
    /// `comment`
    pub comment: Option<String>,
    /// Dialect options.
    pub options: Vec<Setting>,
    /// Where it stands.
    pub span: Span,
}

impl Column {
    /// Whether the column takes NULL, by SQLAlchemy's rule: unless told otherwise, all do that are
    /// not part of the primary key.
    pub fn is_nullable(&self) -> bool {
        match (&self.server_default, self.nullable) {
            (_, Some(nullable)) => nullable,
            (Some(Default::Identity(_)), None) => false,
            (_, None) => !self.primary_key,
        }
    }
}

/// What the server puts where no value is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Default {
    /// A Python string: an SQL string literal of that text.
    Literal(String),
    /// An SQL expression.
    Sql(SqlExpr),
    /// `sa.Identity(…)`
    Identity(Identity),
    /// `sa.Computed(…)`
    Computed(Computed),
    /// It cannot be known; says why.
    Unknown(String),
}

/// `sa.Identity(…)`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// `always`
    pub always: bool,
    /// `start`
    pub start: Option<i64>,
    /// `increment`
    pub increment: Option<i64>,
    /// `minvalue`
    pub min_value: Option<i64>,
    /// `maxvalue`
    pub max_value: Option<i64>,
    /// `nominvalue`
    pub no_min_value: bool,
    /// `nomaxvalue`
    pub no_max_value: bool,
    /// `cycle`
    pub cycle: Option<bool>,
    /// `cache`
    pub cache: Option<i64>,
    /// Arguments that are not understood, by name.
    pub unknown: Vec<String>,
}

/// `sa.Computed(…)`
#[derive(Debug, Clone, PartialEq)]
pub struct Computed {
    /// The expression.
    pub expression: SqlExpr,
    /// `persisted`
    pub persisted: Option<bool>,
}

/// `op.add_column`
#[derive(Debug, Clone, PartialEq)]
pub struct AddColumn {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: Column,
    /// `if_not_exists`
    pub if_not_exists: bool,
    /// `inline_references`
    pub inline_references: bool,
    /// `inline_primary_key`
    pub inline_primary_key: bool,
}

/// `op.drop_column`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropColumn {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: String,
    /// `if_exists`
    pub if_exists: bool,
    /// Other arguments.
    pub options: Vec<Setting>,
}

/// A property that `op.alter_column` may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays as it is.
    Keep,
    /// It gets this value.
    Set(T),
    /// It changes, and it is not known to what; says why.
    Unknown(String),
}

impl<T> Change<T> {
    /// The new value, if it is known.
    pub fn new_value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Unknown(_) => None,
        }
    }

    /// Whether it stays as it is.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

/// `op.alter_column`
#[derive(Debug, Clone, PartialEq)]
pub struct AlterColumn {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: String,
    /// `new_column_name`
    pub new_name: Change<String>,
    /// `type_`
    pub new_type: Change<TypeExpr>,
    /// `nullable`
    pub nullable: Change<bool>,
    /// `server_default`; `None` drops it.
    pub server_default: Change<Option<Default>>,
    /// `comment`; `None` removes it.
    pub comment: Change<Option<String>>,
    /// `postgresql_using`
    pub using: Option<SqlExpr>,
    /// `existing_type`
    pub existing_type: Option<TypeExpr>,
    /// `existing_nullable`
    pub existing_nullable: Option<bool>,
    /// `existing_server_default`; the inner `None` says that there is none.
    pub existing_server_default: Option<Option<Default>>,
    /// `existing_comment`
    pub existing_comment: Option<Constant>,
    /// Other arguments.
    pub options: Vec<Setting>,
}
