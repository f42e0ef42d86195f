//! What env.py says, read from its syntax tree.
//!
//! Most env.py files import the application and compute things, so almost everything here can be
//! unknown; then the reason is kept and nothing is guessed.

mod calls;
mod configure;
mod names;
mod origins;
mod run;
mod url;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use crate::python;
use crate::python::ast::Stmt;
use crate::source::masked;
use crate::source::{Location, SourceFile, Span};

pub use run::{AdvisoryLock, EnvRun, Uncommitted};

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
    /// The file, passwords in its text masked; `None` when it is missing.
    pub source: Option<Arc<SourceFile>>,
    /// Why it could not be read: missing, not Python, …
    pub unreadable: Option<(String, Location)>,
    /// How it gets the URL, first choice first, with the place; empty when nothing was seen.
    pub url: Vec<(UrlOrigin, Location)>,
    /// The one environment variable that env.py certainly reads its URL from: nothing comes
    /// before it and nothing is in doubt.
    pub url_variable: Option<String>,
    /// Where env.py puts a URL into the ini's section, which reads % as the start of a reference:
    /// the values of `config.set_main_option("sqlalchemy.url", …)`.
    pub ini_overrides: Vec<Location>,
    /// What env.py replaces in texts: the literals of `.replace("…", "…")`, and `drivername` with its
    /// new value.
    pub replacements: Vec<(String, String)>,
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
    /// What it does around the migrations.
    pub run: EnvRun,
}

impl EnvPy {
    /// How the project gets its URL, as a phrase for people: "from the environment variable
    /// DATABASE_URL", "from `settings.DATABASE_URL` of the application".
    pub fn url_phrase(&self) -> String {
        let ways: Vec<String> = self.url.iter().map(|(origin, _)| origin.phrase()).collect();
        match (&self.unreadable, ways.is_empty()) {
            (_, false) => ways.join(", else "),
            (Some((reason, _)), true) => format!("in an unknown way: {reason}"),
            (None, true) => "in a way that cannot be seen in env.py".to_owned(),
        }
    }

    fn unread(reason: impl Into<String>, location: Location) -> Self {
        let mut env = Self { unreadable: Some((reason.into(), location)), ..Self::default() };
        env.doubt_what_is_absent("env.py could not be read");
        env
    }

    /// What was not seen may stand in the part that could not be read.
    fn doubt_what_is_absent(&mut self, reason: &str) {
        self.version_table.doubt(reason);
        self.version_table_schema.doubt(reason);
        self.transaction_per_migration.doubt(reason);
        self.render_as_batch.doubt(reason);
        self.include_schemas.doubt(reason);
        self.target_metadata.doubt(reason);
        self.url_variable = None;
    }
}

impl<T> Fact<T> {
    fn doubt(&mut self, reason: &str) {
        if matches!(self, Self::Absent) {
            *self = Self::Unknown { reason: reason.to_owned() };
        }
    }
}

impl UrlOrigin {
    /// As a phrase that completes "the URL comes …".
    pub fn phrase(&self) -> String {
        match self {
            Self::Ini => "from sqlalchemy.url of the ini".to_owned(),
            Self::Environment { name } => format!("from the environment variable {name}"),
            Self::Literal { .. } => "from a literal in env.py".to_owned(),
            Self::XArgument { key: Some(key) } => format!("from the argument -x {key}=…"),
            Self::XArgument { key: None } => "from a -x argument".to_owned(),
            Self::Application { expression } => format!("from `{expression}` of the application"),
            Self::Assembled { parts } if parts.is_empty() => "from several parts".to_owned(),
            Self::Assembled { parts } => format!("from the parts {}", parts.join(", ")),
        }
    }
}

/// Reads env.py at `path`; `shown` is the path to show.
pub(super) fn read(path: &Path, shown: &Path) -> EnvPy {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return EnvPy::unread("env.py is missing", Location::unread(shown));
        }
        Err(error) => return EnvPy::unread(format!("env.py cannot be read: {error}"), Location::unread(shown)),
    };
    match crate::source::decode(bytes) {
        Ok(text) => read_text(shown, &text),
        Err(error) => EnvPy::unread(format!("env.py: {error}"), Location::unread(shown)),
    }
}

/// Reads env.py from its text, on a thread with the stack that deep syntax trees need.
fn read_text(shown: &Path, text: &str) -> EnvPy {
    // Spans of the text hold in its masked copy.
    let source = Arc::new(SourceFile::new(shown, masked(text)));
    let outcome = std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(python::STACK);
        reader.spawn_scoped(scope, || understand(text, &source)).ok().and_then(|thread| thread.join().ok())
    });
    let mut env = outcome
        .unwrap_or_else(|| EnvPy::unread("env.py could not be analysed", Location::new(&source, Span::default())));
    env.source = Some(source);
    env
}

fn understand(text: &str, source: &Arc<SourceFile>) -> EnvPy {
    let mut statements: Vec<Stmt> = Vec::new();
    let mut unreadable = None;
    for piece in python::statements(text) {
        match python::parse(text.get(piece.span.start..piece.span.end).unwrap_or_default(), piece.span.start) {
            Ok(parsed) => statements.extend(parsed),
            Err(error) => {
                let location = Location::new(source, Span::new(error.offset, error.offset));
                unreadable.get_or_insert((format!("env.py is not valid Python: {}", error.message), location));
            }
        }
    }
    let names = names::Names::of(&statements);
    let calls = calls::all(&statements);
    let mut env = EnvPy::default();
    configure::read(&mut env, source, &statements, &names, &calls);
    url::read(&mut env, source, &statements, &names, &calls);
    env.run = run::read(text, source, &statements, &names);
    if unreadable.is_some() {
        env.doubt_what_is_absent("a part of env.py could not be read");
        env.unreadable = unreadable;
    }
    env
}

/// The start of an expression, fit for a message.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = one_line.chars().take(LONGEST).collect();
    if short.len() < one_line.len() { format!("{short}…") } else { short }
}
