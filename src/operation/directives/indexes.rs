//! Directives for indexes and constraints.

use crate::operation::lower::{Lower, Reason};
use crate::operation::model::{
    AddConstraint, Constraint, ConstraintKind, CreateIndex, DropConstraint, DropIndex, ForeignKey, Index, Operation,
    TableName,
};
use crate::operation::value::{Arguments, Item, Value};
use crate::source::Span;

/// The argument under any of its names, older ones included.
fn any<'a, 'm>(arguments: &'a Arguments<'m>, index: usize, names: &[&str]) -> Option<&'a Item<'m>> {
    names.iter().find_map(|name| arguments.named(name)).or_else(|| arguments.positional.get(index))
}

const NAME: &[&str] = &["constraint_name", "name"];
const TABLE: &[&str] = &["table_name", "source", "source_table", "tablename"];

pub(super) fn create_index(lower: &mut Lower<'_>, arguments: &Arguments<'_>, span: Span) -> Result<Operation, Reason> {
    let table = lower.table(any(arguments, 1, TABLE), any(arguments, 3, &["schema"]))?;
    let columns = any(arguments, 2, &["columns"]).ok_or_else(|| "the columns are missing".to_owned())?;
    let elements = match &columns.value {
        Value::List(items) => items.iter().map(|item| lower.index_element(item)).collect(),
        _ => return Err(lower.blame(columns, "the columns")),
    };
    let known = [
        "index_name",
        "name",
        "table_name",
        "tablename",
        "columns",
        "schema",
        "unique",
        "if_not_exists",
        "quote",
        "info",
    ];
    let index = Index {
        name: lower.name(any(arguments, 0, &["index_name", "name"]))?,
        elements,
        unique: lower.flag(any(arguments, 4, &["unique"]), "unique", false),
        options: lower.options(arguments, &known),
        span,
    };
    let if_not_exists = lower.flag(arguments.named("if_not_exists"), "if_not_exists", false);
    Ok(Operation::CreateIndex(CreateIndex { table, index, if_not_exists }))
}

pub(super) fn drop_index(lower: &mut Lower<'_>, arguments: &Arguments<'_>, _span: Span) -> Result<Operation, Reason> {
    let name = lower.name(any(arguments, 0, &["index_name", "name"]))?;
    let schema = lower.certain_string(any(arguments, 2, &["schema"]), "the schema")?;
    let table = lower.certain_string(any(arguments, 1, TABLE), "the table's name")?;
    let table = table.map(|name| TableName { schema: schema.clone(), name });
    let if_exists = lower.flag(arguments.named("if_exists"), "if_exists", false);
    // Autogenerate writes the index's own options here too.
    let known = ["index_name", "name", "table_name", "tablename", "schema", "if_exists", "unique"];
    let options = lower.options(arguments, &known);
    Ok(Operation::DropIndex(DropIndex { name, schema, table, if_exists, options }))
}

/// The operation that adds a constraint of that kind.
fn add(
    lower: &mut Lower<'_>,
    table: TableName,
    kind: ConstraintKind,
    arguments: &Arguments<'_>,
    known: &[&str],
    span: Span,
) -> Result<Operation, Reason> {
    let known = [&["constraint_name", "table_name", "source", "schema", "columns", "local_cols"], known].concat();
    let constraint: Constraint = lower.constraint(kind, any(arguments, 0, NAME), arguments, &known, span)?;
    Ok(Operation::AddConstraint(AddConstraint { table, constraint }))
}

pub(super) fn create_primary_key(
    lower: &mut Lower<'_>,
    arguments: &Arguments<'_>,
    span: Span,
) -> Result<Operation, Reason> {
    let table = lower.table(any(arguments, 1, TABLE), any(arguments, 3, &["schema"]))?;
    let columns = lower.strings(any(arguments, 2, &["columns", "cols"]), "the columns")?;
    add(lower, table, ConstraintKind::PrimaryKey { columns }, arguments, &["cols"], span)
}

pub(super) fn create_unique_constraint(
    lower: &mut Lower<'_>,
    arguments: &Arguments<'_>,
    span: Span,
) -> Result<Operation, Reason> {
    let table = lower.table(any(arguments, 1, TABLE), any(arguments, 3, &["schema"]))?;
    let columns = lower.strings(any(arguments, 2, &["columns", "local_cols"]), "the columns")?;
    add(lower, table, ConstraintKind::Unique { columns }, arguments, &[], span)
}

pub(super) fn create_foreign_key(
    lower: &mut Lower<'_>,
    arguments: &Arguments<'_>,
    span: Span,
) -> Result<Operation, Reason> {
    let table = lower.table(any(arguments, 1, TABLE), arguments.named("source_schema"))?;
    let referred = any(arguments, 2, &["referent_table", "referent"]);
    let referred = lower.string(referred, "the table that is referred to")?;
    let referred_schema = lower.certain_string(arguments.named("referent_schema"), "the schema that is referred to")?;
    let key = ForeignKey {
        columns: lower.strings(any(arguments, 3, &["local_cols"]), "the columns")?,
        referred_table: TableName { schema: referred_schema, name: referred },
        referred_columns: lower.strings(any(arguments, 4, &["remote_cols"]), "the columns that are referred to")?,
        rules: lower.rules(arguments),
        use_alter: lower.flag(arguments.named("use_alter"), "use_alter", false),
    };
    let known = [
        "source_table",
        "referent_table",
        "referent",
        "remote_cols",
        "source_schema",
        "referent_schema",
        "onupdate",
        "ondelete",
        "match",
        "use_alter",
    ];
    add(lower, table, ConstraintKind::ForeignKey(key), arguments, &known, span)
}

pub(super) fn create_check_constraint(
    lower: &mut Lower<'_>,
    arguments: &Arguments<'_>,
    span: Span,
) -> Result<Operation, Reason> {
    let table = lower.table(any(arguments, 1, TABLE), any(arguments, 3, &["schema"]))?;
    let condition = any(arguments, 2, &["condition"]).ok_or_else(|| "the condition is missing".to_owned())?;
    let condition = lower.condition(condition)?;
    add(lower, table, ConstraintKind::Check { condition }, arguments, &["condition"], span)
}

pub(super) fn create_exclude_constraint(
    lower: &mut Lower<'_>,
    arguments: &Arguments<'_>,
    span: Span,
) -> Result<Operation, Reason> {
    let table = lower.table(any(arguments, 1, TABLE), arguments.named("schema"))?;
    let constraint = lower.exclude(any(arguments, 0, NAME), arguments, 2, span)?;
    Ok(Operation::AddConstraint(AddConstraint { table, constraint }))
}

pub(super) fn drop_constraint(
    lower: &mut Lower<'_>,
    arguments: &Arguments<'_>,
    _span: Span,
) -> Result<Operation, Reason> {
    let table = lower.table(any(arguments, 1, TABLE), any(arguments, 3, &["schema"]))?;
    let name = lower.name(any(arguments, 0, NAME))?;
    let r#type = lower.optional_string(any(arguments, 2, &["type_", "type"]), "the kind of constraint");
    let if_exists = lower.flag(arguments.named("if_exists"), "if_exists", false);
    lower.options(arguments, &["constraint_name", "name", "table_name", "type_", "type", "schema", "if_exists"]);
    Ok(Operation::DropConstraint(DropConstraint { table, name, r#type, if_exists }))
}
