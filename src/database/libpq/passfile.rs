//! The password file: `PGPASSFILE` or `~/.pgpass`, lines of `host:port:database:user:password`.
//!
//! Rules of libpq's `passwordFromFile`: `*` matches anything, a backslash escapes `:` and `\`,
//! the first matching line counts, and on Unix a file that others may read is ignored.

use std::fs;
use std::path::{Path, PathBuf};

use crate::database::ClientEnvironment;
use crate::database::url::Password;

/// What a password is asked for.
#[derive(Debug, Clone, Copy)]
pub(in crate::database) struct Account<'a> {
    /// The host's name, or its address, or `localhost` for a default socket.
    pub(in crate::database) host: &'a str,
    pub(in crate::database) port: u16,
    pub(in crate::database) database: &'a str,
    pub(in crate::database) user: &'a str,
}

/// The content of a password file, or the reason why it is ignored.
#[derive(Debug, Default)]
pub(in crate::database) struct PasswordFile {
    text: String,
    /// Worth saying to the user.
    pub(in crate::database) note: Option<String>,
}

impl PasswordFile {
    /// Reads the file that `passfile` names, or the default one. No file is no error.
    pub(in crate::database) fn read(passfile: Option<&str>, environment: &ClientEnvironment) -> Self {
        let path = match passfile {
            Some(path) => environment.directory.join(path),
            None => match default_path(environment) {
                Some(path) => path,
                None => return Self::default(),
            },
        };
        let Ok(metadata) = fs::metadata(&path) else {
            return Self::default();
        };
        if !metadata.is_file() {
            return Self::ignored(&path, "it is not a plain file");
        }
        if open_to_others(&metadata) {
            return Self::ignored(&path, "others may read it; libpq demands chmod 0600");
        }
        match fs::read(&path) {
            Ok(bytes) => Self { text: String::from_utf8_lossy(&bytes).into_owned(), note: None },
            Err(error) => Self::ignored(&path, &error.to_string()),
        }
    }

    fn ignored(path: &Path, why: &str) -> Self {
        Self { text: String::new(), note: Some(format!("the password file {} is ignored: {why}", path.display())) }
    }

    /// The password of the first line that matches.
    pub(in crate::database) fn password(&self, account: Account<'_>) -> Option<Password> {
        let port = account.port.to_string();
        let wanted = [account.host, &port, account.database, account.user];
        self.text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
            let mut rest = line;
            for value in wanted {
                let (field, behind) = cut_field(rest)?;
                if field.raw != "*" && field.text != value {
                    return None;
                }
                rest = behind;
            }
            Some(Password::new(unescape(rest)))
        })
    }
}

struct Field<'a> {
    raw: &'a str,
    text: String,
}

/// Cuts the field before the first colon that no backslash escapes.
fn cut_field(line: &str) -> Option<(Field<'_>, &str)> {
    let mut escaped = false;
    let end = line.find(|c| {
        let ends = c == ':' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    let (raw, behind) = line.split_at(end);
    Some((Field { raw, text: unescape(raw) }, behind.strip_prefix(':')?))
}

/// A backslash stands for the character behind it.
fn unescape(text: &str) -> String {
    let mut characters = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(c) = characters.next() {
        plain.push(if c == '\\' { characters.next().unwrap_or('\\') } else { c });
    }
    plain
}

fn default_path(environment: &ClientEnvironment) -> Option<PathBuf> {
    if cfg!(windows) {
        return environment.variable("APPDATA").map(|folder| Path::new(folder).join("postgresql").join("pgpass.conf"));
    }
    environment.home.as_ref().map(|home| home.join(".pgpass"))
}

#[cfg(unix)]
fn open_to_others(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn open_to_others(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_up(text: &str, host: &str, user: &str) -> Option<String> {
        let file = PasswordFile { text: text.into(), note: None };
        let account = Account { host, port: 5432, database: "app", user };
        file.password(account).map(|password| password.expose().to_owned())
    }

    #[test]
    fn the_first_matching_line_counts_and_stars_match_anything() {
        let text = "# db:5432:app:me:comment\nother:*:*:*:no\ndb:5432:app:me:first\n*:*:*:*:second\n";
        assert_eq!(look_up(text, "db", "me").as_deref(), Some("first"));
        assert_eq!(look_up(text, "db", "you").as_deref(), Some("second"));
        assert_eq!(look_up("db:5433:app:me:x\n", "db", "me"), None);
    }

    #[test]
    fn a_backslash_escapes_colons_and_itself() {
        assert_eq!(look_up(r"\:\:1:*:*:a\\b:p\:q\\r:s", "::1", r"a\b").as_deref(), Some(r"p:q\r:s"));
        assert_eq!(look_up(r"\*:*:*:*:x", "db", "me"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_ignored_and_that_is_said() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".pgpass");
        fs::write(&path, "*:*:*:*:s3cr3t\n").unwrap();
        let environment = ClientEnvironment { home: Some(folder.path().to_owned()), ..ClientEnvironment::default() };
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let file = PasswordFile::read(None, &environment);
        assert!(file.text.is_empty() && file.note.unwrap().contains("0600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let file = PasswordFile::read(None, &environment);
        let account = Account { host: "h", port: 1, database: "d", user: "u" };
        assert_eq!(file.password(account).unwrap().expose(), "s3cr3t");
    }
}
