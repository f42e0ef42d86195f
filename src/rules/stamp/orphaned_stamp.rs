//! `orphaned-stamp`

use crate::database::Rows;
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::graph::RowProblem;
use crate::rules::{Check, Rule, StampFacts, gaps, wording};

use super::remedy;

pub(super) const RULE: Rule = Rule {
    name: "orphaned-stamp",
    summary: "The database is stamped with a revision that no file here has",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/orphaned-stamp.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let mut rows: Vec<&str> = seen
        .stamp
        .problems
        .iter()
        .filter_map(|problem| match problem {
            RowProblem::Unknown { row } => Some(row.as_str()),
            _ => None,
        })
        .collect();
    rows.sort_unstable();
    rows.dedup();
    let Some(first) = rows.first() else { return Vec::new() };
    let facts = seen.facts;
    let unread = gaps::unknown_ids(facts);
    let files = if unread.is_empty() { "no revision file here has" } else { "none of the readable files has" };
    let mut finding = Finding::new(format!("The database is stamped with {}, which {files}", wording::ids(&rows)))
        .revision(*first)
        .evidence(remedy::rows_line(seen));
    finding.evidence.extend(wording::fold(unread.into_iter().map(|gap| format!("could be {gap}")).collect()));
    finding.evidence.extend(this_code(seen));
    for row in &rows {
        let near = facts.graph.near_misses(row);
        for near in near.iter().filter_map(|near| facts.graph.get(near)) {
            finding = finding.evidence(format!("close to {}: {}", wording::id(row), wording::revision(near)));
        }
    }
    finding.evidence.extend(elsewhere(seen, &rows));
    for row in rows.iter().take(3) {
        let why =
            "finds the commit that has the file, and so the branch or release to deploy, or the file to bring back";
        finding.next.extend(wording::search_git(&facts.project, row, why));
    }
    if let Some(step) = stand_in(seen) {
        finding = finding.or(vec![step]);
    }
    vec![
        finding
            .do_not(
                "delete the row or drop the table: Alembic would start from the first revision, on tables that exist",
            )
            .do_not(
                "run `stamp --purge head`: if revisions are pending, they would never run, and nothing would show it",
            ),
    ]
}

/// Where this code ends.
fn this_code(seen: &StampFacts<'_>) -> Vec<String> {
    let graph = &seen.facts.graph;
    let heads = graph.heads();
    let lines = heads.iter().filter_map(|head| graph.get(head));
    wording::fold(lines.map(|head| format!("this code ends at {}", wording::revision(head))).collect())
}

/// Things that may explain the row: folders that are missing, other version tables that have it.
fn elsewhere(seen: &StampFacts<'_>, rows: &[&str]) -> Vec<String> {
    let missing = seen.facts.project.version_locations.iter().filter(|location| !location.exists).map(|location| {
        format!("the folder {} is configured for revisions, but does not exist", wording::path(&location.path))
    });
    let used = seen.stamp.table(seen.look);
    let others = seen.look.version_tables.iter().filter(|table| used.is_none_or(|used| *table != used));
    let twins = others.filter_map(|table| match &table.rows {
        Rows::Known { values, .. } if values.iter().any(|value| rows.contains(&value.as_str())) => {
            Some(format!("{} holds the same row", remedy::table_name(table)))
        }
        _ => None,
    });
    missing.chain(twins).collect()
}

/// An empty revision with the lost id. Only where one row and one head leave no doubt about its place.
fn stand_in(seen: &StampFacts<'_>) -> Option<Step> {
    let graph = &seen.facts.graph;
    let heads = graph.heads();
    let ([row], [head]) = (seen.stamp.rows.as_slice(), heads.as_slice()) else { return None };
    // Alembic would refuse the id.
    if row.contains(['@', '-', '+', ':', '\''])
        || row.trim() != row
        || ["", "head", "heads", "base"].contains(&row.as_str())
    {
        return None;
    }
    let id = wording::shell(row)?;
    Some(Step::new(
        seen.facts.project.command(&format!("revision --rev-id {id} -m \"stand-in for a lost revision\"")),
        format!(
            "only if git has no trace of it: writes an empty revision with that id after {}; assumes that this \
             database has everything up to there",
            wording::id(head)
        ),
        Changes::Files,
    ))
}
