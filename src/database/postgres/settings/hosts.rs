//! Hosts, ports and sockets, one or several.
//!
//! The forms are SQLAlchemy's (`PGDialect._split_multihost_from_url`) on one side and libpq's
//! comma lists on the other.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::database::libpq::Keywords;
use crate::database::url::UrlParts;
use crate::database::{ErrorKind, ProbeError};

/// A place where a server may listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::database::postgres) enum Endpoint {
    /// A Unix socket in a folder.
    Socket {
        /// The folder.
        folder: PathBuf,
        /// Part of the socket's name.
        port: u16,
        /// Whether nobody named it: it is one of the usual places.
        is_default: bool,
    },
    /// A TCP port.
    Tcp {
        /// The name, which a certificate must bear.
        host: String,
        /// `hostaddr`: the address to use instead of looking the name up.
        address: Option<IpAddr>,
        /// The port.
        port: u16,
    },
}

impl Endpoint {
    /// The name that `.pgpass` uses.
    pub(in crate::database::postgres) fn name_in_password_file(&self) -> String {
        match self {
            Self::Socket { is_default: true, .. } => "localhost".into(),
            Self::Socket { folder, .. } => folder.display().to_string(),
            Self::Tcp { host, .. } => host.clone(),
        }
    }

    pub(in crate::database::postgres) fn port(&self) -> u16 {
        match self {
            Self::Socket { port, .. } | Self::Tcp { port, .. } => *port,
        }
    }

    /// Whether its name or port is one that hosting providers give to poolers: PgBouncer's and
    /// Supabase's ports, Neon's and Supabase's names.
    pub(in crate::database::postgres) fn looks_pooled(&self) -> bool {
        let by_name = matches!(self, Self::Tcp { host, .. } if host.contains("-pooler.") || host.contains(".pooler."));
        by_name || matches!(self.port(), 6432 | 6543)
    }

    /// Whether it is this machine.
    pub(in crate::database::postgres) fn is_local(&self) -> bool {
        match self {
            Self::Socket { .. } => true,
            Self::Tcp { host, address, .. } => {
                let address = address.or_else(|| host.parse().ok());
                host == "localhost" || address.is_some_and(|address| address.is_loopback())
            }
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket { folder, port, .. } => write!(f, "{}", folder.join(format!(".s.PGSQL.{port}")).display()),
            Self::Tcp { host, port, .. } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port, .. } => write!(f, "{host}:{port}"),
        }
    }
}

const DEFAULT_PORT: u16 = 5432;

/// Where distributions put the socket; compiled into libpq, so both are tried.
const SOCKET_FOLDERS: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// Hosts and ports of the query as libpq's comma lists. What the query names replaces what
/// stands before the path, silently in SQLAlchemy.
pub(super) fn from_query(
    parts: &UrlParts,
    host: Option<String>,
    keywords: &mut Keywords,
    notes: &mut Vec<String>,
) -> Result<(), ProbeError> {
    let values = |key: &str| -> Vec<&str> {
        parts.query.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).collect()
    };
    let (hosts, ports) = (values("host"), values("port"));
    let names_port = |host: &str| host.split_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if !hosts.is_empty() {
        if let Some(host) = &host {
            notes.push(format!("the host {host} is not used: ?host= replaces it"));
        }
        if hosts.len() > 1 || hosts.iter().any(|host| !host.contains(',') && names_port(host)) {
            if !ports.is_empty() {
                return Err(ProbeError::new(ErrorKind::BadUrl, "host=a:1&host=b:2 cannot be mixed with port=")
                    .with_hint("write host=a:1&host=b:2, or host=a,b&port=1,2"));
            }
            let split = hosts.iter().map(|host| match host.rsplit_once(':').filter(|_| names_port(host)) {
                Some((name, port)) => (name, port),
                None => (*host, ""),
            });
            let (names, numbers): (Vec<&str>, Vec<&str>) = split.unzip();
            keywords.insert("host".into(), names.join(","));
            if numbers.iter().any(|number| !number.is_empty()) {
                keywords.insert("port".into(), numbers.join(","));
            }
            return Ok(());
        }
        keywords.insert("host".into(), hosts.concat());
    } else if let Some(host) = host {
        keywords.insert("host".into(), host);
    }
    if !ports.is_empty() {
        keywords.insert("port".into(), ports.join(","));
    }
    Ok(())
}

/// pg8000's `unix_sock`: the socket file itself.
pub(super) fn from_socket_file(file: &str, keywords: &mut Keywords) {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    keywords.insert("host".into(), if folder.is_empty() { "/".into() } else { folder.to_owned() });
    if let Some(port) = name.strip_prefix(".s.PGSQL.") {
        keywords.insert("port".into(), port.to_owned());
    }
}

/// The endpoints in libpq's order; takes `host`, `hostaddr` and `port` out of the keywords.
pub(super) fn endpoints(keywords: &mut Keywords) -> Result<Vec<Endpoint>, ProbeError> {
    let hosts = list(keywords.remove("host"));
    let addresses = list(keywords.remove("hostaddr"));
    let ports = list(keywords.remove("port"));
    let count = hosts.len().max(addresses.len()).max(1);
    if !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
        return Err(ProbeError::new(ErrorKind::BadUrl, "the numbers of host and hostaddr do not match"));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(ProbeError::new(ErrorKind::BadUrl, "the numbers of hosts and ports do not match"));
    }
    let mut endpoints = Vec::new();
    for index in 0..count {
        let port = parse_port(ports.get(index).or(ports.first()).map_or("", String::as_str))?;
        let host = hosts.get(index).filter(|host| !host.is_empty());
        let address = match addresses.get(index).filter(|address| !address.is_empty()) {
            Some(text) => Some(
                text.parse::<IpAddr>()
                    .map_err(|_| ProbeError::new(ErrorKind::BadUrl, "hostaddr is not an IP address"))?,
            ),
            None => None,
        };
        match (host, address) {
            (None, None) => endpoints.extend(default_places(port)),
            (Some(host), None) if is_socket(host) => {
                endpoints.push(Endpoint::Socket { folder: PathBuf::from(host), port, is_default: false });
            }
            (host, address) => {
                let name = host.cloned().or_else(|| address.map(|address| address.to_string())).unwrap_or_default();
                endpoints.push(Endpoint::Tcp { host: name, address, port });
            }
        }
    }
    Ok(endpoints)
}

/// Without a host libpq uses its socket folder (on Windows: localhost); since that is compiled
/// in, the usual ones are tried, then localhost, as asyncpg does.
fn default_places(port: u16) -> Vec<Endpoint> {
    let sockets = SOCKET_FOLDERS.iter().filter(|_| cfg!(unix)).map(|folder| Endpoint::Socket {
        folder: PathBuf::from(folder),
        port,
        is_default: true,
    });
    sockets.chain([Endpoint::Tcp { host: "localhost".into(), address: None, port }]).collect()
}

/// A path, or an abstract socket's name.
fn is_socket(host: &str) -> bool {
    host.starts_with('/') || host.starts_with('@')
}

fn list(text: Option<String>) -> Vec<String> {
    text.map(|text| text.split(',').map(|item| item.trim().to_owned()).collect()).unwrap_or_default()
}

fn parse_port(text: &str) -> Result<u16, ProbeError> {
    if text.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    text.parse()
        .ok()
        .filter(|&port| port != 0)
        .ok_or_else(|| ProbeError::new(ErrorKind::BadUrl, "the port is not a number from 1 to 65535"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pairs: &[(&str, &str)]) -> Result<Vec<String>, ErrorKind> {
        let mut keywords = pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        let endpoints = endpoints(&mut keywords).map_err(|error| error.kind)?;
        assert!(keywords.is_empty());
        Ok(endpoints.iter().map(Endpoint::to_string).collect())
    }

    #[test]
    fn lists_of_hosts_and_ports_become_places_in_order() {
        for (pairs, expected) in [
            (&[("host", "a")][..], &["a:5432"][..]),
            (&[("host", "a,b"), ("port", "1,2")], &["a:1", "b:2"]),
            (&[("host", "a,b"), ("port", "7")], &["a:7", "b:7"]),
            (&[("host", "a,b"), ("port", "7,")], &["a:7", "b:5432"]),
            (&[("host", "/run/pg"), ("port", "7")], &["/run/pg/.s.PGSQL.7"]),
            (&[("host", "::1")], &["[::1]:5432"]),
            (&[("hostaddr", "10.0.0.1")], &["10.0.0.1:5432"]),
        ] {
            assert_eq!(shown(pairs).unwrap(), expected, "{pairs:?}");
        }
    }

    #[test]
    fn lists_that_do_not_match_are_refused() {
        for pairs in [
            &[("host", "a,b"), ("port", "1,2,3")][..],
            &[("host", "a,b"), ("hostaddr", "10.0.0.1")],
            &[("host", "a"), ("port", "0")],
            &[("host", "a"), ("port", "65536")],
            &[("hostaddr", "name")],
        ] {
            assert_eq!(shown(pairs), Err(ErrorKind::BadUrl), "{pairs:?}");
        }
    }

    #[test]
    fn without_a_host_the_usual_sockets_come_before_localhost() {
        let places = shown(&[("port", "7")]).unwrap();
        assert_eq!(places.last().map(String::as_str), Some("localhost:7"));
        assert_eq!(places.len(), if cfg!(unix) { 4 } else { 1 });
    }
}
