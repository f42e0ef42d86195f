//! What a call may do that is not followed: whether it is given the database, a directive, or a
//! function of this file that works with them.

use super::conditions::{is_connection, is_session};
use super::directives;
use super::reader::Reader;
use super::value::{Arguments, Value};

impl<'m> Reader<'m, '_> {
    /// Whether a call is given the connection, a session or Alembic's operations, so that it may
    /// do anything.
    pub(super) fn passes_database(&self, arguments: &Arguments<'m>) -> bool {
        arguments.all().any(|item| {
            is_connection(&item.value)
                || is_session(&item.value)
                || item.value.name() == Some("alembic.op")
                || matches!(item.value, Value::Batch(_))
        })
    }

    /// Whether a call is given something to be called that works on the database:
    /// `map(op.drop_table, names)`, `partial(helper, 1)`.
    pub(super) fn passes_work(&self, arguments: &Arguments<'m>) -> bool {
        arguments.all().any(|item| self.is_work(&item.value))
    }

    /// Whether a collection holds what may be called: `{"postgresql": upgrade_postgresql}`.
    pub(super) fn holds_work(&self, collection: &Value<'m>) -> bool {
        match collection {
            Value::List(items) => items.iter().any(|item| self.is_work(&item.value)),
            Value::Dict(pairs) => pairs.iter().any(|(_, item)| self.is_work(&item.value)),
            _ => false,
        }
    }

    fn is_work(&self, value: &Value<'m>) -> bool {
        match value {
            Value::Name(name) => name.strip_prefix("alembic.op.").is_some_and(directives::does_something),
            Value::Attribute(receiver, _) => matches!(**receiver, Value::Batch(_)),
            Value::Function(function) => !is_question(&function.name) && self.may_touch_database(function),
            // A batch that something else opens.
            Value::Call(_) => {
                matches!(value.named_call(), Some(("alembic.op.batch_alter_table", _)))
            }
            _ => false,
        }
    }
}

/// Whether a function's name asks for something: `column_exists`, `has_table`, `get_columns`.
pub(super) fn is_question(name: &str) -> bool {
    let last = last_word(name);
    let starts =
        ["has_", "is_", "get_", "find_", "check_", "list_", "exists_"].iter().any(|word| last.starts_with(word));
    starts || ["exists", "exist"].iter().any(|word| last.ends_with(word))
}

/// Whether a function's name says that it changes something: `create_table`, `migrate_roles`.
pub(super) fn is_deed(name: &str) -> bool {
    const WORDS: [&str; 10] =
        ["create", "drop", "add", "alter", "rename", "remove", "backfill", "migrate", "upgrade", "downgrade"];
    last_word(name).split_once('_').is_some_and(|(verb, _)| WORDS.contains(&verb))
}

fn last_word(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default().trim_start_matches('_')
}
