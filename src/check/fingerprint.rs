//! What a finding is recognised by in a later run: its rule, revision or file, database and sentence.
//!
//! Lines do not count, since they move when something else changes, nor does the file of a revision, which
//! may be renamed. The sentence does: a third head is another finding than two. Squawk's sentences name no
//! table, so the SQL counts for them.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::Diagnostic;
use crate::facts::Facts;
use crate::rules::Check;
use crate::source::Location;

/// Hexadecimal digits of a fingerprint.
const DIGITS: usize = 32;

/// Gives each finding of a run its fingerprint. Findings that are alike are told apart by their
/// order.
pub(super) fn stamp(facts: &Facts, diagnostics: &mut [Diagnostic]) {
    let revisions = facts.graph.revisions().iter();
    let files: BTreeMap<&Path, &str> =
        revisions.map(|revision| (revision.source.path(), revision.id.as_str())).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        let place = diagnostic.finding.location.as_ref().map(Location::path);
        let place = place.map(|place| match files.get(place) {
            Some(id) => format!("revision {id}"),
            None => path(&facts.project.in_repository(place)),
        });
        let subject = subject(diagnostic, &place.unwrap_or_default());
        let count = seen.entry(subject.clone()).or_default();
        let digest = Sha256::digest(format!("{subject}\0{count}"));
        *count += 1;
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        diagnostic.fingerprint = digits.chars().take(DIGITS).collect();
    }
}

fn subject(diagnostic: &Diagnostic, place: &str) -> String {
    let finding = &diagnostic.finding;
    let revision = finding.revision.as_deref().unwrap_or_default();
    let database = finding.database.as_deref().unwrap_or_default();
    let sql = match diagnostic.rule.check {
        Check::Squawk => finding.evidence.first().map_or("", String::as_str),
        _ => "",
    };
    [diagnostic.rule.name, place, revision, database, &finding.message, sql].join("\0")
}

/// A path with `/` on every system.
pub(super) fn path(path: &Path) -> String {
    let shown = path.to_string_lossy();
    if cfg!(windows) { shown.replace('\\', "/") } else { shown.into_owned() }
}
