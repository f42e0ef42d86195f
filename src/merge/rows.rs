//! Operations that read or change rows, and whether their order matters.

use std::collections::BTreeSet;

use crate::operation::model::{TableName, Verb};
use crate::schema::mention;

/// Rows that an operation reads or changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rows {
    /// The table, as it is called where the sides part.
    pub(super) table: TableName,
    pub(super) change: Change,
    /// Every word of what it says, in lower case: the columns are among them.
    pub(super) words: BTreeSet<String>,
}

/// What happens to the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Read,
    Insert,
    Update,
    Delete,
    Unknown,
}

impl Rows {
    pub(super) fn new(table: TableName, change: Change, text: &str) -> Self {
        const SQL: [&str; 40] = [
            "update",
            "set",
            "where",
            "and",
            "or",
            "not",
            "null",
            "is",
            "in",
            "from",
            "insert",
            "into",
            "values",
            "delete",
            "select",
            "case",
            "when",
            "then",
            "else",
            "end",
            "as",
            "true",
            "false",
            "on",
            "lower",
            "upper",
            "coalesce",
            "now",
            "like",
            "between",
            "exists",
            "op",
            "sa",
            "text",
            "execute",
            "bind",
            "connection",
            "session",
            "conn",
            "table",
        ];
        let mut words = mention::words(text);
        words.retain(|word| !SQL.contains(&word.as_str()) && !word.bytes().all(|byte| byte.is_ascii_digit()));
        words.remove(&table.name.to_lowercase());
        Self { table, change, words }
    }

    pub(super) fn inserted(table: TableName, words: &str) -> Self {
        Self::new(table, Change::Insert, words)
    }

    pub(super) fn of_python(table: TableName, verb: Verb, written: &str) -> Self {
        let change = match verb {
            Verb::Select => Change::Read,
            Verb::Insert => Change::Insert,
            Verb::Update => Change::Update,
            Verb::Delete => Change::Delete,
            Verb::Session => Change::Unknown,
        };
        Self::new(table, change, written)
    }

    /// Whether it may speak of the column.
    pub(super) fn names(&self, column: &str) -> bool {
        self.words.contains(&column.to_lowercase())
    }

    /// Why the order of the two may matter, if it may.
    pub(super) fn meets(&self, other: &Self) -> Option<&'static str> {
        if self.table != other.table {
            return None;
        }
        match (self.change, other.change) {
            (Change::Read, Change::Read) => None,
            // Each sees and sets only what it names.
            (Change::Update | Change::Read, Change::Update | Change::Read) if self.words.is_disjoint(&other.words) => {
                None
            }
            (Change::Insert, Change::Insert) => Some("both add rows, which may be the same ones"),
            (Change::Read, _) | (_, Change::Read) => Some("one reads the rows that the other changes"),
            _ => Some("both change rows, and what the second one meets depends on the first"),
        }
    }
}
