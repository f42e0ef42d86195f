//! `unbatched-backfill`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::Operation;
use crate::operation::model::Verb;
use crate::rules::{Check, RevisionFacts, Rule};
use crate::source::{Span, printable};
use crate::sql::{Action, Command, Name, WriteKind};

pub(super) const RULE: Rule = Rule {
    name: "unbatched-backfill",
    summary: "One statement changes or deletes every row of a table that is in use",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/unbatched-backfill.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for step in seen.up().filter(|step| seen::on_postgresql(seen.facts, step)) {
        if let Operation::Data(data) = &step.operation
            && let Some(table) = data.table.as_ref().filter(|table| !data.has_condition && !seen.makes(table))
            && matches!(data.verb, Verb::Update | Verb::Delete)
        {
            let written = printable(&data.written);
            found.push(finding(seen, step.span, &seen::table(table), &written, data.verb == Verb::Delete));
        }
    }
    for (_, sent) in seen.statements() {
        let Command::Write(write) = &sent.statement.command else { continue };
        let deletes = match write.kind {
            WriteKind::Update => false,
            WriteKind::Delete => true,
            _ => continue,
        };
        let text = seen.text(sent);
        let is_whole = !write.has_where || has_empty_condition(seen, &write.table, text);
        if is_whole && !sent.context.created.contains(&write.table) {
            let table = printable(&write.table.to_string());
            found.push(finding(seen, sent.span, &table, &printable(&single_line(text)), deletes));
        }
    }
    found
}

fn single_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the condition holds for every row: it asks whether a column is NULL that this revision
/// adds without a default.
fn has_empty_condition(seen: &RevisionFacts<'_>, table: &Name, text: &str) -> bool {
    let text = single_line(text).to_lowercase();
    let Some((_, condition)) = text.split_once(" where ") else { return false };
    let Some(asked) = condition.strip_suffix(" is null") else { return matches!(condition, "true" | "1=1" | "1 = 1") };
    let asked = asked.rsplit('.').next().unwrap_or_default().trim_matches('"');
    seen.statements().any(|(_, sent)| match &sent.statement.command {
        Command::AlterTable(alter) if alter.table == *table => alter.actions.iter().any(|action| {
            let Action::AddColumn { column, .. } = action else { return false };
            column.name.to_lowercase() == asked && column.default.is_none() && column.generated.is_none()
        }),
        _ => false,
    })
}

fn finding(seen: &RevisionFacts<'_>, span: Span, table: &str, written: &str, deletes: bool) -> Finding {
    let (done, cost) = if deletes {
        ("deleted", "what refers to it is looked at for each row, and its place is free only after a VACUUM")
    } else {
        ("written anew", "the table grows by as much as it holds, and so do its indexes")
    };
    Finding::new(format!("Every row of {table} is {done} by one statement, and stays locked until the migration ends"))
        .at(seen.place(span))
        .evidence(format!("{} (line {})", written, seen.line(span)))
        .evidence(format!("nothing limits it to a part of {table}, and no revision that is new makes {table}"))
        .evidence(cost)
        .next_step(explained(RULE.name, "shows how to do it in batches that commit"))
        .do_not("judge the time by a small database: all who change a row wait for all of them")
}
