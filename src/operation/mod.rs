//! What `upgrade()` and `downgrade()` of a revision do: typed operations with their places.
//!
//! Nothing is run. The functions are followed as far as constants, imports and the file's own
//! helpers go; what cannot be known is a step too, [`Operation::Opaque`], with its reason.
//!
//! `model` is the vocabulary. Reading goes from expressions to values (`evaluate`), from statements
//! to steps (`statements`, `calls`, `directives`), and from values to the model (`lower`).

mod builtins;
mod calls;
mod conditions;
pub mod ddl;
mod describe;
mod directives;
mod evaluate;
mod imports;
mod live;
mod lower;
pub mod model;
mod module;
mod read;
mod reader;
mod statements;
mod text;
mod unfollowed;
mod value;

pub use imports::{Import, Use};
pub use live::Live;
pub use model::{Batch, Condition, ConditionKind, Operation, Step};
pub use read::{read, read_all};

use crate::source::Span;

/// What a revision does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Operations {
    /// `upgrade()`
    pub upgrade: Body,
    /// `downgrade()`
    pub downgrade: Body,
    /// What the file imports, without what belongs to Alembic and SQLAlchemy.
    pub imports: Vec<Import>,
}

/// What one of the two functions does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Body {
    /// Where the function stands; `None` if the file has none.
    pub span: Option<Span>,
    /// Its steps in order.
    pub steps: Vec<Step>,
    /// Its `batch_alter_table` blocks, which [`Step::batch`] refers to.
    pub batches: Vec<Batch>,
    /// The places that need a database behind the connection, so that `--sql` fails there.
    pub live: Vec<Live>,
}

impl Body {
    /// How many steps are not known.
    pub fn opaque(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step.operation, Operation::Opaque { .. })).count()
    }
}

#[cfg(test)]
mod tests;
