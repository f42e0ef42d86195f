//! Facts and reports written by hand, for the tests of the renderers.

use std::sync::Arc;

use crate::check::{Diagnostic, Report};
use crate::database::{DatabaseState, DatabaseUrl, Look, Rows, VersionTable};
use crate::diagnostic::{Finding, Severity};
use crate::facts::{DatabaseFacts, Expected, Facts, Stamp, StampState, TableChoice};
use crate::graph::{Graph, testing};
use crate::project::{Project, VersionLocation};
use crate::revision::Revisions;
use crate::rules::{Check, Rule};
use crate::source::{Location, SourceFile, Span};

/// A rule that finds nothing by itself.
pub(super) static RULE: Rule = Rule {
    name: "multiple-heads",
    summary: "The revision graph has more than one head",
    severity: Severity::Error,
    since: "0.1.0",
    page: "# multiple-heads\n\nThe revision graph has more than one head.\n",
    check: Check::Offline(|_| Vec::new()),
};

/// Text as it is where colours are stripped.
pub(super) fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// A graph from lines of [`testing::revision`], each with a message after `: `.
pub(super) fn graph(lines: &[&str]) -> Graph {
    let revisions = lines.iter().map(|line| {
        let (declared, message) = line.split_once(": ").unwrap_or((line, ""));
        let mut revision = testing::revision(declared);
        revision.docstring = message.to_owned();
        revision
    });
    Graph::new(revisions.collect())
}

/// Facts of a plain project with this graph and these databases.
pub(super) fn facts(graph: Graph, databases: Vec<DatabaseFacts>) -> Facts {
    let versions = VersionLocation {
        configured: "migrations/versions".to_owned(),
        path: "migrations/versions".into(),
        exists: true,
    };
    let project = Project {
        ini: Some(Arc::new(SourceFile::new("alembic.ini", "[alembic]\n"))),
        found: "alembic.ini in the current folder".to_owned(),
        script_location: "migrations".to_owned(),
        script_directory: "migrations".into(),
        ..Project::bare("project".into(), vec![versions])
    };
    let mut facts = Facts::new(project, Revisions::default(), Expected::default(), Vec::new());
    facts.files = graph.revisions().len();
    facts.graph = graph;
    facts.databases = databases;
    facts
}

/// A PostgreSQL database with these rows in its version table.
pub(super) fn database(name: &str, rows: &[&str], state: StampState) -> DatabaseFacts {
    let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
    let look = Look {
        server: "PostgreSQL 15.18".to_owned(),
        database: "app".to_owned(),
        user: Some("reader".to_owned()),
        version_tables: vec![VersionTable {
            schema: Some("public".to_owned()),
            name: "alembic_version".to_owned(),
            column_type: "character varying(32)".to_owned(),
            width: Some(32),
            rows: Rows::Known { values: rows.clone(), more: None },
            ..VersionTable::default()
        }],
        user_tables: 12,
        ..Look::default()
    };
    DatabaseFacts {
        state: DatabaseState {
            name: name.to_owned(),
            url: DatabaseUrl::new("postgresql://reader:secret@db/app"),
            source: "--url".to_owned(),
            look: Ok(look),
        },
        stamp: Some(Stamp {
            table_name: "alembic_version".to_owned(),
            table_schema: None,
            choice: TableChoice::Found(0),
            rows,
            state,
            problems: Vec::new(),
            pending: Ok(Vec::new()),
            missing: Vec::new(),
        }),
        group: None,
        schema: None,
    }
}

/// A report in which [`RULE`] found `findings`.
pub(super) fn report(facts: Facts, findings: Vec<Finding>) -> Report {
    let diagnostics = findings.into_iter().map(|finding| Diagnostic::new(&RULE, Severity::Error, finding)).collect();
    Report {
        command: "diagnose",
        facts,
        diagnostics,
        suppressed: Vec::new(),
        stale: 0,
        checks: 24,
        skipped: Vec::new(),
        could_not_look: false,
        fail_on: Severity::Error,
    }
}

/// The first place of `needle` in a file.
pub(super) fn place(path: &str, text: &str, needle: &str) -> Location {
    let start = text.find(needle).expect("the text holds the needle");
    Location::new(&Arc::new(SourceFile::new(path, text)), Span::new(start, start + needle.len()))
}
