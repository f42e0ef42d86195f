//! Which tables, columns and indexes should be there once revisions have run: their operations,
//! replayed in order.
//!
//! A [`Schema`] holds only what is certain. What cannot be known without running it (SQL text that
//! changes tables, a step in an `if`, a call of other code) makes what it could have changed
//! unknown again; unknown is never "missing". No database is looked at here.

pub mod mention;
mod object;
mod replay;
mod state;

pub use object::Part;
pub use replay::replay;
pub use state::{Origin, Schema, Status, Table};

#[cfg(test)]
mod tests;
