//! Files that a repair writes: their paths and their text, made from facts and a choice.
//!
//! Writes nothing itself; that is the command line's part.

pub mod merge;
pub mod rebase;
pub mod reid;

mod recover;
mod rewrite;
mod safety;
mod script;

use std::path::PathBuf;

pub use recover::{Refusal, from_git, stand_in};
pub use rewrite::{Rewrite, Unchangeable, name_with_id, with_id, with_parents};
pub use safety::{Unsafe, judge};
pub use script::{Moment, NameError, Rendered, Script};

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Where, from the project's folder unless absolute.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
}
