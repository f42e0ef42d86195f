//! `mixed-schema-and-data`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::{Operation, Step};
use crate::rules::{Check, RevisionFacts, Rule};

pub(super) const RULE: Rule = Rule {
    name: "mixed-schema-and-data",
    summary: "A revision changes a table that is in use and its rows: the lock is held while the rows are changed",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/mixed-schema-and-data.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    if !seen.facts.may_be_postgresql() {
        return Vec::new();
    }
    let locks = |step: &&Step| match &step.operation {
        Operation::AddColumn(_)
        | Operation::DropColumn(_)
        | Operation::AlterColumn(_)
        | Operation::AddConstraint(_)
        | Operation::DropConstraint(_) => {
            !step.in_autocommit && step.operation.table().is_some_and(|table| !seen.makes(table))
        }
        _ => false,
    };
    let Some(lock) = seen.up().find(locks) else { return Vec::new() };
    // Rows of tables that this revision makes are few, and nobody waits for them.
    let is_large = |step: &&Step| {
        !step.in_autocommit
            && match &step.operation {
                Operation::Sql(sql) => ["UPDATE", "DELETE"].contains(&seen::first_word(&sql.text).as_str()),
                Operation::Data(data) => {
                    use crate::operation::model::Verb;
                    matches!(data.verb, Verb::Update | Verb::Delete)
                        && data.table.as_ref().is_none_or(|table| !seen.makes(table))
                }
                _ => false,
            }
    };
    let Some(rows) = seen.up().find(is_large) else { return Vec::new() };
    let table = lock.operation.table().map(seen::table).unwrap_or_default();
    vec![
        Finding::new(format!("{table} stays locked while this revision changes rows"))
            .at(seen.place(rows.span))
            .related(seen.place(lock.span), "takes the lock, which is kept until the migration ends")
            .evidence(format!("{} (line {})", seen::said(&lock.operation), seen.line(lock.span)))
            .evidence(format!("{} (line {})", seen::said(&rows.operation), seen.line(rows.span)))
            .next_step(explained(RULE.name, "shows the two revisions that it takes"))
            .do_not("judge the time by a small database: every reader of the table waits for all of its rows"),
    ]
}
