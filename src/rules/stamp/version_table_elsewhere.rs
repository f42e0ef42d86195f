//! `version-table-elsewhere`

use crate::database::{Rows, VersionTable};
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::TableChoice;
use crate::rules::{Check, Rule, StampFacts, wording};
use crate::source::printable;

use super::{choice, remedy};

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
    let Some(first) = others.first() else { return twins(seen).into_iter().collect() };
    let used = seen.stamp.table(seen.look);
    let name = remedy::stamp_table(seen);
    let state = if used.is_some() { "which is empty" } else { "which does not exist" };
    let mut finding = Finding::new(format!(
        "The stamp is in {}, but Alembic would use {name}, {state}, and start from the first revision",
        remedy::table_name(first)
    ));
    finding.evidence = wording::fold(others.iter().map(|table| shown(seen, table)).collect());
    if let Some(used) = used {
        finding = finding.evidence(shown(seen, used));
    }
    finding.evidence.extend(choice::why(seen));
    finding.evidence.extend(first.schema.as_deref().and_then(|schema| others_path(seen, schema)));
    let mut wanted = Vec::new();
    if first.name != seen.stamp.table_name {
        wanted.push(format!("version_table=\"{}\"", printable(&first.name)));
    }
    if let Some(schema) = &first.schema {
        wanted.push(format!("version_table_schema=\"{}\"", printable(schema)));
    }
    finding = look_at_env(seen, finding, &format!("context.configure() needs {} there", wanted.join(" and ")));
    if let Some(step) = search_path_as_it_was(seen, first) {
        finding = finding.or(vec![step]);
    }
    vec![
        finding
            .do_not("run `upgrade` now: it would start from the first revision, on tables that exist")
            .do_not("run `stamp`: there would be two stamps, and they would soon differ"),
    ]
}

/// Another role's way to a schema.
fn others_path(seen: &StampFacts<'_>, schema: &str) -> Option<String> {
    let roles = choice::roles_that_see_first(seen.look, schema);
    let roles: Vec<String> = roles.into_iter().map(printable).collect();
    let (schema, roles) = (printable(schema), wording::list(&roles));
    (!roles.is_empty()).then(|| format!("{roles}: their search_path begins with {schema}"))
}

/// The role's own search path, set to where the stamp is. Only where env.py leaves the schema open.
fn search_path_as_it_was(seen: &StampFacts<'_>, table: &VersionTable) -> Option<Step> {
    let look = seen.look;
    let role = look.session_user.as_ref().or(look.user.as_ref())?;
    let schema = table.schema.as_deref().filter(|_| table.name == seen.stamp.table_name)?;
    if seen.stamp.table_schema.is_some() {
        return None;
    }
    let mut path = vec![remedy::sql_name(schema)];
    path.extend(look.search_path.iter().filter(|other| *other != schema).map(|other| remedy::sql_name(other)));
    let statement = format!(
        "ALTER ROLE {} IN DATABASE {} SET search_path = {}",
        remedy::sql_name(role),
        remedy::sql_name(&look.database),
        path.join(", ")
    );
    let command = wording::psql(&look.database, Some(role), &[&statement])?;
    let why = "if the role's search_path was like that when the tables were made: sets it for new sessions of the role, \
               the application's too; assumes that psql reaches this database (PGHOST, PGPORT)";
    Some(Step::new(command, why, Changes::Database))
}

/// Tables with other revisions of this code beside the one that Alembic uses: another role's, a
/// tenant's, or what an earlier run left.
fn twins(seen: &StampFacts<'_>) -> Option<Finding> {
    let used = seen.stamp.table(seen.look)?;
    let Rows::Known { values: own, .. } = &used.rows else { return None };
    let differs = |table: &&VersionTable| {
        *table != used
            && table.name == used.name
            && matches!(&table.rows, Rows::Known { values, .. } if values != own)
            && is_ours(seen, table)
    };
    let twins: Vec<&VersionTable> = seen.look.version_tables.iter().filter(differs).collect();
    let first = twins.first()?;
    let message = match twins.as_slice() {
        [_] => format!(
            "{} holds another revision of this code than {}, which Alembic uses",
            remedy::table_name(first),
            remedy::table_name(used)
        ),
        _ => format!(
            "{} version tables hold other revisions of this code than {}, which Alembic uses",
            twins.len(),
            remedy::table_name(used)
        ),
    };
    let mut finding = Finding::new(message).evidence(shown(seen, used));
    finding.evidence.extend(wording::fold(twins.iter().map(|table| shown(seen, table)).collect()));
    finding.evidence.extend(choice::why(seen));
    let paths: Vec<String> = twins.iter().filter_map(|table| others_path(seen, table.schema.as_deref()?)).collect();
    // Somebody's Alembic uses the other one; without such a role it may be a tenant's, or nobody's.
    let severity = if paths.is_empty() { Severity::Info } else { Severity::Warning };
    finding.evidence.extend(wording::fold(paths));
    Some(
        look_at_env(
            seen,
            finding,
            "if the application has one schema, name it there; of tenants each has its own stamp",
        )
        .at_most(severity)
        .do_not("take this report for all of the tables: it is about the one that Alembic uses with this role"),
    )
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
    finding.evidence = wording::fold(tables.iter().map(|table| shown(seen, table)).collect());
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
pub(super) fn shown(seen: &StampFacts<'_>, table: &VersionTable) -> String {
    let rows = match &table.rows {
        Rows::Known { values, .. } if values.is_empty() => "empty".to_owned(),
        Rows::Known { values, .. } => format!("holds {}", wording::ids(values)),
        Rows::Denied { .. } | Rows::Failed { .. } => "cannot be read".to_owned(),
    };
    let path = &seen.look.search_path;
    let hidden = match &table.schema {
        _ if table.visible => "",
        Some(schema) if path.contains(schema) => ", on the search path, but behind another one of that name",
        _ => ", not on the search path",
    };
    format!("{}: {rows}{hidden}", remedy::table_name(table))
}

#[cfg(test)]
mod tests {
    use crate::database::RoleSetting;
    use crate::diagnostic::Severity;
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
    fn a_twin_with_other_revisions_is_shown_and_is_worse_where_a_role_uses_it() {
        let revisions = || vec![revision("a", &[]), revision("b", &["a"])];
        let mut facts = with_tables(revisions(), vec![table("app", &["a"]), table("public", &["b"])]);
        let found = findings("version-table-elsewhere", &facts);
        let message = "app.alembic_version holds another revision of this code than public.alembic_version, which \
                       Alembic uses";
        assert_eq!((found[0].message.as_str(), found[0].at_most), (message, Some(Severity::Info)));
        let look = facts.databases[0].state.look.as_mut().unwrap();
        let (name, value) = ("search_path".to_owned(), "app, public".to_owned());
        look.settings.push(RoleSetting { role: Some("worker".to_owned()), database: None, name, value });
        let found = findings("version-table-elsewhere", &facts);
        assert_eq!(found[0].at_most, Some(Severity::Warning));
        assert!(found[0].evidence.iter().any(|line| line.starts_with("worker:")), "{:?}", found[0].evidence);
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
