//! Why Alembic refuses, before the sentence is put together: the same refusal reads differently
//! from different commands (ScriptDirectory._catch_revision_errors).

use super::identifier::ResolveError;
use super::plan::PlanError;

/// A refusal of RevisionMap.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// revision.MultipleHeads
    MultipleHeads { argument: String, heads: Vec<String> },
    /// revision.ResolutionError; Alembic shows only the argument.
    NotFound { argument: String, reason: String, suggestions: Vec<String> },
    /// Any other RevisionError, shown as it is.
    Message { alembic: String, reason: String },
    /// No refusal but a traceback, of which this is the last line.
    Crash { traceback: String, reason: String },
}

impl Refusal {
    pub(super) fn not_found(argument: &str, reason: String, suggestions: Vec<&str>) -> Self {
        let suggestions = suggestions.into_iter().map(str::to_owned).collect();
        Self::NotFound { argument: argument.to_owned(), reason, suggestions }
    }

    pub(super) fn message(alembic: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Message { alembic: alembic.into(), reason: reason.into() }
    }

    pub(super) fn crash(traceback: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Crash { traceback: traceback.into(), reason: reason.into() }
    }

    /// The same sentence with another reason.
    pub(super) fn because(self, reason: impl Into<String>) -> Self {
        let why = reason.into();
        match self {
            Self::NotFound { argument, suggestions, .. } => Self::NotFound { argument, reason: why, suggestions },
            Self::Message { alembic, .. } => Self::Message { alembic, reason: why },
            Self::Crash { traceback, .. } => Self::Crash { traceback, reason: why },
            Self::MultipleHeads { .. } => self,
        }
    }

    /// The same about a row, which is nothing that anybody typed.
    pub(super) fn of_row(self, row: &str) -> Self {
        match self {
            Self::NotFound { argument, reason, suggestions } => {
                Self::NotFound { argument, reason: format!("the version table holds '{row}': {reason}"), suggestions }
            }
            other => other,
        }
    }

    /// As a command shows it that names its whole argument (upgrade, downgrade, history).
    pub(super) fn for_plan(self, target: &str) -> PlanError {
        match self {
            Self::MultipleHeads { heads, .. } => Self::MultipleHeads { argument: target.to_owned(), heads }.into(),
            other => other.into(),
        }
    }

    /// As `alembic stamp` shows it.
    pub(super) fn for_stamp(self) -> PlanError {
        let error = PlanError::from(self.clone());
        match self {
            Self::MultipleHeads { .. } => PlanError {
                alembic: "Multiple heads are present; please specify a single target revision".to_owned(),
                ..error
            },
            _ => error,
        }
    }
}

impl From<Refusal> for PlanError {
    fn from(refusal: Refusal) -> Self {
        let ResolveError { alembic, reason, suggestions } = refusal.into();
        Self { alembic, reason, suggestions }
    }
}

impl From<Refusal> for ResolveError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::MultipleHeads { argument, heads } => Self {
                alembic: format!(
                    "Multiple head revisions are present for given argument '{argument}'; please specify a specific \
                     target revision, '<branchname>@{argument}' to narrow to a specific head, or 'heads' for all heads"
                ),
                reason: format!("there are {} heads: {}", heads.len(), heads.join(", ")),
                suggestions: heads,
            },
            Refusal::NotFound { argument, reason, suggestions } => {
                Self { alembic: format!("Can't locate revision identified by '{argument}'"), reason, suggestions }
            }
            Refusal::Message { alembic, reason } | Refusal::Crash { traceback: alembic, reason } => {
                Self { alembic, reason, suggestions: Vec::new() }
            }
        }
    }
}
