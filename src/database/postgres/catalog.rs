//! The version tables: found in the catalog, then read one by one.
//!
//! Privileges are asked for, not tried out. What goes wrong with one table leaves the others
//! readable: they are read behind a savepoint.

use std::fmt::Write as _;

use tokio_postgres::SimpleQueryRow;

use super::session::{Failure, Session, text};
use super::sql;
use crate::database::{Look, MOST_ROWS, ProbeError, ROW_SECURITY, Rows, VersionTable, Watch, not_text};

/// Visibility is asked for this many tables at once.
const BATCH: usize = 500;

/// Rows are read from this many tables in one round trip: tenants can be hundreds, and the
/// server far away.
const TABLES_AT_ONCE: usize = 50;

pub(super) const BACK_TO_SAVEPOINT: &str = "ROLLBACK TO SAVEPOINT alembic_doctor; RELEASE SAVEPOINT alembic_doctor";

impl Session {
    /// Fills in tables, rows and counts.
    pub(super) async fn read_catalog(
        &self,
        look: &mut Look,
        search_path: &str,
        watch: Watch<'_>,
    ) -> Result<(), ProbeError> {
        let asked = format!("{}; {}", sql::CANDIDATES, sql::user_tables());
        // Each of the three goes over the whole catalog.
        let answers = self.ask_patiently(&asked, 3).await.map_err(|failure| failure.into_probe_error("the catalog"))?;
        let mut answers = answers.into_iter();
        let candidates = answers.next().unwrap_or_default();
        let counted = answers.next().unwrap_or_default();
        look.schema_tables =
            counted.iter().map(|row| (text(row, 0).to_owned(), text(row, 1).parse().unwrap_or_default())).collect();
        look.user_tables = look.schema_tables.iter().map(|(_, tables)| tables).sum();
        let names = answers.next().unwrap_or_default();
        look.table_names = names.iter().map(|row| text(row, 0).to_owned()).collect();
        let visible = self.visibility(&candidates, search_path).await?;
        for (row, visible) in candidates.iter().zip(visible) {
            let mut table = described(row, visible);
            if let Some(missing) = missing(row, &table) {
                table.rows = Rows::Denied { missing };
            } else if text(row, IS_FILTERED) == "t" {
                // Policies leave rows out in silence: what is left is no answer.
                table.rows = Rows::Denied { missing: ROW_SECURITY.to_owned() };
            }
            look.version_tables.push(table);
        }
        let readable = |table: &&mut VersionTable| !matches!(table.rows, Rows::Denied { .. });
        let mut readable: Vec<&mut VersionTable> = look.version_tables.iter_mut().filter(readable).collect();
        let (mut done, all) = (0, readable.len());
        for batch in readable.chunks_mut(TABLES_AT_ONCE) {
            self.read_rows(batch, &mut look.notes).await;
            done += batch.len();
            watch(done, all);
        }
        for (table, row) in look.version_tables.iter_mut().zip(&candidates) {
            if text(row, IS_TEXT) != "t" && matches!(&table.rows, Rows::Known { values, .. } if !values.is_empty()) {
                table.rows = not_text(&table.column_type);
            }
        }
        Ok(())
    }

    /// Reads several tables in one round trip, and each for itself when one of them fails.
    async fn read_rows(&self, tables: &mut [&mut VersionTable], notes: &mut Vec<String>) {
        if self.try_rows(tables, notes).await.is_ok() {
            return;
        }
        for table in tables {
            // Without this the next question would only hear that the transaction is aborted.
            let _ = self.ask(BACK_TO_SAVEPOINT).await;
            if let Err(failure) = self.try_rows(std::slice::from_mut(table), notes).await {
                table.rows = Rows::Failed { reason: failure.words() };
            }
        }
        let _ = self.ask(BACK_TO_SAVEPOINT).await;
    }

    async fn try_rows(&self, tables: &mut [&mut VersionTable], notes: &mut Vec<String>) -> Result<(), Failure> {
        let limit = MOST_ROWS + 1;
        // No cast and no ORDER BY: both could fail on a type, and a cast would trim char(n).
        let mut asked = String::from("SAVEPOINT alembic_doctor");
        for table in tables.iter() {
            let _ = write!(asked, "; SELECT version_num FROM {} LIMIT {limit}", qualified(table));
        }
        let answers = self.ask_patiently(&asked, tables.len()).await?;
        for (table, rows) in tables.iter_mut().zip(answers.get(1..).unwrap_or_default()) {
            table.rows = self.known(table, rows, notes).await?;
        }
        Ok(())
    }

    async fn known(
        &self,
        table: &VersionTable,
        rows: &[SimpleQueryRow],
        notes: &mut Vec<String>,
    ) -> Result<Rows, Failure> {
        let more = if rows.len() > MOST_ROWS {
            let counted = self.ask(&format!("SELECT count(*) FROM {}", qualified(table))).await?;
            counted.first().map(Vec::as_slice).and_then(single)
        } else {
            None
        };
        let mut values: Vec<String> =
            rows.iter().filter_map(|row| row.try_get(0).ok().flatten()).map(str::to_owned).collect();
        if values.len() < rows.len() {
            let note = format!("{} has {} rows without a value", shown(table), rows.len() - values.len());
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        values.truncate(MOST_ROWS);
        values.sort_unstable();
        Ok(Rows::Known { values, more })
    }

    async fn visibility(&self, candidates: &[SimpleQueryRow], search_path: &str) -> Result<Vec<bool>, ProbeError> {
        let mut visible = Vec::with_capacity(candidates.len());
        for batch in candidates.chunks(BATCH) {
            let oids: Vec<&str> = batch.iter().map(|row| text(row, OID)).collect();
            let asked = sql::visibility(&oids, search_path);
            let answers = self.ask(&asked).await.map_err(|failure| failure.into_probe_error("the catalog"))?;
            visible.extend(answers.get(1).into_iter().flatten().map(|row| text(row, 0) == "t"));
        }
        Ok(visible)
    }
}

// The columns of `sql::CANDIDATES`.
const OID: usize = 0;
const SCHEMA: usize = 1;
const NAME: usize = 2;
const OWNER: usize = 3;
const TYPE: usize = 4;
const WIDTH: usize = 5;
const PRIMARY_KEY: usize = 6;
const SCHEMA_USAGE: usize = 7;
const SELECT: usize = 8;
const IS_FILTERED: usize = 9;
const IS_TEXT: usize = 10;

fn described(row: &SimpleQueryRow, visible: bool) -> VersionTable {
    VersionTable {
        schema: Some(text(row, SCHEMA).to_owned()),
        name: text(row, NAME).to_owned(),
        owner: Some(text(row, OWNER).to_owned()),
        column_type: text(row, TYPE).to_owned(),
        width: text(row, WIDTH).parse().ok(),
        has_primary_key: text(row, PRIMARY_KEY) == "t",
        visible,
        rows: Rows::default(),
    }
}

/// The privileges that the role lacks.
fn missing(row: &SimpleQueryRow, table: &VersionTable) -> Option<String> {
    let usage = format!("USAGE on schema {}", text(row, SCHEMA));
    let select = format!("SELECT on {}", shown(table));
    let lacks = [(SCHEMA_USAGE, usage), (SELECT, select)].into_iter().filter(|(column, _)| text(row, *column) != "t");
    let lacks: Vec<String> = lacks.map(|(_, privilege)| privilege).collect();
    (!lacks.is_empty()).then(|| lacks.join(" and "))
}

fn qualified(table: &VersionTable) -> String {
    format!("{}.{}", sql::identifier(table.schema.as_deref().unwrap_or_default()), sql::identifier(&table.name))
}

fn shown(table: &VersionTable) -> String {
    format!("{}.{}", table.schema.as_deref().unwrap_or_default(), table.name)
}

fn single(rows: &[SimpleQueryRow]) -> Option<u64> {
    text(rows.first()?, 0).parse().ok()
}
