//! `concurrently-in-transaction`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::{Operation, Step};
use crate::rules::{Check, RevisionFacts, Rule};
use crate::sql::{self, Action, Command};

pub(super) const RULE: Rule = Rule {
    name: "concurrently-in-transaction",
    summary: "An index is built or dropped concurrently inside a transaction, which PostgreSQL refuses",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/concurrently-in-transaction.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    // Whoever runs migrations without a transaction says so in env.py.
    let env = seen.facts.project.env.source.as_ref().map_or("", |source| source.text());
    if ["AUTOCOMMIT", "transactional_ddl"].iter().any(|word| env.contains(word)) {
        return Vec::new();
    }
    let both = [&seen.operations.upgrade, &seen.operations.downgrade];
    let steps = both.into_iter().flat_map(|body| &body.steps);
    let found =
        steps.filter(|step| !step.in_autocommit && is_concurrent(step) && seen::on_postgresql(seen.facts, step));
    found.map(|step| finding(seen, step)).collect()
}

fn is_concurrent(step: &Step) -> bool {
    match &step.operation {
        Operation::CreateIndex(create) => create.index.is_concurrent(),
        Operation::DropIndex(drop) => drop.is_concurrent(),
        Operation::Sql(sql) => is_concurrent_sql(&sql.text),
        _ => false,
    }
}

fn is_concurrent_sql(text: &str) -> bool {
    // Most texts need not be parsed for this.
    seen::mentions(text, "concurrently")
        && sql::statements(text).iter().any(|statement| match &statement.command {
            Command::CreateIndex(create) => create.concurrently,
            Command::Drop(drop) => drop.concurrently,
            Command::Reindex { concurrently, .. } => *concurrently,
            Command::AlterTable(alter) => {
                alter.actions.iter().any(|action| matches!(action, Action::DetachPartition { concurrently: true, .. }))
            }
            _ => false,
        })
}

fn finding(seen: &RevisionFacts<'_>, step: &Step) -> Finding {
    Finding::new(format!("{}, inside the transaction of the migration", capital(&seen::said(&step.operation))))
        .at(seen.place(step.span))
        .evidence("PostgreSQL: CREATE INDEX CONCURRENTLY cannot run inside a transaction block")
        .evidence("Alembic runs each migration in a transaction unless it is told otherwise")
        .next_step(explained(RULE.name, "shows the block that leaves the transaction for it"))
        .do_not("take `concurrently` away for a large table: building it then blocks all writes")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
