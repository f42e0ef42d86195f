//! What `alembic upgrade` would run (semantics: alembic.script.base.ScriptDirectory._upgrade_revs).

/// Why Alembic would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{alembic}")]
pub struct PlanError {
    /// Alembic's own sentence.
    pub alembic: String,
    /// The true reason.
    pub reason: String,
}

/// What is wrong with a row of a version table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowProblem {
    /// No revision has this id, and nothing else makes Alembic accept it.
    Unknown {
        /// The row.
        row: String,
    },
    /// Alembic takes it for a revision although it is not its id: a prefix, a label, `head`,
    /// `base`, … (`meaning`: the ids that it resolves to).
    NotAnId {
        /// The row.
        row: String,
        /// What Alembic takes it for; empty for `base`.
        meaning: Vec<String>,
    },
    /// Wrong case or surrounding blanks: Alembic does not accept it, but it is clear what was meant.
    Mistyped {
        /// The row.
        row: String,
        /// The id.
        meant: String,
    },
    /// The same value more than once.
    Duplicate {
        /// The row.
        row: String,
        /// How often.
        times: usize,
    },
    /// Another row implies it: it is an ancestor (dependencies count) of `implied_by`.
    Redundant {
        /// The row.
        row: String,
        /// The row that implies it.
        implied_by: String,
        /// The way from `implied_by` down to `row`, both included.
        path: Vec<String>,
    },
}
