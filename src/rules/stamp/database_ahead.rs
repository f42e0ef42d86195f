//! `database-ahead`

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Standing, Trace};
use crate::history::PlaceKind;
use crate::operation::model::Change;
use crate::operation::{self, Operation};
use crate::rules::lost as git;
use crate::rules::{Check, Rule, StampFacts, wording};

use crate::source::printable;

use super::{lost, remedy};

pub(super) const RULE: Rule = Rule {
    name: "database-ahead",
    summary: "The database is newer than this code",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/database-ahead.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    lost::traces(seen, Standing::Ahead).into_iter().map(|trace| finding(seen, trace)).collect()
}

fn finding(seen: &StampFacts<'_>, trace: &Trace) -> Finding {
    let id = wording::id(&trace.revision.id);
    let count = wording::count(trace.missing.len(), "revision", "revisions");
    let release = trace.places.iter().find(|place| place.kind == PlaceKind::Tag);
    let release = release.map(|tag| format!(" (first in {})", wording::id(&tag.name))).unwrap_or_default();
    let mut finding =
        Finding::new(format!("The database is ahead: it holds {id}{release}, {count} after the end of this code"))
            .revision(&trace.revision.id)
            .evidence(remedy::rows_line(seen));
    finding.evidence.extend(remedy::this_code(seen));
    finding.evidence.extend(git::missing(trace));
    finding.evidence.extend(wording::fold(destroyed(trace)));
    finding.evidence.extend(git::evidence(trace));
    finding.evidence.extend(git::gaps(seen.facts));
    if let Some(way) = git::destination(trace).and_then(git::way) {
        let why = "goes to code that has every revision of this database; in production, deploy it; assumes that the \
                   working tree is clean";
        finding.next.push(git::checkout(&way, why));
        let heads = seen.facts.graph.heads();
        if let [head] = heads.as_slice()
            && let Some(steps) = lost::downgrade(seen, &way, head)
        {
            finding = finding.or(steps);
        }
    }
    if finding.next.is_empty() {
        let again = wording::doctor(&seen.facts.project, "diagnose");
        finding.next.push(Step::new(again, "looks again, from the branch that has them", Changes::Nothing));
    }
    finding
        .do_not("delete or restamp the row: the schema really is newer, and the next upgrade would run on it again")
        .do_not("downgrade in production without a backup: what the newer code stored would be lost")
}

/// What the newer revisions take away or rename, and this code may still use: a line each.
fn destroyed(trace: &Trace) -> Vec<String> {
    let mut lines = Vec::new();
    let mut new: Vec<String> = Vec::new();
    let mut is_opaque = false;
    for revision in &trace.missing {
        let id = wording::id(&revision.id);
        for step in operation::read(&revision.source).upgrade.steps {
            let (table, what) = match &step.operation {
                Operation::CreateTable(create) => {
                    new.push(create.table.to_string());
                    continue;
                }
                Operation::DropTable(drop) => (&drop.table, format!("drops the table {}", drop.table)),
                Operation::RenameTable(rename) => {
                    (&rename.table, format!("renames the table {} to {}", rename.table, rename.new_name))
                }
                Operation::DropColumn(drop) => {
                    (&drop.table, format!("drops the column {}.{}", drop.table, drop.column))
                }
                Operation::AlterColumn(alter) => match &alter.new_name {
                    Change::Set(name) => {
                        (&alter.table, format!("renames the column {}.{} to {name}", alter.table, alter.column))
                    }
                    _ => continue,
                },
                Operation::Opaque { .. } | Operation::Sql(_) => {
                    is_opaque = true;
                    continue;
                }
                _ => continue,
            };
            // What came after this code is none of its business.
            if !new.contains(&table.to_string()) {
                lines.push(format!("{id} {}: this code may still need it", printable(&what)));
            }
        }
    }
    if lines.is_empty() {
        let known = if is_opaque { ", as far as is known: some of what they do is not read" } else { "" };
        lines.push(format!("the newer revisions drop and rename no table or column that this code knows{known}"));
    }
    lines
}
