//! Facts in a few words, for the tests of the rules and of the runner.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::database::catalog::{Column, Relation};
use crate::database::{Catalog, DatabaseState, DatabaseUrl, Look, Rows, Tables, VersionTable};
use crate::diagnostic::Finding;
use crate::facts::{Expected, Facts};
use crate::project::{Project, VersionLocation};
use crate::revision::{Field, NotStatic, Problem, ProblemKind, Revision, Revisions, Spans};
use crate::rules::{self, Check, StampFacts};
use crate::source::{Location, SourceFile, Span};

/// A project with `alembic.ini` and `versions/` in its folder.
pub(crate) fn project() -> Project {
    let versions = VersionLocation { configured: "versions".to_owned(), path: PathBuf::from("versions"), exists: true };
    Project::bare(PathBuf::from("/project"), vec![versions])
}

/// The revision `id` after `parents`, in `versions/<id>.py`.
pub(crate) fn revision(id: &str, parents: &[&str]) -> Revision {
    let text = format!("revision = {id:?}\ndown_revision = {parents:?}\n");
    let shown = format!("versions/{id}.py");
    let span = |value: &str, from: usize| {
        let start = text.get(from..).unwrap().find(value).unwrap() + from;
        Span::new(start, start + value.len())
    };
    let first = span(&format!("{id:?}"), 0);
    let second = span(&format!("{parents:?}"), first.end);
    Revision {
        id: id.to_owned(),
        down_revision: parents.iter().map(|parent| (*parent).to_owned()).collect(),
        depends_on: Vec::new(),
        branch_labels: Vec::new(),
        docstring: String::new(),
        create_date: None,
        path: Path::new("/project").join(&shown),
        source: Arc::new(SourceFile::new(shown, text)),
        spans: Spans { revision: first, down_revision: Some(second), depends_on: None, branch_labels: None },
        not_static: Vec::new(),
    }
}

/// The same revision with this body of `upgrade()`, whose first line is not indented.
pub(crate) fn revision_with(id: &str, parents: &[&str], upgrade: &str) -> Revision {
    let plain = revision(id, parents);
    let text = format!(
        "{}\nimport sqlalchemy as sa\nfrom alembic import op\n\n\ndef upgrade():\n    {upgrade}\n",
        plain.source.text()
    );
    Revision { source: Arc::new(SourceFile::new(format!("versions/{id}.py"), text)), ..plain }
}

/// The same revision with a branch label.
pub(crate) fn labelled(mut revision: Revision, label: &str) -> Revision {
    revision.branch_labels.push(label.to_owned());
    revision
}

/// The same revision with a value that is not static.
pub(crate) fn computed(mut revision: Revision, field: Field) -> Revision {
    let reason = "is the result of a call to `f`".to_owned();
    revision.not_static.push(NotStatic { field, reason, span: revision.spans.revision });
    revision
}

/// The facts about these revisions, without a database.
pub(crate) fn facts(revisions: Vec<Revision>) -> Facts {
    with_database(revisions, Vec::new())
}

/// The facts with one PostgreSQL database that has these version tables and five others.
pub(crate) fn with_tables(revisions: Vec<Revision>, version_tables: Vec<VersionTable>) -> Facts {
    let look = Look {
        server: "PostgreSQL 17.2".to_owned(),
        database: "app".to_owned(),
        user: Some("app".to_owned()),
        search_path: vec!["public".to_owned()],
        version_tables,
        user_tables: 5,
        ..Look::default()
    };
    with_database(revisions, vec![state(Ok(look))])
}

/// The facts with one database whose version table holds these rows.
pub(crate) fn with_rows(revisions: Vec<Revision>, rows: &[&str]) -> Facts {
    with_tables(revisions, vec![table("public", rows)])
}

/// The facts with one database whose version table holds these rows, and which has these tables.
pub(crate) fn with_relations(revisions: Vec<Revision>, rows: &[&str], relations: Vec<Relation>) -> Facts {
    let look = Look {
        server: "PostgreSQL 17.2".to_owned(),
        database: "app".to_owned(),
        user: Some("app".to_owned()),
        search_path: vec!["public".to_owned()],
        version_tables: if rows.is_empty() { Vec::new() } else { vec![table("public", rows)] },
        user_tables: relations.len() as u64,
        tables: Tables::Read(Catalog::new(relations, Vec::new(), false)),
        ..Look::default()
    };
    let mut facts = with_database(revisions, vec![state(Ok(look))]);
    facts.read_operations();
    facts
}

/// A table of the schema `public` with these columns.
pub(crate) fn relation(name: &str, columns: &[&str]) -> Relation {
    let column = |name: &&str| Column { name: (*name).to_owned(), nullable: true, ..Column::default() };
    Relation {
        schema: Some("public".to_owned()),
        name: name.to_owned(),
        columns: Some(columns.iter().map(column).collect()),
        ..Relation::default()
    }
}

/// The facts with these databases.
pub(crate) fn with_database(revisions: Vec<Revision>, databases: Vec<DatabaseState>) -> Facts {
    let files = revisions.len();
    let read = Revisions { revisions, problems: Vec::new(), files, loaded_twice: Vec::new() };
    Facts::new(project(), read, Expected::default(), databases)
}

/// What was seen of the database `default`.
pub(crate) fn state(look: Result<Look, crate::database::ProbeError>) -> DatabaseState {
    let url = DatabaseUrl::new("postgresql://app@localhost/app");
    DatabaseState { name: "default".to_owned(), url, source: "--url".to_owned(), look }
}

/// `alembic_version` in `schema`, which the search path has if it is `public`.
pub(crate) fn table(schema: &str, rows: &[&str]) -> VersionTable {
    VersionTable {
        schema: Some(schema.to_owned()),
        name: "alembic_version".to_owned(),
        owner: Some("deploy".to_owned()),
        column_type: "character varying(32)".to_owned(),
        width: Some(32),
        has_primary_key: true,
        visible: schema == "public",
        rows: Rows::Known { values: rows.iter().map(|row| (*row).to_owned()).collect(), more: None },
    }
}

/// A file that is no readable revision.
pub(crate) fn problem(kind: ProblemKind, path: &str) -> Problem {
    Problem { kind, message: "is not Python".to_owned(), location: Location::unread(path), revision: None }
}

/// What the rule `name` finds.
pub(crate) fn findings(name: &str, facts: &Facts) -> Vec<Finding> {
    let rule = rules::find(name).unwrap();
    let each = facts.databases.iter();
    match rule.check {
        Check::Offline(check) | Check::Databases(check) => check(facts),
        Check::Deployment(check) => facts.deployment.as_ref().map(|found| check(facts, found)).unwrap_or_default(),
        Check::Future(check) => facts.future.as_ref().map(|future| check(facts, future)).unwrap_or_default(),
        Check::Lock(check) => facts.locked.as_ref().map(|locked| check(facts, locked)).unwrap_or_default(),
        Check::Memory(check) => check(facts),
        Check::Database(check) => each.flat_map(|database| check(facts, &database.state)).collect(),
        Check::Stamp(check) | Check::MemoryOrStamp(_, check) | Check::BranchOrStamp(_, check) => each
            .filter_map(|database| {
                let (look, stamp) = (database.state.look.as_ref().ok()?, database.stamp.as_ref()?);
                Some(check(&StampFacts {
                    facts,
                    database: &database.state,
                    look,
                    stamp,
                    schema: database.schema.as_ref(),
                }))
            })
            .flatten()
            .collect(),
        Check::Revision(_) | Check::Squawk | Check::Ignores(_) => panic!("needs a whole run"),
    }
}

/// The commands of the recommended way.
pub(crate) fn commands(finding: &Finding) -> Vec<&str> {
    finding.next.iter().map(|step| step.command.as_str()).collect()
}
