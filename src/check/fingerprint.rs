//! What a finding is recognised by in a later run: its rule, file, revision, database and sentence.
//!
//! Lines do not count, since they move when something else changes. The sentence does: a third head
//! is another finding than two.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::Diagnostic;

/// Hexadecimal digits of a fingerprint.
const DIGITS: usize = 32;

/// Gives each finding of a run its fingerprint. Findings that are alike are told apart by their
/// order.
pub(super) fn stamp(diagnostics: &mut [Diagnostic]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        let subject = subject(diagnostic);
        let count = seen.entry(subject.clone()).or_default();
        let digest = Sha256::digest(format!("{subject}\0{count}"));
        *count += 1;
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        diagnostic.fingerprint = digits.chars().take(DIGITS).collect();
    }
}

fn subject(diagnostic: &Diagnostic) -> String {
    let finding = &diagnostic.finding;
    let file = finding.location.as_ref().map(|location| path(location.path())).unwrap_or_default();
    let revision = finding.revision.as_deref().unwrap_or_default();
    let database = finding.database.as_deref().unwrap_or_default();
    [diagnostic.rule.name, &file, revision, database, &finding.message].join("\0")
}

/// A path with `/` on every system.
pub(super) fn path(path: &Path) -> String {
    let shown = path.to_string_lossy();
    if cfg!(windows) { shown.replace('\\', "/") } else { shown.into_owned() }
}
