//! Which of the sessions that hold on to a version table are migrations at work.
//!
//! Alembic reads the version table first and keeps that lock until its transaction ends; from the
//! second revision on it has written into it. Until then the rows that everybody else sees are old.

use std::time::Duration;

use super::stamp::TableChoice;
use crate::database::{Deed, Held, Holder, Look};

/// A session that has only read, and has been idle in its transaction for longer than this, was
/// left open by somebody who reads; a migration that has begun goes on.
const IDLE_READER: Duration = Duration::from_secs(10);

/// They read every table, and run for long.
const READERS: [&str; 3] = ["pg_dump", "pg_dumpall", "alembic-doctor"];

/// The migrations at work, as far as locks can tell. `is_pending` says whether this code has
/// anything to run here.
pub(super) fn runs<'a>(look: &'a Look, choice: &TableChoice, is_pending: bool) -> Vec<&'a Holder> {
    let least = if is_pending { Deed::Reads } else { Deed::Alters };
    let table = choice.index().and_then(|index| look.version_tables.get(index));
    let is_here = |holder: &&Holder| match (&holder.on, table) {
        (Held::Table { schema, name }, Some(table)) => table.schema == *schema && table.name == *name,
        // The first run makes the version table in the transaction of its migrations.
        (Held::NewTables { .. }, None) => look.version_tables.is_empty() || *choice == TableChoice::Absent,
        _ => false,
    };
    look.holders.iter().filter(is_here).filter(|holder| is_run(holder, least)).collect()
}

fn is_run(holder: &Holder, least: Deed) -> bool {
    if matches!(holder.on, Held::NewTables { .. }) {
        return true;
    }
    let is_reader = holder.deed == Deed::Reads
        && (holder.application.as_deref().is_some_and(|name| READERS.contains(&name))
            || holder.is_idle() && holder.unchanged.is_some_and(|unchanged| unchanged > IDLE_READER));
    holder.deed >= least && !is_reader
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::VersionTable;

    fn holder(deed: Deed) -> Holder {
        Holder {
            pid: Some(4711),
            transaction: "3/12".to_owned(),
            on: Held::Table { schema: Some("public".to_owned()), name: "alembic_version".to_owned() },
            deed,
            shuts_out: false,
            user: None,
            application: None,
            address: None,
            state: None,
            age: None,
            unchanged: None,
            waits_for: Vec::new(),
        }
    }

    fn count(holder: Holder, is_pending: bool) -> usize {
        let table = VersionTable {
            schema: Some("public".to_owned()),
            name: "alembic_version".to_owned(),
            ..VersionTable::default()
        };
        let look = Look { version_tables: vec![table], holders: vec![holder], ..Look::default() };
        runs(&look, &TableChoice::Found(0), is_pending).len()
    }

    #[test]
    fn a_reader_counts_only_where_something_is_pending() {
        assert_eq!((count(holder(Deed::Reads), true), count(holder(Deed::Reads), false)), (1, 0));
        assert_eq!((count(holder(Deed::Changes), true), count(holder(Deed::Changes), false)), (1, 0));
        assert_eq!((count(holder(Deed::Alters), false), count(holder(Deed::Stamps), false)), (1, 1));
    }

    #[test]
    fn a_backup_and_a_forgotten_reader_are_no_run() {
        let dump = Holder { application: Some("pg_dump".to_owned()), ..holder(Deed::Reads) };
        assert_eq!(count(dump, true), 0);
        let idle = |seconds, deed| Holder {
            state: Some("idle in transaction".to_owned()),
            unchanged: Some(Duration::from_secs(seconds)),
            ..holder(deed)
        };
        assert_eq!((count(idle(11, Deed::Reads), true), count(idle(2, Deed::Reads), true)), (0, 1));
        assert_eq!(count(idle(9000, Deed::Alters), true), 1, "what a dead run has left holds up everybody");
    }

    #[test]
    fn locks_on_another_table_are_no_run_here() {
        let on = Held::Table { schema: Some("other".to_owned()), name: "alembic_version".to_owned() };
        assert_eq!(count(Holder { on, ..holder(Deed::Stamps) }, true), 0);
        let on = Held::NewTables { schema: "public".to_owned() };
        assert_eq!(count(Holder { on, ..holder(Deed::Alters) }, true), 0, "the version table is there");
    }

    #[test]
    fn whoever_makes_tables_where_there_is_no_version_table_may_make_it_too() {
        let on = Held::NewTables { schema: "public".to_owned() };
        let look = Look { holders: vec![Holder { on, ..holder(Deed::Alters) }], ..Look::default() };
        assert_eq!(runs(&look, &TableChoice::Absent, true).len(), 1);
    }
}
