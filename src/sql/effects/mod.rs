//! What a statement does to the tables: locks, rewrites, reading all rows.
//!
//! The statements in `tests/locks/cases.rs` were measured on PostgreSQL 15 to 18; that 12 to 14 do the
//! same follows from their documentation. Partitions and inheriting tables are locked with their parent, unless the
//! statement says `ONLY`; they are not listed. Left out as well: locks on rows, the ROW SHARE that
//! foreign keys take on other tables while rows change, locks on indexes where the table's own is
//! as strong, and on sequences that belong to a column.

mod alter_table;
mod autocommit;
mod objects;
mod sum;

use super::statement::{Command, Query, ReindexTarget, Statement, Write, WriteKind};
use super::{Context, Lock, Name};
pub use autocommit::needs_autocommit;
use sum::Sum;

/// What a statement does to tables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// Each table once.
    pub known: Vec<Effect>,
    /// What it may do beyond that, and why it cannot be said. Empty: `known` is all.
    pub unknown: Vec<String>,
}

/// What a statement does to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The table.
    pub on: On,
    /// The strongest lock on it, held until the transaction ends.
    pub lock: Lock,
    /// Whether it is written again as a whole.
    pub rewrite: Answer,
    /// Whether all its rows are read under the lock.
    pub scan: Answer,
}

/// Which table, or other relation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum On {
    /// This one: a table, view, index or sequence.
    Relation(Name),
    /// The table that this index or these statistics belong to.
    TableOf(Name),
    /// All indexes of this table; plain reads need them too.
    IndexesOf(Name),
    /// The tables that foreign keys of this table reference through a part of it, if there are any.
    ReferencedBy(Name, Part),
    /// The tables whose foreign keys reference this table through a part of it, if there are any.
    Referencing(Name, Part),
    /// The tables with a column of this domain, if there are any.
    TablesUsing(Name),
    /// The default partition of this table, if there is one.
    DefaultPartitionOf(Name),
    /// The table that this is a partition of, if it is one, and that table's default partition.
    PartitionedBy(Name),
}

/// A part of a table that foreign keys can lead through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Any.
    Whole,
    /// This column.
    Column(String),
    /// This constraint, if it is a foreign key, or a key that others reference.
    Constraint(String),
}

/// Yes, no, or why not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// It depends on this.
    Unknown(String),
}

impl Answer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    /// The answer for both together: yes if one is.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (unknown @ Self::Unknown(_), _) | (_, unknown @ Self::Unknown(_)) => unknown,
            (Self::No, Self::No) => Self::No,
        }
    }
}

/// What `statement` does on PostgreSQL `version` (a major version, 12 or later).
pub fn effects(statement: &Statement, version: u32, context: &Context) -> Effects {
    let mut sum = Sum::new(context);
    command(&statement.command, version, context, &mut sum);
    sum.finish()
}

fn command(command: &Command, version: u32, context: &Context, sum: &mut Sum<'_>) {
    match command {
        Command::Unknown(unreadable) => sum.unknown(format!("the statement was not read: {}", unreadable.reason)),
        Command::AlterTable(alter) => alter_table::alter_table(alter, context, sum),
        Command::CreateIndex(index) => {
            let lock = if index.concurrently { Lock::ShareUpdateExclusive } else { Lock::Share };
            // On a partitioned table alone there is nothing to read.
            sum.scan(&index.table, lock, Answer::from(!index.only));
        }
        Command::Reindex { target, concurrently } => reindex(target, *concurrently, sum),
        Command::Write(write) => self::write(write, sum),
        Command::Select(query) => self::query(query, sum),
        Command::CreateTableAs { query, with_data, .. } => reading(query, *with_data, sum),
        Command::CreateView { view, query, or_replace, materialized, with_data } => {
            reading(query, *materialized && *with_data, sum);
            if *or_replace {
                sum.lock(view, Lock::AccessExclusive);
            }
        }
        Command::Refresh { view, concurrently } => {
            let lock = if *concurrently { Lock::Exclusive } else { Lock::AccessExclusive };
            sum.add(On::Relation(view.clone()), lock, Answer::from(!concurrently), Answer::Yes);
            sum.unknown(format!("which tables {view} reads is not known"));
        }
        Command::Copy { table, into_table, query } => {
            self::query(query, sum);
            if let Some(table) = table {
                let lock = if *into_table { Lock::RowExclusive } else { Lock::AccessShare };
                sum.scan(table, lock, Answer::from(!into_table));
            }
        }
        Command::Truncate { tables, cascade } => {
            for table in tables {
                sum.add(On::Relation(table.clone()), Lock::AccessExclusive, Answer::Yes, Answer::No);
                if *cascade {
                    let on = On::Referencing(table.clone(), Part::Whole);
                    sum.add(on, Lock::AccessExclusive, Answer::Yes, Answer::No);
                }
            }
        }
        Command::LockTable { tables, mode } => tables.iter().for_each(|table| sum.lock(table, *mode)),
        Command::Vacuum { tables, full } => {
            let lock = if *full { Lock::AccessExclusive } else { Lock::ShareUpdateExclusive };
            each(tables, "every table of the database is vacuumed", sum, |table, sum| {
                sum.add(On::Relation(table.clone()), lock, Answer::from(*full), Answer::Yes);
            });
        }
        Command::Analyze { tables } => {
            each(tables, "every table of the database is analyzed", sum, |table, sum| {
                sum.lock(table, Lock::ShareUpdateExclusive);
            });
        }
        Command::Cluster { table } => {
            each(table.as_slice(), "every table that was clustered before is clustered again", sum, |table, sum| {
                sum.add(On::Relation(table.clone()), Lock::AccessExclusive, Answer::Yes, Answer::Yes);
            });
        }
        Command::Do => sum.unknown("what a DO block does is not looked at"),
        Command::Call { procedure: Some(procedure) } => {
            sum.unknown(format!("the procedure {procedure} can do anything"))
        }
        Command::Call { procedure: None } => sum.unknown("a procedure can do anything"),
        Command::Execute => sum.unknown("the prepared statement is not at hand"),
        Command::Other(words) => sum.unknown(format!("what {words} locks is not known")),
        Command::Set { .. } | Command::Reset { .. } | Command::Transaction(_) => {}
        _ => objects::object(command, version, context, sum),
    }
}

fn each(tables: &[Name], without: &str, sum: &mut Sum<'_>, mut add: impl FnMut(&Name, &mut Sum<'_>)) {
    if tables.is_empty() {
        sum.unknown(without);
    }
    for table in tables {
        add(table, sum);
    }
}

/// Readers plan with every index of a table, so that they wait for one that is being built anew.
fn reindex(target: &ReindexTarget, concurrently: bool, sum: &mut Sum<'_>) {
    let (table_lock, index_lock) = if concurrently {
        (Lock::ShareUpdateExclusive, Lock::ShareUpdateExclusive)
    } else {
        (Lock::Share, Lock::AccessExclusive)
    };
    match target {
        ReindexTarget::Index(index) => {
            sum.table_of(index, table_lock, Answer::Yes);
            sum.lock(index, index_lock);
        }
        ReindexTarget::Table(table) => {
            sum.scan(table, table_lock, Answer::Yes);
            sum.add(On::IndexesOf(table.clone()), index_lock, Answer::No, Answer::No);
        }
        ReindexTarget::Many => sum.unknown("the indexes of many tables are built anew"),
    }
}

fn write(write: &Write, sum: &mut Sum<'_>) {
    let scan = match write.kind {
        WriteKind::Insert | WriteKind::InsertSelect => Answer::No,
        WriteKind::Update | WriteKind::Delete if !write.has_where => Answer::Yes,
        WriteKind::Update | WriteKind::Delete => plan("the rows that it changes"),
        WriteKind::Merge => plan("the rows that match"),
    };
    sum.scan(&write.table, Lock::RowExclusive, scan);
    query(&write.query, sum);
}

fn plan(what: &str) -> Answer {
    Answer::Unknown(format!("it depends on whether an index leads to {what}"))
}

/// A query whose rows are read now.
fn query(query: &Query, sum: &mut Sum<'_>) {
    reading(query, true, sum);
}

fn reading(query: &Query, now: bool, sum: &mut Sum<'_>) {
    let lock = if query.locks_rows { Lock::RowShare } else { Lock::AccessShare };
    for table in &query.reads {
        sum.scan(table, lock, if now { plan("the rows that it reads") } else { Answer::No });
    }
    for table in &query.writes {
        sum.scan(table, Lock::RowExclusive, plan("the rows that it changes"));
    }
    for function in &query.calls {
        sum.unknown(format!("the function {function}() can do anything"));
    }
}
