//! `database-unreachable`

use crate::database::{DatabaseState, ErrorKind};
use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "database-unreachable",
    summary: "A database that should have been looked at could not be",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/database-unreachable.md"),
    check: Check::Database(check),
};

fn check(facts: &Facts, database: &DatabaseState) -> Vec<Finding> {
    let Err(error) = &database.look else { return Vec::new() };
    // `migration-in-progress`
    if matches!(error.kind, ErrorKind::Locked | ErrorKind::Unfinished) {
        return Vec::new();
    }
    let mut finding = Finding::new(printable(&error.message));
    finding = if database.url.is_missing() {
        finding.evidence(format!("where {} is, is not known, so it was not looked at", printable(&database.name)))
    } else {
        finding
            .evidence(format!("tried {}", printable(&database.url.to_string())))
            .evidence(format!("the URL came from {}", printable(&database.source)))
    };
    if let Some(detail) = &error.detail {
        finding = finding.evidence(format!("the answer was: {}", printable(detail)));
    }
    finding.evidence.extend(error.hints.iter().map(|hint| format!("hint: {}", printable(hint))));
    finding = finding.next(
        wording::doctor(&facts.project, "check"),
        "looks at everything that needs no database",
        Changes::Nothing,
    );
    vec![match error.kind {
        ErrorKind::MissingFile => finding.do_not(
            "let `upgrade` create the file before you are sure of the path: it would succeed on a new, empty database",
        ),
        ErrorKind::UnknownDatabase => {
            finding.do_not("create the database before you are sure that the URL names the right one")
        }
        ErrorKind::TlsNotVerified | ErrorKind::TlsRefused => {
            finding.do_not("switch the verification off for good: the password would go to whoever answers")
        }
        _ => finding,
    }]
}
