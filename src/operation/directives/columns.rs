//! Directives for columns.

use crate::operation::lower::{Lower, Reason};
use crate::operation::model::{AddColumn, AlterColumn, Change, Default, DropColumn, Operation};
use crate::operation::value::{Arguments, Item, Value};
use crate::source::Span;

pub(super) fn add_column(lower: &mut Lower<'_>, arguments: &Arguments<'_>, _span: Span) -> Result<Operation, Reason> {
    let made = AddColumn {
        table: lower.table(arguments.get(0, "table_name"), arguments.get(2, "schema"))?,
        column: lower.column(arguments.get(1, "column"))?,
        if_not_exists: lower.flag(arguments.named("if_not_exists"), "if_not_exists", false),
        inline_references: lower.flag(arguments.named("inline_references"), "inline_references", false),
        inline_primary_key: lower.flag(arguments.named("inline_primary_key"), "inline_primary_key", false),
    };
    let known = [
        "table_name",
        "column",
        "schema",
        "if_not_exists",
        "inline_references",
        "inline_primary_key",
        "insert_before",
        "insert_after",
    ];
    lower.options(arguments, &known);
    Ok(Operation::AddColumn(Box::new(made)))
}

pub(super) fn drop_column(lower: &mut Lower<'_>, arguments: &Arguments<'_>, _span: Span) -> Result<Operation, Reason> {
    let table = lower.table(arguments.get(0, "table_name"), arguments.get(2, "schema"))?;
    let column = lower.string(arguments.get(1, "column_name"), "the column's name")?;
    let if_exists = lower.flag(arguments.named("if_exists"), "if_exists", false);
    let options = lower.options(arguments, &["table_name", "column_name", "schema", "if_exists"]);
    Ok(Operation::DropColumn(DropColumn { table, column, if_exists, options }))
}

pub(super) fn alter_column(lower: &mut Lower<'_>, arguments: &Arguments<'_>, _span: Span) -> Result<Operation, Reason> {
    let table = lower.table(arguments.get(0, "table_name"), arguments.named("schema"))?;
    let column = lower.string(arguments.get(1, "column_name"), "the column's name")?;
    let r#type = |lower: &mut Lower<'_>, item: &Item<'_>| lower.type_expr(item);
    let made = AlterColumn {
        new_name: change(lower, given(arguments, &["new_column_name", "name"], is_none), |lower, item| {
            lower.string(Some(item), "the column's new name")
        }),
        new_type: change(lower, given(arguments, &["type_"], is_none), r#type),
        nullable: change(lower, given(arguments, &["nullable"], is_none), |lower, item| {
            item.value.truth().ok_or_else(|| lower.blame(item, "whether it takes NULL"))
        }),
        server_default: change(lower, given(arguments, &["server_default"], is_false), |lower, item| {
            match lower.server_default(item) {
                Some(Default::Unknown(reason)) => Err(reason),
                known => Ok(known),
            }
        }),
        comment: change(lower, given(arguments, &["comment"], is_false), |lower, item| {
            lower.certain_string(Some(item), "the comment")
        }),
        using: arguments.named("postgresql_using").map(|item| lower.sql(item)),
        existing_type: given(arguments, &["existing_type"], is_none).and_then(|item| match lower.type_expr(item) {
            Ok(known) => Some(known),
            Err(reason) => {
                lower.note(reason);
                None
            }
        }),
        existing_nullable: lower.optional_flag(arguments.named("existing_nullable"), "existing_nullable"),
        existing_server_default: given(arguments, &["existing_server_default"], is_false)
            .map(|item| lower.server_default(item)),
        existing_comment: arguments.named("existing_comment").map(|item| lower.constant(item)),
        options: Vec::new(),
        table,
        column,
    };
    let known = [
        "table_name",
        "column_name",
        "schema",
        "nullable",
        "comment",
        "server_default",
        "new_column_name",
        "name",
        "type_",
        "existing_type",
        "existing_server_default",
        "existing_nullable",
        "existing_comment",
        "autoincrement",
        "existing_autoincrement",
        "postgresql_using",
        "insert_before",
        "insert_after",
    ];
    let options = lower.options(arguments, &known);
    Ok(Operation::AlterColumn(Box::new(AlterColumn { options, ..made })))
}

fn is_none(value: &Value<'_>) -> bool {
    matches!(value, Value::None)
}

fn is_false(value: &Value<'_>) -> bool {
    matches!(value, Value::Bool(false))
}

/// The argument, unless it has the value that means "leave it alone".
fn given<'a, 'm>(
    arguments: &'a Arguments<'m>,
    names: &[&str],
    means_nothing: fn(&Value<'_>) -> bool,
) -> Option<&'a Item<'m>> {
    names.iter().find_map(|name| arguments.named(name)).filter(|item| !means_nothing(&item.value))
}

fn change<T>(
    lower: &mut Lower<'_>,
    item: Option<&Item<'_>>,
    read: impl FnOnce(&mut Lower<'_>, &Item<'_>) -> Result<T, Reason>,
) -> Change<T> {
    match item.map(|item| read(lower, item)) {
        None => Change::Keep,
        Some(Ok(value)) => Change::Set(value),
        Some(Err(reason)) => Change::Unknown(reason),
    }
}
