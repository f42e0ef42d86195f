//! `merge-step-crashes`

use std::collections::HashSet;

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::{DatabaseFacts, Facts};
use crate::graph::{ImpliedParent, UnstorableMerge};
use crate::revision::{Field, Revision};
use crate::rules::{Check, Rule, gaps, wording};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "merge-step-crashes",
    summary: "Alembic runs this revision and then crashes with a KeyError, because one of its parents implies another",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/merge-step-crashes.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let graph = &facts.graph;
    // Until the graph loads there is no step to speak of.
    if !gaps::alembic_loads(facts) || !graph.cycles().is_empty() {
        return Vec::new();
    }
    let merges = graph.unstorable_merges();
    if merges.is_empty() {
        return Vec::new();
    }
    let from_nothing: HashSet<&str> = graph.unstorable_steps(&[]).into_iter().collect();
    merges.iter().filter_map(|merge| finding(facts, merge, from_nothing.contains(merge.revision.as_str()))).collect()
}

fn finding(facts: &Facts, merge: &UnstorableMerge, from_nothing: bool) -> Option<Finding> {
    let revision = facts.graph.get(&merge.revision)?;
    let first = merge.redundant.first()?;
    let id = wording::id(&merge.revision);
    let heads = facts.project.command("upgrade heads");
    let waiting: Vec<String> = facts.databases.iter().filter_map(|database| fails_at(facts, database, merge)).collect();
    let is_certain = from_nothing || !waiting.is_empty();
    let command = if is_certain {
        format!("`{heads}`")
    } else {
        format!("`{}` on a new database", facts.project.command(&format!("upgrade {id}")))
    };
    // Of several it is chance which one Alembic misses first.
    let error = match merge.redundant.as_slice() {
        [only] => format!("KeyError: '{}'", printable(&only.parent)),
        _ => "a KeyError".to_owned(),
    };
    let message = format!("{command} crashes with {error} after it has run {id}");
    let mut finding = Finding::new(message).at(revision.location(field(revision, first))).revision(&merge.revision);
    let parents: Vec<&str> = facts.graph.parents(&merge.revision);
    finding = finding.evidence(format!("{id} comes after {}", wording::ids(&parents)));
    for implied in &merge.redundant {
        finding = finding.evidence(format!(
            "{} already comes after {}, so no row is left for {} when {id} is to replace both",
            wording::id(&implied.by),
            wording::id(&implied.parent),
            wording::id(&implied.parent)
        ));
    }
    if from_nothing {
        finding = finding.evidence("a new database cannot be built: every upgrade from nothing ends there");
    } else {
        finding = finding
            .evidence(format!("`{heads}` on a new database gets past it, because another line has moved on by then"));
    }
    finding.evidence.extend(wording::fold(waiting));
    if !is_certain {
        finding = finding.at_most(Severity::Warning);
    }
    let fixes: Vec<String> = merge
        .redundant
        .iter()
        .map(|implied| format!("{} out of `{}`", written(facts, revision, implied), field(revision, implied).as_str()))
        .collect();
    Some(
        finding
            .next(
                wording::doctor(&facts.project, "check"),
                format!(
                    "looks again, once you have taken {}: what comes before {id} stays the same, and no database has \
                     to be changed",
                    wording::list(&fixes)
                ),
                Changes::Nothing,
            )
            .do_not(
                "run `upgrade` on a database that does not roll DDL back: what the revision did stays, without its row",
            ),
    )
}

/// Whether a database will come upon the step, as a line of evidence.
fn fails_at(facts: &Facts, database: &DatabaseFacts, merge: &UnstorableMerge) -> Option<String> {
    let stamp = database.stamp.as_ref().filter(|stamp| stamp.problems.is_empty() && !stamp.rows.is_empty())?;
    let steps = facts.graph.unstorable_steps(&stamp.rows);
    steps.contains(&merge.revision.as_str()).then(|| {
        format!("database {} has this step ahead: its next upgrade ends there", printable(&database.state.name))
    })
}

/// Where the parent is named.
fn field(revision: &Revision, implied: &ImpliedParent) -> Field {
    if revision.down_revision.contains(&implied.parent) { Field::DownRevision } else { Field::DependsOn }
}

/// The parent as the file writes it: its id, or its branch label.
fn written(facts: &Facts, revision: &Revision, implied: &ImpliedParent) -> String {
    let named = revision.down_revision.iter().chain(&revision.depends_on);
    let labels = facts.graph.get(&implied.parent).map(|parent| parent.branch_labels.as_slice()).unwrap_or_default();
    let key = named.into_iter().find(|key| **key == implied.parent || labels.contains(key));
    wording::id(key.unwrap_or(&implied.parent))
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity;
    use crate::rules::testing::{facts, findings, revision, with_rows};

    #[test]
    fn the_parent_that_is_not_needed_is_named() {
        let facts =
            facts(vec![revision("a", &[]), revision("b", &[]), revision("c", &["b"]), revision("m", &["a", "b", "c"])]);
        let found = findings("merge-step-crashes", &facts);
        let finding = found.first().unwrap();
        assert_eq!(finding.message, "`alembic upgrade heads` crashes with KeyError: 'b' after it has run m");
        assert_eq!(finding.at_most, None);
        assert!(finding.next.first().unwrap().why.contains("taken b out of `down_revision`:"));
    }

    #[test]
    fn a_dependency_is_named_as_it_is_written() {
        let mut d = revision("d", &["a"]);
        d.depends_on = vec!["c".to_owned(), "core".to_owned()];
        let core = crate::rules::testing::labelled(revision("b", &[]), "core");
        let facts = facts(vec![revision("a", &[]), core, revision("c", &["b"]), d]);
        let found = findings("merge-step-crashes", &facts);
        assert!(found.first().unwrap().next.first().unwrap().why.contains("taken core out of `depends_on`:"));
    }

    #[test]
    fn a_database_that_has_the_step_ahead_is_named() {
        let revisions =
            || vec![revision("a", &[]), revision("b", &[]), revision("c", &["b"]), revision("m", &["a", "b", "c"])];
        let says = |rows: &[&str]| {
            let found = findings("merge-step-crashes", &with_rows(revisions(), rows));
            found.first().unwrap().evidence.iter().any(|line| line.starts_with("database default"))
        };
        assert!(says(&["a", "b"]));
        assert!(says(&["a", "c"]));
        assert!(!says(&["m"]));
    }

    #[test]
    fn a_step_that_another_line_saves_is_a_warning() {
        let mut d = revision("d", &["a"]);
        d.depends_on = vec!["c".to_owned(), "b".to_owned()];
        let facts =
            facts(vec![revision("a", &[]), revision("b", &[]), revision("c", &["b"]), d, revision("e", &["b"])]);
        let found = findings("merge-step-crashes", &facts);
        let finding = found.first().unwrap();
        assert_eq!(finding.at_most, Some(Severity::Warning));
        assert!(finding.message.starts_with("`alembic upgrade d` on a new database"), "{}", finding.message);
    }
}
