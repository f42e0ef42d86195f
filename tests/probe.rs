//! The look at real databases: what it sees, and what it says when it sees nothing.

mod connections;
mod privileges;
mod sqlite;
mod surroundings;
mod tables;
mod tls;
mod version_1;

use alembic_doctor::database::{
    ClientEnvironment, DatabaseState, DatabaseUrl, Detail, Look, ProbeError, Rows, Target, Timeouts, VersionTable,
    probe,
};

use crate::support::postgres::{Server, servers};

/// A password with everything that must be encoded; no output may hold any form of it.
const PASSWORD: &str = "s3cr3t-p@ss/%:?#";
/// The same in a URL.
const ENCODED: &str = "s3cr3t-p%40ss%2F%25%3A%3F%23";

fn target(url: &str) -> Target {
    Target { name: "default".into(), url: DatabaseUrl::new(url), source: "a test".into() }
}

fn look_with(url: &str, environment: &ClientEnvironment) -> Result<Look, ProbeError> {
    let state: DatabaseState = probe(&target(url), Detail::Tables, &Timeouts::default(), environment);
    let printed = format!("{state:?} {} {}", state.url, state.url.address());
    assert!(!printed.contains("s3cr3t"), "{printed}");
    state.look
}

fn look(url: &str) -> Look {
    look_with(url, &ClientEnvironment::default()).unwrap_or_else(|error| panic!("{error:?}"))
}

fn failure(url: &str) -> ProbeError {
    look_with(url, &ClientEnvironment::default()).unwrap_err()
}

fn environment(variables: &[(&str, &str)]) -> ClientEnvironment {
    ClientEnvironment {
        variables: variables.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect(),
        ..ClientEnvironment::default()
    }
}

fn known(values: &[&str]) -> Rows {
    Rows::Known { values: values.iter().map(|&value| value.to_owned()).collect(), more: None }
}

fn table<'a>(look: &'a Look, schema: &str, name: &str) -> &'a VersionTable {
    let found = look.version_tables.iter().find(|table| table.schema.as_deref() == Some(schema) && table.name == name);
    found.unwrap_or_else(|| panic!("no {schema}.{name} in {look:?}"))
}

/// Runs a test on every major version.
fn on_each(test: impl Fn(&Server)) {
    for server in servers() {
        eprintln!("on {server:?}");
        test(server);
    }
}
