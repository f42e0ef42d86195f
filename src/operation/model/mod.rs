//! What a revision does, as plain data: the vocabulary of `operation`.
//!
//! Everything is as written. What a value means to a server (a default schema, a type's name) is
//! decided by who reads it.

mod column;
mod constraint;
mod index;
mod sql;
mod table;
mod types;

pub use column::{AddColumn, AlterColumn, Change, Column, Computed, Default, DropColumn, Identity};
pub use constraint::{AddConstraint, Constraint, ConstraintKind, DropConstraint, ForeignKey, ReferenceRules};
pub use index::{CreateIndex, DropIndex, Index};
pub use sql::{BulkInsert, Constant, Data, Setting, SqlExpr, SqlText, Verb};
pub use table::{CommentTable, CreateTable, DropTable, RenameTable, TableName};
pub use types::{Dialect, EnumType, SqlType, TypeExpr, TypeKind};

use crate::source::Span;

/// The value of the setting of that name, if it is given.
fn option<'a>(options: &'a [Setting], name: &str) -> Option<&'a Constant> {
    options.iter().find(|option| option.name == name).map(|option| &option.value)
}

/// One thing that a revision does.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// `op.create_table`
    CreateTable(CreateTable),
    /// `op.drop_table`
    DropTable(DropTable),
    /// `op.rename_table`
    RenameTable(RenameTable),
    /// `op.create_table_comment`, `op.drop_table_comment`
    CommentTable(CommentTable),
    /// `op.add_column`
    AddColumn(Box<AddColumn>),
    /// `op.drop_column`
    DropColumn(DropColumn),
    /// `op.alter_column`
    AlterColumn(Box<AlterColumn>),
    /// `op.create_index`
    CreateIndex(CreateIndex),
    /// `op.drop_index`
    DropIndex(DropIndex),
    /// `op.create_primary_key`, `op.create_foreign_key`, …
    AddConstraint(AddConstraint),
    /// `op.drop_constraint`
    DropConstraint(DropConstraint),
    /// `sa.Enum(...).create(bind)`
    CreateEnum {
        /// The type.
        r#type: EnumType,
        /// Whether it is only made when it is not there yet.
        check_first: bool,
    },
    /// `sa.Enum(...).drop(bind)`
    DropEnum {
        /// The type.
        r#type: EnumType,
        /// Whether it is only dropped when it is there.
        check_first: bool,
    },
    /// SQL whose text is known: `op.execute("…")`, `connection.execute(sa.text("…"))`.
    Sql(SqlText),
    /// `op.bulk_insert`
    BulkInsert(BulkInsert),
    /// Rows read or written through SQLAlchemy objects.
    Data(Data),
    /// `raise …`: the migration stops here.
    Raise {
        /// As written.
        text: String,
    },
    /// Something is done here that cannot be known without running it.
    Opaque {
        /// In plain words, completing "it is not known what this does: …".
        reason: String,
    },
}

impl Operation {
    /// Its kind, in kebab-case.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CreateTable(_) => "create-table",
            Self::DropTable(_) => "drop-table",
            Self::RenameTable(_) => "rename-table",
            Self::CommentTable(_) => "comment-table",
            Self::AddColumn(_) => "add-column",
            Self::DropColumn(_) => "drop-column",
            Self::AlterColumn(_) => "alter-column",
            Self::CreateIndex(_) => "create-index",
            Self::DropIndex(_) => "drop-index",
            Self::AddConstraint(_) => "add-constraint",
            Self::DropConstraint(_) => "drop-constraint",
            Self::CreateEnum { .. } => "create-enum",
            Self::DropEnum { .. } => "drop-enum",
            Self::Sql(_) => "sql",
            Self::BulkInsert(_) => "bulk-insert",
            Self::Data(_) => "data",
            Self::Raise { .. } => "raise",
            Self::Opaque { .. } => "opaque",
        }
    }

    /// The table that it is about; SQL text is not looked into.
    pub fn table(&self) -> Option<&TableName> {
        match self {
            Self::CreateTable(create) => Some(&create.table),
            Self::DropTable(drop) => Some(&drop.table),
            Self::RenameTable(rename) => Some(&rename.table),
            Self::CommentTable(comment) => Some(&comment.table),
            Self::AddColumn(add) => Some(&add.table),
            Self::DropColumn(drop) => Some(&drop.table),
            Self::AlterColumn(alter) => Some(&alter.table),
            Self::CreateIndex(create) => Some(&create.table),
            Self::DropIndex(drop) => drop.table.as_ref(),
            Self::AddConstraint(add) => Some(&add.table),
            Self::DropConstraint(drop) => Some(&drop.table),
            Self::BulkInsert(insert) => Some(&insert.table),
            Self::Data(data) => data.table.as_ref(),
            Self::CreateEnum { .. }
            | Self::DropEnum { .. }
            | Self::Sql(_)
            | Self::Raise { .. }
            | Self::Opaque { .. } => None,
        }
    }
}

/// A name of a constraint or index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Whether it is made with `op.f()`, so that no naming convention changes it.
    pub is_final: bool,
}

impl Name {
    /// A name that a naming convention may change.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_final: false }
    }
}

/// One step of `upgrade()` or `downgrade()`.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it does.
    pub operation: Operation,
    /// The call that does it.
    pub span: Span,
    /// Where it is called from, when the call stands in a helper function: the place in
    /// `upgrade()` or `downgrade()`.
    pub called_from: Option<Span>,
    /// Whether it runs in `with op.get_context().autocommit_block()`.
    pub in_autocommit: bool,
    /// How many of these blocks have begun by then, or `COMMIT`s have been sent: steps with another
    /// number are not in the same transaction.
    pub autocommit_blocks: usize,
    /// Index in [`Body::batches`](super::Body::batches) of the `batch_alter_table` block that it
    /// stands in.
    pub batch: Option<usize>,
    /// All that must hold for it to run, outermost first.
    pub conditions: Vec<Condition>,
    /// The database, in a project with several (`upgrade_<name>()`).
    pub database: Option<String>,
    /// What of it was not understood, in plain words; it is kept all the same.
    pub notes: Vec<String>,
}

impl Step {
    /// A step that runs once, whatever happens.
    pub fn new(operation: Operation, span: Span) -> Self {
        Self {
            operation,
            span,
            called_from: None,
            in_autocommit: false,
            autocommit_blocks: 0,
            batch: None,
            conditions: Vec::new(),
            database: None,
            notes: Vec::new(),
        }
    }
}

/// Why a step may not run, or run more than once.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What is asked.
    pub kind: ConditionKind,
    /// The test, as written.
    pub text: String,
    /// Where the test stands.
    pub span: Span,
}

/// The kinds of [`Condition`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionKind {
    /// `op.get_bind().dialect.name == "postgresql"`
    Dialect {
        /// The names that are compared with, as SQLAlchemy spells them.
        names: Vec<String>,
        /// Whether the step runs on these dialects (else: on all others).
        is: bool,
    },
    /// `context.is_offline_mode()`, `op.get_context().as_sql`
    Offline {
        /// Whether the step runs when SQL is only printed (else: when there is a connection).
        is: bool,
    },
    /// Any other test: "only if …", or "only if not …".
    Test {
        /// Whether the step runs when the test holds (else: when it does not).
        holds: bool,
    },
    /// In a loop: never, once or several times.
    Loop,
    /// In a `try` that catches exceptions: a failure may be passed over.
    Try,
    /// In an `except`: only after a failure.
    Except,
}

/// A `batch_alter_table` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The table.
    pub table: TableName,
    /// `recreate`: `auto`, `always` or `never`.
    pub recreate: Recreate,
    /// Where `batch_alter_table(…)` stands.
    pub span: Span,
    /// Arguments other than the table, the schema and `recreate`, by name.
    pub options: Vec<String>,
}

/// When a batch copies its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recreate {
    /// On SQLite, when an operation in it needs that.
    Auto,
    /// On every dialect.
    Always,
    /// On none.
    Never,
    /// It is not known.
    Unknown,
}
