//! `redundant-stamp-row`

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::graph::RowProblem;
use crate::rules::{Check, Rule, StampFacts, wording};

use super::{objects, remedy};

pub(super) const RULE: Rule = Rule {
    name: "redundant-stamp-row",
    summary: "A row of the version table is implied by another, and Alembic refuses the two together",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/redundant-stamp-row.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let mut redundant: Vec<(&str, &str, &[String])> = seen
        .stamp
        .problems
        .iter()
        .filter_map(|problem| match problem {
            RowProblem::Redundant { row, implied_by, path } => {
                Some((row.as_str(), implied_by.as_str(), path.as_slice()))
            }
            _ => None,
        })
        .collect();
    redundant.sort_unstable();
    let Some((first, by, _)) = redundant.first() else { return Vec::new() };
    let message = match redundant.as_slice() {
        [_] => format!(
            "The row {} is implied by the row {}: `upgrade` refuses them together, and `current` hides it",
            wording::id(first),
            wording::id(by)
        ),
        rows => format!(
            "{} rows are implied by others: `upgrade` refuses them together, and `current` hides it",
            rows.len()
        ),
    };
    let mut finding = Finding::new(message).revision(*first).evidence(remedy::rows_line(seen));
    finding.evidence.extend(wording::fold(redundant.iter().map(|(_, _, path)| way(path)).collect()));
    match remedy::true_rows(seen.facts, &seen.stamp.rows, &seen.stamp.problems) {
        Some(rows) => {
            let why = format!("replaces the rows by {}", wording::ids(&rows));
            let way = remedy::replace_rows(seen.facts, &rows, &why);
            finding = proven(seen, finding, way);
        }
        None => finding = finding.evidence("what another row stands for is not known: settle that finding first"),
    }
    vec![
        finding
            .do_not("run `stamp head`: it ends without an error and changes nothing")
            .do_not("run `stamp --purge` with fewer rows than these: the row of another branch would be lost"),
    ]
}

/// The way, as far as what lies between the rows has left its tables: a branch that was moved behind
/// another after both had run has revisions there that never ran here.
fn proven(seen: &StampFacts<'_>, finding: Finding, way: Vec<Step>) -> Finding {
    let graph = &seen.facts.graph;
    let mut finding = finding;
    let Some(schema) = seen.schema else {
        finding.next = way;
        return finding;
    };
    let is_missing = |id: &str| schema.missing.iter().any(|made| made.revision == id);
    let does_something = |id: &str| seen.facts.operations_of(id).is_none_or(|read| !read.upgrade.steps.is_empty());
    let rows: Vec<&str> = seen.stamp.rows.iter().map(String::as_str).collect();
    let between = |id: &&str| {
        let below = graph.descendants(&[id]);
        !rows.contains(id) && rows.iter().any(|row| below.contains(row))
    };
    let first = |row: &&str| !graph.ancestors(&[row]).iter().any(|id| id != row && rows.contains(id));
    let certain: Vec<&str> = rows.iter().copied().filter(first).collect();
    let certain = graph.ancestors(&certain);
    let order = graph.history().into_iter().rev();
    let between: Vec<&str> = order.filter(|id| !certain.contains(id)).filter(between).collect();
    if let Some(missing) = between.iter().find(|id| is_missing(id)) {
        let why = "looks again, once it is settled whether that ran: see the other findings about this database";
        finding = finding.evidence(format!("{} lies between them, and its tables are not there", wording::id(missing)));
        finding.next.push(Step::new(wording::doctor(&seen.facts.project, "diagnose"), why, Changes::Nothing));
        return finding.do_not("run `stamp --purge` before: it says that everything between has run");
    }
    let unseen: Vec<&str> = between.into_iter().filter(|id| !schema.seen.contains(*id) && does_something(id)).collect();
    let Some(one) = unseen.first() else {
        finding.next = way;
        return finding;
    };
    finding = finding.evidence(format!(
        "not known: whether {} ran here: it lies between them, and nothing that it made can be seen",
        wording::ids(&unseen)
    ));
    let shown =
        objects::show_sql(seen, one, "prints what it would do, and runs nothing: look whether it has been done");
    finding.next.push(shown.unwrap_or_else(|| remedy::compare(seen.facts)));
    if way.is_empty() { finding } else { finding.or(way) }
}

/// The way from the row that implies down to the one that is implied; its middle folded.
fn way(path: &[String]) -> String {
    let ids: Vec<String> = path.iter().map(|id| wording::id(id)).collect();
    if ids.len() <= 6 {
        return ids.join(" -> ");
    }
    let start = ids.get(..3).unwrap_or_default().join(" -> ");
    let end = ids.last().cloned().unwrap_or_default();
    format!("{start} -> ({} more) -> {end}", ids.len() - 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{commands, findings, revision, with_rows};

    #[test]
    fn the_rows_of_other_branches_are_kept() {
        let facts = with_rows(vec![revision("a", &[]), revision("b", &["a"]), revision("z", &[])], &["a", "b", "z"]);
        let found = findings("redundant-stamp-row", &facts);
        assert_eq!(commands(found.first().unwrap()), ["alembic stamp --purge b z"]);
    }

    #[test]
    fn nothing_is_purged_while_a_row_is_not_understood() {
        let facts = with_rows(vec![revision("a", &[]), revision("b", &["a"])], &["a", "b", "gone"]);
        let found = findings("redundant-stamp-row", &facts);
        assert!(commands(found.first().unwrap()).is_empty());
    }

    #[test]
    fn a_long_way_is_folded_in_the_middle() {
        let path: Vec<String> = (0..10).map(|n| format!("r{n}")).collect();
        assert_eq!(way(&path), "r0 -> r1 -> r2 -> (6 more) -> r9");
        assert_eq!(way(path.get(..3).unwrap()), "r0 -> r1 -> r2");
    }
}
