//! The parts of `CREATE TABLE` and `ALTER TABLE`.

use super::{Name, Volatility};

/// `CREATE TABLE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTable {
    /// The new table.
    pub table: Name,
    /// `TEMPORARY`.
    pub temporary: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its table constraints.
    pub constraints: Vec<Constraint>,
    /// The parent of `PARTITION OF`.
    pub partition_of: Option<Name>,
    /// `PARTITION BY`.
    pub partitioned: bool,
    /// The parents of `INHERITS`.
    pub inherits: Vec<Name>,
    /// The tables of `LIKE`.
    pub like: Vec<Name>,
}

impl CreateTable {
    /// The tables that its foreign keys reference.
    pub fn references(&self) -> Vec<&Name> {
        let by_constraint = self.constraints.iter().filter_map(Constraint::references);
        self.columns.iter().filter_map(|column| column.references.as_ref()).chain(by_constraint).collect()
    }
}

/// A column's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as written, blanks made single; empty where none is given (`PARTITION OF`).
    pub data_type: String,
    /// `DEFAULT`.
    pub default: Option<Expression>,
    /// `GENERATED`.
    pub generated: Option<Generated>,
    /// `NOT NULL`, said so.
    pub not_null: bool,
    /// `PRIMARY KEY`.
    pub primary_key: bool,
    /// `UNIQUE`.
    pub unique: bool,
    /// `CHECK`.
    pub check: bool,
    /// The table of `REFERENCES`.
    pub references: Option<Name>,
    /// Its columns, where `REFERENCES` names them.
    pub referred: Vec<String>,
    /// The name that its `UNIQUE` or `PRIMARY KEY` is given.
    pub key: Option<String>,
}

impl Column {
    /// Whether its type makes a sequence and takes the default from it.
    pub fn is_serial(&self) -> bool {
        let written = self.data_type.to_ascii_lowercase();
        ["serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"].contains(&written.as_str())
    }
}

/// A value that is worked out for each row, or once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// As written.
    pub text: String,
    /// Whether it has one value for all rows.
    pub volatility: Volatility,
    /// It is the literal `NULL`.
    pub is_null: bool,
}

/// `GENERATED`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generated {
    /// `AS IDENTITY`.
    Identity,
    /// `AS (…) STORED`.
    Stored,
    /// `AS (…) VIRTUAL`, which is also the default of PostgreSQL 18.
    Virtual,
}

/// A table constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// Its name, where one is given.
    pub name: Option<String>,
    /// What it demands.
    pub kind: ConstraintKind,
    /// `NOT VALID`: rows that are there are not checked.
    pub not_valid: bool,
    /// `NOT ENFORCED` (PostgreSQL 18): no row is checked.
    pub not_enforced: bool,
}

impl Constraint {
    /// The table that a foreign key references.
    pub fn references(&self) -> Option<&Name> {
        match &self.kind {
            ConstraintKind::ForeignKey { references, .. } => Some(references),
            _ => None,
        }
    }
}

/// What a constraint demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintKind {
    /// `CHECK`.
    Check {
        /// The condition as written.
        expression: String,
    },
    /// `FOREIGN KEY`.
    ForeignKey {
        /// Its columns.
        columns: Vec<String>,
        /// The other table.
        references: Name,
        /// Its columns; none where they are not named: its primary key.
        referred: Vec<String>,
    },
    /// `UNIQUE`.
    Unique {
        /// Its columns; none with `USING INDEX`.
        columns: Vec<String>,
        /// `USING INDEX`.
        using_index: Option<String>,
    },
    /// `PRIMARY KEY`.
    PrimaryKey {
        /// Its columns; none with `USING INDEX`.
        columns: Vec<String>,
        /// `USING INDEX`.
        using_index: Option<String>,
    },
    /// `EXCLUDE`.
    Exclude,
    /// `NOT NULL` as a table constraint (PostgreSQL 18).
    NotNull {
        /// The column.
        column: String,
    },
}

/// `ALTER TABLE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterTable {
    /// The table, or another relation.
    pub table: Name,
    /// `ONLY`: without its children.
    pub only: bool,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// What changes, in the order written.
    pub actions: Vec<Action>,
}

/// One action of `ALTER TABLE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `ADD COLUMN`.
    AddColumn {
        /// The column.
        column: Column,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `DROP COLUMN`.
    DropColumn {
        /// The column.
        column: String,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ALTER COLUMN … TYPE`.
    SetType {
        /// The column.
        column: String,
        /// The new type as written, blanks made single.
        data_type: String,
        /// `COLLATE` is given.
        collate: bool,
        /// What `USING` does.
        using: Using,
    },
    /// `SET NOT NULL`.
    SetNotNull {
        /// The column.
        column: String,
    },
    /// `DROP NOT NULL`.
    DropNotNull {
        /// The column.
        column: String,
    },
    /// `SET DEFAULT` and `DROP DEFAULT`.
    Default {
        /// The column.
        column: String,
        /// The new default; none when it is dropped.
        default: Option<Expression>,
    },
    /// `SET EXPRESSION` of a generated column (PostgreSQL 17).
    SetExpression {
        /// The column.
        column: String,
    },
    /// `SET STATISTICS`, and options such as `n_distinct`.
    ColumnStatistics {
        /// The column.
        column: String,
    },
    /// Identity, storage, compression and other properties of a column.
    ColumnProperty {
        /// The column.
        column: String,
    },
    /// `ADD CONSTRAINT`.
    AddConstraint(Constraint),
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// Its name.
        name: String,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint {
        /// Its name.
        name: String,
    },
    /// `ALTER CONSTRAINT`.
    AlterConstraint {
        /// Its name.
        name: String,
        /// `ENFORCED` or `NOT ENFORCED` is said (PostgreSQL 18).
        enforcement: bool,
    },
    /// `RENAME COLUMN`.
    RenameColumn {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// `RENAME TO`.
    Rename {
        /// The new name.
        to: String,
    },
    /// `SET SCHEMA`.
    SetSchema {
        /// The new schema.
        schema: String,
    },
    /// `OWNER TO`.
    Owner,
    /// `ATTACH PARTITION`.
    AttachPartition {
        /// The partition.
        partition: Name,
    },
    /// `DETACH PARTITION`.
    DetachPartition {
        /// The partition.
        partition: Name,
        /// `CONCURRENTLY` (PostgreSQL 14).
        concurrently: bool,
    },
    /// `INHERIT`.
    Inherit {
        /// The parent.
        parent: Name,
    },
    /// `NO INHERIT`.
    NoInherit {
        /// The parent.
        parent: Name,
    },
    /// `ENABLE` or `DISABLE TRIGGER`.
    Trigger,
    /// `SET LOGGED` and `SET UNLOGGED`.
    Persistence,
    /// `SET TABLESPACE`.
    Tablespace,
    /// `SET ACCESS METHOD`.
    AccessMethod,
    /// `SET (…)` and `RESET (…)`.
    StorageParameters {
        /// The parameters' names.
        names: Vec<String>,
    },
    /// `CLUSTER ON` and `SET WITHOUT CLUSTER`.
    ClusterMark,
    /// Row security, rules, `REPLICA IDENTITY`, `OF`: short changes of the catalog.
    Catalog,
    /// What this module does not tell apart (foreign tables, `MERGE PARTITIONS`, …), as written.
    Other(String),
}

/// What `USING` of a type change does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Using {
    /// There is none, or it says what PostgreSQL does without it: the column, cast to its new type.
    Cast,
    /// An expression that is worked out for every row.
    Expression(String),
}
