//! What a statement alone does not tell, and its effects depend on.

use std::collections::{BTreeMap, BTreeSet};

use super::{Name, Part};

/// Facts about the tables before the statement runs. What is not here is unknown: the effects then
/// say so, or name the object by its role ("the table of index i").
///
/// Names have to be written as the statement writes them: `users` and `public.users` are different.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// Tables that the same transaction created. Nobody else sees them, so their locks do not
    /// count, and they hold no rows.
    pub created: BTreeSet<Name>,
    /// The type of a column.
    pub column_types: BTreeMap<(Name, String), String>,
    /// Whether a *valid* `CHECK (… IS NOT NULL)` proves a column (`SET NOT NULL` then reads no rows).
    /// True also for a column that is NOT NULL already.
    pub proven_not_null: BTreeMap<(Name, String), bool>,
    /// Columns that a CHECK constraint, the expression or the `WHERE` of an index names: a change
    /// of their type reads all rows, even where they stay as they are.
    pub in_expressions: BTreeSet<(Name, String)>,
    /// The table of an index.
    pub indexes: BTreeMap<Name, Name>,
    /// The foreign keys of a table, all of them; a table that is not here may have any.
    pub foreign_keys: BTreeMap<Name, Vec<ForeignKey>>,
    /// The partitioned table of a partition; none for a table that is no partition.
    pub partition_of: BTreeMap<Name, Option<Name>>,
    /// Types that are not built in: whether they are a domain with a constraint.
    pub constrained_domains: BTreeMap<Name, bool>,
    /// Whether the session's TimeZone is UTC.
    pub utc: Option<bool>,
}

/// A foreign key as the catalog has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// The constraint's name, where it is known.
    pub name: Option<String>,
    /// Its columns.
    pub columns: Vec<String>,
    /// The table that it references.
    pub references: Name,
}

impl Context {
    /// Whether the same transaction created the table.
    pub(super) fn is_new(&self, table: &Name) -> bool {
        self.created.contains(table)
    }

    pub(super) fn column_type(&self, table: &Name, column: &str) -> Option<&str> {
        self.column_types.get(&(table.clone(), column.to_owned())).map(String::as_str)
    }

    /// The foreign keys of `table` that lead through `part`; none where that is unknown.
    pub(super) fn foreign_keys(&self, table: &Name, part: &Part) -> Option<Vec<&ForeignKey>> {
        let keys = self.foreign_keys.get(table)?;
        let is_part = |key: &&ForeignKey| match part {
            Part::Whole => true,
            Part::Column(column) => key.columns.contains(column),
            // A foreign key without a known name may be the one.
            Part::Constraint(name) => key.name.as_ref().is_none_or(|known| known == name),
        };
        Some(keys.iter().filter(is_part).collect())
    }
}
