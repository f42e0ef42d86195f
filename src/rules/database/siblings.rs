//! Databases that one run migrates together: the schemas of a fleet, and the sections of
//! `databases =`. They belong at the same revision, whatever that is.

use std::collections::BTreeSet;

use super::environment_mismatch::lacks;
use crate::database::DatabaseUrl;
use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::{Applied, Column, DatabaseFacts, Facts};
use crate::rules::{gaps, wording};
use crate::source::printable;

/// How many names of one kind are shown.
const MOST_NAMES: usize = 10;

/// Siblings that have the same rows.
struct Kin<'a> {
    names: Vec<&'a str>,
    rows: &'a [String],
    applied: &'a Applied<'a>,
}

pub(super) fn check(facts: &Facts, columns: &[Column<'_>]) -> Vec<Finding> {
    let mut found: Vec<Finding> = facts
        .fleets
        .iter()
        .filter_map(|fleet| {
            let kin = kin(columns, |database| {
                let group = database.group.as_ref().filter(|group| group.database == fleet.database);
                group.map(|group| group.schemas.iter().map(String::as_str).collect()).unwrap_or_default()
            });
            let finding = apart(facts, &kin, &format!("schemas of database {}", printable(&fleet.database)))?;
            Some(fleet_remedy(facts, Finding { database: Some(fleet.database.clone()), ..finding }))
        })
        .collect();
    let listed = kin(columns, |database| match is_listed(facts, database) {
        true => vec![database.state.name.as_str()],
        false => Vec::new(),
    });
    found.extend(apart(facts, &listed, "databases of `databases =`").map(|finding| multidb_remedy(facts, finding)));
    found
}

/// Whether all databases of a column are judged here.
pub(super) fn are_all(facts: &Facts, column: &Column<'_>) -> bool {
    column.databases.iter().all(|database| database.group.is_some() || is_listed(facts, database))
}

/// Whether `databases =` of the ini lists this one.
fn is_listed(facts: &Facts, database: &DatabaseFacts) -> bool {
    facts.project.databases.iter().any(|section| {
        section.url.as_ref().is_some_and(|url| DatabaseUrl::new(url.value.as_str()) == database.state.url)
    })
}

/// The columns as far as their members are siblings, and it is certain what they have.
fn kin<'a>(columns: &'a [Column<'a>], names: impl Fn(&'a DatabaseFacts) -> Vec<&'a str>) -> Vec<Kin<'a>> {
    let mut kin = Vec::new();
    for column in columns.iter().filter(|column| column.applied.known.is_some()) {
        let names: Vec<&str> = column.databases.iter().flat_map(|database| names(database)).collect();
        let rows = column.databases.first().and_then(|database| database.stamp.as_ref());
        if !names.is_empty() {
            kin.push(Kin {
                names,
                rows: rows.map(|stamp| stamp.rows.as_slice()).unwrap_or_default(),
                applied: &column.applied,
            });
        }
    }
    kin
}

fn apart(facts: &Facts, kin: &[Kin<'_>], what: &str) -> Option<Finding> {
    let all: BTreeSet<&str> = kin.iter().filter_map(|kin| kin.applied.known.as_ref()).flatten().copied().collect();
    let everything = Applied { known: Some(all), lost: BTreeSet::new() };
    let mut late: Vec<(&Kin<'_>, BTreeSet<&str>)> =
        kin.iter().filter_map(|kin| Some((kin, lacks(kin.applied, &everything)?))).collect();
    late.sort_by_key(|(kin, missing)| (std::cmp::Reverse(missing.len()), kin.names.len()));
    let (_, missing) = late.first()?;
    let total: usize = kin.iter().map(|kin| kin.names.len()).sum();
    let behind: usize = late.iter().map(|(kin, _)| kin.names.len()).sum();
    let lack = if behind == 1 { "lacks" } else { "lack" };
    let newest = facts.graph.effective_heads(&missing.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
    let mut finding = Finding::new(format!("{behind} of {total} {what} {lack} revisions that others have"))
        .revision(newest.first().copied().unwrap_or_default());
    let late_lines = late.iter().map(|(kin, missing)| {
        let order = facts.graph.history().into_iter().rev().filter(|id| missing.contains(id));
        let lack = if kin.names.len() == 1 { "lacks" } else { "lack" };
        let at = format!("{lack} {}, at", wording::ids(&order.collect::<Vec<_>>()));
        line(kin, &at)
    });
    let rest = kin.iter().filter(|kin| !late.iter().any(|(late, _)| std::ptr::eq(*late, *kin)));
    let rest = rest.map(|kin| line(kin, "at"));
    finding.evidence = wording::fold(late_lines.collect());
    finding.evidence.extend(wording::fold(rest.collect()));
    // Branches can be released one by one, database by database.
    if facts.graph.heads().len() > 1 {
        finding = finding.at_most(Severity::Warning);
    }
    Some(finding.do_not("stamp them: what they lack would never run there"))
}

/// `2 lack c3cc, at b2bb: t7, t9`
fn line(kin: &Kin<'_>, what: &str) -> String {
    let mut names: Vec<String> = kin.names.iter().take(MOST_NAMES).map(|name| printable(name)).collect();
    if kin.names.len() > MOST_NAMES {
        names.push(format!("{} more", kin.names.len() - MOST_NAMES));
    }
    format!("{} {what} {}: {}", kin.names.len(), wording::ids(kin.rows), names.join(", "))
}

/// Only a person knows how env.py is told which schema to migrate; it can be shown where.
fn fleet_remedy(facts: &Facts, finding: Finding) -> Finding {
    let env = facts.project.script_directory.join("env.py");
    let finding = match wording::shell(&env.display().to_string()) {
        Some(env) => finding.next(
            format!("grep -n 'x_argument\\|environ\\|search_path\\|schema' {env}"),
            "shows how env.py is told which schema to migrate, which only a person can read there: then run the \
             upgrade that way, once for each schema above that lacks something",
            Changes::Nothing,
        ),
        None => finding,
    };
    finding
        .do_not("trust the exit status of a command that goes over all schemas: it can end well and have left some out")
}

/// One run goes over all of them, each from its own rows.
fn multidb_remedy(facts: &Facts, finding: Finding) -> Finding {
    let heads = if facts.graph.heads().len() == 1 { "head" } else { "heads" };
    if !gaps::alembic_loads(facts) {
        return finding.next(
            wording::doctor(&facts.project, "diagnose"),
            "looks again, once the findings that keep Alembic from loading the graph are settled",
            Changes::Nothing,
        );
    }
    finding.next(
        facts.project.command(&format!("upgrade {heads}")),
        "runs in each database what it lacks; assumes that env.py is the one that goes over `databases =`, and that \
         each of them has a backup",
        Changes::Database,
    )
}
