//! The schemas of one database, each with a version table of its own: one for each tenant.
//!
//! There can be thousands, and most are alike, so each distinct content is judged once.

use std::collections::{HashMap, HashSet};

use super::{DatabaseFacts, Stamp};
use crate::database::{DatabaseState, Look, Rows, VersionTable};
use crate::graph::Graph;
use crate::project::env::EnvPy;

/// The schemas of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleet {
    /// The database's name.
    pub database: String,
    /// How many schemas have the version table.
    pub schemas: usize,
    /// Schemas that have tables and no version table, with the number of tables.
    pub bare: Vec<(String, u64)>,
}

/// Schemas of one database whose version tables are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The database's name.
    pub database: String,
    /// The schemas, sorted; the first one stands for all of them.
    pub schemas: Vec<String>,
}

/// Judges each schema that has the version table, and takes the tables out of the state. `None` for
/// a database without any, and for one that could not be looked at: it is left as it is.
pub(super) fn by_schema(env: &EnvPy, graph: &Graph, state: &mut DatabaseState) -> Option<(Vec<DatabaseFacts>, Fleet)> {
    let name = Stamp::table_name(env);
    let is_one = |table: &VersionTable| table.schema.is_some() && table.name == name;
    let look = state.look.as_mut().ok().filter(|look| look.version_tables.iter().any(is_one))?;
    // These lists are long; what is left is the same for every schema.
    let mut versions = std::mem::take(&mut look.version_tables);
    let counts = std::mem::take(&mut look.schema_tables);
    let names = std::mem::take(&mut look.table_names);
    versions.retain(is_one);
    let tables: HashMap<&str, u64> = counts.iter().map(|(schema, tables)| (schema.as_str(), *tables)).collect();
    let tables_of = |table: &VersionTable| tables.get(schema_of(table)).copied().unwrap_or_default();

    let mut kinds: HashMap<Kind<'_>, usize> = HashMap::new();
    let mut groups: Vec<Vec<&VersionTable>> = Vec::new();
    for table in &versions {
        let place = *kinds.entry(Kind::new(table, tables_of(table))).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(alike) => alike.push(table),
            None => groups.push(vec![table]),
        }
    }
    let stamped: HashSet<&str> = versions.iter().map(schema_of).collect();
    let bare = counts.iter().filter(|(schema, _)| !stamped.contains(schema.as_str())).cloned().collect();
    let fleet = Fleet { database: state.name.clone(), schemas: versions.len(), bare };

    let mut judged = Vec::new();
    for alike in groups {
        let Some(first) = alike.first() else { continue };
        let seen = Look {
            search_path: vec![schema_of(first).to_owned()],
            version_tables: vec![(*first).clone()],
            user_tables: tables_of(first),
            // They tell whose a lost row is; nobody else asks for them.
            table_names: if is_lost(&first.rows, graph) { names.clone() } else { Vec::new() },
            ..look.clone()
        };
        let stamp = Stamp::of_table(env, graph, &seen, 0);
        let group = Group {
            database: state.name.clone(),
            schemas: alike.iter().map(|table| schema_of(table).to_owned()).collect(),
        };
        let state = DatabaseState {
            name: format!("{}.{}", state.name, schema_of(first)),
            url: state.url.clone(),
            source: state.source.clone(),
            look: Ok(seen),
        };
        judged.push(DatabaseFacts { state, stamp: Some(stamp), schema: None, group: Some(group) });
    }
    Some((judged, fleet))
}

fn schema_of(table: &VersionTable) -> &str {
    table.schema.as_deref().unwrap_or_default()
}

fn is_lost(rows: &Rows, graph: &Graph) -> bool {
    matches!(rows, Rows::Known { values, .. } if values.iter().any(|row| graph.get(row).is_none()))
}

/// What makes two version tables alike: everything that a rule could find something in.
#[derive(PartialEq, Eq, Hash)]
struct Kind<'a> {
    rows: &'a Rows,
    column_type: &'a str,
    has_primary_key: bool,
    is_new: bool,
}

impl<'a> Kind<'a> {
    fn new(table: &'a VersionTable, tables: u64) -> Self {
        let VersionTable { rows, column_type, has_primary_key, .. } = table;
        Self { rows, column_type, has_primary_key: *has_primary_key, is_new: !table.holds_rows() && tables == 0 }
    }
}
