//! SQL, expressions and values.

use super::TableName;
use crate::source::Span;

/// SQL text that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlText {
    /// The text; may hold several statements.
    pub text: String,
    /// The expression that gives it.
    pub span: Span,
    /// Whether it went through `sa.text()` or a string that Alembic wraps in it: `:name` is a
    /// parameter then, and `\:` is a colon.
    pub is_textual: bool,
    /// Parameters that are bound to it (`.bindparams(…)`, a second argument of `execute`).
    pub parameters: Vec<Setting>,
    /// Whether it has parameters that are not known.
    pub has_unknown_parameters: bool,
}

/// An SQL expression made of SQLAlchemy's objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlExpr {
    /// SQL as text: `sa.text("…")`, or a string where one stands for SQL.
    Text(String),
    /// The column of that name.
    Column(String),
    /// A constant: `sa.literal(1)`, a string among the arguments of a function.
    Literal(Box<Constant>),
    /// `sa.func.name(arguments)`
    Function {
        /// The name as written.
        name: String,
        /// The arguments.
        arguments: Vec<SqlExpr>,
    },
    /// `sa.true()`
    True,
    /// `sa.false()`
    False,
    /// `sa.null()`
    Null,
    /// Any other expression, as written in Python.
    Other(String),
}

/// A value that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constant {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An integer or a float, as written.
    Number(String),
    /// A string.
    Str(String),
    /// A list, a tuple or a set.
    List(Vec<Constant>),
    /// A dictionary.
    Dict(Vec<(Constant, Constant)>),
    /// An SQL expression.
    Sql(SqlExpr),
    /// Anything else, as written in Python.
    Other(String),
}

/// A keyword argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The keyword.
    pub name: String,
    /// Its value.
    pub value: Constant,
}

/// `op.bulk_insert`
#[derive(Debug, Clone, PartialEq)]
pub struct BulkInsert {
    /// The table.
    pub table: TableName,
    /// The rows, if all of them are known.
    pub rows: Option<Vec<Vec<Setting>>>,
    /// The table's columns as far as they are written, with their types.
    pub columns: Vec<super::Column>,
    /// `multiinsert`
    pub multi_insert: bool,
}

/// Rows read or written through SQLAlchemy objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// What happens to the rows.
    pub verb: Verb,
    /// The table, if it is known.
    pub table: Option<TableName>,
    /// Whether there is a condition on the rows (`.where(…)`, `.filter(…)`).
    pub has_condition: bool,
    /// As written.
    pub written: String,
}

/// What happens to rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// They are read.
    Select,
    /// They are added.
    Insert,
    /// They are changed.
    Update,
    /// They are removed.
    Delete,
    /// A session of the ORM does something.
    Session,
}
