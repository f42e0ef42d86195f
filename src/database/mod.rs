//! The live database, looked at read-only: which version tables there are and what is in them.
//!
//! Knows nothing of revisions or projects; it answers with plain data ([`DatabaseState`]). This
//! is the only module that uses tokio, tokio-postgres, rustls and rusqlite.

pub mod catalog;
pub mod url;

mod error;
mod holder;
mod libpq;
mod postgres;
mod server;
mod sqlite;
mod tls;

use std::path::PathBuf;
use std::time::Duration;

pub use catalog::{Catalog, Tables};
pub use error::{ErrorKind, ProbeError};
pub use holder::{Deed, Held, Holder};
pub use server::{Pooler, RoleSetting, Schema, ServerAddress, effective};
pub use url::{DatabaseUrl, Dialect};

/// A database to look at.
#[derive(Debug, Clone)]
pub struct Target {
    /// The environment's name; `default` when there is only one.
    pub name: String,
    /// Where it is.
    pub url: DatabaseUrl,
    /// Where the URL came from, as a phrase: "--url", "environment variable PROD_DATABASE_URL".
    pub source: String,
}

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The version tables, and how many others there are.
    Stamp,
    /// Also what the other tables look like.
    Tables,
}

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For one statement.
    pub statement: Duration,
    /// For a lock.
    pub lock: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), statement: Duration::from_secs(3), lock: Duration::from_millis(500) }
    }
}

/// The environment variables and files that libpq reads, and where relative paths start.
/// Tests pass their own; the command line passes the process's.
#[derive(Debug, Clone, Default)]
pub struct ClientEnvironment {
    /// `PG*` variables, and the one that names the user: `USER`, `LOGNAME` or `USERNAME`.
    /// On Windows also `APPDATA`.
    pub variables: Vec<(String, String)>,
    /// The home folder (`~/.pgpass`, `~/.pg_service.conf`, `~/.postgresql/`).
    pub home: Option<PathBuf>,
    /// Relative SQLite paths start here: the folder that Alembic runs in.
    pub directory: PathBuf,
}

/// What was seen of one database.
#[derive(Debug, Clone)]
pub struct DatabaseState {
    /// The environment's name.
    pub name: String,
    /// Where it is; its `Display` and `Debug` mask the password.
    pub url: DatabaseUrl,
    /// Where the URL came from.
    pub source: String,
    /// What was seen, or why nothing could be seen.
    pub look: Result<Look, ProbeError>,
}

impl DatabaseState {
    /// A database of which it is not known where it is.
    pub fn nowhere(name: String, reason: String) -> Self {
        let look = Err(ProbeError::new(ErrorKind::NoUrl, reason));
        Self { name, url: DatabaseUrl::new(""), source: "not known".to_owned(), look }
    }
}

/// What one read-only look at a database showed.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// `PostgreSQL 15.18`, `SQLite 3.51.0`
    pub server: String,
    /// The database's name (for SQLite: the file).
    pub database: String,
    /// The role that looked; `None` for SQLite.
    pub user: Option<String>,
    /// The role that logged in, where `SET ROLE` made it another.
    pub session_user: Option<String>,
    /// Where the server says that it was reached; `None` when it does not say.
    pub address: Option<ServerAddress>,
    /// `pg_control_system()`: the same for a cluster, its standbys and its copies; `None` where it
    /// cannot be read.
    pub system_identifier: Option<String>,
    /// What speaks for a pooler between here and the server.
    pub pooler: Option<Pooler>,
    /// `current_schemas(false)`: the schemas that an unqualified name is looked up in.
    pub search_path: Vec<String>,
    /// `search_path` as it is set, with schemas that do not exist or may not be used.
    pub search_path_setting: String,
    /// What roles and this database have set for `search_path`, `role`,
    /// `default_transaction_read_only`, `lock_timeout` and `statement_timeout`.
    pub settings: Vec<RoleSetting>,
    /// `lock_timeout` of a new session, as the server prints it without a unit: `0` for none.
    pub lock_timeout: Option<String>,
    /// `statement_timeout` of a new session.
    pub statement_timeout: Option<String>,
    /// The schemas outside the system's, sorted, and what the role may do there; at most
    /// [`MOST_SCHEMAS`]. Empty for SQLite.
    pub schemas: Vec<Schema>,
    /// `pg_is_in_recovery()`
    pub in_recovery: bool,
    /// Whether sessions are read-only by default (`default_transaction_read_only`).
    pub read_only: bool,
    /// Whether that is a setting of this role alone: others may write.
    pub read_only_role: bool,
    /// Every table (or view) with a column `version_num`, in every schema, sorted by schema and name.
    pub version_tables: Vec<VersionTable>,
    /// Number of tables outside the system schemas that are no version tables.
    pub user_tables: u64,
    /// How many of them each schema has, sorted by schema; empty for SQLite, which has none.
    pub schema_tables: Vec<(String, u64)>,
    /// The names of the first [`MOST_TABLES`] of them, sorted, without their schemas.
    pub table_names: Vec<String>,
    /// Its tables with their columns, if they were asked for ([`Detail::Tables`]).
    pub tables: Tables,
    /// Who held on to a version table, twice within the look.
    pub holders: Vec<Holder>,
    /// Why it is not known whether anybody does.
    pub holders_unknown: Option<String>,
    /// Things worth knowing about the connection: a parameter that was ignored, TLS not verified.
    pub notes: Vec<String>,
}

impl Look {
    /// What a new session gets for `lock_timeout` or `statement_timeout`, where the server said so.
    pub fn timeout(&self, parameter: &str) -> Option<&str> {
        match parameter {
            "lock_timeout" => self.lock_timeout.as_deref(),
            "statement_timeout" => self.statement_timeout.as_deref(),
            _ => None,
        }
    }
}

/// A table that could be Alembic's version table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionTable {
    /// Its schema; `None` for SQLite.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// Its owner; `None` for SQLite.
    pub owner: Option<String>,
    /// Declared type of `version_num`, as the catalog prints it: `character varying(32)`.
    pub column_type: String,
    /// How many characters fit into `version_num`; `None` when unlimited (and for SQLite, which
    /// does not enforce it).
    pub width: Option<u32>,
    /// Whether `version_num` is its primary key.
    pub has_primary_key: bool,
    /// Whether an unqualified name finds it (its schema is on the search path and nothing hides it).
    pub visible: bool,
    /// What is in it.
    pub rows: Rows,
}

impl VersionTable {
    /// Whether there is anything in it, as far as can be known: a table that could not be read
    /// counts.
    pub fn holds_rows(&self) -> bool {
        !matches!(&self.rows, Rows::Known { values, .. } if values.is_empty())
    }
}

/// The rows of a version table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Rows {
    /// All values of `version_num`, sorted. At most [`MOST_ROWS`] are read.
    Known {
        /// The values.
        values: Vec<String>,
        /// How many rows there are in all, if more than were read.
        more: Option<u64>,
    },
    /// The role may not read it.
    Denied {
        /// What is missing: "USAGE on schema app", "SELECT on app.alembic_version".
        missing: String,
    },
    /// It could not be read in time or failed otherwise.
    Failed {
        /// The server's words.
        reason: String,
    },
}

impl Default for Rows {
    fn default() -> Self {
        Self::Known { values: Vec::new(), more: None }
    }
}

/// What is missing where row-level security can hide rows from the role ([`Rows::Denied`]).
pub const ROW_SECURITY: &str = "a role that row-level security does not bind";

/// Why rows that are no text count as [`Rows::Failed`]: drivers give them to Alembic as numbers or
/// bytes, and it stops (alembic.script.revision.RevisionMap: "is not a string").
fn not_text(column_type: &str) -> Rows {
    Rows::Failed { reason: format!("version_num holds {column_type}, not text, which Alembic refuses") }
}

/// The most rows that are read from one version table.
pub const MOST_ROWS: usize = 10_000;

/// The most schemas that are read.
pub const MOST_SCHEMAS: usize = 5_000;

/// The most table names that are read.
pub const MOST_TABLES: usize = 2_000;

/// Who hears how many of the version tables have been read, and how many there are.
pub type Watch<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Looks at a database; never writes, never creates anything.
pub fn probe(target: &Target, detail: Detail, timeouts: &Timeouts, environment: &ClientEnvironment) -> DatabaseState {
    probe_watched(target, detail, timeouts, environment, &|_, _| {})
}

/// The same, and says how far it is: tenants can be thousands.
pub fn probe_watched(
    target: &Target,
    detail: Detail,
    timeouts: &Timeouts,
    environment: &ClientEnvironment,
    watch: Watch<'_>,
) -> DatabaseState {
    let look = match target.url.dialect() {
        Some(Dialect::PostgreSql) => postgres::look(target, detail, timeouts, environment, watch),
        Some(Dialect::Sqlite) => sqlite::look(target, detail, timeouts, environment),
        other => Err(ProbeError::unsupported(other.as_ref())),
    };
    DatabaseState { name: target.name.clone(), url: target.url.clone(), source: target.source.clone(), look }
}
