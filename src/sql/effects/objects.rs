//! Tables, indexes, views, types and everything that hangs on them: CREATE, ALTER, DROP, COMMENT, GRANT.

use super::{Answer, On, Part, Sum};
use crate::sql::statement::{Change, Command, Drop, ObjectKind};
use crate::sql::table::CreateTable;
use crate::sql::{Context, Lock, Name};

pub(super) fn object(command: &Command, version: u32, context: &Context, sum: &mut Sum<'_>) {
    match command {
        Command::CreateTable(create) => create_table(create, sum),
        Command::CreateOn { kind, table, from, .. } => {
            let lock = if *kind == ObjectKind::Trigger { Lock::ShareRowExclusive } else { Lock::AccessExclusive };
            sum.lock(table, lock);
            from.iter().for_each(|from| sum.lock(from, Lock::AccessShare));
        }
        Command::AlterOn { table, .. } => sum.lock(table, Lock::AccessExclusive),
        Command::CreateStatistics { tables } => {
            tables.iter().for_each(|table| sum.lock(table, Lock::ShareUpdateExclusive));
        }
        Command::CreateSequence { owner, .. } => owner.iter().for_each(|owner| sum.lock(owner, Lock::AccessShare)),
        Command::AlterSequence { name, change, owner } => {
            let short = matches!(change, Change::Rename(_) | Change::SetSchema(_) | Change::Owner);
            sum.lock(name, if short { Lock::AccessExclusive } else { Lock::ShareRowExclusive });
            owner.iter().for_each(|owner| sum.lock(owner, Lock::AccessShare));
        }
        Command::AlterDomain { name, checks_values: true } => {
            sum.add(On::TablesUsing(name.clone()), Lock::Share, Answer::No, Answer::Yes);
        }
        Command::Alter { kind, name, change } => alter(*kind, name.as_ref(), change, sum),
        Command::Create { kind, .. } => match kind {
            ObjectKind::Extension => sum.unknown("the script of an extension can do anything"),
            ObjectKind::Publication => sum.unknown("which tables a publication locks is not looked at"),
            ObjectKind::Other => sum.unknown("what is created is not known to lock no table"),
            _ => {}
        },
        Command::Drop(drop) => self::drop(drop, context, sum),
        Command::Comment { kind, on: Some(on), .. } => match kind {
            ObjectKind::Table
            | ObjectKind::Column
            | ObjectKind::Index
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Sequence => sum.lock(on, Lock::ShareUpdateExclusive),
            ObjectKind::Constraint | ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => {
                sum.lock(on, Lock::AccessShare);
            }
            _ => {}
        },
        // Until 17, GRANT took no lock at all.
        Command::Grant { relations, .. } if version >= 18 => {
            relations.iter().for_each(|relation| sum.lock(relation, Lock::AccessShare));
        }
        _ => {}
    }
}

fn create_table(create: &CreateTable, sum: &mut Sum<'_>) {
    for parent in create.references() {
        // A foreign key to itself locks nobody's table, and the new table has no rows to compare.
        if *parent != create.table {
            sum.lock(parent, Lock::ShareRowExclusive);
        }
    }
    create.like.iter().for_each(|table| sum.lock(table, Lock::AccessShare));
    create.inherits.iter().for_each(|table| sum.lock(table, Lock::ShareUpdateExclusive));
    if let Some(parent) = &create.partition_of {
        sum.lock(parent, Lock::AccessExclusive);
        // Its rows must not belong into the new partition.
        sum.add(On::DefaultPartitionOf(parent.clone()), Lock::AccessExclusive, Answer::No, Answer::Yes);
    }
}

fn alter(kind: ObjectKind, name: Option<&Name>, change: &Change, sum: &mut Sum<'_>) {
    let Some(name) = name else { return };
    match (kind, change) {
        (ObjectKind::Index, Change::Rename(_) | Change::Parameters) => sum.lock(name, Lock::ShareUpdateExclusive),
        (ObjectKind::Index, Change::Tablespace) => sum.lock(name, Lock::AccessExclusive),
        (ObjectKind::Index, _) => sum.unknown(format!("what ALTER INDEX {name} locks is not known")),
        (ObjectKind::MaterializedView, Change::Parameters) => sum.lock(name, Lock::ShareUpdateExclusive),
        (ObjectKind::View | ObjectKind::MaterializedView, _) => sum.lock(name, Lock::AccessExclusive),
        (ObjectKind::Extension, _) => sum.unknown("the script of an extension can do anything"),
        (ObjectKind::Publication, _) => sum.unknown("which tables a publication locks is not looked at"),
        (ObjectKind::Type, Change::Other) => sum.unknown(format!("which tables ALTER TYPE {name} locks is not known")),
        (ObjectKind::Other, _) => sum.unknown(format!("what ALTER of {name} locks is not known")),
        _ => {}
    }
}

fn drop(drop: &Drop, context: &Context, sum: &mut Sum<'_>) {
    if let Some(table) = &drop.on {
        sum.lock(table, Lock::AccessExclusive);
    }
    for name in &drop.names {
        match drop.kind {
            ObjectKind::Table => drop_table(name, drop.cascade, context, sum),
            ObjectKind::Index => {
                let lock = if drop.concurrently { Lock::ShareUpdateExclusive } else { Lock::AccessExclusive };
                sum.table_of(name, lock, Answer::No);
                sum.lock(name, lock);
            }
            ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Sequence => {
                sum.lock(name, Lock::AccessExclusive);
            }
            ObjectKind::Statistics => sum.table_of(name, Lock::ShareUpdateExclusive, Answer::No),
            _ => {}
        }
    }
    // Policies and triggers have nothing that depends on them.
    let ends_here = matches!(drop.kind, ObjectKind::Policy | ObjectKind::Trigger | ObjectKind::Rule);
    if drop.cascade && !ends_here {
        sum.unknown("CASCADE drops, and locks, whatever depends on it");
    }
}

fn drop_table(table: &Name, cascade: bool, context: &Context, sum: &mut Sum<'_>) {
    sum.lock(table, Lock::AccessExclusive);
    sum.referenced(table, Part::Whole, Lock::AccessExclusive, Answer::No);
    if cascade {
        sum.add(On::Referencing(table.clone(), Part::Whole), Lock::AccessExclusive, Answer::No, Answer::No);
    }
    match context.partition_of.get(table) {
        Some(Some(parent)) => {
            sum.lock(parent, Lock::AccessExclusive);
            sum.add(On::DefaultPartitionOf(parent.clone()), Lock::AccessExclusive, Answer::No, Answer::No);
        }
        Some(None) => {}
        None if context.is_new(table) => {}
        None => sum.add(On::PartitionedBy(table.clone()), Lock::AccessExclusive, Answer::No, Answer::No),
    }
}
