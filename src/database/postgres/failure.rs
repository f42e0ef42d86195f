//! What went wrong with PostgreSQL, in words that help.
//!
//! The server's own text goes into the detail; it never repeats a password, and neither does
//! anything here.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use super::settings::{Endpoint, Settings};
use crate::database::{ErrorKind, ProbeError};

const PASSWORD_HINT: &str = "check the password; special characters in it must be percent-encoded in a URL";

/// Why one try at one host failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The name has no address.
    UnknownHost(io::Error),
    /// Nobody listens, or no way leads there.
    Unreachable(io::Error),
    /// The connection ended before TLS was agreed on.
    Broken(io::Error),
    TimedOut(Duration),
    TlsNotOffered,
    /// The handshake failed.
    Tls(io::Error),
    /// The server, or the protocol.
    Server(Error),
}

/// The text for a failure at one host that ends the attempt.
pub(super) fn of_connection(failure: &Failure, endpoint: &Endpoint, settings: &Settings) -> ProbeError {
    let mode = settings.ssl_mode.as_str();
    let error = match failure {
        Failure::UnknownHost(error) => ProbeError::new(failure.kind(), format!("the host of {endpoint} is not known"))
            .with_detail(error.to_string())
            .with_hint(
                "check the spelling of the host; names of containers and private networks are known only inside them",
            ),
        Failure::Unreachable(error) => unreachable(endpoint, error),
        Failure::Broken(error) => ProbeError::new(failure.kind(), format!("{endpoint} ended the connection at once"))
            .with_detail(error.to_string())
            .with_hint("check that PostgreSQL listens there, not something else"),
        Failure::TimedOut(patience) => {
            ProbeError::new(failure.kind(), format!("{endpoint} did not answer in {:.1} s", patience.as_secs_f32()))
                .with_hint("check the host, the port, and any firewall or VPN between")
        }
        Failure::TlsNotOffered => {
            ProbeError::new(failure.kind(), format!("{endpoint} does not offer TLS, and sslmode={mode} demands it"))
                .with_hint("turn TLS on at the server, or use sslmode=prefer where the network is trusted")
        }
        Failure::Tls(error) => of_handshake(error, endpoint, mode),
        Failure::Server(error) => of_server(error, endpoint, settings),
    };
    with_host_hints(error, endpoint)
}

/// The text when no host could be reached.
pub(super) fn of_all(failures: &[(&Endpoint, Failure)], settings: &Settings) -> ProbeError {
    match failures {
        [] => ProbeError::new(ErrorKind::BadUrl, "the URL names no host"),
        [(endpoint, failure)] => of_connection(failure, endpoint, settings),
        [.., (endpoint, failure)] => {
            let last = of_connection(failure, endpoint, settings);
            let mut detail = String::new();
            for (endpoint, failure) in failures {
                let tried = of_connection(failure, endpoint, settings);
                let separator = if detail.is_empty() { "" } else { "; " };
                let _ = write!(detail, "{separator}{}", tried.message);
            }
            let message = format!("none of {} places answers", failures.len());
            ProbeError { kind: last.kind, message, detail: Some(detail), hints: last.hints }
        }
    }
}

/// The text for a statement that failed inside the session.
pub(super) fn of_statement(error: &Error, what: &str) -> ProbeError {
    let kind = match error.code() {
        Some(code) if *code == SqlState::QUERY_CANCELED || *code == SqlState::LOCK_NOT_AVAILABLE => ErrorKind::TimedOut,
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => ErrorKind::PermissionDenied,
        _ => ErrorKind::Other,
    };
    let said = match kind {
        ErrorKind::TimedOut => format!("the server took too long for {what}"),
        ErrorKind::PermissionDenied => format!("the role may not read {what}"),
        _ => format!("the server refused {what}"),
    };
    ProbeError::new(kind, said).with_detail(words(error))
}

/// The server's words: message, detail and hint, or the chain of causes.
pub(super) fn words(error: &Error) -> String {
    if let Some(database) = error.as_db_error() {
        let extra = [database.detail(), database.hint()].into_iter().flatten();
        return extra.fold(database.message().to_owned(), |text, more| format!("{text} ({more})"));
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

fn unreachable(endpoint: &Endpoint, error: &io::Error) -> ProbeError {
    let (message, hint) = match error.kind() {
        io::ErrorKind::ConnectionRefused => (
            format!("nobody listens on {endpoint}"),
            "check that the server runs and that host and port are right".to_owned(),
        ),
        io::ErrorKind::NotFound => {
            (format!("there is no socket {endpoint}"), "check that the server runs, or name a host".to_owned())
        }
        io::ErrorKind::PermissionDenied => {
            (format!("{endpoint} may not be opened"), "check the socket's permissions".to_owned())
        }
        _ => (
            format!("{endpoint} cannot be reached"),
            "check the host, the port, and any firewall or VPN between".to_owned(),
        ),
    };
    ProbeError::new(ErrorKind::Unreachable, message).with_detail(error.to_string()).with_hint(hint)
}

fn of_handshake(error: &io::Error, endpoint: &Endpoint, mode: &str) -> ProbeError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(_)) => ProbeError::new(
            ErrorKind::TlsNotVerified,
            format!("the certificate of {endpoint} could not be verified (sslmode={mode})"),
        )
        .with_detail(error.to_string())
        .with_hint("name the authority's certificate with sslrootcert=, or sslrootcert=system for public ones")
        .with_hint("use the host name that the certificate bears"),
        Some(rustls::Error::AlertReceived(_)) => {
            ProbeError::new(ErrorKind::TlsRefused, format!("{endpoint} refused the TLS connection"))
                .with_detail(error.to_string())
                .with_hint("a client certificate may be needed: sslcert= and sslkey=")
        }
        _ => {
            ProbeError::new(ErrorKind::TlsRefused, format!("TLS with {endpoint} failed")).with_detail(error.to_string())
        }
    }
}

fn of_server(error: &Error, endpoint: &Endpoint, settings: &Settings) -> ProbeError {
    let detail = words(error);
    let user = settings.user.as_deref().unwrap_or_default();
    let Some(answer) = error.as_db_error() else {
        return of_protocol(detail, endpoint, user);
    };
    let database = settings.database.as_deref().unwrap_or_default();
    let code = answer.code();
    let error = if let Some(error) = of_pooler(answer, database) {
        error
    } else if *code == SqlState::INVALID_PASSWORD {
        ProbeError::new(ErrorKind::Authentication, format!("{endpoint} refuses the password of {user}"))
            .with_hint(PASSWORD_HINT)
    } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        of_refused_account(answer, endpoint, user)
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        ProbeError::new(ErrorKind::UnknownDatabase, format!("{endpoint} has no database {database}"))
            .with_hint("check the last part of the URL, or create the database")
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        ProbeError::new(ErrorKind::PermissionDenied, format!("{user} may not connect to {database}"))
            .with_hint(format!("GRANT CONNECT ON DATABASE {database} TO {user}"))
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        ProbeError::new(ErrorKind::Unreachable, format!("{endpoint} has no connection left"))
    } else if *code == SqlState::CANNOT_CONNECT_NOW {
        ProbeError::new(ErrorKind::Unreachable, format!("{endpoint} cannot serve now"))
            .with_hint("wait until it has started, or read its log")
    } else {
        ProbeError::new(ErrorKind::Other, format!("{endpoint} refused the connection"))
    };
    error.with_detail(detail)
}

/// Answers that only poolers give (S65).
fn of_pooler(answer: &DbError, database: &str) -> Option<ProbeError> {
    // Poolers report most of their refusals as protocol violations.
    if ![SqlState::PROTOCOL_VIOLATION, SqlState::INTERNAL_ERROR].contains(answer.code()) {
        return None;
    }
    let text = answer.message();
    if text.contains("unsupported startup parameter") {
        return Some(
            ProbeError::new(
                ErrorKind::PoolerParameter,
                "this is a pooled endpoint, and it refuses a startup parameter",
            )
            .with_hint("use the direct endpoint of the database; migrations need it anyway"),
        );
    }
    if text.starts_with("no such database") || text.contains("does not exist") && text.starts_with("database ") {
        return Some(
            ProbeError::new(ErrorKind::UnknownDatabase, format!("there is no database {database}"))
                .with_hint("check the last part of the URL, or create the database"),
        );
    }
    if text.starts_with("SASL authentication failed") || text.starts_with("password authentication failed") {
        return Some(ProbeError::new(ErrorKind::Authentication, "the password was refused").with_hint(PASSWORD_HINT));
    }
    if text.starts_with("Tenant or user not found") {
        return Some(
            ProbeError::new(ErrorKind::Authentication, "the pooler knows no such tenant or user")
                .with_hint("behind Supabase's pooler the user is postgres.<project>"),
        );
    }
    None
}

/// SQLSTATE 28000: no such role, no line in pg_hba.conf, no client certificate.
fn of_refused_account(answer: &DbError, endpoint: &Endpoint, user: &str) -> ProbeError {
    let text = answer.message();
    let error = ProbeError::new(ErrorKind::Authentication, format!("{endpoint} refuses {user}"));
    if text.contains("no encryption") || text.contains("SSL off") {
        error.with_hint("the server may demand TLS: try sslmode=require")
    } else if text.contains("pg_hba.conf") {
        error.with_hint("a line in the server's pg_hba.conf must allow this user, database and address")
    } else if text.contains("certificate") {
        error.with_hint("name a client certificate with sslcert= and sslkey=")
    } else if text.contains("does not exist") {
        error.with_hint("check the user name, or create the role")
    } else {
        error
    }
}

/// Failures that the client side found.
fn of_protocol(detail: String, endpoint: &Endpoint, user: &str) -> ProbeError {
    let error = if detail.contains("password missing") {
        ProbeError::new(
            ErrorKind::Authentication,
            format!("{endpoint} asks for the password of {user}, and none is known"),
        )
        .with_hint("put it into the URL, PGPASSWORD or ~/.pgpass")
    } else if detail.contains("channel binding") {
        ProbeError::new(
            ErrorKind::Authentication,
            format!("{endpoint} did not use channel binding, which the URL demands"),
        )
        .with_hint("channel_binding=require needs TLS and SCRAM at the server itself")
    } else if detail.contains("unsupported authentication method") {
        ProbeError::new(ErrorKind::Authentication, format!("{endpoint} demands a way to log in that is not supported"))
            .with_hint("GSSAPI, SSPI and Kerberos cannot be used here; use a role with a password or a certificate")
    } else if detail.contains("parsing") || detail.contains("unexpected message") {
        ProbeError::new(ErrorKind::Other, format!("what answers on {endpoint} is not PostgreSQL"))
    } else {
        ProbeError::new(ErrorKind::Unreachable, format!("{endpoint} ended the connection"))
    };
    error.with_detail(detail)
}

fn with_host_hints(error: ProbeError, endpoint: &Endpoint) -> ProbeError {
    let Endpoint::Tcp { host, .. } = endpoint else { return error };
    let is_network = matches!(error.kind, ErrorKind::Unreachable | ErrorKind::TimedOut);
    if is_network && host.starts_with("db.") && host.ends_with(".supabase.co") {
        return error.with_hint(
            "Supabase's direct host has only an IPv6 address; without IPv6 use the session pooler, port 5432",
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{ClientEnvironment, DatabaseUrl};

    fn settings(url: &str) -> Settings {
        Settings::new(&DatabaseUrl::new(url), &ClientEnvironment::default()).unwrap()
    }

    fn timed_out() -> Failure {
        Failure::TimedOut(Duration::from_secs(5))
    }

    #[test]
    fn supabase_hosts_without_an_answer_hint_at_ipv6() {
        let settings = settings("postgresql://u@db.abcdef.supabase.co/postgres");
        let error = of_all(&[(&settings.endpoints[0], timed_out())], &settings);
        assert_eq!(error.kind, ErrorKind::TimedOut);
        assert!(error.hints.iter().any(|hint| hint.contains("IPv6")), "{error:?}");
    }

    #[test]
    fn several_dead_hosts_are_all_named() {
        let settings = settings("postgresql://u@/d?host=a:1&host=b:2");
        let failures: Vec<_> = settings.endpoints.iter().map(|endpoint| (endpoint, timed_out())).collect();
        let error = of_all(&failures, &settings);
        assert_eq!(error.message, "none of 2 places answers");
        let detail = error.detail.unwrap();
        assert!(detail.contains("a:1") && detail.contains("b:2"), "{detail}");
    }
}
