//! `sqlite-tests-postgres-production`

use super::place;
use crate::deployment::Deployment;
use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::operation::model::{Column, ConstraintKind, Dialect, SqlType, TypeExpr, TypeKind};
use crate::operation::{ConditionKind, Operation, Step};
use crate::rules::{Check, Rule, wording};
use crate::source::{Location, printable};
use crate::sql::{self, Command};

pub(super) const RULE: Rule = Rule {
    name: "sqlite-tests-postgres-production",
    summary: "Tests run on SQLite and production is PostgreSQL, which meets some revisions first",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/sqlite-tests-postgres-production.md"),
    check: Check::Deployment(check),
};

fn check(facts: &Facts, deployment: &Deployment) -> Vec<Finding> {
    let Some(test) = deployment.tests_on_sqlite.first() else { return Vec::new() };
    if deployment.tests_name_postgres || !place::is_postgres(facts) {
        return Vec::new();
    }
    // Without what SQLite refuses or passes over, the revisions do the same on both.
    let revisions = facts.graph.revisions().iter().zip(&facts.operations);
    let only: Vec<String> = revisions
        .filter_map(|(revision, operations)| {
            let (step, what) = operations.upgrade.steps.iter().find_map(|step| Some((step, needs_postgres(step)?)))?;
            let place = wording::place(&Location::new(&revision.source, step.span));
            Some(format!("{}: {what} ({place})", wording::id(&revision.id)))
        })
        .collect();
    if only.is_empty() {
        return Vec::new();
    }
    let count = wording::count(only.len(), "revision needs", "revisions need");
    let mut finding =
        Finding::new(format!("Tests run on SQLite only, and {count} PostgreSQL: production is the first to run them"))
            .at(test.clone())
            .evidence(format!("tests: `{}` at {}", printable(test.source.slice(test.span)), wording::place(test)));
    finding.evidence.extend(wording::fold(only));
    for other in deployment.tests_on_sqlite.iter().skip(1).take(3) {
        finding = finding.related(other.clone(), "on SQLite too");
    }
    let page = format!("alembic-doctor explain {}", RULE.name);
    vec![
        finding
            .next(
                page,
                "shows the service that lets the tests run `alembic upgrade head` on PostgreSQL",
                Changes::Nothing,
            )
            .do_not(
                "write the revisions so that SQLite takes them: it passes over types, locks and most of ALTER TABLE",
            ),
    ]
}

/// What of a step SQLite does not have, unless the step is meant for PostgreSQL alone.
fn needs_postgres(step: &Step) -> Option<String> {
    let is_guarded = step.conditions.iter().any(|condition| {
        matches!(&condition.kind, ConditionKind::Dialect { names, is } if names.iter().any(|name| name == "sqlite") != *is)
    });
    let what = match &step.operation {
        Operation::CreateTable(create) => create.columns.iter().find_map(own_type),
        Operation::AddColumn(add) => own_type(&add.column),
        Operation::AlterColumn(alter) if step.batch.is_none() => {
            Some(format!("ALTER COLUMN {}.{}", alter.table, alter.column))
        }
        Operation::AddConstraint(add) => match add.constraint.kind {
            ConstraintKind::Exclude { .. } => Some(format!("EXCLUDE on {}", add.table)),
            _ if step.batch.is_none() => Some(format!("ADD CONSTRAINT on {}", add.table)),
            _ => None,
        },
        Operation::CreateIndex(create) if create.index.is_concurrent() => Some("CREATE INDEX CONCURRENTLY".to_owned()),
        Operation::Sql(sql) => {
            sql::statements(&sql.text).into_iter().find_map(|statement| own_statement(&statement.command))
        }
        _ => None,
    };
    what.map(|what| {
        let what = printable(&what);
        if is_guarded { format!("{what}, which tests leave out") } else { what }
    })
}

fn own_type(column: &Column) -> Option<String> {
    let is_own = |r#type: &TypeExpr| match &r#type.on("sqlite").kind {
        TypeKind::Sql(SqlType { dialect: Some(Dialect::Postgresql), class, .. }) => Some(class.clone()),
        TypeKind::Enum(found) if found.is_postgresql => Some("ENUM".to_owned()),
        TypeKind::Array { .. } => Some("ARRAY".to_owned()),
        _ => None,
    };
    let class = column.r#type.as_ref().and_then(is_own)?;
    Some(format!("the type {class} of {}", column.name))
}

fn own_statement(command: &Command) -> Option<String> {
    let what = match command {
        Command::CreateType { name, .. } => format!("CREATE TYPE {name}"),
        Command::AddEnumValue { name, .. } => format!("ALTER TYPE {name} ADD VALUE"),
        Command::CreateIndex(create) if create.concurrently => "CREATE INDEX CONCURRENTLY".to_owned(),
        Command::Create { kind: sql::ObjectKind::Extension, .. } => "CREATE EXTENSION".to_owned(),
        Command::Create { kind: sql::ObjectKind::Function, .. } => "CREATE FUNCTION".to_owned(),
        Command::Do => "DO".to_owned(),
        Command::Truncate { .. } => "TRUNCATE".to_owned(),
        _ => return None,
    };
    Some(what)
}
