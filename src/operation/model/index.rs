//! Indexes.

use super::{Constant, Name, Setting, SqlExpr, TableName};
use crate::source::Span;

/// An index of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// Its name; a naming convention gives one where there is none.
    pub name: Option<Name>,
    /// What is indexed, in order.
    pub elements: Vec<SqlExpr>,
    /// `unique`
    pub unique: bool,
    /// Dialect options: `postgresql_concurrently`, `postgresql_using`, `postgresql_where`,
    /// `postgresql_include`, `postgresql_ops`, `postgresql_with`, …
    pub options: Vec<Setting>,
    /// Where it stands.
    pub span: Span,
}

impl Index {
    /// The value of a dialect option, if it is given.
    pub fn option(&self, name: &str) -> Option<&Constant> {
        super::option(&self.options, name)
    }

    /// `postgresql_concurrently`
    pub fn is_concurrent(&self) -> bool {
        self.option("postgresql_concurrently") == Some(&Constant::Bool(true))
    }
}

/// `op.create_index`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateIndex {
    /// The table.
    pub table: TableName,
    /// The index.
    pub index: Index,
    /// `if_not_exists`
    pub if_not_exists: bool,
}

/// `op.drop_index`
#[derive(Debug, Clone, PartialEq)]
pub struct DropIndex {
    /// The name.
    pub name: Option<Name>,
    /// The schema.
    pub schema: Option<String>,
    /// The table, if it is given.
    pub table: Option<TableName>,
    /// `if_exists`
    pub if_exists: bool,
    /// Dialect options.
    pub options: Vec<Setting>,
}

impl DropIndex {
    /// `postgresql_concurrently`
    pub fn is_concurrent(&self) -> bool {
        super::option(&self.options, "postgresql_concurrently") == Some(&Constant::Bool(true))
    }
}
