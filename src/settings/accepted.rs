//! Findings that are known and meant: entries of the settings, and the baseline file.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Error;
use super::file::invalid;
use crate::diagnostic::Until;

/// `[[tool.alembic-doctor.accept]]`: findings of a rule, as far as the other keys agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The rule.
    pub rule: String,
    /// Only in this file, as the report shows its path.
    pub path: Option<String>,
    /// Only of this revision.
    pub revision: Option<String>,
    /// Only of this database.
    pub database: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it counts.
    pub until: Until,
}

/// One `[[accept]]` as written. Kebab-case as everywhere, though no key has two words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AcceptedTable {
    rule: String,
    path: Option<String>,
    revision: Option<String>,
    database: Option<String>,
    reason: String,
    until: Option<toml::value::Datetime>,
}

impl AcceptedTable {
    pub(super) fn resolve(&self) -> Accepted {
        Accepted {
            rule: self.rule.clone(),
            path: self.path.clone(),
            revision: self.revision.clone(),
            database: self.database.clone(),
            reason: self.reason.clone(),
            until: until(self.until.as_ref()),
        }
    }
}

fn until(written: Option<&toml::value::Datetime>) -> Until {
    written.map_or(Until::Always, |day| Until::new(&day.to_string()))
}

/// A file with the findings that were there when somebody began to use this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The file, as the user named it.
    pub path: PathBuf,
    /// Its findings.
    pub entries: Vec<BaselineEntry>,
}

/// A finding of the baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineEntry {
    /// The rule, where the entry names it.
    pub rule: Option<String>,
    /// What it is recognised by.
    pub fingerprint: String,
    /// The last day on which it counts.
    pub until: Until,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BaselineFile {
    #[serde(default)]
    finding: Vec<FindingTable>,
}

/// Path and message are for people who read the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingTable {
    fingerprint: String,
    until: Option<toml::value::Datetime>,
    rule: Option<String>,
    #[serde(rename = "path")]
    _path: Option<String>,
    #[serde(rename = "message")]
    _message: Option<String>,
}

/// Reads a baseline file; `shown` is its path as the user named it.
pub(super) fn baseline(path: &Path, shown: &Path) -> Result<Baseline, Error> {
    let unreadable = |source| Error::Unreadable { path: shown.to_path_buf(), source };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let file: BaselineFile = toml::from_str(&text).map_err(|error| invalid(shown, &text, &error))?;
    let entry = |found: FindingTable| {
        let FindingTable { rule, fingerprint, .. } = found;
        BaselineEntry { rule, until: until(found.until.as_ref()), fingerprint }
    };
    Ok(Baseline { path: shown.to_path_buf(), entries: file.finding.into_iter().map(entry).collect() })
}
