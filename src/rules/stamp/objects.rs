//! How the rules that compare tables with the stamp name what is missing or there, and the ways
//! out that they share.

use crate::diagnostic::{Changes, Step};
use crate::facts::{Located, Made, SchemaDifference, Wrong};
use crate::rules::{StampFacts, gaps, wording};
use crate::schema::Part;
use crate::source::printable;

use super::remedy;

/// `table users`, `column users.email`, `index ix_email of users`.
pub(super) fn name(made: &Made) -> String {
    let table = printable(&made.table.to_string());
    match &made.part {
        None => format!("table {table}"),
        Some(Part::Column(name)) => format!("column {table}.{}", printable(name)),
        Some(Part::Index(name)) => format!("index {} of {table}", printable(name)),
        Some(Part::Constraint(name)) => format!("constraint {} of {table}", printable(name)),
        Some(Part::NotNull(name)) => format!("NOT NULL of {table}.{}", printable(name)),
    }
}

/// `c3 (versions/c3.py:12)`: the step that made it so.
pub(super) fn maker(made: &Made) -> String {
    format!("{} ({})", wording::id(&made.revision), wording::place(&made.location))
}

/// A line of evidence about something that is otherwise than it should be.
pub(super) fn difference(difference: &SchemaDifference) -> String {
    let (name, maker) = (name(&difference.made), maker(&difference.made));
    match difference.wrong {
        Wrong::Missing => format!("not there: {name}, made by {maker}"),
        Wrong::Left => format!("still there: {name}, removed by {maker}"),
        Wrong::Early => format!("already there: {name}, which only {maker} makes"),
    }
}

/// `35 of 37 tables, 210 of 212 columns and 12 of 12 indexes and constraints`.
pub(super) fn tally(located: &Located) -> String {
    let tally = &located.tally;
    let kinds = [(tally.tables, "tables"), (tally.columns, "columns"), (tally.others, "indexes and constraints")];
    let counted = kinds.into_iter().filter(|((_, all), _)| *all > 0);
    wording::list(&counted.map(|((found, all), what)| format!("{found} of {all} {what}")).collect::<Vec<_>>())
}

/// The rows that the tables match, if there is no doubt: everything that these revisions make is
/// there, and something that the next one makes is not.
pub(super) fn only_match(located: &Located) -> Option<&[String]> {
    let is_one = located.matches == 1 || located.are_same && located.matches > 0;
    (is_one && located.tally.is_something() && !located.closest.is_empty()).then_some(located.closest.as_slice())
}

/// The commands that stamp these rows and run what is pending after them.
pub(super) fn stamp_and_upgrade(seen: &StampFacts<'_>, rows: &[String], is_pending: bool, why: &str) -> Vec<Step> {
    let facts = seen.facts;
    let mut steps = remedy::replace_rows(facts, rows, why);
    if is_pending && !steps.is_empty() && gaps::alembic_loads(facts) {
        steps.push(Step::new(
            facts.project.command(&format!("upgrade {}", remedy::all_heads(facts))),
            "runs what comes after it; assumes that the database has a backup",
            Changes::Database,
        ));
    }
    steps
}

/// The ways on where the tables match several states, whose difference cannot be seen: the first
/// and the last of them.
pub(super) fn either_match(seen: &StampFacts<'_>, located: &Located) -> Vec<Vec<Step>> {
    let ways = [
        (&located.closest, "records the first of them, so that the others run (again, if they ran before)"),
        (&located.last, "records the last of them, so that none of the others runs: right only if they have run"),
    ];
    let ways = ways.into_iter().filter(|(rows, _)| !rows.is_empty());
    ways.map(|(rows, why)| stamp_and_upgrade(seen, rows, !is_everything(seen, rows), why))
        .filter(|way| !way.is_empty())
        .collect()
}

/// Whether nothing is pending after these rows.
fn is_everything(seen: &StampFacts<'_>, rows: &[String]) -> bool {
    let graph = &seen.facts.graph;
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let applied = graph.ancestors(&rows);
    graph.real_heads().iter().all(|head| applied.contains(head))
}

/// What a revision does, as SQL, with what comes before it left out.
pub(super) fn show_sql(seen: &StampFacts<'_>, revision: &str, why: &str) -> Option<Step> {
    let found = seen.facts.graph.get(revision)?;
    let range = match found.down_revision.as_slice() {
        [] => wording::shell(&found.id)?,
        [parent] => wording::shell(&format!("{parent}:{}", found.id))?,
        _ => return None,
    };
    Some(Step::new(seen.facts.project.command(&format!("upgrade {range} --sql")), why, Changes::Nothing))
}
