//! Operations as SQL, as Alembic and SQLAlchemy would emit them.
//!
//! What cannot be rendered with certainty is not: [`Rendered::Unknown`] says why. The suite
//! compares with `alembic upgrade --sql` (docs/conformance.md).

mod alter;
mod column;
mod constraint;
mod expression;
mod identifier;
mod index;
mod insert;
mod script;
mod table;
mod text;
mod types;

use std::collections::BTreeSet;

pub use identifier::is_reserved;
pub use script::{Line, script};

use super::model::{Batch, ConditionKind, Dialect, EnumType, Operation, Recreate, Step};
use super::{Body, Condition};

/// What a step is as SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    /// The statements in order, without semicolons.
    Sql(Vec<String>),
    /// It does not run here: it is meant for another dialect.
    Skipped,
    /// It is not known; says why in plain words.
    Unknown(String),
}

/// Why something cannot be rendered.
type Reason = String;

/// Renders the steps of one run: an enumeration is created once in it.
#[derive(Debug, Clone)]
pub struct Renderer {
    dialect: Dialect,
    /// Whether SQL is only printed (`--sql`).
    offline: bool,
    /// Enumerations that the run has created: schema and name.
    created: BTreeSet<(Option<String>, String)>,
}

impl Renderer {
    /// For a run on `dialect`, which is PostgreSQL or SQLite; all else is unknown.
    pub fn new(dialect: Dialect, offline: bool) -> Self {
        Self { dialect, offline, created: BTreeSet::new() }
    }

    /// The SQL of a step of `body`; unknown if it is not known whether it runs.
    pub fn step(&mut self, step: &Step, body: &Body) -> Rendered {
        match self.runs(step) {
            Err(reason) => Rendered::Unknown(reason),
            Ok(_) => self.if_it_runs(step, body),
        }
    }

    /// The SQL of a step of `body`, if what only a run can tell lets it run.
    pub fn if_it_runs(&mut self, step: &Step, body: &Body) -> Rendered {
        if self.runs(step) == Ok(false) {
            return Rendered::Skipped;
        }
        let batch = step.batch.and_then(|batch| body.batches.get(batch).map(|found| (batch, found)));
        if let Some((index, batch)) = batch
            && let Some(reason) = self.copies_table(index, batch, body)
        {
            return Rendered::Unknown(reason);
        }
        match self.operation(&step.operation) {
            Ok(statements) => Rendered::Sql(statements),
            Err(reason) => Rendered::Unknown(reason),
        }
    }

    fn is_postgresql(&self) -> bool {
        self.dialect == Dialect::Postgresql
    }

    fn dialect_name(&self) -> &'static str {
        match self.dialect {
            Dialect::Postgresql => "postgresql",
            Dialect::Sqlite => "sqlite",
            Dialect::Mysql => "mysql",
            Dialect::Mssql => "mssql",
            Dialect::Oracle => "oracle",
        }
    }

    /// Whether a step runs, as far as its conditions say.
    fn runs(&self, step: &Step) -> Result<bool, Reason> {
        let mut open = None;
        for held in &step.conditions {
            let Condition { kind, text, .. } = held;
            match kind {
                ConditionKind::Dialect { names, is } => {
                    if names.iter().any(|name| name == self.dialect_name()) != *is {
                        return Ok(false);
                    }
                }
                ConditionKind::Offline { is } => {
                    if self.offline != *is {
                        return Ok(false);
                    }
                }
                // Nothing fails while SQL is printed.
                ConditionKind::Try => {}
                ConditionKind::Except if self.offline => return Ok(false),
                ConditionKind::Except => open = open.or(Some(format!("it runs only after `{text}`"))),
                ConditionKind::Test { holds: true } => open = open.or(Some(format!("it runs only if `{text}`"))),
                ConditionKind::Test { holds: false } => open = open.or(Some(format!("it runs only if not `{text}`"))),
                ConditionKind::Loop => open = open.or(Some(format!("it runs {}", held.words()))),
            }
        }
        open.map_or(Ok(true), Err)
    }

    /// Why a batch is not a number of plain statements: the table is copied.
    fn copies_table(&self, index: usize, batch: &Batch, body: &Body) -> Option<Reason> {
        let copied = || Some("the batch copies the table".to_owned());
        match batch.recreate {
            Recreate::Always => return copied(),
            Recreate::Unknown => return Some("it is not known whether the batch copies the table".to_owned()),
            Recreate::Never => return None,
            Recreate::Auto if self.dialect != Dialect::Sqlite => return None,
            Recreate::Auto => {}
        }
        let needs_copy = |step: &Step| match &step.operation {
            Operation::AddColumn(add) => column::needs_copy(&add.column),
            Operation::CreateIndex(_) | Operation::DropIndex(_) => false,
            _ => true,
        };
        let mut steps = body.steps.iter().filter(|step| step.batch == Some(index));
        steps.any(needs_copy).then(copied).flatten()
    }

    fn operation(&mut self, operation: &Operation) -> Result<Vec<String>, Reason> {
        if !matches!(self.dialect, Dialect::Postgresql | Dialect::Sqlite) {
            return Err(format!("SQL is not rendered for {}", self.dialect_name()));
        }
        match operation {
            Operation::CreateTable(create) => self.create_table(create),
            Operation::DropTable(drop) => {
                let exists = if drop.if_exists { "IF EXISTS " } else { "" };
                Ok(vec![format!("DROP TABLE {exists}{}", self.table(&drop.table))])
            }
            Operation::RenameTable(rename) => {
                let table = self.altered_table(&rename.table);
                Ok(vec![format!("ALTER TABLE {table} RENAME TO {}", self.quote(&rename.new_name))])
            }
            Operation::CommentTable(comment) => self.comment_table(&comment.table, comment.comment.as_deref()),
            Operation::AddColumn(add) => self.add_column(add),
            Operation::DropColumn(drop) => {
                let exists = if drop.if_exists { "IF EXISTS " } else { "" };
                let table = self.altered_table(&drop.table);
                Ok(vec![format!("ALTER TABLE {table} DROP COLUMN {exists}{}", self.quote(&drop.column))])
            }
            Operation::AlterColumn(alter) => self.alter_column(alter),
            Operation::CreateIndex(create) => {
                Ok(vec![self.create_index(&create.table, &create.index, create.if_not_exists)?])
            }
            Operation::DropIndex(drop) => self.drop_index(drop),
            Operation::AddConstraint(add) => self.add_constraint(&add.table, &add.constraint),
            Operation::DropConstraint(drop) => self.drop_constraint(drop),
            Operation::CreateEnum { r#type, .. } => self.enum_statement(r#type, true),
            Operation::DropEnum { r#type, .. } => self.enum_statement(r#type, false),
            Operation::Sql(sql) => Ok(vec![self.sql_text(sql)?]),
            Operation::BulkInsert(insert) => self.bulk_insert(insert),
            Operation::Data(data) => Err(format!("`{}` is made of SQLAlchemy's objects", data.written)),
            Operation::Raise { .. } => Err("it stops with an exception".to_owned()),
            Operation::Opaque { reason } => Err(reason.clone()),
        }
    }

    /// `type.create(bind)` or `type.drop(bind)`
    fn enum_statement(&mut self, r#type: &EnumType, create: bool) -> Result<Vec<String>, Reason> {
        if !self.is_postgresql() || !r#type.native {
            return Ok(Vec::new());
        }
        if create {
            return Ok(vec![self.create_type(r#type)?]);
        }
        Ok(vec![format!("DROP TYPE {}", self.enum_name(r#type)?)])
    }
}
