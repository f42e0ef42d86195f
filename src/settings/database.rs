//! How the databases to look at are named on the command line and in the settings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{Environment, Error};

/// The name of a database that nobody named.
pub const DEFAULT: &str = "default";

/// How the databases to look at are named, in the order of the product's contract.
#[derive(Clone, Default)]
pub struct DatabaseChoice {
    /// `--url`, as often as given.
    pub urls: Vec<NamedUrl>,
    /// `--url-env`
    pub url_env: Option<String>,
    /// `--env`, as often as given: environments of the settings.
    pub wanted: Vec<String>,
    /// Environments of the settings.
    pub environments: BTreeMap<String, Environment>,
    /// The process's environment variables, for `--url-env` and env.py's own variable.
    pub variables: BTreeMap<String, String>,
    /// Relative `url-file`s start here.
    pub settings_directory: PathBuf,
}

impl DatabaseChoice {
    /// Whether the user named a database on the command line.
    pub fn is_named(&self) -> bool {
        !self.urls.is_empty() || self.url_env.is_some() || !self.wanted.is_empty()
    }
}

/// URLs and variables can hold passwords: nothing of them is printed.
impl std::fmt::Debug for DatabaseChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseChoice").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

/// A URL of the command line and what its database is called.
#[derive(Clone, PartialEq, Eq)]
pub struct NamedUrl {
    /// `prod` of `--url prod=postgresql://…`; without a name [`DEFAULT`].
    pub name: String,
    /// The URL; empty where the shell put nothing in its place.
    pub url: String,
}

/// The URL can hold a password.
impl std::fmt::Debug for NamedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NamedUrl").field("name", &self.name).finish_non_exhaustive()
    }
}

impl NamedUrl {
    /// Reads `NAME=URL` or a plain URL, which can hold equals signs of its own.
    pub fn new(text: &str) -> Self {
        let named = text.split_once('=').filter(|(name, url)| is_name(name) && (url.is_empty() || has_scheme(url)));
        let (name, url) = named.unwrap_or((DEFAULT, text));
        Self { name: name.to_owned(), url: url.to_owned() }
    }
}

/// `NAME=` stands before a URL; a URL has `://` before its first equals sign, and a connection
/// string of libpq none at all.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

fn has_scheme(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| !scheme.is_empty() && scheme.chars().all(|c| c.is_alphanumeric() || "_+".contains(c)))
}

/// The URLs of the command line, each with a name of its own.
pub(super) fn named(urls: &[String]) -> Result<Vec<NamedUrl>, Error> {
    let urls: Vec<NamedUrl> = urls.iter().map(|text| NamedUrl::new(text)).collect();
    once("--url", urls.iter().map(|url| url.name.as_str()))?;
    Ok(urls)
}

/// Fails for a name that is given twice: which of them is meant cannot be told.
pub(super) fn once<'a>(flag: &'static str, names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Error::NamedTwice { flag, name: name.to_owned() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_before_a_url_is_a_name() {
        for (text, name, url) in [
            ("prod=postgresql://u@h/d?sslmode=require", "prod", "postgresql://u@h/d?sslmode=require"),
            ("eu-1.prod=sqlite:///a=b.db", "eu-1.prod", "sqlite:///a=b.db"),
            ("prod=", "prod", ""),
            ("postgresql://u:p=a@h/d?a=b", DEFAULT, "postgresql://u:p=a@h/d?a=b"),
            ("sqlite:///a=b://c.db", DEFAULT, "sqlite:///a=b://c.db"),
            ("host=h password=x", DEFAULT, "host=h password=x"),
            ("host=h", DEFAULT, "host=h"),
            ("=postgresql://h/d", DEFAULT, "=postgresql://h/d"),
        ] {
            assert_eq!(NamedUrl::new(text), NamedUrl { name: name.to_owned(), url: url.to_owned() }, "{text}");
        }
    }

    #[test]
    fn a_name_stands_for_one_database() {
        let urls = |texts: &[&str]| named(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(urls(&["a=sqlite:///a.db", "sqlite:///b.db"]).unwrap().len(), 2);
        let error = urls(&["a=sqlite:///s3cret", "a=sqlite:///b.db"]).unwrap_err().to_string();
        assert!(error.contains("`a`") && !error.contains("s3cret"), "{error}");
        let error = urls(&["sqlite:///s3cret", "sqlite:///b.db"]).unwrap_err().to_string();
        assert!(error.contains("NAME=URL") && !error.contains("s3cret"), "{error}");
    }
}
