//! `autocommit-block-not-alone`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::{Operation, Step};
use crate::rules::{Check, RevisionFacts, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "autocommit-block-not-alone",
    summary: "A revision with an autocommit block does something else too: a failure leaves half of it applied",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/autocommit-block-not-alone.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let Some(block) = seen.up().find(|step| step.in_autocommit) else { return Vec::new() };
    let is_other = |step: &&Step| {
        !step.in_autocommit
            && (seen::changes_schema(&step.operation) || seen::writes_rows(&step.operation))
            && !is_setting(step)
    };
    let mut others: Vec<&Step> = seen.up().take_while(|step| !step.in_autocommit).filter(is_other).collect();
    let comes_first = others.is_empty();
    if comes_first {
        others = seen.up().filter(is_other).collect();
        // What finds itself done already can be run again.
        if seen.up().filter(|step| step.in_autocommit).all(can_be_repeated) {
            return Vec::new();
        }
    }
    let Some(first) = others.first() else { return Vec::new() };
    let listed = others.iter().map(|step| format!("{} (line {})", seen::said(&step.operation), seen.line(step.span)));
    let count = wording::count(others.len(), "other step", "other steps");
    let stays = if others.len() == 1 { "stays" } else { "stay" };
    let (message, label, how) = if comes_first {
        (
            format!(
                "If what follows the autocommit block fails, the block stays applied and the stamp does not move ({count})"
            ),
            "runs after the block",
            "leaving the block commits what it did (Alembic: autocommit_block)",
        )
    } else {
        (
            format!(
                "If the autocommit block fails, {count} of this revision {stays} applied and the stamp does not move"
            ),
            "committed by the block, whatever follows",
            "entering the block commits what came before it (Alembic: autocommit_block)",
        )
    };
    let mut finding = Finding::new(message).at(seen.place(block.span)).related(seen.place(first.span), label);
    finding.evidence.push(how.to_owned());
    finding.evidence.extend(wording::fold(listed.collect()));
    vec![
        finding
            .next_step(explained(RULE.name, "shows the two revisions that it takes"))
            .do_not("run it again after a failure: what is there already makes it fail at another place"),
    ]
}

/// Whether the step does no harm when it has run before.
fn can_be_repeated(step: &Step) -> bool {
    match &step.operation {
        Operation::CreateIndex(create) => create.if_not_exists,
        Operation::DropIndex(drop) => drop.if_exists,
        Operation::Sql(sql) => seen::mentions(&sql.text, "if not exists") || seen::mentions(&sql.text, "if exists"),
        _ => false,
    }
}

fn is_setting(step: &Step) -> bool {
    matches!(&step.operation, Operation::Sql(sql) if ["SET", "RESET"].contains(&seen::first_word(&sql.text).as_str()))
}
