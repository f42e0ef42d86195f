//! PostgreSQL's SQL: text in, plain data out. The only user of Squawk's parser and linter.
//!
//! [`statements`] reads a text, [`effects()`] says which locks a statement takes and whether a table
//! is rewritten or read through, [`types`] what a change of a column's type costs, [`lint`] what
//! Squawk has to say. Nothing here knows Alembic, a file or a database.
//!
//! `tests/locks` runs statements on the real servers of the test suite, and compares.

mod context;
mod effects;
mod lock;
mod name;
mod read;
mod scan;
mod split;
mod squawk;
mod statement;
mod table;
mod tree;
pub mod types;
mod volatility;

pub use context::{Context, ForeignKey};
pub use effects::{Answer, Effect, Effects, On, Part, effects, needs_autocommit};
pub use lock::Lock;
pub use name::Name;
pub use read::{names, statements};
pub use squawk::{DefaultRule, Options, RULES, Violation, is_rule, lint, lint_read};
pub use statement::{
    Change, Command, CreateIndex, Drop, ObjectKind, Query, ReindexTarget, Statement, Transaction, Unreadable, Write,
    WriteKind,
};
pub use table::{Action, AlterTable, Column, Constraint, ConstraintKind, CreateTable, Expression, Generated, Using};
pub use volatility::Volatility;
