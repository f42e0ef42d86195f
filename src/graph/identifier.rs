//! What an identifier on the command line or in a version table means
//! (RevisionMap._revision_for_ident and friends).

/// Why an identifier cannot be resolved: Alembic's sentence, and the true reason that Alembic
/// throws away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{alembic}")]
pub struct ResolveError {
    /// Alembic's own sentence.
    pub alembic: String,
    /// The true reason.
    pub reason: String,
    /// Identifiers that may have been meant.
    pub suggestions: Vec<String>,
}
