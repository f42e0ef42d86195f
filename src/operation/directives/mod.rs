//! Alembic's directives: `op.create_table(…)`, `batch_op.add_column(…)` and so on.

mod columns;
mod execute;
mod indexes;
mod tables;

pub(super) use execute::execute;

use std::rc::Rc;

use super::calls::shorten;
use super::lower::{Lower, Reason};
use super::model::{Batch, Operation, Recreate};
use super::reader::Reader;
use super::value::{Arguments, Call, Item, Value};

/// Makes an operation of a directive's arguments.
type Make = fn(&mut Lower<'_>, &Arguments<'_>, crate::source::Span) -> Result<Operation, Reason>;

/// The directives that make an operation.
fn maker(name: &str) -> Option<Make> {
    Some(match name {
        "create_table" => tables::create_table,
        "drop_table" => tables::drop_table,
        "rename_table" => tables::rename_table,
        "create_table_comment" => tables::create_table_comment,
        "drop_table_comment" => tables::drop_table_comment,
        "bulk_insert" => tables::bulk_insert,
        "add_column" => columns::add_column,
        "drop_column" => columns::drop_column,
        "alter_column" => columns::alter_column,
        "create_index" => indexes::create_index,
        "drop_index" => indexes::drop_index,
        "create_primary_key" => indexes::create_primary_key,
        "create_unique_constraint" => indexes::create_unique_constraint,
        "create_foreign_key" => indexes::create_foreign_key,
        "create_check_constraint" => indexes::create_check_constraint,
        "create_exclude_constraint" => indexes::create_exclude_constraint,
        "drop_constraint" => indexes::drop_constraint,
        "execute" => execute::directive,
        _ => return None,
    })
}

/// Directives that do nothing by themselves.
fn is_harmless(name: &str) -> bool {
    matches!(
        name,
        "f" | "get_bind"
            | "get_context"
            | "inline_literal"
            | "batch_alter_table"
            | "implementation_for"
            | "register_operation"
    )
}

/// Whether a function of `alembic.op` changes something when it is called.
pub(super) fn does_something(name: &str) -> bool {
    !is_harmless(name)
}

/// Whether `from alembic.op import *` brings that name.
pub(super) fn is_known(name: &str) -> bool {
    maker(name).is_some() || is_harmless(name)
}

/// Where the table's name stands among the arguments outside of a batch, and its keyword.
fn table_argument(name: &str) -> (usize, &'static str) {
    match name {
        "create_foreign_key" => (1, "source_table"),
        "create_index"
        | "drop_index"
        | "create_primary_key"
        | "create_unique_constraint"
        | "create_check_constraint"
        | "create_exclude_constraint"
        | "drop_constraint" => (1, "table_name"),
        _ => (0, "table_name"),
    }
}

impl<'m> Reader<'m, '_> {
    /// `op.name(…)`
    pub(super) fn directive(&mut self, name: &str, call: &Rc<Call<'m>>) {
        if let Some(make) = maker(name) {
            self.emit(&call.arguments, call.span, None, &mut |lower, arguments| make(lower, arguments, call.span));
        } else if name == "get_context.execute" || name == "impl.execute" {
            self.directive("execute", call);
        } else if !is_harmless(name) && !name.contains('.') {
            let what = shorten(name);
            self.opaque(format!("`op.{what}` is not a directive of Alembic's own"), call.span);
        }
    }

    /// `batch_op.name(…)`: the same with the table of the batch.
    pub(super) fn batch_directive(&mut self, batch: usize, name: &str, call: &Rc<Call<'m>>) {
        let Some(make) = maker(name).filter(|_| !matches!(name, "create_table" | "drop_table" | "bulk_insert")) else {
            if !is_harmless(name) {
                let what = shorten(name);
                self.opaque(format!("`{what}` is not a batch directive of Alembic's own"), call.span);
            }
            return;
        };
        // SQL is not held back until the end of the block.
        if name == "execute" {
            return self.directive(name, call);
        }
        let Some(table) = self.batches.get(batch).map(|batch| batch.table.clone()) else { return };
        let item = |text: String| Item { value: Value::str(text), span: call.span };
        let mut arguments = call.arguments.clone();
        let (index, keyword) = table_argument(name);
        if index <= arguments.positional.len() {
            arguments.positional.insert(index, item(table.name));
        } else {
            arguments.named.push((keyword.into(), item(table.name)));
        }
        if let Some(schema) = table.schema {
            let keyword = if name == "create_foreign_key" { "source_schema" } else { "schema" };
            arguments.named.push((keyword.into(), item(schema)));
        }
        self.emit(&arguments, call.span, Some(batch), &mut |lower, arguments| {
            let made = make(lower, arguments, call.span)?;
            for moved in ["insert_before", "insert_after"] {
                if arguments.named(moved).is_some() {
                    lower.notes.retain(|note| !note.contains(moved));
                }
            }
            Ok(made)
        });
    }

    /// `with op.batch_alter_table(…)`: the index of the new batch.
    pub(super) fn open_batch(&mut self, call: &Call<'m>) -> Option<usize> {
        let lower = self.lower();
        let arguments = &call.arguments;
        let table = lower.table(arguments.get(0, "table_name"), arguments.get(1, "schema"));
        let table = match table {
            Ok(table) => table,
            Err(reason) => {
                self.opaque(reason, call.span);
                return None;
            }
        };
        let recreate = match arguments.get(2, "recreate").map(|item| &item.value) {
            None => Recreate::Auto,
            Some(Value::Str(text)) => match &**text {
                "auto" => Recreate::Auto,
                "always" => Recreate::Always,
                "never" => Recreate::Never,
                _ => Recreate::Unknown,
            },
            Some(_) => Recreate::Unknown,
        };
        let options = lower.settings(arguments, &["table_name", "schema", "recreate"]);
        let options = options.into_iter().map(|setting| setting.name).collect();
        self.batches.push(Batch { table, recreate, span: call.span, options });
        self.open.push(Vec::new());
        Some(self.batches.len() - 1)
    }
}
