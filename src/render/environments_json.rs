//! The parts of the JSON document that only `envs` fills.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::check::{Dates, Report};
use crate::facts::{Column, Facts, Fleet};
use crate::history::Commit;

/// The environments compared.
#[derive(Serialize)]
pub(super) struct EnvironmentsPart<'a> {
    promotion: &'a [String],
    /// `null` when git could not say.
    commits: Option<Vec<CommitPart<'a>>>,
    commits_unknown: Option<&'a str>,
    /// Newest first.
    differences: Vec<DifferencePart<'a>>,
}

#[derive(Serialize)]
struct CommitPart<'a> {
    revision: &'a str,
    /// `null`: not committed yet.
    commit: Option<&'a str>,
    author: Option<&'a str>,
    date: Option<&'a str>,
    subject: Option<&'a str>,
}

#[derive(Serialize)]
struct DifferencePart<'a> {
    revision: &'a str,
    present: Vec<&'a str>,
    missing: Vec<&'a str>,
    unknown: Vec<&'a str>,
}

impl<'a> EnvironmentsPart<'a> {
    pub(super) fn new(report: &'a Report, dates: &'a Dates) -> Self {
        let facts = &report.facts;
        let (commits, commits_unknown) = match dates {
            Dates::Unknown(why) => (None, Some(why.as_str())),
            Dates::Known(_) => {
                (Some(told(facts).into_iter().map(|id| CommitPart::new(id, dates.commit(id))).collect()), None)
            }
        };
        let columns = facts.columns();
        let differences = facts.differences(&columns).into_iter().map(|difference| {
            let names = |wanted: Option<bool>| {
                let those = columns.iter().zip(&difference.applied).filter(|(_, applied)| **applied == wanted);
                those.flat_map(|(column, _)| names(column)).collect()
            };
            DifferencePart {
                revision: difference.revision,
                present: names(Some(true)),
                missing: names(Some(false)),
                unknown: names(None),
            }
        });
        Self { promotion: &facts.expected.promotion, commits, commits_unknown, differences: differences.collect() }
    }
}

/// The heads, and what the databases are stamped with.
fn told(facts: &Facts) -> BTreeSet<&str> {
    let rows = facts.databases.iter().filter_map(|database| database.stamp.as_ref()).flat_map(|stamp| &stamp.rows);
    let rows = rows.filter_map(|row| facts.graph.get(row)).map(|revision| revision.id.as_str());
    facts.graph.heads().into_iter().chain(rows).collect()
}

fn names<'a>(column: &Column<'a>) -> Vec<&'a str> {
    column.databases.iter().map(|database| database.state.name.as_str()).collect()
}

impl<'a> CommitPart<'a> {
    fn new(revision: &'a str, commit: Option<&'a Commit>) -> Self {
        Self {
            revision,
            commit: commit.map(|commit| commit.id.as_str()),
            author: commit.map(|commit| commit.author.as_str()),
            date: commit.map(|commit| commit.date.as_str()),
            subject: commit.map(|commit| commit.subject.as_str()),
        }
    }
}

/// The schemas of one database.
#[derive(Serialize)]
pub(super) struct FleetPart<'a> {
    database: &'a str,
    schemas: usize,
    without_version_table: Vec<BarePart<'a>>,
}

#[derive(Serialize)]
struct BarePart<'a> {
    schema: &'a str,
    tables: u64,
}

impl<'a> FleetPart<'a> {
    pub(super) fn new(fleet: &'a Fleet) -> Self {
        let bare = fleet.bare.iter().map(|(schema, tables)| BarePart { schema, tables: *tables });
        Self { database: &fleet.database, schemas: fleet.schemas, without_version_table: bare.collect() }
    }
}
