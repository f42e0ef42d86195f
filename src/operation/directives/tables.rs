//! Directives for whole tables and their rows.

use crate::operation::lower::{Lower, Reason, sqlalchemy};
use crate::operation::model::{
    BulkInsert, Column, CommentTable, CreateTable, DropTable, Operation, RenameTable, Setting, TableName,
};
use crate::operation::value::{Arguments, Item, Value};
use crate::source::Span;

pub(super) fn create_table(lower: &mut Lower<'_>, arguments: &Arguments<'_>, _span: Span) -> Result<Operation, Reason> {
    let mut made = CreateTable {
        table: lower.table(arguments.get(0, "table_name"), arguments.named("schema"))?,
        columns: Vec::new(),
        constraints: Vec::new(),
        indexes: Vec::new(),
        comment: lower.optional_string(arguments.named("comment"), "the comment"),
        prefixes: Vec::new(),
        if_not_exists: lower.flag(arguments.named("if_not_exists"), "if_not_exists", false),
        options: Vec::new(),
        is_partial: arguments.rest.is_some(),
    };
    if let Some(prefixes) = arguments.named("prefixes") {
        match lower.strings(Some(prefixes), "the prefixes") {
            Ok(prefixes) => made.prefixes = prefixes,
            Err(reason) => lower.note(reason),
        }
    }
    // The rest are arguments of `sa.Table` that the database knows nothing of.
    let known = [
        "table_name",
        "schema",
        "comment",
        "prefixes",
        "if_not_exists",
        "info",
        "keep_existing",
        "extend_existing",
        "quote",
        "implicit_returning",
        "listeners",
    ];
    made.options = lower.options(arguments, &known);
    for item in arguments.positional.iter().skip(1) {
        if let Err(reason) = table_item(lower, &mut made, item) {
            made.is_partial = true;
            lower.note(reason);
        }
    }
    Ok(Operation::CreateTable(made))
}

/// A column, a constraint or an index among the arguments of `create_table`.
fn table_item(lower: &mut Lower<'_>, made: &mut CreateTable, item: &Item<'_>) -> Result<(), Reason> {
    if Lower::column_call(item).is_some() {
        made.columns.push(lower.column(Some(item))?);
        return Ok(());
    }
    let Some((name, call)) = item.value.named_call() else { return Err(lower.blame(item, "a column")) };
    if sqlalchemy(name) == Some("Index") {
        made.indexes.push(lower.index(call)?);
        return Ok(());
    }
    match lower.table_constraint(call) {
        Some(constraint) => made.constraints.push(constraint?),
        None => return Err(lower.blame(item, "a column or constraint")),
    }
    Ok(())
}

pub(super) fn drop_table(lower: &mut Lower<'_>, arguments: &Arguments<'_>, _span: Span) -> Result<Operation, Reason> {
    let table = lower.table(arguments.get(0, "table_name"), arguments.named("schema"))?;
    let if_exists = lower.flag(arguments.named("if_exists"), "if_exists", false);
    lower.options(arguments, &["table_name", "schema", "if_exists", "info", "comment", "prefixes"]);
    Ok(Operation::DropTable(DropTable { table, if_exists }))
}

pub(super) fn rename_table(lower: &mut Lower<'_>, arguments: &Arguments<'_>, _span: Span) -> Result<Operation, Reason> {
    let table = lower.table(arguments.get(0, "old_table_name"), arguments.named("schema"))?;
    let new_name = lower.string(arguments.get(1, "new_table_name"), "the table's new name")?;
    lower.options(arguments, &["old_table_name", "new_table_name", "schema"]);
    Ok(Operation::RenameTable(RenameTable { table, new_name }))
}

pub(super) fn create_table_comment(
    lower: &mut Lower<'_>,
    arguments: &Arguments<'_>,
    _span: Span,
) -> Result<Operation, Reason> {
    let table = lower.table(arguments.get(0, "table_name"), arguments.named("schema"))?;
    let comment = lower.certain_string(arguments.get(1, "comment"), "the comment")?;
    Ok(Operation::CommentTable(CommentTable { table, comment }))
}

pub(super) fn drop_table_comment(
    lower: &mut Lower<'_>,
    arguments: &Arguments<'_>,
    _span: Span,
) -> Result<Operation, Reason> {
    let table = lower.table(arguments.get(0, "table_name"), arguments.named("schema"))?;
    Ok(Operation::CommentTable(CommentTable { table, comment: None }))
}

pub(super) fn bulk_insert(lower: &mut Lower<'_>, arguments: &Arguments<'_>, _span: Span) -> Result<Operation, Reason> {
    let item = arguments.get(0, "table").ok_or_else(|| "the table is missing".to_owned())?;
    let Some((table, columns)) = table_object(lower, &item.value) else { return Err(lower.blame(item, "the table")) };
    let rows = arguments.get(1, "rows").and_then(|item| match &item.value {
        Value::List(rows) => rows.iter().map(|row| row_of(lower, row)).collect::<Option<Vec<_>>>(),
        _ => None,
    });
    let multi_insert = lower.flag(arguments.get(2, "multiinsert"), "multiinsert", true);
    Ok(Operation::BulkInsert(BulkInsert { table, rows, columns, multi_insert }))
}

fn row_of(lower: &Lower<'_>, row: &Item<'_>) -> Option<Vec<Setting>> {
    let pairs = match &row.value {
        Value::Dict(pairs) => pairs.to_vec(),
        value => match value.named_call()? {
            ("builtins.dict", call) if call.arguments.positional.is_empty() => {
                let named = call.arguments.named.iter();
                named
                    .map(|(name, item)| (Item { value: Value::Str(name.clone()), span: item.span }, item.clone()))
                    .collect()
            }
            _ => return None,
        },
    };
    let setting = |(name, value): &(Item<'_>, Item<'_>)| {
        Some(Setting { name: name.value.as_str()?.to_owned(), value: lower.constant(value) })
    };
    pairs.iter().map(setting).collect()
}

/// The table that `sa.table(…)`, `sa.Table(…)` or `op.create_table(…)` made.
pub(in crate::operation) fn table_object(lower: &mut Lower<'_>, value: &Value<'_>) -> Option<(TableName, Vec<Column>)> {
    let (name, call) = value.named_call()?;
    let arguments = &call.arguments;
    match sqlalchemy(name) {
        Some("table" | "Table" | "TableClause") => {}
        _ if name == "alembic.op.create_table" => {}
        _ => return None,
    }
    let table = lower.table(arguments.positional.first(), arguments.named("schema")).ok()?;
    let mut columns = Vec::new();
    for item in arguments.positional.iter().skip(1) {
        if Lower::column_call(item).is_some() {
            columns.extend(lower.column(Some(item)));
        } else if let Some((name, call)) = item.value.named_call()
            && sqlalchemy(name) == Some("column")
        {
            columns.extend(light_column(lower, &call.arguments, call.span));
        }
    }
    Some((table, columns))
}

/// `sa.column("name", sa.String)`
fn light_column(lower: &mut Lower<'_>, arguments: &Arguments<'_>, span: Span) -> Option<Column> {
    let name = lower.string(arguments.get(0, "text"), "the column's name").ok()?;
    let r#type = arguments.get(1, "type_").and_then(|item| lower.type_expr(item).ok());
    Some(Column {
        name,
        r#type,
        nullable: None,
        primary_key: false,
        unique: false,
        index: false,
        autoincrement: None,
        server_default: None,
        python_default: false,
        sequence: None,
        constraints: Vec::new(),
        comment: None,
        options: Vec::new(),
        span,
    })
}
