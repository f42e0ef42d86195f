//! The `databases` part of the JSON document. Its own structs, so that scripts can rely on them.

use serde::Serialize;

use super::json::{sorted, texts};
use crate::database::{RoleSetting, Rows, ServerAddress};
use crate::facts::DatabaseFacts;

#[derive(Serialize)]
pub(super) struct DatabasePart<'a> {
    name: &'a str,
    /// With `--all-schemas`: those that this stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    schemas: Option<&'a [String]>,
    /// Masked; `null` when it is not known.
    url: Option<String>,
    url_source: &'a str,
    /// `null` when the database could not be looked at.
    server: Option<&'a str>,
    /// Where the server says that it was reached; `null` on a Unix socket, for SQLite and where it
    /// does not say.
    address: Option<&'a str>,
    database: Option<&'a str>,
    user: Option<&'a str>,
    /// Who logged in; differs from `user` after a `SET ROLE`.
    session_user: Option<&'a str>,
    standby: Option<bool>,
    read_only: Option<bool>,
    cluster: Option<&'a str>,
    pooled: Option<bool>,
    search_path: Option<&'a [String]>,
    settings: Vec<SettingPart<'a>>,
    version_tables: Vec<VersionTablePart<'a>>,
    stamp: Vec<&'a str>,
    state: &'static str,
    /// In the order of the upgrade; `null` when it cannot be known.
    pending: Option<Vec<&'a str>>,
    missing: Vec<&'a str>,
}

impl<'a> DatabasePart<'a> {
    pub(super) fn new(database: &'a DatabaseFacts) -> Self {
        let state = &database.state;
        let look = state.look.as_ref().ok();
        let stamp = database.stamp.as_ref();
        Self {
            name: &state.name,
            schemas: database.group.as_ref().map(|group| group.schemas.as_slice()),
            url: (!state.url.is_missing()).then(|| state.url.to_string()),
            url_source: &state.source,
            server: look.map(|look| look.server.as_str()),
            address: look.and_then(|look| match &look.address {
                Some(ServerAddress::Tcp(address)) => Some(address.as_str()),
                Some(ServerAddress::Socket) | None => None,
            }),
            database: look.map(|look| look.database.as_str()),
            user: look.and_then(|look| look.user.as_deref()),
            session_user: look.and_then(|look| look.session_user.as_ref().or(look.user.as_ref())).map(String::as_str),
            standby: look.map(|look| look.in_recovery),
            read_only: look.map(|look| look.read_only),
            cluster: look.and_then(|look| look.system_identifier.as_deref()),
            pooled: look.map(|look| look.pooler.is_some()),
            search_path: look.map(|look| look.search_path.as_slice()),
            settings: look.iter().flat_map(|look| &look.settings).map(SettingPart::new).collect(),
            version_tables: look
                .iter()
                .flat_map(|look| &look.version_tables)
                .map(|table| VersionTablePart {
                    schema: table.schema.as_deref(),
                    name: &table.name,
                    rows: match &table.rows {
                        Rows::Known { values, .. } => Some(values),
                        Rows::Denied { .. } | Rows::Failed { .. } => None,
                    },
                    width: table.width,
                })
                .collect(),
            stamp: stamp.map(|stamp| sorted(texts(&stamp.rows))).unwrap_or_default(),
            state: database.standing().as_str(),
            pending: stamp
                .filter(|stamp| look.is_some_and(|look| stamp.is_read(look)))
                .and_then(|stamp| stamp.pending.as_ref().ok())
                .map(|pending| texts(pending)),
            missing: stamp.map(|stamp| sorted(texts(&stamp.missing))).unwrap_or_default(),
        }
    }
}

#[derive(Serialize)]
struct VersionTablePart<'a> {
    schema: Option<&'a str>,
    name: &'a str,
    /// `null` when they could not be read.
    rows: Option<&'a [String]>,
    /// `null` when unlimited.
    width: Option<u32>,
}

/// What the server keeps for a role, a database, or both.
#[derive(Serialize)]
struct SettingPart<'a> {
    /// `null`: all roles.
    role: Option<&'a str>,
    /// `null`: all databases.
    database: Option<&'a str>,
    name: &'a str,
    value: &'a str,
}

impl<'a> SettingPart<'a> {
    fn new(setting: &'a RoleSetting) -> Self {
        let RoleSetting { role, database, name, value } = setting;
        Self { role: role.as_deref(), database: database.as_deref(), name, value }
    }
}
