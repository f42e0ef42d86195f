//! `check-heads-disagree`

use std::collections::BTreeSet;

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::{DatabaseFacts, Facts, Stamp};
use crate::graph::RowProblem;
use crate::revision::Field;
use crate::rules::{Check, Rule, gaps, wording};
use crate::source::printable;

use super::are_wanted;

pub(super) const RULE: Rule = Rule {
    name: "check-heads-disagree",
    summary: "A head is also a dependency, so `current --check-heads` and `check` never agree about a database",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/check-heads-disagree.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let graph = &facts.graph;
    if !gaps::alembic_loads(facts) || !gaps::unknown_parents(facts).is_empty() || !graph.duplicates().is_empty() {
        return Vec::new();
    }
    let (heads, real) = (graph.heads(), graph.real_heads());
    let implied: Vec<&str> = heads.iter().copied().filter(|head| !real.contains(head)).collect();
    // A graph without any real head is a loop.
    let Some(first) = implied.first().filter(|_| !real.is_empty()) else { return Vec::new() };
    let answers: Vec<String> = facts.databases.iter().filter_map(|database| answers(database, &heads, &real)).collect();
    // Both are right, or both are wrong, about every database that was looked at; or the heads are
    // an accident, and `multiple-heads` has said what there is to say.
    let was_looked = facts.databases.iter().any(|database| database.stamp.is_some());
    if answers.is_empty() && (was_looked || !are_wanted(facts)) {
        return Vec::new();
    }
    let mut finding = Finding::new(format!(
        "`current --check-heads` wants a row for {} that `upgrade` never leaves: go by `check`",
        wording::ids(&implied)
    ))
    .revision(*first);
    for head in &implied {
        for dependant in graph.revisions().iter().filter(|other| graph.dependencies(&other.id).contains(head)) {
            let location = dependant.location(Field::DependsOn);
            let line = format!(
                "{} depends on {} ({})",
                wording::id(&dependant.id),
                wording::id(head),
                wording::place(&location)
            );
            finding = finding.evidence(line);
            if finding.location.is_none() {
                finding = finding.at(location);
            }
        }
    }
    finding.evidence = wording::fold(finding.evidence);
    finding = finding.evidence(format!(
        "a database with everything has the rows {}; --check-heads compares them with {}",
        wording::ids(&real),
        wording::ids(&heads)
    ));
    finding.evidence.extend(wording::fold(answers));
    vec![
        finding
            .next(
                facts.project.command("heads --resolve-dependencies"),
                "shows the heads that count: what `upgrade heads` leaves in the version table, and what `check` and \
                 `revision --autogenerate` compare with",
                Changes::Nothing,
            )
            .do_not(format!(
                "add a row for {} to please it: `upgrade` refuses rows that imply each other",
                wording::ids(&implied)
            )),
    ]
}

/// What the two commands say of a database, when they differ.
fn answers(database: &DatabaseFacts, heads: &[&str], real: &[&str]) -> Option<String> {
    let stamp: &Stamp = database.stamp.as_ref()?;
    // Other bad rows are no matter of dependencies.
    if stamp.problems.iter().any(|problem| !matches!(problem, RowProblem::Redundant { .. })) {
        return None;
    }
    let rows: BTreeSet<&str> = stamp.rows.iter().map(String::as_str).collect();
    let is = |wanted: &[&str]| rows == wanted.iter().copied().collect();
    let name = printable(&database.state.name);
    match (is(real), is(heads)) {
        (true, false) => Some(format!(
            "database {name}: `check` says that every revision has run, and is right; `current --check-heads` fails"
        )),
        (false, true) => Some(format!(
            "database {name}: `current --check-heads` passes, but `check` fails, because one row implies another: \
             settle redundant-stamp-row"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::revision::Revision;
    use crate::rules::testing::{facts, findings, labelled, revision, with_rows};

    fn revisions() -> Vec<Revision> {
        let mut b1 = labelled(revision("b1", &[]), "web");
        b1.depends_on.push("a2".to_owned());
        vec![labelled(revision("a1", &[]), "core"), revision("a2", &["a1"]), b1]
    }

    fn evidence(rows: &[&str]) -> Option<String> {
        findings("check-heads-disagree", &with_rows(revisions(), rows)).first()?.evidence.last().cloned()
    }

    #[test]
    fn a_head_that_is_a_dependency_is_found_in_the_files() {
        let found = findings("check-heads-disagree", &facts(revisions()));
        assert!(found.first().unwrap().message.starts_with("`current --check-heads` wants a row for a2"));
    }

    #[test]
    fn heads_by_accident_have_their_own_rule() {
        let mut all = revisions();
        all.iter_mut().for_each(|revision| revision.branch_labels.clear());
        assert!(findings("check-heads-disagree", &facts(all.clone())).is_empty());
        assert_eq!(findings("check-heads-disagree", &with_rows(all, &["b1"])).len(), 1);
    }

    #[test]
    fn it_says_who_is_right_about_a_database() {
        assert!(evidence(&["b1"]).unwrap().contains("and is right"));
        assert!(evidence(&["a2", "b1"]).unwrap().contains("redundant-stamp-row"));
    }

    #[test]
    fn a_database_about_which_they_agree_is_no_matter() {
        assert_eq!(evidence(&["a2"]), None);
        assert_eq!(evidence(&["gone"]), None);
    }

    #[test]
    fn a_dependency_that_its_line_has_left_behind_is_no_head() {
        let mut all = revisions();
        all.push(revision("a3", &["a2"]));
        assert!(findings("check-heads-disagree", &facts(all)).is_empty());
    }
}
