//! `database-behind`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::StampState;
use crate::rules::graph::are_wanted;
use crate::rules::{Check, Rule, StampFacts, gaps, wording};
use crate::source::printable;

use super::remedy;

pub(super) const RULE: Rule = Rule {
    name: "database-behind",
    summary: "Revisions are pending on the database",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/database-behind.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    if seen.stamp.state != StampState::Behind {
        return Vec::new();
    }
    let facts = seen.facts;
    let pending = match &seen.stamp.pending {
        Ok(pending) => pending,
        // Bad rows have their own rules; without any this is the only word about it.
        Err(error) if seen.stamp.problems.is_empty() => {
            let finding =
                Finding::new(format!("Alembic could not upgrade this database: {}", printable(&error.reason)))
                    .evidence(remedy::rows_line(seen))
                    .evidence(format!("Alembic says: {}", printable(&error.alembic)));
            return vec![finding];
        }
        Err(_) => return Vec::new(),
    };
    let Some(first) = pending.first() else { return Vec::new() };
    let be = if pending.len() == 1 { "is" } else { "are" };
    let mut finding = Finding::new(format!("{} {be} pending", wording::count(pending.len(), "revision", "revisions")))
        .revision(first)
        .evidence(remedy::rows_line(seen));
    let steps = pending.iter().map(|id| match facts.graph.get(id) {
        Some(revision) => format!("pending: {}", wording::revision(revision)),
        None => format!("pending: {}", wording::id(id)),
    });
    finding.evidence.extend(wording::fold(steps.collect()));
    if !gaps::unknown_parents(facts).is_empty() {
        finding = finding.evidence("there may be more: some files could not be placed in the graph");
    }
    if seen.look.in_recovery {
        finding = finding.evidence("this server is a standby: the upgrade has to run on its primary");
    } else if seen.look.read_only {
        finding = finding.evidence("sessions are read-only by default here: the upgrade could not write");
    }
    finding = if are_wanted(facts) {
        finding.next(
            facts.project.command(&format!("upgrade {}", remedy::all_heads(facts))),
            "runs them in this order; assumes that env.py is set to this same database, and that it has a backup",
            Changes::Database,
        )
    } else {
        finding.next(
            facts.project.command("heads --verbose"),
            "shows the heads: settle `multiple-heads` first, then upgrade",
            Changes::Nothing,
        )
    };
    vec![finding.do_not("run `stamp head`: it marks them as done, and they will never run")]
}
