//! `inserted-revision`

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::StampState;
use crate::revision::{Field, Revision};
use crate::rules::{Check, Rule, StampFacts, gaps, wording};

use super::{remedy, reparented_revision};

pub(super) const RULE: Rule = Rule {
    name: "inserted-revision",
    summary: "A revision that seems to have been put below one that this database already had: it would never run here",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/inserted-revision.md"),
    check: Check::Stamp(check),
};

/// A revision that waited for its merge a shorter time than this is nothing out of the ordinary,
/// and finding it in the stamp is worth a line, but no warning.
const LONG_DAYS: i64 = 30;

/// More than these below one revision: then that one was moved up, as a rebase does, and they were
/// not all inserted.
const MOST_INSERTED: usize = 3;

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let facts = seen.facts;
    let is_sound =
        matches!(seen.stamp.state, StampState::AtHead | StampState::Behind) && seen.stamp.problems.is_empty();
    if !is_sound || !gaps::alembic_loads(facts) || !facts.graph.cycles().is_empty() {
        return Vec::new();
    }
    let mut rows: Vec<&str> = seen.stamp.rows.iter().map(String::as_str).collect();
    rows.sort_unstable();
    rows.into_iter().filter_map(|row| finding(seen, facts.graph.get(row)?)).collect()
}

fn finding(seen: &StampFacts<'_>, row: &Revision) -> Option<Finding> {
    let graph = &seen.facts.graph;
    let stored = day(row)?;
    let below = graph.ancestors(&[&row.id]);
    let mut later: Vec<(i64, &Revision)> = graph
        .ids()
        .into_iter()
        .filter(|id| below.contains(id))
        .filter_map(|id| graph.get(id))
        .filter_map(|revision| Some((day(revision)? - stored, revision)))
        // Whole days, so that no time zone can make the difference.
        .filter(|(days, _)| *days > 1)
        .collect();
    if later.is_empty() || later.len() > MOST_INSERTED {
        return None;
    }
    later.sort_by_key(|(days, _)| -days);
    let (days, inserted) = *later.first()?;
    // What git has seen is better than dates.
    if reparented_revision::is_settled(seen, &inserted.id, &row.id) {
        return None;
    }
    let (id, stamp) = (wording::id(&inserted.id), wording::id(&row.id));
    let mut finding = Finding::new(format!(
        "{id} comes before the stamp {stamp}, but was made {} after it: if {stamp} ran here first, {id} never will",
        wording::count(usize::try_from(days).ok()?, "day", "days")
    ))
    .at(inserted.location(Field::Revision))
    .revision(&inserted.id)
    .evidence(remedy::rows_line(seen));
    for revision in later.iter().map(|(_, revision)| *revision).chain([row]) {
        let date = revision.create_date.as_deref().unwrap_or_default();
        finding = finding.evidence(format!("made {}: {}", wording::id(date_of(date)), wording::revision(revision)));
    }
    let moved = graph
        .children(&inserted.id)
        .into_iter()
        .filter(|child| below.contains(child))
        .filter_map(|child| graph.get(child));
    let mut files = vec![row.source.path().display().to_string()];
    for child in moved {
        files.insert(0, child.source.path().display().to_string());
        if let Some(first) =
            first_parent(child).filter(|first| !child.down_revision.iter().any(|parent| parent == first))
        {
            finding = finding.evidence(format!(
                "the docstring of {} still says that it revises {}",
                wording::id(&child.id),
                wording::id(first)
            ));
        }
    }
    finding = finding
        .evidence("Alembic takes everything before a row as done: `upgrade`, `check` and `current` stay silent")
        .evidence(
            "not known: when this database got which; a line that was rebased before it ran anywhere looks the same",
        );
    files.dedup();
    if let Some(files) = wording::shell_words(&files) {
        finding = finding.next(
            format!("git log -p -G'^down_revision' -- {files}"),
            "shows when the order was changed: harmless if that was before the stamped revision was deployed here",
            Changes::Nothing,
        );
    }
    if let Some(step) = compare(seen, inserted) {
        finding.next.push(step);
    }
    if days < LONG_DAYS {
        finding = finding.at_most(Severity::Info);
    }
    Some(finding.do_not(
        "`stamp` or `downgrade` to make it run: put what it does into a new revision, so that it can run twice",
    ))
}

/// What the revision alone would do, to look for in the schema.
fn compare(seen: &StampFacts<'_>, inserted: &Revision) -> Option<Step> {
    let range = match inserted.down_revision.as_slice() {
        [] => wording::shell(&inserted.id)?,
        [parent] => wording::shell(&format!("{parent}:{}", inserted.id))?,
        _ => return None,
    };
    Some(Step::new(
        seen.facts.project.command(&format!("upgrade {range} --sql")),
        "prints what it would do, and runs nothing: look whether the schema has it",
        Changes::Nothing,
    ))
}

/// The first parent in the docstring's `Revises:` line, which Alembic writes when it makes the file.
fn first_parent(revision: &Revision) -> Option<&str> {
    let line = revision.docstring.lines().find_map(|line| line.trim().strip_prefix("Revises:"))?;
    line.split(',').next().map(str::trim).filter(|parent| !parent.is_empty())
}

/// `2026-03-04` of `2026-03-04 10:20:30.123456`.
fn date_of(date: &str) -> &str {
    date.trim().get(..10).unwrap_or_default()
}

/// The day that the revision was made, counted from the beginning of the calendar.
fn day(revision: &Revision) -> Option<i64> {
    let mut parts = date_of(revision.create_date.as_deref()?).splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day comes last (Hinnant, days_from_civil).
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{commands, findings, revision, with_rows};

    fn made(id: &str, parents: &[&str], date: &str) -> Revision {
        let mut revision = revision(id, parents);
        revision.create_date = Some(format!("{date} 03:04:05.000000"));
        revision
    }

    fn found(revisions: Vec<Revision>, rows: &[&str]) -> Vec<Finding> {
        findings("inserted-revision", &with_rows(revisions, rows))
    }

    fn inserted_on(date: &str) -> Vec<Revision> {
        vec![made("a", &[], "2026-01-01"), made("x", &["a"], date), made("b", &["x"], "2026-02-27")]
    }

    #[test]
    fn a_revision_made_after_the_stamp_that_it_comes_before_is_found() {
        let findings = found(inserted_on("2026-04-05"), &["b"]);
        let finding = findings.first().unwrap();
        assert!(finding.message.contains("made 37 days after it"), "{}", finding.message);
        assert_eq!(finding.at_most, None);
        assert_eq!(commands(finding), ["git log -p -G'^down_revision' -- versions/b.py", "alembic upgrade a:x --sql"]);
    }

    #[test]
    fn a_few_days_are_worth_a_line_and_no_warning() {
        assert_eq!(found(inserted_on("2026-03-03"), &["b"]).first().unwrap().at_most, Some(Severity::Info));
    }

    #[test]
    fn dates_in_order_or_a_day_apart_are_ordinary() {
        for date in ["2026-02-01", "2026-02-27", "2026-02-28"] {
            assert!(found(inserted_on(date), &["b"]).is_empty(), "{date}");
        }
    }

    #[test]
    fn a_revision_that_has_yet_to_run_is_no_matter() {
        assert!(found(inserted_on("2026-04-05"), &["a"]).is_empty());
        assert!(found(inserted_on("2026-04-05"), &["gone"]).is_empty());
    }

    #[test]
    fn once_a_later_revision_has_run_nobody_can_tell() {
        let mut revisions = inserted_on("2026-04-05");
        revisions.push(made("c", &["b"], "2026-05-01"));
        assert!(found(revisions, &["c"]).is_empty());
    }

    #[test]
    fn a_line_that_was_rebased_onto_many_is_ordinary() {
        let mut revisions = vec![made("a", &[], "2026-01-01")];
        for (id, parent) in [("m1", "a"), ("m2", "m1"), ("m3", "m2"), ("m4", "m3")] {
            revisions.push(made(id, &[parent], "2026-03-01"));
        }
        revisions.push(made("feature", &["m4"], "2026-01-15"));
        assert!(found(revisions, &["feature"]).is_empty());
    }

    #[test]
    fn without_dates_nothing_is_said() {
        let revisions = vec![revision("a", &[]), made("x", &["a"], "2026-04-05"), revision("b", &["x"])];
        assert!(found(revisions, &["b"]).is_empty());
        assert!(found(inserted_on("not-a-date"), &["b"]).is_empty());
    }

    #[test]
    fn the_docstring_that_remembers_another_parent_is_evidence() {
        let mut revisions = inserted_on("2026-04-05");
        if let Some(b) = revisions.last_mut() {
            b.docstring = "add b\n\nRevision ID: b\nRevises: a\n".to_owned();
        }
        let findings = found(revisions, &["b"]);
        let evidence = &findings.first().unwrap().evidence;
        assert!(evidence.contains(&"the docstring of b still says that it revises a".to_owned()), "{evidence:?}");
    }
}
