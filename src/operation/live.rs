//! What needs a database behind the connection: `--sql` has none.
//!
//! There `op.get_bind()` is SQLAlchemy's `MockConnection`, which prints what it is told to execute
//! and answers nothing.

use super::conditions::{is_connection, is_session};
use super::model::Condition;
use super::reader::Reader;
use super::value::{Arguments, Call, Value};
use crate::source::Span;

/// A place that needs a database.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// The expression.
    pub span: Span,
    /// Where it is called from, when it stands in a helper function.
    pub called_from: Option<Span>,
    /// What it asks for, completing "it …".
    pub what: &'static str,
    /// All that must hold for it to run, outermost first.
    pub conditions: Vec<Condition>,
}

/// Places that are kept of one function.
const MOST: usize = 100;

const ROWS: &str = "reads what a statement returns";
const TABLES: &str = "looks at the tables that are there";
const SESSION: &str = "works with a session of the ORM";
const CONNECTION: &str = "asks the connection for what only a real one has";

impl<'m> Reader<'m, '_> {
    /// Notes that an attribute of this value is asked for.
    pub(super) fn reads_live(&mut self, value: &Value<'m>, attribute: &str, span: Span) {
        // What `MockConnection` has.
        let has = matches!(attribute, "execute" | "connect" | "execution_options" | "dialect" | "engine" | "name");
        if is_answer(value) {
            self.live(ROWS, span);
        } else if is_bound_session(value) {
            self.live(SESSION, span);
        } else if is_connection(value) && !has {
            self.live(CONNECTION, span);
        }
    }

    /// Notes that this value is walked over.
    pub(super) fn walks_live(&mut self, value: &Value<'m>, span: Span) {
        if is_answer(value) {
            self.live(ROWS, span);
        }
    }

    /// Notes what a function is given: `sa.inspect(bind)`, `sa.Table(…, autoload_with=bind)`,
    /// `bind.dialect.has_table(bind, …)`, `list(bind.execute(…))`.
    pub(super) fn gives_live(&mut self, function: &str, arguments: &Arguments<'m>, span: Span) {
        let first = arguments.positional.first().map(|item| &item.value);
        let takes_connection = first.is_some_and(is_connection);
        let loads = arguments.named("autoload_with").is_some_and(|item| is_connection(&item.value));
        let asks = matches!(function.rsplit('.').next(), Some("inspect" | "from_engine" | "Inspector" | "has_table"));
        if loads || asks && takes_connection {
            self.live(TABLES, span);
        }
        if matches!(function, "builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.dict")
            && let Some(first) = first
        {
            self.walks_live(first, span);
        }
    }

    fn live(&mut self, what: &'static str, span: Span) {
        if self.needs_database.len() >= MOST {
            return;
        }
        let called_from = self.frames.iter().find_map(|frame| frame.called_from);
        self.needs_database.push(Live { span, called_from, what, conditions: self.conditions.clone() });
    }
}

/// Whether a value is a session on the migration's connection: others (`requests.Session()`) have
/// the name only.
fn is_bound_session(value: &Value<'_>) -> bool {
    let is_bound = |call: &Call<'_>| call.arguments.all().any(|item| is_connection(&item.value));
    is_session(value) && value.named_call().is_none_or(|(_, call)| is_bound(call))
}

/// Whether a value is what a statement returned: `op.get_bind().execute(…)`.
fn is_answer(value: &Value<'_>) -> bool {
    let Some((receiver, "execute", _)) = value.method_call() else { return false };
    is_connection(receiver) || is_bound_session(receiver)
}
