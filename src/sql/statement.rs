//! What one statement says, as plain data: the vocabulary of the module.

use super::table::{AlterTable, CreateTable};
use super::{Lock, Name};
use crate::source::Span;

/// One statement of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Where it stands, without the semicolon and without what surrounds it.
    pub span: Span,
    /// What it says.
    pub command: Command,
}

/// What a statement says. Names are as written: without a schema, the search path decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// It could not be read.
    Unknown(Unreadable),
    /// `CREATE TABLE`.
    CreateTable(CreateTable),
    /// `CREATE TABLE … AS` and `SELECT … INTO`.
    CreateTableAs {
        /// The new table.
        table: Name,
        /// The tables that its query reads.
        query: Query,
        /// Not `WITH NO DATA`.
        with_data: bool,
    },
    /// `ALTER TABLE`, which PostgreSQL also accepts for views, indexes and sequences.
    AlterTable(AlterTable),
    /// `CREATE INDEX`.
    CreateIndex(CreateIndex),
    /// `REINDEX`.
    Reindex {
        /// What is built anew.
        target: ReindexTarget,
        /// With `CONCURRENTLY`.
        concurrently: bool,
    },
    /// `CREATE VIEW` or `CREATE MATERIALIZED VIEW`.
    CreateView {
        /// The new view.
        view: Name,
        /// What it reads.
        query: Query,
        /// `OR REPLACE`.
        or_replace: bool,
        /// A materialized one.
        materialized: bool,
        /// Not `WITH NO DATA`.
        with_data: bool,
    },
    /// `REFRESH MATERIALIZED VIEW`.
    Refresh {
        /// The view.
        view: Name,
        /// With `CONCURRENTLY`.
        concurrently: bool,
    },
    /// `CREATE TYPE`.
    CreateType {
        /// The new type.
        name: Name,
        /// The labels of an enum; none for another kind of type.
        labels: Option<Vec<String>>,
    },
    /// `ALTER TYPE … ADD VALUE`.
    AddEnumValue {
        /// The enum.
        name: Name,
        /// The new label.
        value: String,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `ALTER TYPE … RENAME VALUE`.
    RenameEnumValue {
        /// The enum.
        name: Name,
        /// The old label.
        from: String,
        /// The new label.
        to: String,
    },
    /// `ALTER DOMAIN`.
    AlterDomain {
        /// The domain.
        name: Name,
        /// Whether the stored values of every table that uses it are read: a constraint that is
        /// checked at once, `SET NOT NULL`, `VALIDATE CONSTRAINT`.
        checks_values: bool,
    },
    /// `CREATE SEQUENCE`.
    CreateSequence {
        /// The new sequence.
        name: Name,
        /// The table of `OWNED BY`.
        owner: Option<Name>,
    },
    /// `ALTER SEQUENCE`.
    AlterSequence {
        /// The sequence.
        name: Name,
        /// What changes.
        change: Change,
        /// The table of `OWNED BY`.
        owner: Option<Name>,
    },
    /// `CREATE TRIGGER`, `POLICY`, `RULE`: something that belongs to a table.
    CreateOn {
        /// What is made.
        kind: ObjectKind,
        /// Its name.
        name: String,
        /// The table.
        table: Name,
        /// A constraint trigger's `FROM`.
        from: Option<Name>,
    },
    /// `ALTER TRIGGER`, `POLICY`, `RULE`.
    AlterOn {
        /// What is changed.
        kind: ObjectKind,
        /// Its name.
        name: String,
        /// The table.
        table: Name,
    },
    /// `CREATE STATISTICS`.
    CreateStatistics {
        /// The tables that it is about.
        tables: Vec<Name>,
    },
    /// Another `CREATE`: a schema, function, extension, role, …
    Create {
        /// What is made.
        kind: ObjectKind,
        /// Its name, where it has one.
        name: Option<Name>,
    },
    /// Another `ALTER`.
    Alter {
        /// What is changed.
        kind: ObjectKind,
        /// Its name, where it has one.
        name: Option<Name>,
        /// What changes.
        change: Change,
    },
    /// `DROP` of anything.
    Drop(Drop),
    /// `COMMENT ON`.
    Comment {
        /// On what.
        kind: ObjectKind,
        /// The object; for a column, constraint, trigger, policy or rule its table.
        on: Option<Name>,
        /// The column.
        column: Option<String>,
    },
    /// `GRANT` and `REVOKE`; the tables or sequences that it names.
    Grant {
        /// The tables and sequences.
        relations: Vec<Name>,
        /// `REVOKE`.
        revoke: bool,
    },
    /// `INSERT`, `UPDATE`, `DELETE`, `MERGE`.
    Write(Write),
    /// `SELECT`, `VALUES`, `TABLE`, `EXPLAIN`, `PREPARE`: reading.
    Select(Query),
    /// `COPY`.
    Copy {
        /// The table that is read or filled; none for a query.
        table: Option<Name>,
        /// `COPY … FROM`: rows are added.
        into_table: bool,
        /// What a query reads.
        query: Query,
    },
    /// `TRUNCATE`.
    Truncate {
        /// The tables.
        tables: Vec<Name>,
        /// With `CASCADE`.
        cascade: bool,
    },
    /// `LOCK TABLE`.
    LockTable {
        /// The tables.
        tables: Vec<Name>,
        /// The lock.
        mode: Lock,
    },
    /// `SET`.
    Set {
        /// The parameter, in lower case.
        name: String,
        /// The value as written; none for `DEFAULT` and `FROM CURRENT`.
        value: Option<String>,
        /// `SET LOCAL`: until the transaction ends.
        local: bool,
    },
    /// `RESET`; none for `RESET ALL`.
    Reset {
        /// The parameter, in lower case.
        name: Option<String>,
    },
    /// `BEGIN` and its companions.
    Transaction(Transaction),
    /// `DO`: what the block does is not looked at.
    Do,
    /// `CALL`: what the procedure does is not known.
    Call {
        /// The procedure.
        procedure: Option<Name>,
    },
    /// `EXECUTE` of a prepared statement.
    Execute,
    /// `VACUUM`; without tables, of all.
    Vacuum {
        /// The tables.
        tables: Vec<Name>,
        /// With `FULL`.
        full: bool,
    },
    /// `ANALYZE`; without tables, of all.
    Analyze {
        /// The tables.
        tables: Vec<Name>,
    },
    /// `CLUSTER`; without a table, of all that were clustered before.
    Cluster {
        /// The table.
        table: Option<Name>,
    },
    /// Any other statement that was read without an error, by its first words.
    Other(String),
}

/// Why a statement was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The parser's reason, or ours, in words that complete "not read: ".
    pub reason: String,
    /// Where in the text.
    pub at: usize,
}

/// What a query touches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// Tables and views in `FROM`, without the names of its own `WITH`.
    pub reads: Vec<Name>,
    /// Tables that statements in its `WITH` write.
    pub writes: Vec<Name>,
    /// It locks the rows: `FOR UPDATE`, `FOR SHARE`.
    pub locks_rows: bool,
    /// Functions that are not known to leave tables alone.
    pub calls: Vec<String>,
}

/// A statement that changes rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Which.
    pub kind: WriteKind,
    /// The table.
    pub table: Name,
    /// It has a `WHERE`; for `MERGE` and `INSERT` always false.
    pub has_where: bool,
    /// The columns that an `UPDATE` sets.
    pub sets: Vec<String>,
    /// What else it touches.
    pub query: Query,
}

/// The statements that change rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteKind {
    /// `INSERT … VALUES`.
    Insert,
    /// `INSERT … SELECT`.
    InsertSelect,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
    /// `MERGE`.
    Merge,
}

/// `CREATE INDEX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateIndex {
    /// Its name, where one is given.
    pub name: Option<String>,
    /// The table.
    pub table: Name,
    /// `UNIQUE`.
    pub unique: bool,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `ON ONLY`: not on the partitions.
    pub only: bool,
}

/// What `REINDEX` builds anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReindexTarget {
    /// One index.
    Index(Name),
    /// All indexes of a table.
    Table(Name),
    /// All of a schema, or of the database.
    Many,
}

/// `DROP`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drop {
    /// What is dropped.
    pub kind: ObjectKind,
    /// The objects.
    pub names: Vec<Name>,
    /// The table of a trigger, policy or rule.
    pub on: Option<Name>,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
}

/// Kinds of objects; those that no lock and no rule tells apart are `Other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each variant is the word of SQL")]
pub enum ObjectKind {
    Table,
    Index,
    View,
    MaterializedView,
    Sequence,
    Schema,
    Type,
    Domain,
    Function,
    Procedure,
    Trigger,
    Policy,
    Rule,
    Extension,
    Statistics,
    Column,
    Constraint,
    Database,
    Role,
    Publication,
    Subscription,
    Tablespace,
    System,
    Other,
}

/// What an `ALTER` of something other than a table changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// `RENAME TO`.
    Rename(String),
    /// `SET SCHEMA`.
    SetSchema(String),
    /// `OWNER TO`.
    Owner,
    /// Storage parameters, statistics targets.
    Parameters,
    /// `SET TABLESPACE`.
    Tablespace,
    /// Anything else.
    Other,
}

/// `BEGIN` and its companions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transaction {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`, `ABORT`.
    Rollback,
    /// `SAVEPOINT`, `RELEASE`, `ROLLBACK TO`.
    Savepoint,
    /// `PREPARE TRANSACTION`, `COMMIT PREPARED`, `ROLLBACK PREPARED`.
    TwoPhase,
    /// `SET TRANSACTION`, `SET CONSTRAINTS`.
    Settings,
}
