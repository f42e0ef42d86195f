//! The one transaction of a look: opening it with limits, asking, rolling it back.
//!
//! Poolers may give another server to every transaction, so everything happens inside one.

use std::cell::Cell;
use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::catalog::BACK_TO_SAVEPOINT;
use super::{failure, identity, sql};
use crate::database::{Detail, ErrorKind, Look, ProbeError, Timeouts, Watch};

/// How much longer than the server's own limit an answer may take, for the way there and back.
const GRACE: Duration = Duration::from_secs(2);

/// How many statements may use up their whole limit in one round trip.
const MOST_PATIENCE: u32 = 5;

/// A connection that a look happens on.
pub(super) struct Session {
    client: Client,
    timeouts: Timeouts,
    /// Whether an answer stayed out; later questions would only queue up behind it.
    is_silent: Cell<bool>,
}

/// The rows of one statement.
pub(super) type Answer = Vec<SimpleQueryRow>;

impl Session {
    pub(super) fn new(client: Client, timeouts: Timeouts) -> Self {
        Self { client, timeouts, is_silent: Cell::new(false) }
    }

    /// The whole look.
    pub(super) async fn look(
        &self,
        search_path: Option<&str>,
        detail: Detail,
        watch: Watch<'_>,
    ) -> Result<Look, ProbeError> {
        let mut looked = match self.open(search_path).await {
            Ok((mut look, real_path)) => {
                look.read_only_role = look.read_only && self.is_read_only_role().await;
                self.read_surroundings(&mut look).await;
                self.read(&mut look, &real_path, watch).await.map(|()| look)
            }
            Err(error) => Err(error),
        };
        if let (Ok(look), Detail::Tables) = (&mut looked, detail) {
            look.tables = self.read_tables(&look.search_path).await;
        }
        // The connection is closed right after; a failure here changes nothing.
        let _ = self.ask("ROLLBACK").await;
        looked
    }

    /// Whether sessions are read-only because of the role that looks, and not because of the database.
    async fn is_read_only_role(&self) -> bool {
        const SOURCE: &str =
            "SAVEPOINT alembic_doctor; SELECT source FROM pg_settings WHERE name = 'default_transaction_read_only'";
        match self.ask(SOURCE).await {
            Ok(answers) => answers
                .get(1)
                .and_then(|rows| rows.first())
                .is_some_and(|row| ["user", "database user", "client"].contains(&text(row, 0))),
            Err(_) => {
                let _ = self.ask(BACK_TO_SAVEPOINT).await;
                false
            }
        }
    }

    /// Opens the transaction; gives what the session is, and the search path's value.
    async fn open(&self, search_path: Option<&str>) -> Result<(Look, String), ProbeError> {
        // Zero would mean "no limit".
        let milliseconds = |limit: Duration| limit.as_millis().clamp(1, 1 << 30);
        let opening = format!(
            "BEGIN READ ONLY; SET LOCAL application_name = 'alembic-doctor'; \
             SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}",
            milliseconds(self.timeouts.statement),
            milliseconds(self.timeouts.lock),
        );
        self.ask(&opening).await.map_err(|failure| failure.into_probe_error("a read-only transaction"))?;
        if let Some(path) = search_path {
            self.ask(&sql::set_search_path(path))
                .await
                .map_err(|failure| failure.into_probe_error("the search_path of the URL"))?;
        }
        let asked = format!("{}; {}", sql::FACTS, sql::ONLY_THE_CATALOG);
        let answers = self.ask(&asked).await.map_err(|failure| failure.into_probe_error("the session's settings"))?;
        let mut answers = answers.into_iter();
        let facts = answers.next().and_then(|rows| rows.into_iter().next());
        let Some(facts) = facts else {
            return Err(ProbeError::new(ErrorKind::Other, "the server gave no answer to a plain question"));
        };
        let path = answers.next().unwrap_or_default();
        let look = Look {
            server: server(text(&facts, 0), text(&facts, 1)),
            database: text(&facts, 2).to_owned(),
            user: Some(text(&facts, 3).to_owned()),
            search_path: path.iter().map(|row| text(row, 0).to_owned()).collect(),
            search_path_setting: text(&facts, 6).to_owned(),
            in_recovery: text(&facts, 4) == "t",
            read_only: text(&facts, 5) == "on",
            ..Look::default()
        };
        Ok((look, text(&facts, 6).to_owned()))
    }

    /// The process that the server announced when the connection began.
    pub(super) async fn announced_process(&self) -> Option<i32> {
        identity::announced_process(&self.client).await
    }

    /// Runs statements; gives the rows of each.
    pub(super) async fn ask(&self, statements: &str) -> Result<Vec<Answer>, Failure> {
        self.ask_patiently(statements, 1).await
    }

    /// The same for several slow statements at once: the server's limit counts for each.
    pub(super) async fn ask_patiently(&self, statements: &str, slow: usize) -> Result<Vec<Answer>, Failure> {
        let times = u32::try_from(slow).map_or(MOST_PATIENCE, |slow| slow.clamp(1, MOST_PATIENCE));
        let patience = self.timeouts.statement * times + GRACE;
        if self.is_silent.get() {
            return Err(Failure::NoAnswer(patience));
        }
        let Ok(answered) = tokio::time::timeout(patience, self.client.simple_query(statements)).await else {
            self.is_silent.set(true);
            return Err(Failure::NoAnswer(patience));
        };
        let mut answers = Vec::new();
        let mut rows = Vec::new();
        for message in answered.map_err(Failure::Server)? {
            match message {
                SimpleQueryMessage::Row(row) => rows.push(row),
                SimpleQueryMessage::CommandComplete(_) => answers.push(std::mem::take(&mut rows)),
                _ => {}
            }
        }
        Ok(answers)
    }
}

/// Why statements failed.
pub(super) enum Failure {
    Server(tokio_postgres::Error),
    NoAnswer(Duration),
}

impl Failure {
    /// The server's own words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Server(error) => failure::words(error),
            Self::NoAnswer(patience) => format!("no answer in {} s", patience.as_secs()),
        }
    }

    pub(super) fn into_probe_error(self, what: &str) -> ProbeError {
        match self {
            Self::Server(error) => failure::of_statement(&error, what),
            Self::NoAnswer(_) => ProbeError::new(ErrorKind::TimedOut, format!("the server did not answer: {what}"))
                .with_detail(self.words()),
        }
    }
}

/// A column as text; absent and NULL are empty.
pub(super) fn text(row: &SimpleQueryRow, column: usize) -> &str {
    row.try_get(column).ok().flatten().unwrap_or_default()
}

/// `PostgreSQL 15.18`; servers that only speak the protocol say themselves what they are.
fn server(version: &str, number: &str) -> String {
    match version.split_whitespace().next() {
        Some("PostgreSQL") | None => format!("PostgreSQL {}", number.split_whitespace().next().unwrap_or_default()),
        Some(_) => version.split(" (").next().unwrap_or(version).to_owned(),
    }
}
