//! `duplicate-stamp-rows`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::graph::RowProblem;
use crate::rules::{Check, Rule, StampFacts, wording};
use crate::source::printable;

use super::remedy;

pub(super) const RULE: Rule = Rule {
    name: "duplicate-stamp-rows",
    summary: "The version table holds the same row more than once",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/duplicate-stamp-rows.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let mut duplicates: Vec<(&str, usize)> = seen
        .stamp
        .problems
        .iter()
        .filter_map(|problem| match problem {
            RowProblem::Duplicate { row, times } => Some((row.as_str(), *times)),
            _ => None,
        })
        .collect();
    duplicates.sort_unstable();
    let Some((first, times)) = duplicates.first() else { return Vec::new() };
    let message = match duplicates.as_slice() {
        [_] => format!(
            "The row {} is stored {times} times: the next step of `upgrade` stops at \"expected to match one row\"",
            wording::id(first)
        ),
        rows => format!(
            "{} rows are stored more than once: the next step of `upgrade` stops at \"expected to match one row\"",
            rows.len()
        ),
    };
    let lines = duplicates
        .iter()
        .map(|(row, times)| format!("{} holds {} {times} times", remedy::stamp_table(seen), wording::id(row)));
    let mut finding = Finding::new(message).revision(*first);
    finding.evidence = wording::fold(lines.collect());
    let table = seen.stamp.table(seen.look);
    let has_key = table.is_some_and(|table| table.has_primary_key);
    if !has_key {
        finding = finding.evidence("the table has no primary key, which would have refused the second row");
    }
    match remedy::true_rows(seen.facts, &seen.stamp.rows, &seen.stamp.problems) {
        Some(rows) => {
            let why = format!("empties the table and stores {} once", wording::ids(&rows));
            finding.next = remedy::replace_rows(seen.facts, &rows, &why);
            if let Some(command) = table.filter(|_| !has_key).and_then(|table| {
                remedy::as_owner(seen.look, table, |name| {
                    let key = remedy::sql_name(&format!("{}_pkc", printable(&table.name)));
                    format!("ALTER TABLE {name} ADD CONSTRAINT {key} PRIMARY KEY (version_num)")
                })
            }) {
                finding = finding.next(
                    command,
                    "adds the key that Alembic gives the table; assumes that psql reaches this database (PGHOST, PGPORT)",
                    Changes::Database,
                );
            }
        }
        None => finding = finding.evidence("what another row stands for is not known: settle that finding first"),
    }
    vec![finding.do_not("delete all of the rows by hand: without a stamp Alembic starts from the first revision")]
}
