//! `multiple-bases`

use std::collections::HashSet;

use super::multiple_heads::has_own_labels;
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::revision::Field;
use crate::rules::wording::{self, MOST_LINES};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    name: "multiple-bases",
    summary: "More than one revision has no parent",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/multiple-bases.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let graph = &facts.graph;
    let mut seen = HashSet::new();
    let bases: Vec<_> = graph
        .bases()
        .into_iter()
        .filter(|id| seen.insert(*id))
        .filter_map(|id| graph.get(id))
        .filter(|revision| revision.down_revision.is_empty() && !revision.is_unknown(Field::DownRevision))
        .collect();
    let ids: Vec<&str> = bases.iter().map(|base| base.id.as_str()).collect();
    // One line without a label beside labelled ones is the usual way to have several.
    let wanted = has_own_labels(graph, &ids) + 1 >= ids.len();
    if ids.len() < 2 || wanted || facts.expected.heads.is_some_and(|heads| heads >= ids.len()) {
        return Vec::new();
    }
    let mut finding = Finding::new(format!("{} revisions have no parent: {}", ids.len(), wording::ids(&ids)));
    finding.evidence = wording::fold(bases.iter().map(|base| wording::revision(base)).collect());
    if let Some((last, others)) = bases.split_last() {
        finding = finding.at(last.location(Field::DownRevision)).revision(&last.id);
        for other in others.iter().take(MOST_LINES) {
            finding = finding.related(other.location(Field::DownRevision), "this one has no parent either");
        }
    }
    let files: Vec<String> = bases.iter().map(|base| base.source.path().display().to_string()).collect();
    if let Some(files) = wording::shell_words(&files) {
        finding = finding.next(
            format!("git log --format='%h %ad %an %s' --date=short --name-only --diff-filter=A -- {files}"),
            "shows which file came later: if it should continue the others, give it their head as `down_revision`",
            crate::diagnostic::Changes::Nothing,
        );
    }
    vec![
        finding
            .do_not("give a parent to a revision that a database already has, without checking what that database ran"),
    ]
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{facts, findings, labelled, revision};

    #[test]
    fn a_second_beginning_is_found_unless_it_is_wanted() {
        let both = || vec![revision("a", &[]), revision("b", &["a"]), revision("c", &[])];
        assert_eq!(findings("multiple-bases", &facts(both())).len(), 1);
        let mut wanted = facts(both());
        wanted.expected.heads = Some(2);
        assert!(findings("multiple-bases", &wanted).is_empty());
        let plugin = vec![revision("a", &[]), labelled(revision("c", &[]), "plugin")];
        assert!(findings("multiple-bases", &facts(plugin)).is_empty());
    }
}
