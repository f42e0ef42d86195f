//! A database as a page writes it, and what one look at it would show.

use alembic_doctor::database::catalog::{Column, Relation};
use alembic_doctor::database::{
    Catalog, DatabaseState, DatabaseUrl, Deed, ErrorKind, Held, Holder, Look, Pooler, ProbeError, Rows, Schema, Tables,
    VersionTable,
};

/// A database as a page writes it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    server: String,
    tables: u64,
    table_names: Vec<String>,
    user: String,
    search_path: Vec<String>,
    unreachable: Option<String>,
    /// Where the URL came from.
    source: String,
    standby: bool,
    /// A sign of a pooler.
    pooler: Option<String>,
    schema: Vec<SchemaRights>,
    /// The target of the upgrade that is asked about.
    pub target: Option<String>,
    version_table: Vec<Table>,
    session: Vec<Session>,
    /// Tables of `public` with their columns; without any they were not read.
    table: Vec<Shown>,
}

/// A schema and whether the role may create tables there.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaRights {
    name: String,
    owner: String,
    may_create: bool,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            server: "PostgreSQL 17.2".to_owned(),
            tables: 1,
            table_names: Vec::new(),
            user: "app".to_owned(),
            search_path: vec!["public".to_owned()],
            unreachable: None,
            source: "--url".to_owned(),
            standby: false,
            pooler: None,
            schema: Vec::new(),
            target: None,
            version_table: Vec::new(),
            session: Vec::new(),
            table: Vec::new(),
        }
    }
}

/// A session that holds a lock on `public.alembic_version`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Session {
    pid: i32,
    deed: String,
    application: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    name: String,
    columns: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Table {
    schema: String,
    name: String,
    width: u32,
    primary_key: bool,
    rows: Vec<String>,
    denied: Option<String>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            schema: "public".to_owned(),
            name: "alembic_version".to_owned(),
            width: 32,
            primary_key: true,
            rows: Vec::new(),
            denied: None,
        }
    }
}

pub fn database(name: &str, written: Database) -> DatabaseState {
    let url = DatabaseUrl::new("postgresql://app@localhost/app");
    let look = match written.unreachable {
        Some(message) => Err(ProbeError { kind: ErrorKind::Unreachable, message, detail: None, hints: Vec::new() }),
        None => Ok(Look {
            server: written.server,
            database: "app".to_owned(),
            user: Some(written.user),
            version_tables: written.version_table.into_iter().map(|table| seen(table, &written.search_path)).collect(),
            search_path: written.search_path,
            user_tables: if written.table.is_empty() { written.tables } else { written.table.len() as u64 },
            tables: tables(written.table),
            table_names: written.table_names,
            in_recovery: written.standby,
            pooler: written.pooler.map(|sign| Pooler { is_certain: true, signs: vec![sign], ..Pooler::default() }),
            schemas: written.schema.into_iter().map(rights).collect(),
            holders: written.session.into_iter().map(holder).collect(),
            ..Look::default()
        }),
    };
    DatabaseState { name: name.to_owned(), url, source: written.source, look }
}

fn rights(schema: SchemaRights) -> Schema {
    Schema { name: schema.name, owner: schema.owner, may_use: true, may_create: schema.may_create }
}

fn holder(session: Session) -> Holder {
    Holder {
        pid: Some(session.pid),
        transaction: "3/12".to_owned(),
        on: Held::Table { schema: Some("public".to_owned()), name: "alembic_version".to_owned() },
        deed: match session.deed.as_str() {
            "reads" => Deed::Reads,
            "alters" => Deed::Alters,
            "stamps" => Deed::Stamps,
            other => panic!("{other} is no deed"),
        },
        shuts_out: false,
        user: Some("app".to_owned()),
        application: session.application,
        address: None,
        state: None,
        age: None,
        unchanged: None,
        waits_for: Vec::new(),
    }
}

fn seen(table: Table, search_path: &[String]) -> VersionTable {
    VersionTable {
        visible: search_path.contains(&table.schema),
        schema: Some(table.schema),
        name: table.name,
        owner: Some("deploy".to_owned()),
        column_type: format!("character varying({})", table.width),
        width: Some(table.width),
        has_primary_key: table.primary_key,
        rows: match table.denied {
            Some(missing) => Rows::Denied { missing },
            None => Rows::Known { values: table.rows, more: None },
        },
    }
}

fn tables(written: Vec<Shown>) -> Tables {
    if written.is_empty() {
        return Tables::NotRead;
    }
    let column = |name| Column { name, nullable: true, ..Column::default() };
    let relation = |table: Shown| Relation {
        schema: Some("public".to_owned()),
        name: table.name,
        columns: Some(table.columns.into_iter().map(column).collect()),
        ..Relation::default()
    };
    Tables::Read(Catalog::new(written.into_iter().map(relation).collect(), Vec::new(), false))
}
