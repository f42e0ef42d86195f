//! The files of TLS: root certificates, the client's certificate and its key.
//!
//! Defaults are libpq's: `root.crt`, `postgresql.crt` and `postgresql.key` in `~/.postgresql`
//! (Windows: `%APPDATA%\postgresql`).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::SslMode;
use crate::database::{ClientEnvironment, ErrorKind, ProbeError};

/// The files that the URL or the environment names.
#[derive(Debug, Clone, Default)]
pub(in crate::database) struct Files {
    /// `sslrootcert`: a path, or `system`.
    pub(in crate::database) root: Option<String>,
    /// `sslcert`
    pub(in crate::database) certificate: Option<String>,
    /// `sslkey`
    pub(in crate::database) key: Option<String>,
}

/// What was in the files.
pub(super) struct Material {
    pub(super) roots: Vec<CertificateDer<'static>>,
    pub(super) client: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    pub(super) notes: Vec<String>,
}

impl Files {
    /// Whether the platform's own roots are meant.
    pub(in crate::database) fn uses_system_roots(&self) -> bool {
        self.root.as_deref() == Some("system")
    }

    pub(super) fn read(&self, mode: SslMode, environment: &ClientEnvironment) -> Result<Material, ProbeError> {
        let mut notes = Vec::new();
        let roots = self.roots(mode, environment)?;
        let client = self.client(environment, &mut notes)?;
        Ok(Material { roots, client, notes })
    }

    fn roots(
        &self,
        mode: SslMode,
        environment: &ClientEnvironment,
    ) -> Result<Vec<CertificateDer<'static>>, ProbeError> {
        if self.uses_system_roots() {
            let found = rustls_native_certs::load_native_certs();
            if found.certs.is_empty() {
                return Err(ProbeError::new(
                    ErrorKind::TlsNotVerified,
                    "the system's root certificates (sslrootcert=system) were not found",
                ));
            }
            return Ok(found.certs);
        }
        let Some(path) = place(self.root.as_deref(), "root.crt", environment) else {
            return if mode >= SslMode::VerifyCa { Err(no_roots(mode, None)) } else { Ok(Vec::new()) };
        };
        match fs::read(&path) {
            Ok(bytes) => certificates(&path, &bytes),
            // libpq looks no further where nothing has to be verified.
            Err(error) if error.kind() == io::ErrorKind::NotFound && mode < SslMode::VerifyCa => Ok(Vec::new()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(no_roots(mode, Some(&path))),
            Err(error) => Err(unreadable("root certificate", &path, &error.to_string())),
        }
    }

    fn client(
        &self,
        environment: &ClientEnvironment,
        notes: &mut Vec<String>,
    ) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, ProbeError> {
        let Some(path) = place(self.certificate.as_deref(), "postgresql.crt", environment) else {
            return Ok(None);
        };
        let chain = match fs::read(&path) {
            Ok(bytes) => certificates(&path, &bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if self.certificate.is_some() {
                    notes.push(format!("the client certificate {} does not exist; none was sent", path.display()));
                }
                return Ok(None);
            }
            Err(error) => return Err(unreadable("client certificate", &path, &error.to_string())),
        };
        let Some(path) = place(self.key.as_deref(), "postgresql.key", environment) else {
            return Err(ProbeError::new(ErrorKind::BadUrl, "there is a client certificate but no key (sslkey)"));
        };
        let bytes = fs::read(&path).map_err(|error| unreadable("client key", &path, &error.to_string()))?;
        let key = PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| {
            unreadable("client key", &path, "it holds no PEM key in PKCS#8, PKCS#1 or SEC1 form")
                .with_hint("keys that are encrypted with a password cannot be read")
        })?;
        Ok(Some((chain, key)))
    }
}

fn place(named: Option<&str>, default: &str, environment: &ClientEnvironment) -> Option<PathBuf> {
    if let Some(named) = named {
        return Some(match (named.strip_prefix("~/"), &environment.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => environment.directory.join(named),
        });
    }
    let folder = if cfg!(windows) {
        Path::new(environment.variable("APPDATA")?).join("postgresql")
    } else {
        environment.home.as_ref()?.join(".postgresql")
    };
    Some(folder.join(default))
}

fn certificates(path: &Path, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, ProbeError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(unreadable("certificate", path, "it holds no PEM certificate")),
    }
}

fn no_roots(mode: SslMode, path: Option<&Path>) -> ProbeError {
    let message = match path {
        Some(path) => format!("the root certificate file {} does not exist", path.display()),
        None => "there is no root certificate".to_owned(),
    };
    ProbeError::new(ErrorKind::TlsNotVerified, message)
        .with_detail(format!("sslmode={} needs it", mode.as_str()))
        .with_hint(
            "name the file with sslrootcert=/path/to/root.crt, or use the system's roots with sslrootcert=system",
        )
}

fn unreadable(what: &str, path: &Path, why: &str) -> ProbeError {
    ProbeError::new(ErrorKind::BadUrl, format!("the {what} file {} cannot be used", path.display())).with_detail(why)
}
