//! `suspicious-drop-everything`

use std::collections::BTreeSet;

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::{Operation, Step};
use crate::project::env::Fact;
use crate::rules::{Check, RevisionFacts, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "suspicious-drop-everything",
    summary: "A revision drops many tables that it does not replace, as autogenerate does when it cannot see the models",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/suspicious-drop-everything.md"),
    check: Check::Revision(check),
};

/// Fewer tables than this are cleaned up on purpose.
const MANY: usize = 4;

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let is_drop = |step: &&Step| matches!(step.operation, Operation::DropTable(_));
    let drops: Vec<&Step> = seen.up().filter(is_drop).collect();
    let makes_any = seen.up().any(|step| matches!(step.operation, Operation::CreateTable(_)));
    let Some(first) = drops.first().filter(|_| drops.len() >= MANY && !makes_any) else { return Vec::new() };
    let dropped: BTreeSet<String> =
        drops.iter().filter_map(|step| step.operation.table().map(ToString::to_string)).collect();
    let known = made_before(seen);
    let strange: Vec<&String> = dropped.iter().filter(|table| !known.contains(*table)).collect();
    let left = known.iter().filter(|table| !dropped.contains(*table)).count();
    // Tables of somebody else, or nearly all of one's own.
    if strange.len() < MANY && left > dropped.len() / 3 {
        return Vec::new();
    }
    let mut finding = Finding::new(format!("This revision drops {}", wording::count(drops.len(), "table", "tables")))
        .at(seen.place(first.span));
    if strange.is_empty() {
        finding = finding.evidence(format!("{} of the tables that earlier revisions made would be left", left));
    } else {
        let names: Vec<&str> = strange.iter().map(|name| name.as_str()).collect();
        finding = finding.evidence(format!("no earlier revision made {}", wording::ids(&names)));
    }
    finding.evidence.extend(seen::unseen_models(seen.facts));
    if matches!(&seen.facts.project.env.target_metadata, Fact::Known(metadata) if metadata == "None") {
        finding = finding.evidence("env.py says target_metadata = None: autogenerate can see no model at all");
    }
    vec![
        finding
            .evidence(
                "autogenerate drops what the models do not have: models that were not imported, or tables of others",
            )
            .next_step(explained(RULE.name, "shows what to look at in env.py"))
            .do_not("apply it: the rows of these tables are gone then"),
    ]
}

/// The tables that the ancestors of the revision made and did not drop.
fn made_before(seen: &RevisionFacts<'_>) -> BTreeSet<String> {
    let graph = &seen.facts.graph;
    let ancestors = graph.ancestors(&[&seen.revision.id]);
    let mut tables = BTreeSet::new();
    for id in graph.history().into_iter().rev().filter(|id| ancestors.contains(id) && *id != seen.revision.id) {
        let Some(operations) = seen.facts.operations_of(id) else { continue };
        for step in &operations.upgrade.steps {
            match &step.operation {
                Operation::CreateTable(create) => {
                    tables.insert(create.table.to_string());
                }
                Operation::DropTable(drop) => {
                    tables.remove(&drop.table.to_string());
                }
                Operation::RenameTable(rename) if tables.remove(&rename.table.to_string()) => {
                    let renamed =
                        crate::operation::model::TableName { name: rename.new_name.clone(), ..rename.table.clone() };
                    tables.insert(renamed.to_string());
                }
                _ => {}
            }
        }
    }
    tables
}
