//! The look at PostgreSQL: one connection, one read-only transaction, plain text queries.
//!
//! Works behind a pooler in transaction mode: nothing is prepared, no startup `options` are
//! sent, every setting is `SET LOCAL`. Knows nothing of Alembic but its column's name.

mod catalog;
mod connect;
mod failure;
mod identity;
mod locks;
mod session;
mod settings;
mod sql;
mod surroundings;
mod tables;

use super::tls::Tls;
use super::url::Password;
use super::{ClientEnvironment, Detail, Look, ProbeError, Target, Timeouts, Watch};
use session::Session;
use settings::Settings;

/// Looks at a PostgreSQL database.
///
/// # Errors
/// When no connection comes about, or when the catalog cannot be read.
pub(super) fn look(
    target: &Target,
    detail: Detail,
    timeouts: &Timeouts,
    environment: &ClientEnvironment,
    watch: Watch<'_>,
) -> Result<Look, ProbeError> {
    let settings = Settings::new(&target.url, environment)?;
    let looked = run(&settings, detail, timeouts, environment, watch);
    let secret = settings.password.as_ref().map_or("", Password::expose);
    looked.map_err(|error| error.without(secret))
}

fn run(
    settings: &Settings,
    detail: Detail,
    timeouts: &Timeouts,
    environment: &ClientEnvironment,
    watch: Watch<'_>,
) -> Result<Look, ProbeError> {
    let tls = Tls::new(settings.ssl_mode, &settings.ssl_files, environment)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().map_err(|error| {
        ProbeError::new(super::ErrorKind::Other, "no connection can be opened").with_detail(error.to_string())
    })?;
    let looked = runtime.block_on(async {
        let connected = connect::connect(settings, &tls, timeouts.connect).await?;
        let session = Session::new(connected.client, *timeouts);
        let mut look = session.look(settings.search_path.as_deref(), detail, watch).await?;
        let pooler = look.pooler.take().unwrap_or_default();
        look.pooler = connect::describe_pooler(pooler, settings, &tls, &connected.endpoint, timeouts.connect).await;
        look.notes = [settings.notes.clone(), tls.notes.clone(), connected.notes, look.notes].concat();
        Ok(look)
    });
    // A name that is still being looked up must not hold the program.
    runtime.shutdown_background();
    looked
}
