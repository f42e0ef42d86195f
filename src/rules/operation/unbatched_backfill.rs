//! `unbatched-backfill`

use super::parsed;
use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::model::{TableName, Verb};
use crate::operation::{Operation, Step};
use crate::rules::{Check, RevisionFacts, Rule};
use crate::sql::{Command, WriteKind};

pub(super) const RULE: Rule = Rule {
    name: "unbatched-backfill",
    summary: "One statement changes or deletes every row of a table that is in use",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/unbatched-backfill.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let steps = seen.up().filter(|step| seen::on_postgresql(seen.facts, step));
    let mut found = Vec::new();
    for step in steps {
        for (table, deletes) in whole_tables(seen, step) {
            if !seen.makes(&table) {
                found.push(finding(seen, step, &table, deletes));
            }
        }
    }
    found
}

/// The tables all rows of which the step changes, and whether it deletes them.
fn whole_tables(seen: &RevisionFacts<'_>, step: &Step) -> Vec<(TableName, bool)> {
    if let Operation::Data(data) = &step.operation {
        let table = data.table.as_ref().filter(|_| !data.has_condition);
        return match (table, data.verb) {
            (Some(table), Verb::Update | Verb::Delete) => vec![(table.clone(), data.verb == Verb::Delete)],
            _ => Vec::new(),
        };
    }
    let Operation::Sql(sql) = &step.operation else { return Vec::new() };
    if !["update", "delete"].iter().any(|word| seen::mentions(&sql.text, word)) {
        return Vec::new();
    }
    let mut tables = Vec::new();
    for (statement, text) in parsed::texts(step) {
        let Command::Write(write) = &statement.command else { continue };
        let table = parsed::table(&write.table);
        let is_whole = !write.has_where || has_empty_condition(seen, &table, &text);
        match write.kind {
            WriteKind::Update if is_whole => tables.push((table, false)),
            WriteKind::Delete if is_whole => tables.push((table, true)),
            _ => {}
        }
    }
    tables
}

/// Whether the condition holds for every row: it asks whether a column is NULL that this revision
/// adds without a default.
fn has_empty_condition(seen: &RevisionFacts<'_>, table: &TableName, text: &str) -> bool {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let Some((_, condition)) = text.split_once(" where ") else { return false };
    let Some(column) = condition.strip_suffix(" is null") else { return condition == "true" };
    let column = column.rsplit('.').next().unwrap_or_default().trim_matches('"');
    seen.up().any(|step| match &step.operation {
        Operation::AddColumn(add) => {
            add.table == *table && add.column.name.to_lowercase() == column && add.column.server_default.is_none()
        }
        _ => false,
    })
}

fn finding(seen: &RevisionFacts<'_>, step: &Step, table: &TableName, deletes: bool) -> Finding {
    let shown = seen::table(table);
    let (done, cost) = if deletes {
        ("deleted", "what refers to it is looked at for each row, and its place is free only after a VACUUM")
    } else {
        ("written anew", "the table grows by as much as it holds, and so do its indexes")
    };
    Finding::new(format!("Every row of {shown} is {done} by one statement, and stays locked until the migration ends"))
        .at(seen.place(step.span))
        .evidence(format!("{} (line {})", seen::said(&step.operation), seen.line(step.span)))
        .evidence(format!("nothing limits it to a part of {shown}, and no revision that is new makes {shown}"))
        .evidence(cost)
        .next_step(explained(RULE.name, "shows how to do it in batches that commit"))
        .do_not("judge the time by a small database: all who change a row wait for all of them")
}
