//! `ALTER TABLE`: the strongest of its actions decides about the lock, all of them about the work.

use super::{Answer, On, Part, Sum};
use crate::sql::table::{Action, AlterTable, Column, Constraint, ConstraintKind, Generated, Using};
use crate::sql::types::{self, Cost, DataType};
use crate::sql::{Context, Lock, Name, Volatility};

pub(super) fn alter_table(alter: &AlterTable, context: &Context, sum: &mut Sum<'_>) {
    for action in &alter.actions {
        self::action(&alter.table, action, context, sum);
    }
}

fn action(table: &Name, action: &Action, context: &Context, sum: &mut Sum<'_>) {
    let on_table = || On::Relation(table.clone());
    match action {
        Action::AddColumn { column, .. } => add_column(table, column, context, sum),
        Action::DropColumn { column, cascade, .. } => {
            sum.lock(table, Lock::AccessExclusive);
            // A foreign key goes with its column, and its triggers on the other table with it.
            let part = Part::Column(column.clone());
            sum.referenced(table, part.clone(), Lock::AccessExclusive, Answer::No);
            if *cascade {
                sum.add(On::Referencing(table.clone(), part), Lock::AccessExclusive, Answer::No, Answer::No);
                sum.unknown("CASCADE drops, and locks, whatever depends on it");
            }
        }
        Action::SetType { column, data_type, collate, using } => {
            set_type(table, column, cost(table, column, data_type, *collate, using, context), context, sum);
        }
        Action::SetNotNull { column } => {
            let proven = context.proven_not_null.get(&(table.clone(), column.clone()));
            let scan = match proven {
                Some(proven) => Answer::from(!proven),
                None => {
                    Answer::Unknown(format!("it depends on whether a valid CHECK proves that {column} is not null"))
                }
            };
            sum.scan(table, Lock::AccessExclusive, scan);
        }
        Action::AddConstraint(constraint) => add_constraint(table, constraint, context, sum),
        Action::DropConstraint { name, cascade, .. } => {
            sum.lock(table, Lock::AccessExclusive);
            let part = Part::Constraint(name.clone());
            sum.referenced(table, part.clone(), Lock::AccessExclusive, Answer::No);
            if *cascade {
                sum.add(On::Referencing(table.clone(), part), Lock::AccessExclusive, Answer::No, Answer::No);
            }
        }
        Action::ValidateConstraint { name } => {
            sum.scan(table, Lock::ShareUpdateExclusive, Answer::Yes);
            sum.referenced(table, Part::Constraint(name.clone()), Lock::RowShare, Answer::Yes);
        }
        Action::AlterConstraint { name, enforcement } => {
            sum.lock(table, Lock::AccessExclusive);
            if *enforcement {
                let depends = Answer::Unknown("it depends on whether the constraint is enforced already".to_owned());
                sum.scan(table, Lock::AccessExclusive, depends.clone());
                sum.referenced(table, Part::Constraint(name.clone()), Lock::AccessExclusive, depends);
            }
        }
        Action::AttachPartition { partition } => {
            sum.lock(table, Lock::ShareUpdateExclusive);
            let proof = Answer::Unknown("it depends on whether a valid CHECK proves the bounds".to_owned());
            sum.scan(partition, Lock::AccessExclusive, proof.clone());
            sum.add(On::DefaultPartitionOf(table.clone()), Lock::AccessExclusive, Answer::No, proof);
        }
        Action::DetachPartition { partition, concurrently } => {
            let lock = if *concurrently { Lock::ShareUpdateExclusive } else { Lock::AccessExclusive };
            sum.lock(table, lock);
            sum.lock(partition, Lock::AccessExclusive);
            if !concurrently {
                sum.add(On::DefaultPartitionOf(table.clone()), Lock::AccessExclusive, Answer::No, Answer::No);
            }
        }
        Action::Inherit { parent } => {
            sum.lock(table, Lock::AccessExclusive);
            sum.lock(parent, Lock::ShareUpdateExclusive);
        }
        Action::NoInherit { parent } => {
            sum.lock(table, Lock::AccessExclusive);
            sum.lock(parent, Lock::AccessShare);
        }
        Action::SetExpression { column } => {
            let kind = format!("it depends on whether the column {column} is STORED");
            let rewrite = Answer::Unknown(kind);
            sum.add(on_table(), Lock::AccessExclusive, rewrite.clone(), rewrite);
        }
        Action::Persistence => {
            let rewrite = Answer::Unknown("it depends on whether the table is UNLOGGED already".to_owned());
            sum.add(on_table(), Lock::AccessExclusive, rewrite.clone(), rewrite);
        }
        Action::Tablespace | Action::AccessMethod => {
            let rewrite = Answer::Unknown("it depends on where and how the table is stored now".to_owned());
            sum.add(on_table(), Lock::AccessExclusive, rewrite.clone(), rewrite);
        }
        Action::Trigger => sum.lock(table, Lock::ShareRowExclusive),
        Action::ColumnStatistics { .. } | Action::ClusterMark => sum.lock(table, Lock::ShareUpdateExclusive),
        Action::StorageParameters { names } => {
            // Of all parameters, this one alone needs more.
            let strong = names.iter().any(|name| name == "user_catalog_table");
            sum.lock(table, if strong { Lock::AccessExclusive } else { Lock::ShareUpdateExclusive });
        }
        Action::DropNotNull { .. }
        | Action::Default { .. }
        | Action::ColumnProperty { .. }
        | Action::RenameColumn { .. }
        | Action::RenameConstraint { .. }
        | Action::Rename { .. }
        | Action::SetSchema { .. }
        | Action::Owner
        | Action::Catalog => sum.lock(table, Lock::AccessExclusive),
        Action::Other(words) => {
            let unknown = Answer::Unknown(format!("what {words} does is not known"));
            sum.add(on_table(), Lock::AccessExclusive, unknown.clone(), unknown);
        }
    }
}

fn add_column(table: &Name, column: &Column, context: &Context, sum: &mut Sum<'_>) {
    let rewrite = rewrites(column, context);
    let has_value = column.default.as_ref().is_some_and(|default| !default.is_null);
    let reads = column.check
        || column.unique
        || column.primary_key
        // Without a stored value for the rows that are there, each of them is looked at.
        || (column.not_null && !has_value)
        || (column.references.is_some() && column.default.is_some());
    let scan = rewrite.clone().or(Answer::from(reads));
    sum.add(On::Relation(table.clone()), Lock::AccessExclusive, rewrite, scan);
    if let Some(parent) = column.references.as_ref().filter(|parent| *parent != table) {
        let scan = Answer::from(has_value && !context.is_new(table));
        sum.scan(parent, Lock::ShareRowExclusive, scan);
    }
}

/// Since PostgreSQL 11, a value that is the same for all rows is kept in the catalog.
fn rewrites(column: &Column, context: &Context) -> Answer {
    match column.generated {
        Some(Generated::Identity | Generated::Stored) => return Answer::Yes,
        // Of PostgreSQL 18; others refuse it.
        Some(Generated::Virtual) => return Answer::No,
        None => {}
    }
    if column.is_serial() {
        return Answer::Yes;
    }
    let by_default = match column.default.as_ref().map(|default| &default.volatility) {
        None | Some(Volatility::OneValue) => Answer::No,
        Some(Volatility::PerRow) => Answer::Yes,
        Some(Volatility::Unknown(function)) => {
            Answer::Unknown(format!("it depends on whether the function {function}() is volatile"))
        }
    };
    by_default.or(by_type(&column.data_type, context))
}

/// The constraint of a domain is checked by writing every row.
fn by_type(data_type: &str, context: &Context) -> Answer {
    let Some(parsed) = DataType::parse(data_type) else {
        return Answer::Unknown(format!("\"{data_type}\" is not read as a type"));
    };
    if parsed.built_in || parsed.array || parsed.name.starts_with("interval ") {
        return Answer::No;
    }
    let constrained = type_name(&parsed.name).and_then(|name| context.constrained_domains.get(&name));
    match constrained {
        Some(constrained) => Answer::from(*constrained),
        None => Answer::Unknown(format!("it depends on whether {} is a domain with a constraint", parsed.name)),
    }
}

fn type_name(written: &str) -> Option<Name> {
    let parts = written.split('.').map(|part| part.trim_matches('"').to_owned());
    Name::from_parts(parts.collect())
}

fn cost(table: &Name, column: &str, new: &str, collate: bool, using: &Using, context: &Context) -> Cost {
    if let Using::Expression(_) = using {
        return Cost::Rewrite;
    }
    let Some(old) = context.column_type(table, column) else {
        return Cost::Unknown(format!("it depends on the type that {column} has now"));
    };
    match types::cost(old, new, context.utc) {
        // Another collation sorts the indexes anew; whether it is another is not known.
        Cost::Catalog if collate => Cost::Unknown(format!("it depends on the collation that {column} has now")),
        cost => cost,
    }
}

fn set_type(table: &Name, column: &str, cost: Cost, context: &Context, sum: &mut Sum<'_>) {
    let in_expressions = context.in_expressions.contains(&(table.clone(), column.to_owned()));
    let scan = cost.scan().or(Answer::from(in_expressions));
    sum.add(On::Relation(table.clone()), Lock::AccessExclusive, cost.rewrite(), scan);
    // Foreign keys with this column are made again, on both sides; the rows are compared again
    // unless they stay the same.
    let part = Part::Column(column.to_owned());
    sum.referenced(table, part.clone(), Lock::AccessExclusive, cost.rewrite());
    sum.add(On::Referencing(table.clone(), part), Lock::AccessExclusive, Answer::No, cost.rewrite());
}

fn add_constraint(table: &Name, constraint: &Constraint, context: &Context, sum: &mut Sum<'_>) {
    let checked_now = !constraint.not_valid && !constraint.not_enforced;
    match &constraint.kind {
        ConstraintKind::ForeignKey { references, .. } => {
            sum.scan(table, Lock::ShareRowExclusive, Answer::from(checked_now));
            if references != table {
                let scan = Answer::from(checked_now && !context.is_new(table));
                sum.scan(references, Lock::ShareRowExclusive, scan);
            }
        }
        ConstraintKind::Check { .. } | ConstraintKind::NotNull { .. } => {
            sum.scan(table, Lock::AccessExclusive, Answer::from(checked_now));
        }
        ConstraintKind::PrimaryKey { using_index: Some(_), .. } => {
            let scan = Answer::Unknown("it depends on whether the index's columns are NOT NULL already".to_owned());
            sum.scan(table, Lock::AccessExclusive, scan);
        }
        ConstraintKind::Unique { using_index, .. } | ConstraintKind::PrimaryKey { using_index, .. } => {
            sum.scan(table, Lock::AccessExclusive, Answer::from(using_index.is_none()));
        }
        ConstraintKind::Exclude => sum.scan(table, Lock::AccessExclusive, Answer::Yes),
    }
}
