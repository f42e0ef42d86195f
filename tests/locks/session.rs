//! A connection, and what it sees of itself.

use std::collections::BTreeMap;

use alembic_doctor::sql::Lock;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use super::cases::Case;
use crate::support::postgres::Server;
use crate::support::postgres::connect::Rows;

/// One connection that stays open.
pub struct Session {
    runtime: Runtime,
    client: Client,
}

/// The fixture's relations by object id, as they are before a statement.
pub type Relations = BTreeMap<String, Relation>;

/// One of them.
#[derive(Debug)]
pub struct Relation {
    pub name: String,
    /// `pg_class.relkind`.
    pub kind: char,
    pub file: String,
    /// The table of an index, of a sequence, or the parent of a partition or an heir.
    pub belongs_to: Option<String>,
}

/// What a statement did to a relation, by its name.
#[derive(Debug, Default)]
pub struct Measured {
    pub locks: BTreeMap<String, Lock>,
    pub rewritten: Vec<String>,
    pub scanned: Vec<String>,
}

const RELATIONS: &str = "
SELECT c.oid, c.relname, c.relkind, c.relfilenode, coalesce(t.relname, o.relname, h.relname) FROM pg_class c
LEFT JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_class t ON t.oid = i.indrelid
LEFT JOIN pg_depend s ON c.relkind = 'S' AND s.objid = c.oid AND s.deptype IN ('a', 'i') AND s.refobjsubid > 0
LEFT JOIN pg_class o ON o.oid = s.refobjid
LEFT JOIN pg_inherits n ON n.inhrelid = c.oid LEFT JOIN pg_class h ON h.oid = n.inhparent
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'i', 'I')";

const LOCKS: &str = "
SELECT 'doctor:lock', relation, mode FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted";

const READ: &str = "
SELECT relid, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables";

impl Session {
    pub fn open(server: &Server, database: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let mut config = tokio_postgres::Config::new();
            config.host(&server.host).port(server.port).user(&server.superuser).password(&server.superuser_password);
            let (client, connection) = config.dbname(database).connect(NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        });
        Self { runtime, client }
    }

    /// Runs statements; the rows of all of them.
    pub fn run(&self, sql: &str) -> Result<Rows, String> {
        let messages =
            self.runtime.block_on(self.client.simple_query(sql)).map_err(|error| match error.as_db_error() {
                Some(answer) => answer.message().to_owned(),
                None => format!("{error:?}"),
            })?;
        let row = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
            }
            _ => None,
        };
        Ok(messages.iter().filter_map(row).collect())
    }

    /// Stops the statement that another thread has started.
    pub fn cancel(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.client.cancel_token().cancel_query(NoTls)).unwrap();
    }

    /// The object ids, names and files of all relations.
    pub fn relations(&self) -> Relations {
        let text = |cell: &Option<String>| cell.clone().unwrap();
        let relation = |row: Vec<Option<String>>| {
            let kind = text(&row[2]).chars().next().unwrap();
            (text(&row[0]), Relation { name: text(&row[1]), kind, file: text(&row[3]), belongs_to: row[4].clone() })
        };
        self.run(RELATIONS).unwrap().into_iter().map(relation).collect()
    }

    /// Runs a case in a transaction that is rolled back.
    pub fn measure(&self, relations: &Relations, case: &Case) -> Result<Measured, String> {
        let Case { sql, timezone, .. } = case;
        let begin = format!("BEGIN; SET LOCAL timezone = '{timezone}'");
        self.run(&begin)?;
        let before = self.read_counts()?;
        let outcome = self.run(sql).and_then(|_| self.look(relations, &before));
        self.run("ROLLBACK")?;
        outcome
    }

    /// How many rows of each table this session has read.
    fn read_counts(&self) -> Result<BTreeMap<String, u64>, String> {
        let count = |row: Vec<Option<String>>| (row[0].clone().unwrap(), row[1].clone().unwrap().parse().unwrap());
        Ok(self.run(READ)?.into_iter().map(count).collect())
    }

    fn look(&self, relations: &Relations, before: &BTreeMap<String, u64>) -> Result<Measured, String> {
        let mut measured = Measured::default();
        for row in self.run(LOCKS)? {
            let Some(relation) = relations.get(row[1].as_deref().unwrap()) else { continue };
            let lock = lock(row[2].as_deref().unwrap());
            let strongest = measured.locks.entry(relation.name.clone()).or_insert(lock);
            *strongest = lock.max(*strongest);
        }
        for (oid, count) in self.read_counts()? {
            if let Some(relation) = relations.get(&oid)
                && count > before.get(&oid).copied().unwrap_or(0)
            {
                measured.scanned.push(relation.name.clone());
            }
        }
        for row in self.run("SELECT oid, relfilenode FROM pg_class")? {
            if let Some(relation) = relations.get(row[0].as_deref().unwrap())
                && row[1].as_deref() != Some(relation.file.as_str())
            {
                measured.rewritten.push(relation.name.clone());
            }
        }
        Ok(measured)
    }
}

/// `AccessShareLock` to the lock of that name.
pub fn lock(mode: &str) -> Lock {
    let same = |lock: &&Lock| format!("{}Lock", lock.name().replace(' ', "")).eq_ignore_ascii_case(mode);
    *Lock::ALL.iter().find(same).unwrap_or_else(|| panic!("unknown lock {mode}"))
}
