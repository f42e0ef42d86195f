//! Sessions that hold on to a version table: plain data, no judgement.

use std::time::Duration;

/// A transaction that has a lock on a version table, or that makes tables which nobody else sees yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its server process; `None` for a prepared transaction, and for a file that is locked.
    pub pid: Option<i32>,
    /// What identifies the transaction for as long as it lasts; the id of a prepared one.
    pub transaction: String,
    /// What it holds.
    pub on: Held,
    /// The strongest that it has done so far.
    pub deed: Deed,
    /// Whether nobody can read the table meanwhile.
    pub shuts_out: bool,
    /// Its role.
    pub user: Option<String>,
    /// Its `application_name`.
    pub application: Option<String>,
    /// Where it comes from; `None` for a local socket, and where the role may not know.
    pub address: Option<String>,
    /// `active`, `idle in transaction`, …; `None` where the role may not know.
    pub state: Option<String>,
    /// How old the transaction is; `None` where the role may not know.
    pub age: Option<Duration>,
    /// How long it has been in its state; `None` where the role may not know.
    pub unchanged: Option<Duration>,
    /// The sessions that it waits for.
    pub waits_for: Vec<i32>,
}

/// What a transaction holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// A lock on this version table.
    Table {
        /// Its schema; `None` for SQLite, where the whole file is locked.
        schema: Option<String>,
        /// Its name.
        name: String,
    },
    /// New tables in this schema, which are not committed yet.
    NewTables {
        /// The schema.
        schema: String,
    },
}

/// What a transaction has done, from the least to the most that says "a migration".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// It has read the table, and keeps its transaction open.
    Reads,
    /// It has written something somewhere.
    Changes,
    /// It alters a table, or waits to.
    Alters,
    /// It has written into the version table, or locks it.
    Stamps,
}

impl Holder {
    /// Whether the session is known to wait for its client, and not for the database.
    pub fn is_idle(&self) -> bool {
        self.state.as_deref().is_some_and(|state| state.starts_with("idle in transaction"))
    }
}
