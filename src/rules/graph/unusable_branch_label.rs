//! `unusable-branch-label`

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::Facts;
use crate::graph::Graph;
use crate::project::Project;
use crate::revision::{Field, Revision};
use crate::rules::{Check, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "unusable-branch-label",
    summary: "A branch label that Alembic reads as something else, so that commands cannot use it",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/unusable-branch-label.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let revisions = facts.graph.revisions().iter();
    let labels = revisions.flat_map(|revision| revision.branch_labels.iter().map(move |label| (revision, label)));
    labels.filter_map(|(revision, label)| finding(facts, revision, label)).collect()
}

/// What is wrong with a label: a clause for the message, and what happens as a line of evidence.
fn trouble(project: &Project, label: &str) -> Option<(String, String)> {
    // The words come first in every command (RevisionMap._resolve_revision_number).
    if matches!(label, "head" | "heads" | "base") {
        let what = format!("is Alembic's own word: `{label}` always means that, never this branch");
        let upgrade = project.command(&format!("upgrade {label}@head"));
        return Some((what, format!("`{upgrade}` is not narrowed to this branch")));
    }
    if label.is_empty() {
        return Some((
            "is empty, so no command can name it".to_owned(),
            "in `@head` an empty label is no label".to_owned(),
        ));
    }
    if label.contains('@') {
        let (before, _) = label.split_once('@')?;
        let what = "contains `@`, where Alembic takes a label to end, so no command can name it".to_owned();
        return Some((what, format!("Alembic would look for a branch {}", wording::id(before))));
    }
    if label.contains(':') {
        let what = "contains `:`, so `upgrade` and `downgrade` read it as a range".to_owned();
        return Some((what, "Alembic says: Range revision not allowed".to_owned()));
    }
    // `-5@head` is no option that exists.
    if label.starts_with('-') {
        let what = "begins with `-`, so commands take it for an option".to_owned();
        return Some((what, "Alembic says: the following arguments are required: revision".to_owned()));
    }
    if Graph::is_relative(label) {
        let sign = label.find(['+', '-'])?;
        let (word, steps) = label.split_at_checked(sign)?;
        let digits: String = steps.chars().skip(1).take_while(char::is_ascii_digit).collect();
        let direction = if steps.starts_with('-') { "down" } else { "up" };
        let what = "is read by `upgrade` and `downgrade` as a number of steps".to_owned();
        let from = if word.is_empty() { String::new() } else { format!(" from {}", wording::id(word)) };
        return Some((
            what,
            format!("Alembic reads it as: {digits} {direction}{from}; `stamp` and `show` take it as a label"),
        ));
    }
    None
}

fn finding(facts: &Facts, revision: &Revision, label: &str) -> Option<Finding> {
    let (what, happens) = trouble(&facts.project, label)?;
    let mut finding = Finding::new(format!("The branch label {} {what}", wording::id(label)))
        .at(revision.location(Field::BranchLabels))
        .revision(&revision.id)
        .evidence(happens)
        .evidence(format!("declared by {}", wording::revision(revision)));
    let text = wording::shell(label).filter(|text| !text.is_empty() && !label.is_empty());
    let rename =
        "shows who uses the label (`depends_on`, scripts): rename it there and here; no database stores labels";
    finding = match text {
        Some(text) => finding.next(format!("git grep -n -F -e {text}"), rename, Changes::Nothing),
        None => finding.next(facts.project.command("heads"), "shows the branches and their labels", Changes::Nothing),
    };
    // Until then an id does what the label would.
    let carriers = facts.graph.heads().into_iter().filter(|head| facts.graph.labels(head).contains(&label));
    if let [head] = carriers.collect::<Vec<_>>().as_slice()
        && let Some(head) = wording::shell(head)
    {
        finding = finding.or(vec![Step::new(
            facts.project.command(&format!("upgrade {head}")),
            "does what the label was meant for, until it has another name",
            Changes::Database,
        )]);
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{commands, facts, findings, labelled, revision};

    fn message(label: &str) -> Option<String> {
        let facts = facts(vec![labelled(revision("a1", &[]), label)]);
        findings("unusable-branch-label", &facts).first().map(|finding| finding.message.clone())
    }

    #[test]
    fn ordinary_labels_are_fine() {
        for label in ["web", "a-b", "team_2024", "5", "release-x-2024", "v1.2", "a b", "current", "headless"] {
            assert_eq!(message(label), None, "{label}");
        }
    }

    #[test]
    fn labels_that_mean_something_else_are_found() {
        for label in ["team-2024", "team+1", "x:y", "p@q", "-5", "head", "heads", "base", ""] {
            assert!(message(label).is_some(), "{label}");
        }
    }

    #[test]
    fn the_id_of_the_only_tip_is_offered() {
        let facts = facts(vec![labelled(revision("a1", &[]), "team-2024"), revision("b1", &["a1"])]);
        let found = findings("unusable-branch-label", &facts);
        let finding = found.first().unwrap();
        assert_eq!(commands(finding), ["git grep -n -F -e team-2024"]);
        assert_eq!(finding.or.first().unwrap().first().unwrap().command, "alembic upgrade b1");
    }
}
