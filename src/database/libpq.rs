//! What libpq takes from its environment: `PG*` variables, `.pgpass`, service files.
//!
//! psycopg and asyncpg read them, so an application's URL may rely on them. Everything comes
//! from [`ClientEnvironment`]; the process's own environment is never read here.
//! Source: PostgreSQL's documentation, "libpq - C Library", sections 34.15 to 34.17.

pub(super) mod passfile;
mod service;

use std::collections::BTreeMap;

use super::{ClientEnvironment, ErrorKind, ProbeError};

/// libpq's parameter keywords with their values, as in a connection string.
pub(super) type Keywords = BTreeMap<String, String>;

/// The variables that are honoured, with their keywords.
const VARIABLES: [(&str, &str); 15] = [
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGOPTIONS", "options"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGCHANNELBINDING", "channel_binding"),
];

impl ClientEnvironment {
    /// The value of a variable; an empty one counts as unset, as in libpq.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }
}

/// Fills in what the URL leaves open: first from the service that it (or `PGSERVICE`) names,
/// then from the `PG*` variables (libpq's `conninfo_add_defaults`).
pub(super) fn add_defaults(keywords: &mut Keywords, environment: &ClientEnvironment) -> Result<(), ProbeError> {
    let service = keywords.get("service").map(String::as_str).or_else(|| environment.variable("PGSERVICE"));
    if let Some(name) = service.map(str::to_owned) {
        for (key, value) in service::read(&name, environment)? {
            keywords.entry(key).or_insert(value);
        }
    }
    for (variable, keyword) in VARIABLES {
        if let Some(value) = environment.variable(variable) {
            keywords.entry(keyword.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    Ok(())
}

/// An error about libpq's files.
fn file_error(message: String) -> ProbeError {
    ProbeError::new(ErrorKind::BadUrl, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> ClientEnvironment {
        ClientEnvironment {
            variables: variables.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect(),
            ..ClientEnvironment::default()
        }
    }

    #[test]
    fn the_url_beats_the_service_and_the_service_beats_the_variables() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join(".pg_service.conf"),
            "# x\n[shop]\nhost = filehost\nport=5433\nuser=fileuser\n",
        )
        .unwrap();
        let mut environment = environment(&[("PGSERVICE", "shop"), ("PGUSER", "variable"), ("PGSSLMODE", "require")]);
        environment.home = Some(folder.path().to_owned());
        let mut keywords = Keywords::from([("host".to_owned(), "urlhost".to_owned())]);
        add_defaults(&mut keywords, &environment).unwrap();
        assert_eq!(keywords["host"], "urlhost");
        assert_eq!(keywords["port"], "5433");
        assert_eq!(keywords["user"], "fileuser");
        assert_eq!(keywords["sslmode"], "require");
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let mut keywords = Keywords::new();
        add_defaults(&mut keywords, &environment(&[("PGHOST", ""), ("PGPORT", "1")])).unwrap();
        assert_eq!(keywords, Keywords::from([("port".to_owned(), "1".to_owned())]));
    }

    #[test]
    fn a_service_that_nobody_defines_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut environment = environment(&[("PGSERVICE", "shop")]);
        environment.home = Some(folder.path().to_owned());
        let error = add_defaults(&mut Keywords::new(), &environment).unwrap_err();
        assert!(error.message.contains("service \"shop\""), "{error}");
    }
}
