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
    let others: Vec<&Step> = seen.up().filter(is_other).collect();
    let Some(first) = others.first() else { return Vec::new() };
    let listed = others.iter().map(|step| format!("{} (line {})", seen::said(&step.operation), seen.line(step.span)));
    let mut finding = Finding::new(format!(
        "If the autocommit block fails, {} of this revision stays applied and the stamp does not move",
        wording::count(others.len(), "other step", "other steps")
    ))
    .at(seen.place(block.span))
    .related(seen.place(first.span), "committed by the block, whatever follows");
    finding.evidence.push("entering the block commits what came before it (Alembic: autocommit_block)".to_owned());
    finding.evidence.extend(wording::fold(listed.collect()));
    vec![
        finding
            .next_step(explained(RULE.name, "shows the two revisions that it takes"))
            .do_not("run it again after a failure: what is there already makes it fail at another place"),
    ]
}

fn is_setting(step: &Step) -> bool {
    matches!(&step.operation, Operation::Sql(sql) if ["SET", "RESET"].contains(&seen::first_word(&sql.text).as_str()))
}
