//! `truncated-stamp`

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::graph::RowProblem;
use crate::rules::{Check, Rule, StampFacts, wording};

use super::remedy;

pub(super) const RULE: Rule = Rule {
    name: "truncated-stamp",
    summary: "A row of the version table is not a whole revision id",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/truncated-stamp.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let mut messages: Vec<(String, String)> = seen.stamp.problems.iter().filter_map(sentence).collect();
    messages.sort();
    messages.dedup();
    let Some(((row, message), others)) = messages.split_first() else { return Vec::new() };
    let mut finding = Finding::new(message).revision(row).evidence(remedy::rows_line(seen));
    finding.evidence.extend(wording::fold(others.iter().map(|(_, message)| message.clone()).collect()));
    match remedy::true_rows(seen.facts, &seen.stamp.rows, &seen.stamp.problems) {
        Some(rows) => {
            let why = if rows.len() == 1 { "writes the whole id instead" } else { "writes whole ids instead" };
            finding.next = remedy::replace_rows(seen.facts, &rows, why);
        }
        None => {
            finding = finding.evidence("which revision the database is really at is not known");
            finding.next.push(remedy::compare(seen.facts));
            let has_orphan = seen
                .stamp
                .problems
                .iter()
                .any(|problem| matches!(problem, RowProblem::Unknown { row } if !row.is_empty()));
            // With an orphan beside it, replacing all rows would lose the evidence.
            if !has_orphan {
                let heads = remedy::all_heads(seen.facts);
                finding = finding.or(vec![Step::new(
                seen.facts.project.command(&format!("stamp --purge {heads}")),
                "only if the schema has everything up to the newest revision; replaces all rows; assumes that env.py \
                 is set to this same database",
                Changes::Database,
            )]);
            }
        }
    }
    vec![
        finding.do_not(
            "run `upgrade` first: it adds a second row beside this one, or starts from the first revision again",
        ),
    ]
}

/// The row and what is wrong with it.
fn sentence(problem: &RowProblem) -> Option<(String, String)> {
    let (row, rest) = match problem {
        RowProblem::Mistyped { row, meant } => {
            let how = if row.trim() == meant { "has blanks around it" } else { "is written in another case" };
            (row, format!("{how}: Alembic does not take it for {}", wording::id(meant)))
        }
        RowProblem::NotAnId { row, .. } | RowProblem::Unknown { row } if row.is_empty() => {
            (row, "is empty, and Alembic crashes on it".to_owned())
        }
        RowProblem::NotAnId { row, meaning } => match meaning.as_slice() {
            [] => (
                row,
                "is a word that Alembic takes for the empty database, so it would start from the beginning".to_owned(),
            ),
            [id] if id.starts_with(row.as_str()) => (
                row,
                format!("is only the beginning of {}: Alembic accepts it, but cannot replace it", wording::id(id)),
            ),
            ids => (row, format!("is no id: Alembic takes it for {} today", wording::ids(ids))),
        },
        RowProblem::Unknown { .. } | RowProblem::Duplicate { .. } | RowProblem::Redundant { .. } => return None,
    };
    Some((row.clone(), format!("The row {} {rest}", wording::id(row))))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{commands, findings, revision, with_rows};

    fn command(row: &str) -> String {
        let facts = with_rows(vec![revision("a1b2c3d4", &[]), revision("b2c3d4e5", &["a1b2c3d4"])], &[row]);
        let found = findings("truncated-stamp", &facts);
        (*commands(found.first().unwrap()).first().unwrap()).to_owned()
    }

    #[test]
    fn a_shortened_or_mistyped_id_is_written_out() {
        for row in ["a1b2", "A1B2C3D4", "a1b2c3d4 "] {
            assert_eq!(command(row), "alembic stamp --purge a1b2c3d4", "{row}");
        }
    }

    #[test]
    fn an_empty_row_is_no_lost_revision() {
        assert_eq!(command(""), "alembic upgrade head --sql");
        assert!(findings("orphaned-stamp", &with_rows(vec![revision("a", &[])], &[""])).is_empty());
    }

    #[test]
    fn what_a_word_meant_is_not_guessed() {
        for row in ["head", "base", "heads"] {
            assert_eq!(command(row), "alembic upgrade head --sql", "{row}");
        }
    }
}
