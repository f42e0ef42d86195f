//! What env.py says, read from its syntax tree.
//!
//! Most env.py files import the application and compute things, so almost everything here can be
//! unknown; then the reason is kept and nothing is guessed.

use std::path::Path;
use std::sync::Arc;

use crate::source::{Location, SourceFile};

/// A value in env.py.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Fact<T> {
    /// Not mentioned, so Alembic's default holds.
    #[default]
    Absent,
    /// A literal or constant; the same in every `context.configure` call.
    Known(T),
    /// Mentioned, but its value depends on what happens at run time (or the calls disagree).
    Unknown {
        /// Why, in a few words.
        reason: String,
    },
}

/// One of the ways in which env.py gets the database URL, in the order in which it would use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlOrigin {
    /// `sqlalchemy.url` of the ini.
    Ini,
    /// An environment variable.
    Environment {
        /// Its name.
        name: String,
    },
    /// A literal that is used when nothing else is set.
    Literal {
        /// The URL, unmasked: never print it as it is.
        url: String,
    },
    /// `-x KEY=…` on Alembic's command line.
    XArgument {
        /// The key, where known.
        key: Option<String>,
    },
    /// A settings object, an engine of the application, Flask's configuration, …
    Application {
        /// The expression, as written.
        expression: String,
    },
    /// Put together from several parts.
    Assembled {
        /// Names of the environment variables or settings that go into it.
        parts: Vec<String>,
    },
}

/// What env.py says.
#[derive(Debug, Default)]
pub struct EnvPy {
    /// The file; `None` when it is missing.
    pub source: Option<Arc<SourceFile>>,
    /// Why it could not be read: missing, not Python, …
    pub unreadable: Option<(String, Location)>,
    /// How it gets the URL, first choice first, with the place; empty when nothing was seen.
    pub url: Vec<(UrlOrigin, Location)>,
    /// The one environment variable that env.py certainly reads its URL from: nothing comes
    /// before it and nothing is in doubt.
    pub url_variable: Option<String>,
    /// `version_table`
    pub version_table: Fact<String>,
    /// `version_table_schema`
    pub version_table_schema: Fact<String>,
    /// `transaction_per_migration`
    pub transaction_per_migration: Fact<bool>,
    /// `render_as_batch`
    pub render_as_batch: Fact<bool>,
    /// `include_schemas`
    pub include_schemas: Fact<bool>,
    /// `target_metadata` as written: `None`, `Base.metadata`.
    pub target_metadata: Fact<String>,
}

impl EnvPy {
    /// How the project gets its URL, as a phrase for people: "from the environment variable
    /// DATABASE_URL", "from `settings.DATABASE_URL` of the application".
    pub fn url_phrase(&self) -> String {
        todo!()
    }
}

/// Reads env.py in `script_directory`; `shown` is the path to show.
pub(super) fn read(_path: &Path, _shown: &Path) -> EnvPy {
    EnvPy::default()
}
