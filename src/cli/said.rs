//! What was typed on the command line, so that no message repeats a password from it.
//!
//! A URL can end up in any place: after a mistyped flag, where a name was expected.

use std::ffi::OsString;

use crate::database::DatabaseUrl;
use crate::source::masked;

/// The arguments that may hold a password.
pub(super) struct Said {
    secrets: Vec<String>,
}

impl Said {
    /// Keeps the arguments that look like a URL or a connection string.
    pub(super) fn new(arguments: &[OsString]) -> Self {
        let mut secrets = Vec::new();
        for argument in arguments {
            let argument = argument.to_string_lossy();
            let value = argument.split_once('=').filter(|(flag, _)| flag.starts_with('-')).map(|(_, value)| value);
            // `--url NAME=URL`, with the flag before it or apart.
            let named = value.unwrap_or(&argument).split_once('=').map(|(_, url)| url);
            for text in [Some(argument.as_ref()), value, named].into_iter().flatten() {
                if text.contains("://") || text.to_ascii_lowercase().contains("password") {
                    secrets.push(text.to_owned());
                    // clap strips escapes from what it repeats.
                    secrets.push(anstream::adapter::strip_str(text).to_string());
                }
            }
        }
        Self { secrets }
    }

    /// The text with these arguments masked, also where only a piece of them is repeated, and with
    /// any other URL's password masked: settings are quoted too.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        let shown = |secret: &String| DatabaseUrl::new(secret.as_str()).to_string();
        let text = self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, &shown(secret)));
        masked(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_repeated_without_its_password() {
        for typed in [
            "--urll=p://u:s3c r3t@h/d",
            "--urll=prod=p://u:s3c r3t@h/d",
            "prod=p://u:s3c r3t@h/d",
            "p://u:s3c r3t@h/d",
            "host=h password=s3c r3t",
            "p://u:\u{1b}[3ms3c r3t@h",
        ] {
            let said = Said::new(&[typed.into()]);
            let value = typed.trim_start_matches("--urll=");
            for text in [format!("no '{value}' here"), format!("no '{}'", anstream::adapter::strip_str(value))] {
                assert!(!said.without_secrets(&text).contains("r3t"), "{}", said.without_secrets(&text));
            }
        }
    }

    #[test]
    fn a_piece_of_it_shows_no_password_either() {
        let said = Said::new(&["p://u:s3cr3t@h/d".into()]);
        assert_eq!(said.without_secrets("no revision 'p://u:s3cr3t'"), "no revision 'p://u:******'");
        assert_eq!(Said::new(&["check".into()]).without_secrets("any text"), "any text");
    }
}
