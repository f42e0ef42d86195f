//! The six modes against a server that speaks only TLS, with real certificates.

use std::path::Path;

use alembic_doctor::database::{ClientEnvironment, ErrorKind, Look, ProbeError};

use super::look_with;
use crate::support::postgres::cluster::{self, Variant};
use crate::support::postgres::{SUPERUSER, SUPERUSER_PASSWORD, installation};
use crate::support::tls::{CERTIFICATE_ROLE, TlsServer, tls_server};

fn at(tls: &TlsServer, host: &str, query: &str) -> Result<Look, ProbeError> {
    let url = format!("postgresql://{SUPERUSER}:{SUPERUSER_PASSWORD}@{host}:{}/postgres?{query}", tls.server.port);
    look_with(&url, &ClientEnvironment::default())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn each_mode_means_what_libpq_says() {
    let tls = tls_server();
    let (ca, wrong) = (shown(&tls.ca_path), shown(&tls.wrong_ca_path));
    let name = tls.hostname;
    let address = "127.0.0.1";
    for (host, query, expected) in [
        (name, "sslmode=disable".to_owned(), Some(ErrorKind::Authentication)),
        (name, "sslmode=allow".to_owned(), None),
        (name, "sslmode=prefer".to_owned(), None),
        (name, "sslmode=require".to_owned(), None),
        (address, "sslmode=require".to_owned(), None),
        (address, format!("sslmode=require&sslrootcert={ca}"), None),
        (name, format!("sslmode=require&sslrootcert={wrong}"), Some(ErrorKind::TlsNotVerified)),
        (name, "sslmode=require&sslrootcert=/no/such/file".to_owned(), None),
        (name, format!("sslmode=verify-ca&sslrootcert={ca}"), None),
        (address, format!("sslmode=verify-ca&sslrootcert={ca}"), None),
        (name, format!("sslmode=verify-ca&sslrootcert={wrong}"), Some(ErrorKind::TlsNotVerified)),
        (name, "sslmode=verify-ca".to_owned(), Some(ErrorKind::TlsNotVerified)),
        (name, "sslmode=verify-ca&sslrootcert=/no/such/file".to_owned(), Some(ErrorKind::TlsNotVerified)),
        (name, format!("sslmode=verify-full&sslrootcert={ca}"), None),
        (address, format!("sslmode=verify-full&sslrootcert={ca}"), Some(ErrorKind::TlsNotVerified)),
        (name, format!("sslmode=verify-full&sslrootcert={wrong}"), Some(ErrorKind::TlsNotVerified)),
        (name, "sslrootcert=system".to_owned(), Some(ErrorKind::TlsNotVerified)),
        (name, format!("ssl=verify-full&sslrootcert={ca}"), None),
    ] {
        let outcome = at(tls, host, &query);
        match (&outcome, expected) {
            (Ok(_), None) => {}
            (Err(error), Some(kind)) if error.kind == kind => {}
            _ => panic!("{host} {query}: {outcome:?}"),
        }
    }
}

#[test]
fn a_default_root_makes_require_verify() {
    let tls = tls_server();
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".postgresql");
    std::fs::create_dir(&folder).unwrap();
    let environment = ClientEnvironment { home: Some(home.path().to_owned()), ..ClientEnvironment::default() };
    let url =
        format!("postgresql://{SUPERUSER}:{SUPERUSER_PASSWORD}@localhost:{}/postgres?sslmode=require", tls.server.port);
    std::fs::copy(&tls.ca_path, folder.join("root.crt")).unwrap();
    assert!(look_with(&url, &environment).is_ok());
    std::fs::copy(&tls.wrong_ca_path, folder.join("root.crt")).unwrap();
    assert_eq!(look_with(&url, &environment).unwrap_err().kind, ErrorKind::TlsNotVerified);
}

#[test]
fn scram_is_bound_to_the_channel() {
    let tls = tls_server();
    assert!(at(tls, tls.hostname, "sslmode=require&channel_binding=require").is_ok());
    assert!(at(tls, tls.hostname, "sslmode=require&channel_binding=disable").is_ok());
    let plain = crate::support::postgres::newest();
    let url = format!("{}?channel_binding=require", plain.superuser_url("postgres"));
    let error = look_with(&url, &ClientEnvironment::default()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Authentication);
    assert!(error.message.contains("channel binding"), "{error:?}");
}

#[test]
fn a_client_certificate_logs_in() {
    let tls = tls_server();
    let base = format!("postgresql://{CERTIFICATE_ROLE}@localhost:{}/postgres?sslmode=require", tls.server.port);
    let with = format!("{base}&sslcert={}&sslkey={}", shown(&tls.client_cert_path), shown(&tls.client_key_path));
    assert_eq!(look_with(&with, &ClientEnvironment::default()).unwrap().user.as_deref(), Some(CERTIFICATE_ROLE));
    let error = look_with(&base, &ClientEnvironment::default()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Authentication, "{error:?}");
}

#[test]
fn a_server_without_tls_is_told_from_one_that_fails_at_it() {
    let plain = crate::support::postgres::newest();
    let url = format!("{}?sslmode=require", plain.superuser_url("postgres"));
    let error = look_with(&url, &ClientEnvironment::default()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::TlsRefused, "{error:?}");
}

#[test]
fn a_certificate_of_version_1_does_where_nothing_is_verified() {
    let key = rcgen::KeyPair::generate().unwrap();
    let variant = Variant {
        settings: "ssl = on\n".into(),
        files: vec![
            ("server.crt".into(), super::version_1::certificate(&key)),
            ("server.key".into(), key.serialize_pem()),
        ],
        ..Variant::default()
    };
    let installation = installation::find().into_iter().find(|found| found.major == tls_server().server.major).unwrap();
    let server = cluster::start(&installation, &variant).unwrap();
    let at = |query: &str| {
        let url = format!("{}?{query}", server.superuser_url("postgres"));
        look_with(&url, &ClientEnvironment::default())
    };
    assert!(at("sslmode=require").is_ok());
    // Nothing proves that such a server holds its key.
    assert_eq!(at("sslmode=require&channel_binding=require").unwrap_err().kind, ErrorKind::Authentication);
}
