//! Plain SQL for the tests' own preparations and checks; the product's probe is not used here.

use std::path::Path;

use tokio_postgres::{Config, NoTls, SimpleQueryMessage};

/// Result rows as text; `None` is NULL.
pub type Rows = Vec<Vec<Option<String>>>;

/// Runs `sql` (one or several statements) over a Unix socket, without a password.
pub fn socket(folder: &Path, port: u16, role: &str, database: &str, sql: &str) -> Result<Rows, String> {
    let mut config = Config::new();
    #[cfg(unix)]
    config.host_path(folder);
    #[cfg(not(unix))]
    let _ = folder;
    run(config.port(port).user(role).dbname(database), sql)
}

/// Runs `sql` over TCP.
pub fn tcp(host: &str, port: u16, role: (&str, &str), database: &str, sql: &str) -> Result<Rows, String> {
    let mut config = Config::new();
    run(config.host(host).port(port).user(role.0).password(role.1).dbname(database), sql)
}

/// Runs `sql` by the simple protocol, so that a pooler lets it pass. The error is PostgreSQL's text.
pub fn run(config: &Config, sql: &str) -> Result<Rows, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = config.connect(NoTls).await.map_err(|error| text(&error))?;
        let connection = tokio::spawn(connection);
        let messages = client.simple_query(sql).await.map_err(|error| text(&error))?;
        drop(client);
        let _ = connection.await;
        let row = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
            }
            _ => None,
        };
        Ok(messages.iter().filter_map(row).collect())
    })
}

fn text(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(answer) => answer.message().to_owned(),
        None => format!("{error:?}"),
    }
}
