//! PostgreSQL's table locks, weakest first.

use std::fmt;

/// A lock on a table or another relation.
///
/// Source: <https://www.postgresql.org/docs/current/explicit-locking.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lock {
    /// Taken by readers.
    AccessShare,
    /// Taken by `SELECT … FOR UPDATE` and by checks of foreign keys.
    RowShare,
    /// Taken by writers.
    RowExclusive,
    /// Lets readers and writers go on; waits for other schema changes and for VACUUM.
    ShareUpdateExclusive,
    /// Blocks writers.
    Share,
    /// Blocks writers, and others like itself.
    ShareRowExclusive,
    /// Blocks all but plain readers.
    Exclusive,
    /// Blocks everybody.
    AccessExclusive,
}

impl Lock {
    /// Every lock, weakest first.
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// The name in PostgreSQL's documentation and in `LOCK TABLE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// Whether plain `SELECT`s wait for it.
    pub fn blocks_reads(self) -> bool {
        self == Self::AccessExclusive
    }

    /// Whether `INSERT`, `UPDATE` and `DELETE` wait for it.
    pub fn blocks_writes(self) -> bool {
        self >= Self::Share
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordered_from_weak_to_strong() {
        assert!(Lock::ALL.is_sorted());
        assert!(Lock::ShareRowExclusive.blocks_writes() && !Lock::ShareUpdateExclusive.blocks_writes());
    }
}
