//! Opens a connection: hosts in order, the steps of each `sslmode`, one limit for everything.
//!
//! Order and fallbacks are libpq's (`PQconnectPoll`): a host that does not answer leads to the
//! next one, a refused password does not.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_postgres::config::{SslMode as Negotiation, SslNegotiation};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use super::failure::{self, Failure};
use super::settings::{Endpoint, Settings, WantedSession};
use crate::database::libpq::passfile::Account;
use crate::database::tls::{self, AlreadyDone, SslMode, Tls};
use crate::database::{ErrorKind, Pooler, ProbeError};

/// An open connection.
pub(super) struct Connected {
    pub(super) client: Client,
    pub(super) endpoint: Endpoint,
    pub(super) notes: Vec<String>,
}

/// Connects to the first host that answers and suits.
pub(super) async fn connect(settings: &Settings, tls: &Tls, patience: Duration) -> Result<Connected, ProbeError> {
    let deadline = Instant::now() + patience;
    let mut failures = Vec::new();
    let mut unsuited = None;
    let mut left = settings.endpoints.len();
    for endpoint in &settings.endpoints {
        // Each host gets its share of the time, so that a silent one does not starve the next.
        let share = deadline.saturating_duration_since(Instant::now()) / u32::try_from(left.max(1)).unwrap_or(1);
        let share = settings.connect_timeout.map_or(share, |limit| limit.min(share));
        left = left.saturating_sub(1);
        let attempt = Attempt { settings, tls, endpoint, patience: share, options: None };
        let outcome = match tokio::time::timeout(share, attempt.run()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::TimedOut(share)),
        };
        match outcome {
            Ok(connected) if suits(&connected.client, settings.session).await => return Ok(connected),
            Ok(connected) => unsuited = unsuited.or(Some((endpoint, connected))),
            Err(failure) if failure.leads_to_the_next_host() => failures.push((endpoint, failure)),
            Err(failure) => return Err(failure::of_connection(&failure, endpoint, settings)),
        }
    }
    // An application would fail here; a look is possible, and says so.
    if let Some((endpoint, mut connected)) = unsuited {
        let wanted = settings.session.as_str();
        connected.notes.push(format!("no host is what target_session_attrs={wanted} asks for; this is {endpoint}"));
        return Ok(connected);
    }
    Err(failure::of_all(&failures, settings))
}

/// `target_session_attrs`. A question that fails counts as no: another host may suit better.
async fn suits(client: &Client, wanted: WantedSession) -> bool {
    if wanted == WantedSession::Any {
        return true;
    }
    let asked = "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('default_transaction_read_only')";
    let Ok(Ok(messages)) = tokio::time::timeout(Duration::from_secs(3), client.simple_query(asked)).await else {
        return false;
    };
    let row = messages.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let Some(row) = row else { return false };
    let in_recovery = super::session::text(row, 0) == "t";
    let read_only = in_recovery || super::session::text(row, 1) == "on";
    match wanted {
        WantedSession::Any => true,
        WantedSession::ReadWrite => !read_only,
        WantedSession::ReadOnly => read_only,
        WantedSession::Primary => !in_recovery,
        WantedSession::Standby | WantedSession::PreferStandby => in_recovery,
    }
}

/// Adds what name, port and a try with the URL's `options` say to what the session showed. `None`
/// where nothing speaks for a pooler.
pub(super) async fn describe_pooler(
    mut pooler: Pooler,
    settings: &Settings,
    tls: &Tls,
    endpoint: &Endpoint,
    patience: Duration,
) -> Option<Pooler> {
    if endpoint.looks_pooled() {
        pooler.signs.insert(0, format!("{endpoint} has a name or port that hosting providers give to poolers"));
    }
    // Neon's proxy stands before its direct endpoints too.
    let is_proxied = matches!(endpoint, Endpoint::Tcp { host, .. } if host.ends_with(".neon.tech"));
    if pooler.signs.is_empty() || is_proxied && !endpoint.looks_pooled() {
        return None;
    }
    pooler.options.clone_from(&settings.options);
    if let Some(options) = &settings.options {
        let attempt = Attempt { settings, tls, endpoint, patience, options: Some(options) };
        if let Ok(Err(Failure::Server(error))) = tokio::time::timeout(patience, attempt.run()).await
            && let Some(answer) = error.as_db_error()
        {
            pooler.refusal = Some(answer.message().to_owned());
        }
    }
    Some(pooler)
}

/// One try at one host.
struct Attempt<'a> {
    settings: &'a Settings,
    tls: &'a Tls,
    endpoint: &'a Endpoint,
    patience: Duration,
    /// `options` to send at the start, which poolers refuse: the look itself never does.
    options: Option<&'a str>,
}

impl Attempt<'_> {
    async fn run(&self) -> Result<Connected, Failure> {
        // libpq: sslmode is ignored for Unix sockets.
        if matches!(self.endpoint, Endpoint::Socket { .. }) {
            return self.plain(Vec::new()).await;
        }
        match self.settings.ssl_mode {
            SslMode::Disable => self.plain(Vec::new()).await,
            SslMode::Allow => match self.plain(self.unencrypted()).await {
                Err(failure) if failure.is_refusal() => self.encrypted().await.map_err(|_| failure),
                outcome => outcome,
            },
            SslMode::Prefer => match self.encrypted().await {
                Err(Failure::TlsNotOffered) => self.plain(self.unencrypted()).await,
                Err(Failure::Tls(error)) => self.plain(self.after_failed_tls(&error)).await,
                Err(failure) if failure.is_refusal() => self.plain(self.unencrypted()).await.map_err(|_| failure),
                outcome => outcome,
            },
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => self.encrypted().await,
        }
    }

    async fn plain(&self, notes: Vec<String>) -> Result<Connected, Failure> {
        let stream = self.open().await?;
        let mut config = self.config();
        config.ssl_mode(Negotiation::Disable);
        let (client, connection) = config.connect_raw(stream, NoTls).await.map_err(Failure::Server)?;
        tokio::spawn(connection);
        Ok(Connected { client, endpoint: self.endpoint.clone(), notes })
    }

    async fn encrypted(&self) -> Result<Connected, Failure> {
        let mut stream = self.open().await?;
        if !tls::is_offered(&mut stream).await.map_err(Failure::Broken)? {
            return Err(Failure::TlsNotOffered);
        }
        let host = match self.endpoint {
            Endpoint::Tcp { host, .. } => host.as_str(),
            Endpoint::Socket { .. } => "",
        };
        let stream = self.tls.handshake(host, stream).await.map_err(Failure::Tls)?;
        let mut config = self.config();
        config.ssl_mode(Negotiation::Require).ssl_negotiation(SslNegotiation::Direct);
        let (client, connection) = config.connect_raw(stream, AlreadyDone).await.map_err(Failure::Server)?;
        tokio::spawn(connection);
        let mut notes = Vec::new();
        if !self.tls.verifies && !self.endpoint.is_local() {
            let mode = self.settings.ssl_mode.as_str();
            notes.push(format!("the server's certificate was not verified (sslmode={mode})"));
        }
        Ok(Connected { client, endpoint: self.endpoint.clone(), notes })
    }

    fn config(&self) -> Config {
        let settings = self.settings;
        // No application_name: a pooler would keep it for its next client.
        let mut config = Config::new();
        config.channel_binding(settings.channel_binding);
        if let Some(options) = self.options {
            config.options(options);
        }
        if let Some(user) = &settings.user {
            config.user(user);
        }
        if let Some(database) = &settings.database {
            config.dbname(database);
        }
        let from_file = || {
            settings.password_file.password(Account {
                host: &self.endpoint.name_in_password_file(),
                port: self.endpoint.port(),
                database: settings.database.as_deref()?,
                user: settings.user.as_deref()?,
            })
        };
        if let Some(password) = settings.password.clone().or_else(from_file) {
            config.password(password.expose());
        }
        config
    }

    fn unencrypted(&self) -> Vec<String> {
        if self.endpoint.is_local() {
            return Vec::new();
        }
        vec![format!("the connection is not encrypted (sslmode={})", self.settings.ssl_mode.as_str())]
    }

    fn after_failed_tls(&self, error: &io::Error) -> Vec<String> {
        vec![format!("the connection is not encrypted, since TLS failed: {error}")]
    }

    async fn open(&self) -> Result<Socket, Failure> {
        match self.endpoint {
            Endpoint::Socket { folder, port, .. } => open_socket(folder, *port).await,
            Endpoint::Tcp { host, address, port } => {
                let addresses = match address {
                    Some(address) => vec![(*address, *port).into()],
                    None => {
                        tokio::net::lookup_host((host.as_str(), *port)).await.map_err(Failure::UnknownHost)?.collect()
                    }
                };
                self.open_first(&addresses).await
            }
        }
    }

    /// The first address that answers. Each has its share of the time: where IPv6 leads
    /// nowhere, its silence must not use up what IPv4 needs.
    async fn open_first(&self, addresses: &[SocketAddr]) -> Result<Socket, Failure> {
        let share = self.patience / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
        let mut failure = Failure::UnknownHost(io::ErrorKind::AddrNotAvailable.into());
        for address in addresses {
            match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Small questions, small answers: nothing to wait for.
                    let _ = stream.set_nodelay(true);
                    return Ok(Box::new(stream));
                }
                Ok(Err(error)) => failure = Failure::Unreachable(error),
                Err(_) => failure = Failure::TimedOut(share),
            }
        }
        Err(failure)
    }
}

#[cfg(unix)]
async fn open_socket(folder: &std::path::Path, port: u16) -> Result<Socket, Failure> {
    let path = folder.join(format!(".s.PGSQL.{port}"));
    Ok(Box::new(tokio::net::UnixStream::connect(path).await.map_err(Failure::Unreachable)?))
}

#[cfg(not(unix))]
async fn open_socket(_: &std::path::Path, _: u16) -> Result<Socket, Failure> {
    Err(Failure::Unreachable(io::Error::new(io::ErrorKind::Unsupported, "Unix sockets are not supported here")))
}

/// A TCP or Unix stream.
type Socket = Box<dyn Duplex>;

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

impl Failure {
    /// libpq goes on to the next host when nobody answers or the server cannot serve now, but
    /// not when it refuses the account.
    fn leads_to_the_next_host(&self) -> bool {
        match self {
            Self::UnknownHost(_) | Self::Unreachable(_) | Self::Broken(_) | Self::TimedOut(_) => true,
            Self::Server(error) => {
                error.code() == Some(&SqlState::CANNOT_CONNECT_NOW)
                    || error.as_db_error().is_none() && error.is_closed()
            }
            Self::Tls(_) | Self::TlsNotOffered => false,
        }
    }

    /// Whether the server refused this way of connecting, so that another may do:
    /// "no pg_hba.conf entry for host …, no encryption".
    fn is_refusal(&self) -> bool {
        matches!(self, Self::Server(error) if error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION))
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownHost(_) | Self::Unreachable(_) | Self::Broken(_) => ErrorKind::Unreachable,
            Self::TimedOut(_) => ErrorKind::TimedOut,
            Self::TlsNotOffered => ErrorKind::TlsRefused,
            Self::Tls(_) => ErrorKind::TlsNotVerified,
            Self::Server(_) => ErrorKind::Other,
        }
    }
}
