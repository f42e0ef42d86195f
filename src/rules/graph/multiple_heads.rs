//! `multiple-heads`

use std::collections::HashSet;

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::Facts;
use crate::graph::{EdgeKind, Graph};
use crate::merge::{self, Comparison, Pair, Terms, Verdict};
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
    } else {
        finding = join(facts, &heads, finding);
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

/// The command that joins these heads: the doctor's own, where it knows what the sides do.
pub(in crate::rules) fn merge_command(facts: &Facts, heads: &[&str]) -> Option<String> {
    let arguments = format!("merge {}", wording::shell_words(heads)?);
    Some(match merge::dialect(facts) {
        Some(_) => wording::doctor(&facts.project, &arguments),
        None => facts.project.command(&arguments),
    })
}

/// The way out, as far as what the sides do is known.
fn join(facts: &Facts, heads: &[&str], finding: Finding) -> Finding {
    // Who has a head that depends on another one has both: such a merge makes Alembic crash.
    let is_implied =
        |head: &&str| heads.iter().any(|other| other != head && facts.graph.ancestors(&[other]).contains(head));
    let (implied, heads): (Vec<&str>, Vec<&str>) = heads.iter().partition(|head| is_implied(head));
    let heads = heads.as_slice();
    if let [head] = heads {
        let (head, implied) = (wording::id(head), wording::ids(&implied));
        return finding.next(
            facts.project.command("heads --resolve-dependencies"),
            format!(
                "shows the heads that count: {head} depends on {implied}, so there is nothing to join. If they are meant \
                 to stay two, tell the doctor with `expected-heads` and upgrade to `heads`; else a revision has to \
                 continue {implied}"
            ),
            Changes::Nothing,
        );
    }
    let Some(command) = merge_command(facts, heads) else { return finding };
    let Some(dialect) = merge::dialect(facts) else {
        return finding.next(
            command,
            "writes a revision that joins the lines; right when any of them may already be applied somewhere, and \
             after a look at whether they change the same tables",
            Changes::Files,
        );
    };
    if facts.looked_into().is_none() {
        let why = "compares what the lines do, and writes a revision that joins them";
        return move_instead(facts, heads, finding.next(command, why, Changes::Files));
    }
    let comparison = merge::compare(facts, heads, Terms { dialect, prefer: None });
    let mut finding = finding;
    let meetings = comparison.pairs.iter().filter(|pair| pair.verdict != Verdict::Independent);
    finding.evidence.extend(wording::fold(meetings.map(|pair| meeting(&comparison, pair)).collect()));
    finding = if comparison.needs_a_person() {
        finding.next(
            format!("{command} --dry-run"),
            "shows what the lines do to the same things, and what somebody has to decide or to guard before they are \
             joined; without --dry-run it writes the revision, which stops until then",
            Changes::Nothing,
        )
    } else {
        finding.next(
            command,
            "writes a revision that joins the lines, after a look at what they do: it needs nobody to decide anything, \
             and any of them may already be applied somewhere",
            Changes::Files,
        )
    };
    move_instead(facts, heads, finding)
}

/// One line instead of a merge, where one of two may move.
fn move_instead(facts: &Facts, heads: &[&str], finding: Finding) -> Finding {
    let Some((tip, onto)) = movable(facts, heads) else { return finding };
    let (Some(tip), Some(onto)) = (wording::shell(tip), wording::shell(onto)) else { return finding };
    finding.or(vec![Step::new(
        wording::doctor(&facts.project, &format!("rebase {tip} --onto {onto}")),
        "makes one line of the two instead: it moves what no known database has; right when none that was not \
         looked at has it either",
        Changes::Files,
    )])
}

/// What two operations do to each other.
fn meeting(comparison: &Comparison, pair: &Pair) -> String {
    let places = [pair.first, pair.second].into_iter().filter_map(|at| comparison.operation(at));
    let places: Vec<String> = places.map(|operation| crate::source::printable(&operation.place())).collect();
    let clean = crate::source::printable_line;
    format!("{}: {} ({}), {}", pair.verdict.as_str(), clean(&pair.thing), places.join(" and "), clean(&pair.why))
}

/// Of two heads the one that no database has, where some has the other one.
fn movable<'h>(facts: &Facts, heads: &[&'h str]) -> Option<(&'h str, &'h str)> {
    let [one, two] = heads else { return None };
    if facts.databases.is_empty() {
        return None;
    }
    let common = &facts.graph.ancestors(&[*one]) & &facts.graph.ancestors(&[*two]);
    let mut has = (false, false);
    for database in &facts.databases {
        let stamp = database.stamp.as_ref().filter(|stamp| stamp.missing.is_empty())?;
        let rows: Option<Vec<&str>> =
            stamp.rows.iter().map(|row| facts.graph.get(row).map(|row| row.id.as_str())).collect();
        let run = facts.graph.ancestors(&rows?);
        let any = |head: &str| facts.graph.ancestors(&[head]).iter().any(|id| !common.contains(id) && run.contains(id));
        has = (has.0 || any(one), has.1 || any(two));
    }
    match has {
        (true, false) => Some((two, one)),
        (false, true) => Some((one, two)),
        (true, true) | (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::revision::{Field, ProblemKind, Revision};
    use crate::rules::testing::{commands, computed, facts, findings, labelled, problem, revision, revision_with};

    #[test]
    fn two_heads_are_joined_by_a_merge_of_both() {
        let facts = facts(vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])]);
        let found = findings("multiple-heads", &facts);
        let finding = found.first().unwrap();
        assert_eq!(commands(finding), ["alembic-doctor merge b c"]);
        assert!(finding.evidence.contains(&"they part at a (versions/a.py:1)".to_owned()), "{:?}", finding.evidence);
    }

    #[test]
    fn what_both_lines_do_to_one_thing_is_shown_before_anything_is_written() {
        let adds = |id| revision_with(id, &["a"], "op.add_column(\"t\", sa.Column(\"x\", sa.Integer()))");
        let mut facts = facts(vec![revision("a", &[]), adds("b"), adds("c")]);
        facts.read_operations();
        let found = findings("multiple-heads", &facts);
        let finding = found.first().unwrap();
        assert_eq!(commands(finding), ["alembic-doctor merge b c --dry-run"]);
        let expected = "identical: t.x (versions/b.py:9 and versions/c.py:9), both do the same: the one that runs \
                        second fails";
        assert!(finding.evidence.iter().any(|line| line == expected), "{:?}", finding.evidence);
    }

    #[test]
    fn a_head_that_another_depends_on_is_not_joined_with_it() {
        let dependent = |id: &str| Revision { depends_on: vec!["x".to_owned()], ..revision(id, &["a"]) };
        let one = vec![revision("a", &[]), revision("x", &[]), dependent("b")];
        let found = findings("multiple-heads", &crate::rules::testing::with_rows(one.clone(), &["b"])).remove(0);
        assert_eq!(commands(&found), ["alembic heads --resolve-dependencies"]);
        assert!(found.or.is_empty(), "{:?}", found.or);
        let several = [one, vec![revision("c", &["a"])]].concat();
        assert_eq!(commands(&findings("multiple-heads", &facts(several))[0]), ["alembic-doctor merge b c"]);
    }

    #[test]
    fn the_line_that_no_database_has_may_move_instead() {
        let revisions = vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])];
        let offered = |rows: &[&str]| {
            let facts = crate::rules::testing::with_rows(revisions.clone(), rows);
            let found = findings("multiple-heads", &facts).remove(0);
            found.or.iter().flatten().map(|step| step.command.clone()).collect::<Vec<_>>()
        };
        assert_eq!(offered(&["b"]), ["alembic-doctor rebase c --onto b"]);
        assert_eq!(offered(&["c"]), ["alembic-doctor rebase b --onto c"]);
        assert_eq!(offered(&["a"]), Vec::<String>::new());
        assert_eq!(offered(&["b", "c"]), Vec::<String>::new());
        assert_eq!(offered(&["gone"]), Vec::<String>::new());
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
