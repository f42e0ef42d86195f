//! What a URL and libpq's environment mean for a connection: hosts in order, account, TLS,
//! search path.
//!
//! Opens nothing. Which query keys exist depends on the application's driver (situations S62,
//! S63); a key that only the driver understands is dropped with a note.

mod hosts;
mod keywords;

use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::config::ChannelBinding;

pub(super) use hosts::Endpoint;

use crate::database::libpq::{self, Keywords, passfile::PasswordFile};
use crate::database::tls::{Files, SslMode};
use crate::database::url::Password;
use crate::database::{ClientEnvironment, DatabaseUrl, ErrorKind, ProbeError};

/// Everything that a connection needs.
#[derive(Debug)]
pub(super) struct Settings {
    /// In the order in which they are tried.
    pub(super) endpoints: Vec<Endpoint>,
    /// The role; `None` leaves it to the operating system's user name.
    pub(super) user: Option<String>,
    pub(super) password: Option<Password>,
    pub(super) password_file: PasswordFile,
    pub(super) database: Option<String>,
    pub(super) ssl_mode: SslMode,
    pub(super) ssl_files: Files,
    pub(super) channel_binding: ChannelBinding,
    /// `connect_timeout`; never longer than the doctor's own patience.
    pub(super) connect_timeout: Option<Duration>,
    pub(super) session: WantedSession,
    /// `options` as the application would send them.
    pub(super) options: Option<String>,
    /// The value of `search_path` in `options`.
    pub(super) search_path: Option<String>,
    /// Things worth saying.
    pub(super) notes: Vec<String>,
}

/// `target_session_attrs`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WantedSession {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

impl WantedSession {
    /// The word in a URL.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::ReadWrite => "read-write",
            Self::ReadOnly => "read-only",
            Self::Primary => "primary",
            Self::Standby => "standby",
            Self::PreferStandby => "prefer-standby",
        }
    }
}

impl FromStr for WantedSession {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Any, Self::ReadWrite, Self::ReadOnly, Self::Primary, Self::Standby, Self::PreferStandby]
            .into_iter()
            .find(|wanted| wanted.as_str() == word)
            .ok_or(())
    }
}

impl Settings {
    /// Puts the URL and the environment together.
    ///
    /// # Errors
    /// When the URL cannot be read, contradicts itself, or names a value that libpq refuses.
    pub(super) fn new(url: &DatabaseUrl, environment: &ClientEnvironment) -> Result<Self, ProbeError> {
        let mut notes = Vec::new();
        let mut keywords = keywords::from_url(url, &mut notes)?;
        libpq::add_defaults(&mut keywords, environment)?;

        let ssl_files = Files {
            root: keywords.remove("sslrootcert"),
            certificate: keywords.remove("sslcert"),
            key: keywords.remove("sslkey"),
        };
        let ssl_mode = ssl_mode(&mut keywords, &ssl_files)?;
        let channel_binding = match take(&mut keywords, "channel_binding").as_deref() {
            None | Some("prefer") => ChannelBinding::Prefer,
            Some("disable") => ChannelBinding::Disable,
            Some("require") => ChannelBinding::Require,
            Some(_) => return Err(invalid("channel_binding", "disable, prefer or require")),
        };
        let session = match take(&mut keywords, "target_session_attrs") {
            None => WantedSession::Any,
            Some(word) => word.parse().map_err(|()| {
                invalid("target_session_attrs", "any, read-write, read-only, primary, standby or prefer-standby")
            })?,
        };
        let connect_timeout = match take(&mut keywords, "connect_timeout") {
            None => None,
            // Zero and less mean "wait for ever", which the doctor does not.
            Some(seconds) => match seconds.trim().parse::<i64>() {
                Ok(seconds) => u64::try_from(seconds).ok().filter(|&seconds| seconds > 0).map(Duration::from_secs),
                Err(_) => return Err(invalid("connect_timeout", "a number of seconds")),
            },
        };
        let options = take(&mut keywords, "options");
        let search_path = options.as_deref().and_then(|options| keywords::search_path(options, &mut notes));
        let password_file = PasswordFile::read(take(&mut keywords, "passfile").as_deref(), environment);
        let user = take(&mut keywords, "user").or_else(|| {
            ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| environment.variable(name)).map(str::to_owned)
        });
        let database = take(&mut keywords, "dbname").or_else(|| user.clone());
        let password = take(&mut keywords, "password").map(Password::new);
        if password.is_none() {
            notes.extend(password_file.note.clone());
        }
        let endpoints = hosts::endpoints(&mut keywords)?;
        keywords.remove("service");
        notes.extend(keywords.keys().map(|key| format!("the parameter {key} was ignored")));
        Ok(Self {
            endpoints,
            user,
            password,
            password_file,
            database,
            ssl_mode,
            ssl_files,
            channel_binding,
            connect_timeout,
            session,
            options,
            search_path,
            notes,
        })
    }
}

/// `sslrootcert=system` means verify-full, and libpq refuses it with a weaker mode.
fn ssl_mode(keywords: &mut Keywords, files: &Files) -> Result<SslMode, ProbeError> {
    let mode = match take(keywords, "sslmode") {
        Some(word) => Some(
            word.parse::<SslMode>()
                .map_err(|()| invalid("sslmode", "disable, allow, prefer, require, verify-ca or verify-full"))?,
        ),
        None => None,
    };
    match (mode, files.uses_system_roots()) {
        (None, true) => Ok(SslMode::VerifyFull),
        (Some(mode), true) if mode < SslMode::VerifyFull => Err(ProbeError::new(
            ErrorKind::BadUrl,
            format!("sslmode={} may not be used with sslrootcert=system", mode.as_str()),
        )
        .with_hint("write sslmode=verify-full")),
        (mode, _) => Ok(mode.unwrap_or(SslMode::Prefer)),
    }
}

fn take(keywords: &mut Keywords, key: &str) -> Option<String> {
    keywords.remove(key).filter(|value| !value.is_empty())
}

fn invalid(key: &str, allowed: &str) -> ProbeError {
    ProbeError::new(ErrorKind::BadUrl, format!("the value of {key} is not one that libpq knows"))
        .with_hint(format!("{key} is {allowed}"))
}
