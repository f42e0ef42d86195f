//! How far a server's certificate is checked.
//!
//! rustls checks all or nothing; libpq has a step between (`verify-ca`), and trusts a
//! self-signed certificate that is its own root, which webpki refuses.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::common_name;

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing: whoever answers is believed.
    Nothing,
    /// A root signed it.
    Chain,
    /// A root signed it, and it bears the host's name.
    ChainAndName,
}

#[derive(Debug)]
pub(super) struct Verifier {
    check: Check,
    store: RootCertStore,
    roots: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(check: Check, roots: Vec<CertificateDer<'static>>, provider: &Arc<CryptoProvider>) -> Self {
        let mut store = RootCertStore::empty();
        // Single certificates that cannot be roots are skipped, as OpenSSL does.
        store.add_parsable_certificates(roots.iter().cloned());
        Self { check, store, roots, algorithms: provider.signature_verification_algorithms }
    }

    fn check_chain(
        &self,
        certificate: &CertificateDer<'_>,
        parsed: &ParsedCertificate<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let checked =
            verify_server_cert_signed_by_trust_anchor(parsed, &self.store, intermediates, now, self.algorithms.all);
        match checked {
            Err(error) if !is_about_time(&error) && self.roots.iter().any(|root| root == certificate) => Ok(()),
            other => other,
        }
    }

    /// Where nothing is checked, a certificate may be one that webpki cannot read: `openssl x509
    /// -req` made version 1 for many years, and libpq takes it. Such a server has not proved that
    /// it holds the key, so nothing may be bound to it (see [`is_readable`]).
    fn or_unreadable(
        &self,
        certificate: &CertificateDer<'_>,
        verified: Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        match verified {
            Err(_) if self.check == Check::Nothing && !is_readable(certificate) => {
                Ok(HandshakeSignatureValid::assertion())
            }
            other => other,
        }
    }
}

/// Whether webpki can read a certificate, and so check signatures made with its key.
pub(super) fn is_readable(certificate: &CertificateDer<'_>) -> bool {
    ParsedCertificate::try_from(certificate).is_ok()
}

fn is_about_time(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(
            CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. }
        )
    )
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.check != Check::Nothing {
            let parsed = ParsedCertificate::try_from(end_entity)?;
            self.check_chain(end_entity, &parsed, intermediates, now)?;
            if self.check == Check::ChainAndName {
                verify_server_name(&parsed, server_name).or_else(|error| {
                    if common_name::is_of(end_entity, &server_name.to_str()) { Ok(()) } else { Err(error) }
                })?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.or_unreadable(certificate, verify_tls12_signature(message, certificate, signature, &self.algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.or_unreadable(certificate, verify_tls13_signature(message, certificate, signature, &self.algorithms))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
