//! Operations as texts that can be compared: their SQL where that is known, else what is written.

use super::thing::{Property, Value};
use crate::operation::Body;
use crate::operation::ddl::{Rendered, Renderer};
use crate::operation::model::{
    AddConstraint, AlterColumn, Change, Constraint, CreateIndex, Dialect, Index, Operation, Step, TableName,
};
use crate::source::{SourceFile, Span};

/// The SQL of an operation on its own, for a dialect.
pub(super) fn sql(operation: &Operation, dialect: Dialect) -> Result<Vec<String>, String> {
    let step = Step::new(operation.clone(), Span::default());
    match Renderer::new(dialect, false).step(&step, &Body::default()) {
        Rendered::Sql(statements) => Ok(statements),
        Rendered::Skipped => Ok(Vec::new()),
        Rendered::Unknown(reason) => Err(reason),
    }
}

/// What the step does as a text. PostgreSQL's SQL stands for what is meant on any dialect.
pub(super) fn of_step(step: &Step, source: &SourceFile) -> Value {
    if !step.notes.is_empty() {
        return written(step, source);
    }
    match sql(&step.operation, Dialect::Postgresql) {
        Ok(statements) => Value::Known(unguarded(&statements)),
        Err(_) => written(step, source),
    }
}

/// The guard in a statement does not change what it makes.
fn unguarded(statements: &[String]) -> String {
    statements.join(";\n").replace("IF NOT EXISTS ", "").replace("IF EXISTS ", "")
}

fn written(step: &Step, source: &SourceFile) -> Value {
    Value::Unclear(source.slice(step.span).split_whitespace().collect::<Vec<_>>().join(" "))
}

/// An operation without the spans in it, or what is written there.
pub(super) fn of_operation(operation: &Operation, otherwise: &str) -> Value {
    match sql(operation, Dialect::Postgresql) {
        Ok(statements) => Value::Known(unguarded(&statements)),
        Err(_) => Value::Unclear(otherwise.to_owned()),
    }
}

/// One change of a column alone.
pub(super) fn only(alter: &AlterColumn, property: Property) -> AlterColumn {
    let keep = AlterColumn {
        new_name: Change::Keep,
        new_type: Change::Keep,
        nullable: Change::Keep,
        server_default: Change::Keep,
        comment: Change::Keep,
        using: None,
        ..alter.clone()
    };
    match property {
        Property::Type => AlterColumn { new_type: alter.new_type.clone(), using: alter.using.clone(), ..keep },
        Property::Nullable => AlterColumn { nullable: alter.nullable.clone(), ..keep },
        Property::Default => AlterColumn { server_default: alter.server_default.clone(), ..keep },
        Property::Comment => AlterColumn { comment: alter.comment.clone(), ..keep },
    }
}

/// An index without its name: what makes two of them the same.
pub(super) fn of_index(table: &TableName, index: &Index, source: &SourceFile) -> Value {
    let name = Some(crate::operation::model::Name { text: "same".to_owned(), is_final: true });
    // How it is built is not what it is.
    let options = index.options.iter().filter(|option| option.name != "postgresql_concurrently").cloned().collect();
    let index = Index { name, options, ..index.clone() };
    let span = index.span;
    let create = CreateIndex { table: table.clone(), index, if_not_exists: false };
    of_operation(&Operation::CreateIndex(create), source.slice(span))
}

/// A constraint without its name.
pub(super) fn of_constraint(table: &TableName, constraint: &Constraint, source: &SourceFile) -> Value {
    let name = Some(crate::operation::model::Name { text: "same".to_owned(), is_final: true });
    let add = AddConstraint { table: table.clone(), constraint: Constraint { name, ..constraint.clone() } };
    of_operation(&Operation::AddConstraint(add), source.slice(constraint.span))
}
