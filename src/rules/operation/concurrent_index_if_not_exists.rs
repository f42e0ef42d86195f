//! `concurrent-index-if-not-exists`

use super::seen::explained;
use crate::diagnostic::{Finding, Severity};
use crate::rules::{Check, RevisionFacts, Rule};
use crate::source::{Span, printable};
use crate::sql::{Command, ObjectKind};

pub(super) const RULE: Rule = Rule {
    name: "concurrent-index-if-not-exists",
    summary: "A concurrent index build takes an invalid leftover for the index",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/concurrent-index-if-not-exists.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut dropped: Vec<&str> = Vec::new();
    for (_, sent) in seen.statements() {
        match &sent.statement.command {
            // A leftover that is dropped first is the safe form.
            Command::Drop(drop) if drop.kind == ObjectKind::Index => {
                dropped.extend(drop.names.iter().map(|name| name.name.as_str()));
            }
            Command::CreateIndex(create) if create.concurrently && create.if_not_exists => {
                let is_dropped = create.name.as_deref().is_some_and(|name| dropped.contains(&name));
                if !is_dropped && !sent.context.created.contains(&create.table) {
                    found.push(finding(seen, sent.span, create.name.as_deref().unwrap_or("the index")));
                }
            }
            _ => {}
        }
    }
    found
}

fn finding(seen: &RevisionFacts<'_>, span: Span, name: &str) -> Finding {
    let name = printable(name);
    Finding::new(format!("If an earlier build of {name} failed, its invalid leftover is taken for the index"))
        .at(seen.place(span))
        .evidence("a failed CREATE INDEX CONCURRENTLY leaves an index that is marked invalid and never used")
        .evidence("IF NOT EXISTS looks at the name only, and so does nothing then")
        .next_step(explained(RULE.name, "shows the drop that belongs before it"))
        .do_not("rely on a second run to repair it")
}
