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
            // An empty row names nothing that could be lost.
            RowProblem::Unknown { row } if !row.is_empty() => Some(row.as_str()),
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

#[cfg(test)]
mod tests {
    use crate::revision::ProblemKind;
    use crate::rules::testing::{commands, findings, problem, revision, with_rows};

    #[test]
    fn the_lost_id_is_looked_for_in_git_and_can_be_stood_in_for() {
        let facts = with_rows(vec![revision("a", &[])], &["gone"]);
        let found = findings("orphaned-stamp", &facts);
        let finding = found.first().unwrap();
        assert_eq!(commands(finding), ["git log --all --oneline --name-status -Sgone -- versions"]);
        let other = finding.or.first().and_then(|steps| steps.first()).unwrap();
        assert!(other.command.starts_with("alembic revision --rev-id gone "), "{}", other.command);
    }

    #[test]
    fn no_stand_in_where_its_place_is_in_doubt() {
        let two_rows = with_rows(vec![revision("a", &[])], &["a", "gone"]);
        assert!(findings("orphaned-stamp", &two_rows).first().unwrap().or.is_empty());
        let illegal = with_rows(vec![revision("a", &[])], &["not-an-id"]);
        assert!(findings("orphaned-stamp", &illegal).first().unwrap().or.is_empty());
    }

    #[test]
    fn an_unreadable_file_may_be_the_lost_one() {
        let mut facts = with_rows(vec![revision("a", &[])], &["gone"]);
        facts.problems.push(problem(ProblemKind::Unreadable, "versions/gone.py"));
        let found = findings("orphaned-stamp", &facts);
        assert!(found.first().unwrap().message.ends_with("none of the readable files has"));
    }

    #[test]
    fn an_escape_sequence_never_reaches_the_terminal() {
        let facts = with_rows(vec![revision("a", &[])], &["\u{1b}[2J"]);
        let found = findings("orphaned-stamp", &facts);
        let finding = found.first().unwrap();
        let shown = format!("{}{}{:?}", finding.message, finding.evidence.join("\n"), commands(finding));
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        assert!(finding.next.is_empty());
    }
}
