//! `multiple-heads`

use std::collections::HashSet;

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::graph::{EdgeKind, Graph};
use crate::revision::Field;
use crate::rules::wording::{self, MOST_LINES};
use crate::rules::{Check, Rule, gaps};

pub(super) const RULE: Rule = Rule {
    name: "multiple-heads",
    summary: "The revision graph has more heads than the project wants",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/multiple-heads.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let graph = &facts.graph;
    let heads = tips(graph);
    // A file whose parents are not known, or that is missing, may join the lines.
    let is_open = !gaps::unknown_parents(facts).is_empty()
        || graph.missing().iter().any(|missing| missing.kind == EdgeKind::Down);
    if heads.is_empty() || is_open || are_wanted(facts) {
        return Vec::new();
    }
    let names = wording::ids(&heads);
    let mut finding = match facts.expected.heads {
        Some(wanted) => Finding::new(format!(
            "{}, but `expected-heads` says {wanted}: {names}",
            wording::count(heads.len(), "head", "heads")
        )),
        None => Finding::new(format!(
            "{} heads, {names}: `{}` refuses to choose between them",
            heads.len(),
            facts.project.command("upgrade head")
        )),
    };
    let revisions: Vec<_> = heads.iter().filter_map(|head| graph.get(head)).collect();
    finding.evidence = wording::fold(revisions.iter().map(|revision| wording::revision(revision)).collect());
    if heads.len() > 1 {
        finding.evidence.extend(partings(graph, &heads));
    }
    finding.evidence.extend(dependencies_between(graph, &heads));
    finding.evidence.extend(applied(facts, &heads));
    // The last in load order is most often the one that came later.
    if let Some(last) = revisions.last() {
        finding = finding.at(last.location(Field::DownRevision));
    }
    if heads.len() < 2 {
        return vec![finding];
    }
    if !gaps::alembic_loads(facts) {
        finding = finding.next(
            wording::doctor(&facts.project, "check"),
            "looks again, once the findings that keep Alembic from loading the graph are settled; then join the lines",
            Changes::Nothing,
        );
    } else if let Some(command) = merge_command(facts, &heads) {
        finding = finding.next(
            command,
            "writes a revision that joins the lines; right when any of them may already be applied somewhere, and \
             after a look at whether they change the same tables",
            Changes::Files,
        );
    }
    vec![finding.do_not("change the deployment to `upgrade heads`: nobody has tried these lines in that order").do_not(
        "change the `down_revision` of a revision that a database already has: that database would never \
                 run the other line",
    )]
}

/// Heads that no copy of a duplicate id pretends to be.
pub(in crate::rules) fn tips(graph: &Graph) -> Vec<&str> {
    let mut seen = HashSet::new();
    graph.heads().into_iter().filter(|head| seen.insert(*head) && graph.children(head).is_empty()).collect()
}

/// Whether the project means to have these heads: as many as the settings say, or each with a
/// branch label of its own.
pub(crate) fn are_wanted(facts: &Facts) -> bool {
    are_wanted_heads(&facts.graph, facts.expected.heads)
}

/// The same for any graph.
pub(in crate::rules) fn are_wanted_heads(graph: &Graph, expected: Option<usize>) -> bool {
    let heads = tips(graph);
    match expected {
        Some(wanted) => heads.len() == wanted,
        None => heads.len() < 2 || has_own_labels(graph, &heads) == heads.len(),
    }
}

/// How many of `ids` carry a branch label that no other of them carries.
pub(super) fn has_own_labels(graph: &Graph, ids: &[&str]) -> usize {
    let labels: Vec<Vec<&str>> = ids.iter().map(|id| graph.labels(id)).collect();
    let carriers = |label: &str| labels.iter().filter(|others| others.contains(&label)).count();
    labels.iter().filter(|own| own.iter().any(|label| carriers(label) == 1)).count()
}

/// Where the lines to the heads part, newest first; or that they have nothing in common.
pub(in crate::rules) fn partings(graph: &Graph, heads: &[&str]) -> Vec<String> {
    let lines: Vec<HashSet<&str>> = heads.iter().take(MOST_LINES).map(|head| line(graph, head)).collect();
    let reached = |id: &str| -> Vec<bool> { lines.iter().map(|line| line.contains(id)).collect() };
    let mut partings: Vec<String> = graph
        .branch_points()
        .into_iter()
        .filter(|point| {
            let mut ways: Vec<Vec<bool>> = graph.children(point).into_iter().map(reached).collect();
            ways.sort();
            ways.dedup();
            // Lines that part and meet again do not matter.
            ways.len() > 1
        })
        .filter_map(|point| graph.get(point))
        .map(|point| format!("they part at {}", wording::revision(point)))
        .collect();
    if partings.is_empty() {
        partings.push("they have no revision in common".to_owned());
    }
    partings.reverse();
    wording::fold(partings)
}

/// Everything that `head` continues, itself included.
fn line<'a>(graph: &'a Graph, head: &'a str) -> HashSet<&'a str> {
    let mut line = HashSet::from([head]);
    let mut waiting = vec![head];
    while let Some(id) = waiting.pop() {
        let parents = graph.get(id).map(|revision| revision.down_revision.as_slice()).unwrap_or_default();
        waiting.extend(parents.iter().map(String::as_str).filter(|parent| line.insert(parent)));
    }
    line
}

/// Alembic counts a head that another depends on for `head`, but not for `heads`.
fn dependencies_between(graph: &Graph, heads: &[&str]) -> Vec<String> {
    let effective: HashSet<&str> = graph.real_heads().into_iter().collect();
    heads
        .iter()
        .filter(|head| !effective.contains(**head))
        .map(|head| format!("{} is also a dependency: `heads` leaves it out, `head` does not", wording::id(head)))
        .collect()
}

/// Which of the heads each database has run: what some database has must not move.
fn applied(facts: &Facts, heads: &[&str]) -> Vec<String> {
    let stamped = facts.databases.iter().filter_map(|database| Some((&database.state.name, database.stamp.as_ref()?)));
    let lines = stamped.filter_map(|(name, stamp)| {
        // A row that is no revision of this code may stand for any of them.
        let rows: Option<Vec<&str>> =
            stamp.rows.iter().map(|row| facts.graph.get(row).map(|row| row.id.as_str())).collect();
        let run = facts.graph.ancestors(&rows.filter(|rows| !rows.is_empty())?);
        let (has, lacks): (Vec<&str>, Vec<&str>) = heads.iter().partition(|head| run.contains(**head));
        let name = crate::source::printable(name);
        Some(match (has.is_empty(), lacks.is_empty()) {
            (true, _) => format!("database {name} has run none of them"),
            (_, true) => format!("database {name} has run all of them"),
            _ => format!("database {name} has run {}, but not {}", wording::ids(&has), wording::ids(&lacks)),
        })
    });
    wording::fold(lines.collect())
}

pub(in crate::rules) fn merge_command(facts: &Facts, heads: &[&str]) -> Option<String> {
    let targets = wording::shell_words(heads)?;
    let message = if heads.len() > 3 { "merge heads".to_owned() } else { format!("merge {}", wording::ids(heads)) };
    // Quotes in an id would end the message.
    let message = if message.contains(['"', '$', '`', '\\', '!']) { "merge heads".to_owned() } else { message };
    Some(facts.project.command(&format!("merge -m \"{message}\" {targets}")))
}

#[cfg(test)]
mod tests {
    use crate::revision::{Field, ProblemKind};
    use crate::rules::testing::{commands, computed, facts, findings, labelled, problem, revision};

    #[test]
    fn two_heads_are_joined_by_a_merge_of_both() {
        let facts = facts(vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])]);
        let found = findings("multiple-heads", &facts);
        let finding = found.first().unwrap();
        assert_eq!(commands(finding), ["alembic merge -m \"merge b and c\" b c"]);
        assert!(finding.evidence.contains(&"they part at a (versions/a.py:1)".to_owned()), "{:?}", finding.evidence);
    }

    #[test]
    fn it_says_what_each_database_has_run() {
        let revisions = vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])];
        let facts = crate::rules::testing::with_rows(revisions, &["b"]);
        let found = findings("multiple-heads", &facts);
        assert_eq!(
            found.first().unwrap().evidence.last().map(String::as_str),
            Some("database default has run b, but not c")
        );
    }

    #[test]
    fn nothing_is_said_of_a_database_with_an_unknown_stamp() {
        let revisions = vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])];
        let facts = crate::rules::testing::with_rows(revisions, &["gone"]);
        let found = findings("multiple-heads", &facts);
        assert!(!found.first().unwrap().evidence.iter().any(|line| line.contains("database")));
    }

    #[test]
    fn lines_that_meet_again_are_no_parting() {
        let facts = facts(vec![
            revision("a", &[]),
            revision("b", &["a"]),
            revision("c", &["a"]),
            revision("d", &["b", "c"]),
            revision("x", &["d"]),
            revision("y", &["d"]),
        ]);
        let found = findings("multiple-heads", &facts);
        let partings: Vec<&String> =
            found.first().unwrap().evidence.iter().filter(|line| line.contains("part at")).collect();
        assert_eq!(partings, ["they part at d (versions/d.py:1)"]);
    }

    #[test]
    fn a_label_for_each_line_explains_the_heads() {
        let one = labelled(revision("b", &["a"]), "one");
        let two = labelled(revision("c", &["a"]), "two");
        assert!(findings("multiple-heads", &facts(vec![revision("a", &[]), one.clone(), two])).is_empty());
        let half = facts(vec![revision("a", &[]), one, revision("c", &["a"])]);
        assert_eq!(findings("multiple-heads", &half).len(), 1);
    }

    #[test]
    fn a_label_that_both_lines_share_explains_nothing() {
        let root = labelled(revision("a", &[]), "all");
        let facts = facts(vec![root, revision("b", &["a"]), revision("c", &["a"])]);
        assert_eq!(findings("multiple-heads", &facts).len(), 1);
    }

    #[test]
    fn the_expected_number_is_the_right_one() {
        let mut facts = facts(vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])]);
        facts.expected.heads = Some(2);
        assert!(findings("multiple-heads", &facts).is_empty());
        facts.expected.heads = Some(3);
        assert_eq!(findings("multiple-heads", &facts).len(), 1);
    }

    #[test]
    fn nobody_is_accused_while_a_file_could_be_the_merge() {
        let mut fork = facts(vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])]);
        fork.problems.push(problem(ProblemKind::Unreadable, "versions/d.py"));
        assert!(findings("multiple-heads", &fork).is_empty());
        let unknown = computed(revision("d", &[]), Field::DownRevision);
        let open = facts(vec![revision("a", &[]), revision("b", &["a"]), unknown]);
        assert!(findings("multiple-heads", &open).is_empty());
    }

    #[test]
    fn a_missing_parent_may_be_between_the_heads() {
        let open = facts(vec![revision("a", &[]), revision("c", &["b"])]);
        assert!(findings("multiple-heads", &open).is_empty());
        assert_eq!(findings("missing-parent", &open).len(), 1);
    }

    #[test]
    fn no_merge_is_offered_while_alembic_cannot_load_the_graph() {
        let same = |id, parents: &[&str]| labelled(revision(id, parents), "same");
        let facts = facts(vec![revision("a", &[]), same("b", &["a"]), same("c", &["a"])]);
        let found = findings("multiple-heads", &facts);
        assert_eq!(commands(found.first().unwrap()), ["alembic-doctor check"]);
    }

    #[test]
    fn copies_of_one_id_are_no_heads() {
        let facts = facts(vec![revision("a", &[]), revision("b", &["a"]), revision("b", &["a"])]);
        assert!(findings("multiple-heads", &facts).is_empty());
        assert_eq!(findings("duplicate-revision-id", &facts).len(), 1);
    }
}
