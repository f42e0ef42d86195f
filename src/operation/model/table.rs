//! Tables.

use super::{Column, Constraint, Index, Setting};

/// A table's name as written; without a schema it is the default one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The schema, if one is given.
    pub schema: Option<String>,
    /// The name.
    pub name: String,
}

impl TableName {
    /// A table of the default schema.
    pub fn new(name: impl Into<String>) -> Self {
        Self { schema: None, name: name.into() }
    }
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// `op.create_table`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    /// The table.
    pub table: TableName,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// Constraints written in the call besides those of its columns, in order.
    pub constraints: Vec<Constraint>,
    /// Indexes written in the call.
    pub indexes: Vec<Index>,
    /// `comment`
    pub comment: Option<String>,
    /// `prefixes`
    pub prefixes: Vec<String>,
    /// `if_not_exists`
    pub if_not_exists: bool,
    /// Dialect options: `postgresql_partition_by`, `sqlite_autoincrement`, …
    pub options: Vec<Setting>,
    /// Whether something in the call could not be understood, so that columns or constraints may
    /// be missing above; the step's notes say what.
    pub is_partial: bool,
}

/// `op.drop_table`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropTable {
    /// The table.
    pub table: TableName,
    /// `if_exists`
    pub if_exists: bool,
}

/// `op.rename_table`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameTable {
    /// The table.
    pub table: TableName,
    /// Its new name, in the same schema.
    pub new_name: String,
}

/// `op.create_table_comment`, `op.drop_table_comment`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentTable {
    /// The table.
    pub table: TableName,
    /// The comment; `None` removes it.
    pub comment: Option<String>,
}
