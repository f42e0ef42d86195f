//! What the rules about stamps share: the rows as they should be, and the commands that write them.

use std::collections::BTreeSet;

use crate::database::{Look, VersionTable};
use crate::diagnostic::{Changes, Step};
use crate::facts::Facts;
use crate::graph::{Graph, RowProblem};
use crate::operation::ddl;
use crate::project::Runner;
use crate::rules::{StampFacts, wording};
use crate::source::printable;

/// `public.alembic_version`
pub(in crate::rules) fn table_name(table: &VersionTable) -> String {
    let name = printable(&table.name);
    match &table.schema {
        Some(schema) => format!("{}.{name}", printable(schema)),
        None => name,
    }
}

/// The table that the stamp was read from, for a sentence.
pub(super) fn stamp_table(seen: &StampFacts<'_>) -> String {
    match seen.stamp.table(seen.look) {
        Some(table) => table_name(table),
        None => match &seen.stamp.table_schema {
            Some(schema) => format!("{}.{}", printable(schema), printable(&seen.stamp.table_name)),
            None => printable(&seen.stamp.table_name),
        },
    }
}

/// `public.alembic_version holds a1 and b2`
pub(super) fn rows_line(seen: &StampFacts<'_>) -> String {
    let table = stamp_table(seen);
    if seen.stamp.rows.is_empty() {
        return format!("{table} holds no revision");
    }
    format!("{table} holds {}", wording::ids(&seen.stamp.rows))
}

/// Where this code ends, a line each.
pub(super) fn this_code(seen: &StampFacts<'_>) -> Vec<String> {
    let graph = &seen.facts.graph;
    let heads = graph.heads();
    let lines = heads.iter().filter_map(|head| graph.get(head));
    wording::fold(lines.map(|head| format!("this code ends at {}", wording::revision(head))).collect())
}

/// The psql command that runs one statement as the table's owner. `None` where that is no
/// PostgreSQL table with a known owner, or a name cannot be typed.
pub(in crate::rules) fn as_owner(
    look: &Look,
    table: &VersionTable,
    statement: impl FnOnce(&str) -> String,
) -> Option<String> {
    let (schema, owner) = (table.schema.as_deref()?, table.owner.as_deref()?);
    let name = format!("{}.{}", sql_name(schema), sql_name(&table.name));
    wording::psql(&look.database, Some(owner), &[&statement(&name)])
}

/// An identifier of PostgreSQL or SQLite, quoted where it must be.
pub(super) fn sql_name(name: &str) -> String {
    let starts_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let is_plain = starts_plain && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain && !ddl::is_reserved(name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The rows as they should be: whole ids, each once, none implied by another, sorted. `None` when
/// what some row stands for is not known.
pub(super) fn true_rows(facts: &Facts, rows: &[String], problems: &[RowProblem]) -> Option<Vec<String>> {
    let mut ids = BTreeSet::new();
    for row in rows {
        ids.insert(meant(&facts.graph, row, problems)?);
    }
    let ids: Vec<String> = ids.into_iter().collect();
    let implied: Vec<String> = facts
        .graph
        .row_problems(&ids)
        .into_iter()
        .filter_map(|problem| match problem {
            RowProblem::Redundant { row, .. } => Some(row),
            _ => None,
        })
        .collect();
    Some(ids.into_iter().filter(|id| !implied.contains(id)).collect())
}

/// The id that a row stands for, if there is no doubt.
fn meant(graph: &Graph, row: &str, problems: &[RowProblem]) -> Option<String> {
    for problem in problems {
        match problem {
            RowProblem::Unknown { row: bad } if bad == row => return None,
            RowProblem::Mistyped { row: bad, meant } if bad == row => return Some(meant.clone()),
            RowProblem::NotAnId { row: bad, meaning } if bad == row => {
                // A shortened id is clear; what a word or a label meant when it was written is not.
                let [id] = meaning.as_slice() else { return None };
                return id.starts_with(row).then(|| id.clone()).filter(|_| !row.is_empty());
            }
            _ => {}
        }
    }
    graph.get(row).map(|revision| revision.id.clone())
}

/// The commands that replace all rows by `rows`, which assumes that everything up to them has run.
pub(super) fn replace_rows(facts: &Facts, rows: &[String], what: &str) -> Vec<Step> {
    let project = &facts.project;
    let why = format!(
        "{what}; assumes that every revision up to there has really run here, and that env.py is set to this same \
         database"
    );
    match project.runner {
        // `flask db stamp` takes one revision; the later ones only add theirs.
        Runner::FlaskMigrate => rows
            .iter()
            .enumerate()
            .filter_map(|(index, row)| {
                let row = wording::shell(row)?;
                let purge = if index == 0 { "--purge " } else { "" };
                Some(Step::new(project.command(&format!("stamp {purge}{row}")), why.clone(), Changes::Database))
            })
            .collect(),
        Runner::Alembic => wording::shell_words(rows)
            .filter(|rows| !rows.is_empty())
            .map(|rows| Step::new(project.command(&format!("stamp --purge {rows}")), why, Changes::Database))
            .into_iter()
            .collect(),
    }
}

/// The step that shows what to compare a schema with, when its true revision is not known.
pub(super) fn compare(facts: &Facts) -> Step {
    Step::new(
        facts.project.command(&format!("upgrade {} --sql", all_heads(facts))),
        "prints what every revision would create, and runs nothing: compare it with the tables that are there, and \
         find the last revision whose work is all done",
        Changes::Nothing,
    )
}

/// The word for everything: `head` while there is one, else `heads`.
pub(super) fn all_heads(facts: &Facts) -> &'static str {
    if facts.graph.heads().len() == 1 { "head" } else { "heads" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_only_where_they_must_be() {
        assert_eq!(sql_name("alembic_version"), "alembic_version");
        assert_eq!(sql_name("My Schema"), "\"My Schema\"");
        assert_eq!(sql_name("a\"b"), "\"a\"\"b\"");
        assert_eq!(sql_name("1st"), "\"1st\"");
        for reserved in ["user", "order", "index", "collation"] {
            assert_eq!(sql_name(reserved), format!("\"{reserved}\""));
        }
    }

    #[test]
    fn the_owner_s_command_survives_the_shell() {
        let look = Look { database: "app".into(), ..Look::default() };
        let table = VersionTable {
            schema: Some("App".into()),
            name: "alembic_version".into(),
            owner: Some("deploy".into()),
            ..VersionTable::default()
        };
        assert_eq!(
            as_owner(&look, &table, |name| format!("GRANT SELECT ON {name} TO doctor")).as_deref(),
            Some(r#"psql -U deploy -d app -c 'GRANT SELECT ON "App".alembic_version TO doctor'"#)
        );
        assert_eq!(as_owner(&look, &VersionTable::default(), str::to_owned), None);
    }
}
