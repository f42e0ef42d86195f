//! Who holds on to the version tables. `pg_locks` shows it to every role; who that is in
//! `pg_stat_activity` needs `pg_read_all_stats`, and is left open without it.
//!
//! A reader holds its lock for a moment, a migration until its transaction ends: so it is looked
//! at twice within one look.

use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use super::session::{Failure, Session, text};
use crate::database::{Deed, Held, Holder, Look, ProbeError, Watch};

/// How long a lock must be held to count. Plain readers need a few milliseconds.
const MOMENT: Duration = Duration::from_millis(300);

impl Session {
    /// Reads the catalog, and who holds locks on what was found there.
    pub(super) async fn read(&self, look: &mut Look, search_path: &str, watch: Watch<'_>) -> Result<(), ProbeError> {
        let before = self.holders(look).await;
        let nothing_read = look.clone();
        self.read_catalog(look, search_path, watch).await?;
        if before.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(MOMENT).await;
        let still = self.holders(look).await;
        look.holders =
            still.iter().filter(|holder| before.iter().any(|first| is_same(first, holder))).cloned().collect();
        if look.holders.len() < before.len() {
            // Somebody has come to an end meanwhile: what was read may be what was before that.
            let holders = std::mem::take(&mut look.holders);
            *look = Look { holders, ..nothing_read };
            self.read_catalog(look, search_path, watch).await?;
        }
        Ok(())
    }

    /// The transactions that hold locks now. Not every server that speaks the protocol can say.
    async fn holders(&self, look: &mut Look) -> Vec<Holder> {
        match self.try_holders().await {
            Ok(holders) => holders,
            Err(failure) => {
                let _ = self.ask(super::catalog::BACK_TO_SAVEPOINT).await;
                let why = failure.words();
                look.notes.push(format!("whether a migration is at work is not known: {why}"));
                look.holders_unknown = Some(why);
                Vec::new()
            }
        }
    }

    async fn try_holders(&self) -> Result<Vec<Holder>, Failure> {
        // Statistics are kept as they were first seen until the transaction ends.
        let asked = format!("SAVEPOINT alembic_doctor; SELECT pg_stat_clear_snapshot(); {HOLDERS}");
        let answers = self.ask(&asked).await?;
        Ok(answers.get(2).into_iter().flatten().map(holder).collect())
    }
}

fn is_same(first: &Holder, second: &Holder) -> bool {
    first.transaction == second.transaction && first.on == second.on
}

fn holder(row: &SimpleQueryRow) -> Holder {
    let known = |column: usize| Some(text(row, column).to_owned()).filter(|text| !text.is_empty());
    let seconds = |column: usize| {
        let seconds = text(row, column).parse::<f64>().ok()?;
        Duration::try_from_secs_f64(seconds.max(0.0)).ok()
    };
    let is = |column: usize| text(row, column) == "t";
    let schema = text(row, SCHEMA).to_owned();
    Holder {
        pid: text(row, PID).parse().ok(),
        transaction: known(PREPARED).unwrap_or_else(|| text(row, TRANSACTION).to_owned()),
        on: match known(TABLE) {
            Some(name) => Held::Table { schema: Some(schema), name },
            None => Held::NewTables { schema },
        },
        deed: match () {
            () if is(STAMPS) => Deed::Stamps,
            () if is(ALTERS) => Deed::Alters,
            () if is(CHANGES) => Deed::Changes,
            () => Deed::Reads,
        },
        shuts_out: is(SHUTS_OUT),
        user: known(USER),
        application: known(APPLICATION),
        address: known(ADDRESS),
        state: known(STATE),
        age: seconds(AGE),
        unchanged: seconds(UNCHANGED),
        waits_for: text(row, WAITS_FOR).split(',').filter_map(|pid| pid.parse().ok()).collect(),
    }
}

// The columns of `HOLDERS`.
const TRANSACTION: usize = 0;
const PID: usize = 1;
const SCHEMA: usize = 2;
const TABLE: usize = 3;
const STAMPS: usize = 4;
const SHUTS_OUT: usize = 5;
const ALTERS: usize = 6;
const CHANGES: usize = 7;
const USER: usize = 8;
const APPLICATION: usize = 9;
const ADDRESS: usize = 10;
const STATE: usize = 11;
const AGE: usize = 12;
const UNCHANGED: usize = 13;
const WAITS_FOR: usize = 14;
const PREPARED: usize = 15;

/// Transactions with a lock on a relation that has a column `version_num`, and those that have made
/// tables which this transaction cannot see: whoever makes one locks its schema, and the table that
/// the catalog does not have yet. Vacuum and its like take `ShareUpdateExclusiveLock`, and do not count.
const HOLDERS: &str = "
WITH locks AS (
    SELECT l.* FROM pg_locks l
    WHERE l.pid IS DISTINCT FROM pg_backend_pid()
      AND (l.locktype = 'transactionid'
           OR l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))),
held AS (
    SELECT l.virtualtransaction, l.pid, n.nspname, c.relname,
           bool_or(l.mode NOT IN ('AccessShareLock', 'RowShareLock')) AS stamps,
           bool_or(l.mode = 'AccessExclusiveLock') AS shuts_out
    FROM locks l
    JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'version_num' AND a.attnum > 0 AND NOT a.attisdropped
    WHERE l.locktype = 'relation' AND l.mode NOT IN ('SIReadLock', 'ShareUpdateExclusiveLock')
      AND (l.granted OR l.mode NOT IN ('AccessShareLock', 'RowShareLock'))
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT DISTINCT l.virtualtransaction, l.pid, n.nspname, NULL::name, false, false
    FROM locks l
    JOIN pg_namespace n ON n.oid = l.objid AND n.nspname !~ '^pg_'
    WHERE l.locktype = 'object' AND l.classid = 'pg_namespace'::regclass
      AND EXISTS (SELECT FROM locks r
                  WHERE r.virtualtransaction = l.virtualtransaction AND r.locktype = 'relation' AND r.granted
                    AND r.mode = 'AccessExclusiveLock' AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = r.relation)))
SELECT h.virtualtransaction, h.pid, h.nspname, h.relname, h.stamps, h.shuts_out,
       EXISTS (SELECT FROM locks s
               WHERE s.virtualtransaction = h.virtualtransaction AND s.locktype = 'relation'
                 AND s.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
                                'AccessExclusiveLock')),
       EXISTS (SELECT FROM locks x
               WHERE x.virtualtransaction = h.virtualtransaction AND x.locktype = 'transactionid'
                 AND x.mode = 'ExclusiveLock' AND x.granted),
       a.usename, a.application_name, host(a.client_addr), a.state,
       extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared)),
       extract(epoch FROM clock_timestamp() - a.state_change),
       CASE WHEN h.pid IS NOT NULL THEN array_to_string(pg_blocking_pids(h.pid), ',') END,
       p.gid
FROM held h
LEFT JOIN pg_stat_activity a ON a.pid = h.pid
LEFT JOIN LATERAL (
    SELECT x.gid, x.prepared FROM pg_prepared_xacts x JOIN locks t ON t.transactionid = x.transaction
    WHERE h.pid IS NULL AND t.pid IS NULL AND t.virtualtransaction = h.virtualtransaction LIMIT 1) p ON true
WHERE coalesce(a.backend_type, '') NOT IN ('autovacuum worker', 'parallel worker', 'walsender')
ORDER BY 2, 1, 3, 4";
