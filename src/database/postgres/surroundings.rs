//! What surrounds the tables: who and where the session is, what is set for whom, which schemas
//! there are. None of it is needed for the stamp: what a server does not answer stays unknown.

use super::session::{Answer, Session, text};
use super::sql;
use crate::database::{Look, Pooler, RoleSetting, Schema, ServerAddress};

impl Session {
    /// Fills in what the server answers.
    pub(super) async fn read_surroundings(&self, look: &mut Look) {
        let Some(answers) = self.try_to_ask(&sql::surroundings()).await else { return };
        let mut answers = answers.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let (session, settings, schemas) = (next(), next(), next());
        look.settings = settings.iter().map(setting).collect();
        look.schemas = schemas.iter().map(schema).collect();
        let Some(session) = session.first() else { return };
        let logged_in = text(session, 0).to_owned();
        let limit = |column| Some(text(session, column).to_owned()).filter(|value| !value.is_empty());
        (look.lock_timeout, look.statement_timeout) = (limit(5), limit(6));
        look.session_user = Some(logged_in).filter(|role| look.user.as_ref() != Some(role));
        look.address = Some(match (text(session, 1), text(session, 2)) {
            ("", _) => ServerAddress::Socket,
            (host, port) if host.contains(':') => ServerAddress::Tcp(format!("[{host}]:{port}")),
            (host, port) => ServerAddress::Tcp(format!("{host}:{port}")),
        });
        // Servers that only speak the protocol may number their processes as they like.
        if look.server.starts_with("PostgreSQL ")
            && let (Some(announced), Ok(real)) = (self.announced_process().await, text(session, 3).parse::<i32>())
            && announced != real
        {
            look.pooler = Some(Pooler {
                is_certain: true,
                signs: vec![format!(
                    "the connection was announced as process {announced}, and process {real} of the server answers"
                )],
                ..Pooler::default()
            });
        }
        if text(session, 4) == "t" {
            let cluster = self.try_to_ask(sql::CLUSTER).await.unwrap_or_default();
            let row = cluster.first().and_then(|rows| rows.first());
            look.system_identifier = row.map(|row| text(row, 0).to_owned()).filter(|identifier| !identifier.is_empty());
        }
    }

    /// Asks behind a savepoint: a refusal leaves the transaction usable.
    async fn try_to_ask(&self, statements: &str) -> Option<Vec<Answer>> {
        let asked = format!("SAVEPOINT surroundings; {statements}; RELEASE SAVEPOINT surroundings");
        match self.ask(&asked).await {
            Ok(answers) => Some(answers.into_iter().skip(1).collect()),
            Err(_) => {
                // Where even this fails, the next question says so.
                let _ = self.ask("ROLLBACK TO SAVEPOINT surroundings; RELEASE SAVEPOINT surroundings").await;
                None
            }
        }
    }
}

fn setting(row: &tokio_postgres::SimpleQueryRow) -> RoleSetting {
    let named = |column| Some(text(row, column).to_owned()).filter(|name| !name.is_empty());
    RoleSetting { role: named(0), database: named(1), name: text(row, 2).to_owned(), value: text(row, 3).to_owned() }
}

fn schema(row: &tokio_postgres::SimpleQueryRow) -> Schema {
    Schema {
        name: text(row, 0).to_owned(),
        owner: text(row, 1).to_owned(),
        may_use: text(row, 2) == "t",
        may_create: text(row, 3) == "t",
    }
}
