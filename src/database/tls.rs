//! TLS for PostgreSQL: the six `sslmode`s, root certificates, client certificates, channel binding.
//!
//! Gives a handshake and says what failed in it; which mode follows which when a server refuses
//! is decided by `postgres::connect`. Source of the meanings: PostgreSQL's documentation, "libpq -
//! SSL Support", and `fe-secure-openssl.c`.

mod binding;
mod certificates;
mod common_name;
mod der;
mod verify;

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, crypto};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

pub(super) use certificates::Files;
use verify::{Check, Verifier};

use super::{ClientEnvironment, ErrorKind, ProbeError};

/// libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SslMode {
    /// Never TLS.
    Disable,
    /// Plain first, TLS when the server refuses that.
    Allow,
    /// TLS first, plain when that fails: libpq's default.
    Prefer,
    /// TLS, but anybody's certificate, unless there is a root certificate.
    Require,
    /// TLS with a certificate that a known root signed.
    VerifyCa,
    /// The same, and the certificate bears the host's name.
    VerifyFull,
}

impl SslMode {
    /// The word in a URL.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

impl FromStr for SslMode {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Disable, Self::Allow, Self::Prefer, Self::Require, Self::VerifyCa, Self::VerifyFull]
            .into_iter()
            .find(|mode| mode.as_str() == word)
            .ok_or(())
    }
}

/// Everything that a handshake needs, the files read.
#[derive(Debug, Clone)]
pub(super) struct Tls {
    config: Arc<ClientConfig>,
    /// Whether the server's certificate is checked at all.
    pub(super) verifies: bool,
    /// Files that were ignored.
    pub(super) notes: Vec<String>,
}

/// The byte with which a client asks for TLS: `SSLRequest`, length 8, code 1234.5679.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

impl Tls {
    /// Reads the files and builds the configuration.
    ///
    /// # Errors
    /// When a file that the mode needs is missing or unreadable.
    pub(super) fn new(mode: SslMode, files: &Files, environment: &ClientEnvironment) -> Result<Self, ProbeError> {
        let material = files.read(mode, environment)?;
        let check = match (mode, material.roots.is_empty()) {
            (SslMode::VerifyFull, _) => Check::ChainAndName,
            (SslMode::VerifyCa, _) | (_, false) => Check::Chain,
            (_, true) => Check::Nothing,
        };
        let provider = Arc::new(crypto::ring::default_provider());
        let verifier = Verifier::new(check, material.roots, &provider);
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| ProbeError::new(ErrorKind::Other, "TLS cannot be set up").with_detail(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let config = match material.client {
            Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|error| {
                ProbeError::new(ErrorKind::BadUrl, "the client certificate and its key cannot be used")
                    .with_detail(error.to_string())
            })?,
            None => builder.with_no_client_auth(),
        };
        Ok(Self { config: Arc::new(config), verifies: check != Check::Nothing, notes: material.notes })
    }

    /// Does the handshake on a stream that the server agreed to encrypt.
    pub(super) async fn handshake<S>(&self, host: &str, stream: S) -> io::Result<Encrypted<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        // A name that no certificate can bear is only a problem when names are checked: then
        // the address fails the check.
        let name = ServerName::try_from(host.to_owned())
            .unwrap_or_else(|_| ServerName::from(std::net::IpAddr::from([0, 0, 0, 0])));
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(&self.config));
        connector.connect(name, stream).await.map(Encrypted)
    }
}

/// Asks the server for TLS; the answer is whether it agrees.
pub(super) async fn is_offered<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> io::Result<bool> {
    stream.write_all(&SSL_REQUEST).await?;
    stream.flush().await?;
    Ok(stream.read_u8().await? == b'S')
}

/// A stream after the handshake.
pub(super) struct Encrypted<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Encrypted<S> {
    fn channel_binding(&self) -> ChannelBinding {
        let (_, session) = self.0.get_ref();
        session
            .peer_certificates()
            .and_then(|chain| chain.first())
            .filter(|certificate| verify::is_readable(certificate))
            .and_then(|certificate| binding::tls_server_end_point(certificate))
            .map_or_else(ChannelBinding::none, ChannelBinding::tls_server_end_point)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Tells tokio-postgres that the stream is encrypted already. Doing the handshake before it
/// keeps its failures apart from the server's.
pub(super) struct AlreadyDone;

impl<S: AsyncRead + AsyncWrite + Unpin> TlsConnect<Encrypted<S>> for AlreadyDone {
    type Stream = Encrypted<S>;
    type Error = io::Error;
    type Future = Ready<io::Result<Encrypted<S>>>;

    fn connect(self, stream: Encrypted<S>) -> Self::Future {
        ready(Ok(stream))
    }
}
