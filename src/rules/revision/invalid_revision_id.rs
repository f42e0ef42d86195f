//! `invalid-revision-id`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::revision::{Field, Revision};
use crate::rules::{Check, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "invalid-revision-id",
    summary: "A revision id is one that Alembic cannot use",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/invalid-revision-id.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    facts.graph.revisions().iter().filter_map(|revision| finding(facts, revision)).collect()
}

fn finding(facts: &Facts, revision: &Revision) -> Option<Finding> {
    let (what, consequence) = defect(&revision.id)?;
    let mut finding = Finding::new(format!("The revision id {} {what}", wording::id(&revision.id)))
        .at(revision.location(Field::Revision))
        .revision(&revision.id)
        .evidence(wording::revision(revision))
        .evidence(consequence);
    if let Some(id) = wording::shell(&revision.id).filter(|_| !revision.id.is_empty()) {
        finding = finding.next(
            format!("grep -rnF --include='*.py' -e {id} {}", wording::version_folders(&facts.project)),
            "shows every place that names it: write another id there",
            Changes::Nothing,
        );
    }
    Some(finding.do_not("change only this file: every `down_revision` and `depends_on` that names the id must follow"))
}

/// What is wrong with the id, and what follows from it (alembic.script.revision.Revision.verify_rev_id).
fn defect(id: &str) -> Option<(String, String)> {
    let mut illegal: Vec<char> = id.chars().filter(|c| ['@', '-', '+', ':'].contains(c)).collect();
    illegal.sort_unstable();
    illegal.dedup();
    if !illegal.is_empty() {
        let characters: Vec<String> = illegal.iter().map(char::to_string).collect();
        let characters = characters.join(", ");
        let mut consequence = format!(
            "Alembic says: Character(s) '{characters}' not allowed in revision identifier '{}'",
            crate::source::printable(id)
        );
        if characters == ":" {
            consequence.push_str(" (since 1.17.1)");
        }
        return Some((format!("holds {characters}, which Alembic reads as operators"), consequence));
    }
    let (what, consequence) = match id {
        "" => ("is empty", "Alembic loads it, and a row of the version table cannot hold it: `upgrade` crashes"),
        "base" => ("is the word for the empty database", "`heads` prints nothing, `history` and `upgrade` crash"),
        "head" | "heads" => (
            "is Alembic's word for the newest revision",
            "on the command line and in the version table the word wins, so the revision cannot be named",
        ),
        _ if id.contains('\'') => ("holds a quote", "it breaks the SQL that Alembic writes into the version table"),
        _ => return None,
    };
    Some((what.to_owned(), consequence.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_that_alembic_cannot_use_are_defects() {
        for id in ["a-1", "a@b", "a+1", "a:b", "", "base", "head", "it's"] {
            assert!(defect(id).is_some(), "{id}");
        }
        for id in ["a1", "0142.1", "mit leerzeichen", "größe", "a/b", "basement"] {
            assert!(defect(id).is_none(), "{id}");
        }
    }

    #[test]
    fn characters_are_listed_as_alembic_lists_them() {
        let (_, consequence) = defect("x-y@z").unwrap();
        assert!(consequence.contains("Character(s) '-, @' not allowed"), "{consequence}");
    }
}
