//! `revision-cycle`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::graph::{Cycle, EdgeKind};
use crate::revision::Field;
use crate::rules::{Check, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "revision-cycle",
    summary: "Revisions form a loop, so there is no order in which they can run",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/revision-cycle.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    facts.graph.cycles().iter().map(|cycle| finding(facts, cycle)).collect()
}

fn finding(facts: &Facts, cycle: &Cycle) -> Finding {
    let revisions = facts.graph.revisions();
    let mut way: Vec<String> = cycle
        .edges
        .iter()
        .filter_map(|edge| revisions.get(edge.revision))
        .map(|revision| wording::id(&revision.id))
        .collect();
    let mut finding = match (way.as_slice(), cycle.edges.as_slice()) {
        ([only], [edge]) if edge.kind == EdgeKind::Down => Finding::new(format!("{only} names itself as its parent")),
        ([only], [_]) => Finding::new(format!("{only} depends on itself")),
        _ => {
            if way.len() > wording::MOST_LINES {
                let left_out = way.len() - wording::MOST_LINES;
                way.truncate(wording::MOST_LINES);
                way.push(format!("({left_out} more)"));
            }
            way.extend(way.first().cloned());
            Finding::new(format!("These revisions form a loop: {}", way.join(" -> ")))
        }
    };

    let mut lines = Vec::new();
    let mut files = Vec::new();
    for edge in &cycle.edges {
        let Some(revision) = revisions.get(edge.revision) else { continue };
        let (field, verb) = match edge.kind {
            EdgeKind::Down => (Field::DownRevision, "continues"),
            EdgeKind::Dependency => (Field::DependsOn, "depends on"),
        };
        let location = revision.location(field);
        let says = format!("{} {verb} {}", wording::id(&revision.id), wording::id(&edge.parent));
        lines.push(format!("{says}  {}", wording::place(&location)));
        files.push(revision.source.path().display().to_string());
        if finding.location.is_none() {
            finding = finding.at(location).revision(&revision.id);
        } else if finding.related.len() < wording::MOST_LINES {
            finding = finding.related(location, says);
        }
    }
    finding.evidence = wording::fold(lines);
    let around = cycle.members.len().saturating_sub(cycle.edges.len());
    if around > 0 {
        finding = finding
            .evidence(format!("{} more can be reached both ways", wording::count(around, "revision", "revisions")));
    }
    let duplicates = facts.graph.duplicates();
    for duplicate in duplicates.iter().filter(|duplicate| cycle.members.contains(&duplicate.id)) {
        finding = finding.evidence(format!(
            "several files claim the id {}: settle duplicate-revision-id first, it may be the cause",
            wording::id(&duplicate.id)
        ));
    }

    files.sort();
    files.dedup();
    files.truncate(wording::MOST_LINES);
    if let Some(files) = wording::shell_words(&files) {
        finding = finding.next(
            format!("git log -p -G'^(down_revision|depends_on)' -- {files}"),
            "shows when each edge came in; the newest is most likely the wrong one",
            Changes::Nothing,
        );
    }
    if cycle.alembic_notices {
        return finding;
    }
    finding
        .evidence("Alembic's own check does not see this loop")
        .do_not("run `upgrade`: Alembic would run these in a wrong order, or never come to an end")
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{facts, findings, revision};

    #[test]
    fn a_loop_that_alembic_misses_warns_of_upgrade() {
        let facts = facts(vec![
            revision("root", &[]),
            revision("m", &["root", "y"]),
            revision("x", &["m"]),
            revision("y", &["x"]),
            revision("tip", &["x"]),
        ]);
        let found = findings("revision-cycle", &facts);
        let finding = found.first().unwrap();
        assert_eq!(finding.do_not.len(), 1);
        assert!(finding.evidence.iter().any(|line| line == "m continues y  versions/m.py:2"), "{:?}", finding.evidence);
    }

    #[test]
    fn a_revision_that_names_itself_is_a_loop() {
        let found = findings("revision-cycle", &facts(vec![revision("a", &["a"])]));
        assert_eq!(found.first().unwrap().message, "a names itself as its parent");
    }
}
