//! Statements that PostgreSQL refuses inside of a transaction.

use crate::sql::statement::{Command, ObjectKind, ReindexTarget, Statement};
use crate::sql::table::Action;

/// Whether PostgreSQL `version` refuses the statement in a transaction block.
pub fn needs_autocommit(statement: &Statement, version: u32) -> bool {
    let alone = [ObjectKind::Database, ObjectKind::Tablespace];
    match &statement.command {
        Command::CreateIndex(index) => index.concurrently,
        Command::Drop(drop) => drop.concurrently || alone.contains(&drop.kind),
        Command::Reindex { target, concurrently } => *concurrently || *target == ReindexTarget::Many,
        Command::AlterTable(alter) => {
            alter.actions.iter().any(|action| matches!(action, Action::DetachPartition { concurrently: true, .. }))
        }
        Command::Vacuum { .. } => true,
        Command::Cluster { table } => table.is_none(),
        Command::Create { kind, .. } => alone.contains(kind),
        Command::Alter { kind: ObjectKind::System, .. } => true,
        Command::AddEnumValue { .. } => version < 12,
        _ => false,
    }
}
