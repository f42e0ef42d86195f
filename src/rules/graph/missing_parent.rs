//! `missing-parent`

use std::collections::BTreeMap;

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::graph::EdgeKind;
use crate::revision::{Field, Revision};
use crate::rules::lost as git;
use crate::rules::rewrite::rewrite;
use crate::rules::wording::{self, MOST_LINES};
use crate::rules::{Check, Rule, gaps};

pub(super) const RULE: Rule = Rule {
    name: "missing-parent",
    summary: "A revision continues one that no file has",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/missing-parent.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    // A file whose id is not known may be the one.
    let unknown = gaps::unknown_ids(facts);
    let found = absent(facts, EdgeKind::Down).into_iter();
    found.map(|(parent, children)| in_doubt(facts, finding(facts, &parent, &children, &unknown), &unknown)).collect()
}

/// What can be said as long as `unknown` files may have what is missing: where it is named, and
/// that it has to be looked at again; no repair.
pub(super) fn in_doubt(facts: &Facts, mut finding: Finding, unknown: &[String]) -> Finding {
    if unknown.is_empty() {
        return finding;
    }
    finding.next.clear();
    finding.or.clear();
    finding.evidence.extend(wording::fold(unknown.iter().map(|file| format!("it may be there: {file}")).collect()));
    finding.at_most(Severity::Warning).next(
        wording::doctor(&facts.project, "check"),
        "looks again, once these files can be read",
        Changes::Nothing,
    )
}

/// "no file has": as far as the files could be read.
fn no_file(unknown: &[String]) -> &'static str {
    if unknown.is_empty() { "no file" } else { "no file that could be read" }
}

/// What is named and missing, each with the revisions that name it, in load order.
pub(super) fn absent(facts: &Facts, kind: EdgeKind) -> BTreeMap<String, Vec<&Revision>> {
    let revisions = facts.graph.revisions();
    let mut absent: BTreeMap<String, Vec<&Revision>> = BTreeMap::new();
    for missing in facts.graph.missing().into_iter().filter(|missing| missing.kind == kind) {
        if let Some(revision) = revisions.get(missing.revision) {
            absent.entry(missing.parent).or_default().push(revision);
        }
    }
    absent
}

fn finding(facts: &Facts, parent: &str, children: &[&Revision], unknown: &[String]) -> Finding {
    let names: Vec<&str> = children.iter().map(|child| child.id.as_str()).collect();
    let verb = if names.len() == 1 { "continues" } else { "continue" };
    let (names, no_file) = (wording::ids(&names), no_file(unknown));
    let mut finding = Finding::new(format!("{names} {verb} {}, but {no_file} has that id", wording::id(parent)));
    finding = point_at(finding, children, Field::DownRevision);
    finding = suggest(facts, finding, parent, children, Field::DownRevision);
    finding
        .do_not("set `down_revision` to None: the revision would become a second beginning")
        .do_not("delete the revision that names it: databases that have run it would be lost")
}

/// Points at every place where the id is named.
pub(super) fn point_at(mut finding: Finding, children: &[&Revision], field: Field) -> Finding {
    if let Some((first, others)) = children.split_first() {
        finding = finding.at(first.location(field)).revision(&first.id);
        for other in others.iter().take(MOST_LINES) {
            finding = finding.related(other.location(field), "named here, too");
        }
    }
    finding.evidence.extend(wording::fold(children.iter().map(|child| wording::revision(child)).collect()));
    finding
}

/// What may have been meant, and the step towards it.
pub(super) fn suggest(
    facts: &Facts,
    mut finding: Finding,
    parent: &str,
    children: &[&Revision],
    field: Field,
) -> Finding {
    if let Some(file) = file_named(facts, parent) {
        finding = finding.evidence(format!(
            "{} is the name of a file; its id is {}",
            wording::id(parent),
            wording::id(&file.id)
        ));
        return correct(finding, parent, &file.id, children, field);
    }
    if let Some(trace) = facts.witness.trace(parent) {
        finding.evidence.extend(git::evidence(trace));
        finding.evidence.extend(git::gaps(facts));
        if let Some(renamed) = git::given_another_id(facts, trace) {
            finding.evidence.push(git::another_id(renamed));
            return correct(finding, parent, &renamed.id, children, field);
        }
        finding.evidence.extend(git::missing(trace));
        finding.next.extend(git::recover(facts, trace));
        return finding;
    }
    let close = facts.graph.near_misses(parent);
    for near in close.iter().filter_map(|id| facts.graph.get(id)) {
        finding = finding.evidence(format!("did you mean {}", wording::revision(near)));
    }
    finding.evidence.extend(git::gaps(facts));
    let corrected = match close.as_slice() {
        [near] => correct(Finding::default(), parent, near, children, field).next,
        _ => Vec::new(),
    };
    if facts.witness.denies(parent) {
        let searched = "no commit of this repository has it: every branch, tag and stash was searched, and the reflog";
        finding.evidence.push(searched.to_owned());
        // Then it was never an id.
        if !corrected.is_empty() {
            finding.next = corrected;
            return finding;
        }
    }
    let has_remotes = git::testimony(facts).is_some_and(|testimony| testimony.has_remotes);
    if has_remotes {
        let why = "fetches what others have pushed since: the file may be on a branch that is not here yet";
        finding = finding.next("git fetch --all --tags", why, Changes::Git).next(
            wording::doctor(&facts.project, "check"),
            "looks again",
            Changes::Nothing,
        );
    } else {
        finding.next.extend(git::search(
            facts,
            parent,
            "finds the commit, and with it the branch, that has the file: bring the file back from there",
        ));
    }
    // An id that is merely close is a guess, so it comes second.
    if !corrected.is_empty() {
        finding = finding.or(corrected);
    }
    finding
}

/// The revision whose file is called `name`.
fn file_named<'a>(facts: &'a Facts, name: &str) -> Option<&'a Revision> {
    let name = name.strip_suffix(".py").unwrap_or(name);
    facts.graph.revisions().iter().find(|revision| revision.path.file_stem().is_some_and(|stem| stem == name))
}

/// The commands that write `id` instead of `wrong`.
fn correct(mut finding: Finding, wrong: &str, id: &str, children: &[&Revision], field: Field) -> Finding {
    let steps = children.iter().filter_map(|child| rewrite(child, field, wrong, id, "writes the id instead"));
    finding.next.extend(steps);
    finding
}

#[cfg(test)]
mod tests {
    use crate::revision::ProblemKind;
    use crate::rules::testing::{commands, facts, findings, problem, revision};

    #[test]
    fn a_file_name_is_corrected_to_its_id() {
        let mut parent = revision("a1b2c3", &[]);
        parent.path = "/project/versions/a1b2c3_users.py".into();
        let facts = facts(vec![parent, revision("b", &["a1b2c3_users"])]);
        let found = findings("missing-parent", &facts);
        assert_eq!(commands(found.first().unwrap()), ["sed -i.bak '2s/a1b2c3_users/a1b2c3/' versions/b.py"]);
    }

    #[test]
    fn no_command_is_given_that_would_change_another_word_of_the_line() {
        for name in ["rev", "down", "e"] {
            let mut parent = revision("a1b2c3", &[]);
            parent.path = format!("/project/versions/{name}.py").into();
            let facts = facts(vec![parent, revision("b", &[name])]);
            let found = findings("missing-parent", &facts);
            assert_eq!(commands(found.first().unwrap()), Vec::<&str>::new(), "{name}");
        }
    }

    #[test]
    fn a_lost_parent_is_looked_for_in_git_once() {
        let facts = facts(vec![revision("b", &["gone"]), revision("c", &["gone"])]);
        let found = findings("missing-parent", &facts);
        assert_eq!(found.len(), 1);
        let finding = found.first().unwrap();
        assert_eq!(finding.message, "b and c continue gone, but no file has that id");
        assert_eq!(commands(finding), ["git log --all --oneline --name-status -Sgone -- versions"]);
    }

    #[test]
    fn an_id_never_becomes_a_command() {
        let facts = facts(vec![revision("b", &["$(reboot) x"])]);
        let found = findings("missing-parent", &facts);
        assert_eq!(
            commands(found.first().unwrap()),
            ["git log --all --oneline --name-status -S'$(reboot) x' -- versions"]
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_may_be_the_parent() {
        let mut facts = facts(vec![revision("b", &["a"])]);
        facts.problems.push(problem(ProblemKind::Unreadable, "versions/a.py"));
        let found = findings("missing-parent", &facts);
        let finding = found.first().unwrap();
        assert_eq!(finding.message, "b continues a, but no file that could be read has that id");
        assert_eq!(finding.at_most, Some(super::Severity::Warning));
        assert!(finding.evidence.iter().any(|line| line.contains("versions/a.py")), "{:?}", finding.evidence);
        assert_eq!(commands(finding), ["alembic-doctor check"], "nothing is repaired before it is known");
    }
}
