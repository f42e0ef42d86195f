//! `version-table-elsewhere`

use crate::database::{Rows, VersionTable};
use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::TableChoice;
use crate::rules::{Check, Rule, StampFacts, wording};
use crate::source::printable;

use super::remedy;

pub(super) const RULE: Rule = Rule {
    name: "version-table-elsewhere",
    summary: "The stamp is in another table than the one that Alembic would use",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/version-table-elsewhere.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    if let TableChoice::Unknown { reason, only: None } = &seen.stamp.choice {
        return in_doubt(seen, reason).into_iter().collect();
    }
    let others = true_tables(seen);
    let Some(first) = others.first() else { return Vec::new() };
    let used = seen.stamp.table(seen.look);
    let name = remedy::stamp_table(seen);
    let state = if used.is_some() { "which is empty" } else { "which does not exist" };
    let mut finding = Finding::new(format!(
        "The stamp is in {}, but Alembic would use {name}, {state}, and start from the first revision",
        remedy::table_name(first)
    ));
    finding.evidence = wording::fold(others.iter().map(|table| shown(table)).collect());
    if let Some(used) = used {
        finding = finding.evidence(shown(used));
    }
    if !seen.look.search_path.is_empty() {
        finding = finding.evidence(format!("search_path: {}", printable(&seen.look.search_path.join(", "))));
    }
    let mut wanted = Vec::new();
    if first.name != seen.stamp.table_name {
        wanted.push(format!("version_table=\"{}\"", printable(&first.name)));
    }
    if let Some(schema) = &first.schema {
        wanted.push(format!("version_table_schema=\"{}\"", printable(schema)));
    }
    vec![
        look_at_env(seen, finding, &format!("context.configure() needs {} there", wanted.join(" and ")))
            .do_not("run `upgrade` now: it would start from the first revision, on tables that exist")
            .do_not("run `stamp`: there would be two stamps, and they would soon differ"),
    ]
}

/// The tables that hold this project's stamp while the one that Alembic would use has none.
pub(super) fn true_tables<'a>(seen: &StampFacts<'a>) -> Vec<&'a VersionTable> {
    let used = seen.stamp.table(seen.look);
    // With a row in its own table Alembic needs no other; the others may be anyone's.
    let has_none = used.is_none_or(|table| matches!(&table.rows, Rows::Known { values, .. } if values.is_empty()));
    let is_known = !matches!(seen.stamp.choice, TableChoice::Unknown { only: None, .. });
    let tables = seen.look.version_tables.iter();
    tables
        .filter(|table| has_none && is_known && used.is_none_or(|used| *table != used) && is_ours(seen, table))
        .collect()
}

/// Several tables, and env.py does not say which.
fn in_doubt(seen: &StampFacts<'_>, reason: &str) -> Option<Finding> {
    let tables = &seen.look.version_tables;
    if tables.len() < 2 {
        return None;
    }
    let mut finding = Finding::new(format!(
        "{} version tables, and it cannot be known which one Alembic would use: {}",
        tables.len(),
        printable(reason)
    ));
    finding.evidence = wording::fold(tables.iter().map(shown).collect());
    Some(
        look_at_env(seen, finding, "see how it chooses `version_table` and `version_table_schema`")
            .at_most(Severity::Warning)
            .do_not("take the stamp of this database for checked: none of the tables was judged"),
    )
}

fn look_at_env(seen: &StampFacts<'_>, finding: Finding, what: &str) -> Finding {
    let env = seen.facts.project.script_directory.join("env.py");
    let Some(env) = wording::shell(&env.display().to_string()) else { return finding };
    finding.next(
        format!("grep -n 'configure(\\|version_table\\|search_path' {env}"),
        format!("shows where env.py chooses the table: {what}"),
        Changes::Nothing,
    )
}

/// Whether the table is this project's: it holds a revision of this code, or has the right name
/// and cannot be read.
fn is_ours(seen: &StampFacts<'_>, table: &VersionTable) -> bool {
    match &table.rows {
        Rows::Known { values, .. } => values.iter().any(|value| seen.facts.graph.get(value).is_some()),
        Rows::Denied { .. } | Rows::Failed { .. } => table.name == seen.stamp.table_name,
    }
}

/// A table as a line of evidence.
pub(super) fn shown(table: &VersionTable) -> String {
    let rows = match &table.rows {
        Rows::Known { values, .. } if values.is_empty() => "empty".to_owned(),
        Rows::Known { values, .. } => format!("holds {}", wording::ids(values)),
        Rows::Denied { .. } | Rows::Failed { .. } => "cannot be read".to_owned(),
    };
    let hidden = if table.visible { "" } else { ", not on the search path" };
    format!("{}: {rows}{hidden}", remedy::table_name(table))
}

#[cfg(test)]
mod tests {
    use crate::project::env::Fact;
    use crate::rules::testing::{findings, revision, table, with_tables};

    #[test]
    fn an_empty_twin_hides_the_true_stamp() {
        let facts = with_tables(vec![revision("a", &[])], vec![table("app", &["a"]), table("public", &[])]);
        let found = findings("version-table-elsewhere", &facts);
        assert!(found.first().unwrap().message.starts_with("The stamp is in app.alembic_version"));
    }

    #[test]
    fn nobody_is_told_to_stamp_what_is_stamped_elsewhere() {
        let facts = with_tables(vec![revision("a", &[])], vec![table("app", &["a"]), table("public", &[])]);
        assert!(findings("unstamped-database", &facts).is_empty());
        let other = with_tables(vec![revision("a", &[])], vec![table("mlflow", &["451aebb31d03"])]);
        assert_eq!(findings("unstamped-database", &other).len(), 1);
    }

    #[test]
    fn another_application_s_table_is_not_ours() {
        let facts = with_tables(vec![revision("a", &[])], vec![table("mlflow", &["451aebb31d03"])]);
        assert!(findings("version-table-elsewhere", &facts).is_empty());
    }

    #[test]
    fn a_stamp_in_the_right_table_needs_no_other() {
        let facts = with_tables(vec![revision("a", &[])], vec![table("app", &["a"]), table("public", &["a"])]);
        assert!(findings("version-table-elsewhere", &facts).is_empty());
    }

    #[test]
    fn several_tables_and_no_certain_name_are_in_doubt() {
        let mut facts = with_tables(vec![revision("a", &[])], vec![table("app", &["a"]), table("public", &["a"])]);
        facts.project.env.version_table_schema = Fact::Unknown { reason: "it is computed".to_owned() };
        for database in &mut facts.databases {
            let look = database.state.look.as_ref().unwrap();
            database.stamp = Some(crate::facts::Stamp::new(&facts.project.env, &facts.graph, look));
        }
        assert_eq!(findings("version-table-elsewhere", &facts).len(), 1);
    }
}
