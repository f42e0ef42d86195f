//! `version-table-not-creatable`

use crate::database::{Look, MOST_SCHEMAS, Schema};
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::TableChoice;
use crate::rules::{Check, Rule, StampFacts, wording};
use crate::source::printable;

use super::{choice, remedy, version_table_elsewhere};

pub(super) const RULE: Rule = Rule {
    name: "version-table-not-creatable",
    summary: "Alembic has to create its version table first, and the role may not",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/version-table-not-creatable.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let look = seen.look;
    // A standby refuses everything; a stamp that is elsewhere needs no second table.
    let is_settled = look.in_recovery || !version_table_elsewhere::true_tables(seen).is_empty();
    if seen.stamp.choice != TableChoice::Absent || look.schemas.is_empty() || is_settled {
        return Vec::new();
    }
    let is_own = seen.facts.is_alembics_own(seen.database);
    // Whoever only looks has no need to create anything.
    if look.read_only && !is_own {
        return Vec::new();
    }
    let Some(mut finding) = obstacle(seen) else { return Vec::new() };
    finding.evidence.extend(choice::why(seen));
    finding = finding
        .do_not("let the application run as a superuser, or own the database, to get past this")
        .do_not("create the table by hand without its primary key: the same row could be stored twice");
    if is_own {
        return vec![finding];
    }
    let role = look.user.as_deref().unwrap_or_default();
    vec![
        finding
            .evidence(format!("whether Alembic runs as {} is not known: the URL is not its own", printable(role)))
            .at_most(Severity::Warning),
    ]
}

/// What is in the way, in PostgreSQL's words, and who can clear it.
fn obstacle(seen: &StampFacts<'_>) -> Option<Finding> {
    let look = seen.look;
    let role = look.user.as_deref()?;
    let table = printable(&seen.stamp.table_name);
    let named = seen.stamp.table_schema.as_ref();
    let Some(name) = named.or(look.search_path.first()) else {
        let message = format!(
            "Alembic would have to create {table}, but no schema on the search_path of {} can be used",
            printable(role)
        );
        let finding = Finding::new(message).evidence("PostgreSQL: no schema has been selected to create in");
        return Some(with_own_schema(finding, look, role));
    };
    let shown = printable(name);
    let Some(schema) = look.schemas.iter().find(|schema| schema.name == *name) else {
        if look.schemas.len() >= MOST_SCHEMAS || name.starts_with("pg_") {
            return None;
        }
        let finding = Finding::new(format!(
            "Alembic would have to create {}, but there is no schema {shown}, and Alembic creates none",
            remedy::stamp_table(seen)
        ))
        .evidence(format!("PostgreSQL: schema \"{shown}\" does not exist"));
        let statement = format!("CREATE SCHEMA {} AUTHORIZATION {}", remedy::sql_name(name), remedy::sql_name(role));
        return Some(with_step(
            finding,
            wording::psql(&look.database, None, &[&statement]),
            "creates it for this role, as a superuser",
        ));
    };
    if schema.may_create {
        return None;
    }
    let mut finding = Finding::new(format!(
        "Alembic would have to create {table} in the schema {shown}, and {} may not create anything there",
        printable(role)
    ))
    .evidence(format!("PostgreSQL: permission denied for schema {shown}"))
    .evidence(format!("{shown} belongs to {}; missing: {}", printable(&schema.owner), missing(schema)));
    if name == "public" {
        finding = finding.evidence("since PostgreSQL 15 only the owner of the database may create tables in public");
    }
    let rights = if schema.may_use { "CREATE" } else { "USAGE, CREATE" };
    let statement = format!("GRANT {rights} ON SCHEMA {} TO {}", remedy::sql_name(name), remedy::sql_name(role));
    finding = with_step(
        finding,
        wording::psql(&look.database, Some(&schema.owner), &[&statement]),
        "lets the role create tables there",
    );
    if named.is_none() && name == "public" {
        let statement = format!("CREATE SCHEMA {0} AUTHORIZATION {0}", remedy::sql_name(role));
        if let Some(command) = wording::psql(&look.database, Some(&schema.owner), &[&statement]) {
            let why = format!(
                "gives the role a schema of its own, which its search_path finds before public; only if no table of \
                 this application is in public yet{REACHES}"
            );
            finding = finding.or(vec![Step::new(command, why, Changes::Database)]);
        }
    }
    Some(finding)
}

const REACHES: &str = "; assumes that psql reaches this database (PGHOST, PGPORT)";

fn missing(schema: &Schema) -> &'static str {
    if schema.may_use { "CREATE" } else { "USAGE and CREATE" }
}

fn with_own_schema(finding: Finding, look: &Look, role: &str) -> Finding {
    let statement = format!("CREATE SCHEMA {0} AUTHORIZATION {0}", remedy::sql_name(role));
    with_step(
        finding,
        wording::psql(&look.database, None, &[&statement]),
        "gives the role a schema of its own, as a superuser",
    )
}

fn with_step(finding: Finding, command: Option<String>, why: &str) -> Finding {
    match command {
        Some(command) => finding.next(command, format!("{why}{REACHES}"), Changes::Database),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::rules::testing::{commands, findings, revision, table, with_tables};

    fn schema(name: &str, may_use: bool, may_create: bool) -> Schema {
        Schema { name: name.to_owned(), owner: "boss".to_owned(), may_use, may_create }
    }

    fn with_schemas(schemas: Vec<Schema>) -> Facts {
        let mut facts = with_tables(vec![revision("a", &[])], Vec::new());
        facts.databases.first_mut().unwrap().state.look.as_mut().unwrap().schemas = schemas;
        facts
    }

    fn found(facts: &Facts) -> Vec<Finding> {
        findings("version-table-not-creatable", facts)
    }

    #[test]
    fn the_exact_right_is_granted_by_the_schema_s_owner() {
        let found = found(&with_schemas(vec![schema("public", true, false)]));
        let finding = found.first().unwrap();
        assert_eq!(commands(finding), ["psql -U boss -d app -c 'GRANT CREATE ON SCHEMA public TO app'"]);
        assert_eq!(finding.at_most, Some(Severity::Warning), "--url is not Alembic's own");
    }

    #[test]
    fn a_schema_that_env_py_names_must_exist() {
        let mut facts = with_schemas(vec![schema("public", true, true)]);
        facts.databases.first_mut().unwrap().stamp.as_mut().unwrap().table_schema = Some("shop".to_owned());
        assert!(found(&facts).first().unwrap().message.contains("there is no schema shop"));
    }

    #[test]
    fn nothing_is_said_where_nothing_is_in_the_way_or_known() {
        assert!(found(&with_schemas(vec![schema("public", true, true)])).is_empty());
        assert!(found(&with_schemas(Vec::new())).is_empty());
        let mut facts = with_schemas(vec![schema("public", true, false)]);
        facts.databases.first_mut().unwrap().state.look.as_mut().unwrap().read_only = true;
        assert!(found(&facts).is_empty(), "a role that only looks");
        let mut facts = with_tables(vec![revision("a", &[])], vec![table("public", &[])]);
        let look = facts.databases.first_mut().unwrap().state.look.as_mut().unwrap();
        look.schemas = vec![schema("public", true, false)];
        assert!(found(&facts).is_empty(), "the table is there");
    }
}
