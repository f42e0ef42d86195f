//! Constraints.

use super::{Name, Setting, SqlExpr, TableName};
use crate::source::Span;

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    /// Its name; the database or a naming convention gives one where there is none.
    pub name: Option<Name>,
    /// What it demands.
    pub kind: ConstraintKind,
    /// `deferrable`
    pub deferrable: Option<bool>,
    /// `initially`: `DEFERRED` or `IMMEDIATE`.
    pub initially: Option<String>,
    /// Dialect options: `postgresql_not_valid`, `postgresql_include`, …
    pub options: Vec<Setting>,
    /// Where it stands.
    pub span: Span,
}

impl Constraint {
    /// The value of a dialect option, if it is given.
    pub fn option(&self, name: &str) -> Option<&super::Constant> {
        super::option(&self.options, name)
    }
}

/// The kinds of constraints.
#[derive(Debug, Clone, PartialEq)]
pub enum ConstraintKind {
    /// `PRIMARY KEY (columns)`
    PrimaryKey {
        /// The columns in order.
        columns: Vec<String>,
    },
    /// `UNIQUE (columns)`
    Unique {
        /// The columns in order.
        columns: Vec<String>,
    },
    /// `FOREIGN KEY (columns) REFERENCES …`
    ForeignKey(ForeignKey),
    /// `CHECK (condition)`
    Check {
        /// The condition.
        condition: SqlExpr,
    },
    /// `EXCLUDE USING using (elements) WHERE (condition)`
    Exclude {
        /// Each expression with its operator.
        elements: Vec<(SqlExpr, String)>,
        /// The index method.
        using: String,
        /// The condition.
        condition: Option<SqlExpr>,
    },
}

/// A reference to another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table that is referred to.
    pub referred_table: TableName,
    /// The columns there; empty means its primary key.
    pub referred_columns: Vec<String>,
    /// What happens to rows.
    pub rules: ReferenceRules,
    /// `use_alter`: added after the table by `ALTER TABLE`.
    pub use_alter: bool,
}

/// `onupdate`, `ondelete` and `match`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReferenceRules {
    /// `onupdate`
    pub on_update: Option<String>,
    /// `ondelete`
    pub on_delete: Option<String>,
    /// `match`
    pub r#match: Option<String>,
}

/// `op.create_primary_key`, `op.create_unique_constraint`, `op.create_foreign_key`,
/// `op.create_check_constraint`, `op.create_exclude_constraint`
#[derive(Debug, Clone, PartialEq)]
pub struct AddConstraint {
    /// The table.
    pub table: TableName,
    /// The constraint.
    pub constraint: Constraint,
}

/// `op.drop_constraint`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropConstraint {
    /// The table.
    pub table: TableName,
    /// The name; `None` is written by autogenerate for a constraint without one, and fails.
    pub name: Option<Name>,
    /// `type_`: `foreignkey`, `primary`, `unique`, `check`.
    pub r#type: Option<String>,
    /// `if_exists`
    pub if_exists: bool,
}
