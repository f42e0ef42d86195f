//! `unused-ignore`

use crate::diagnostic::{Changes, Finding, Severity, Until};
use crate::rules::{Check, Rule, SpentIgnore, wording};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "unused-ignore",
    summary: "An ignore comment sets nothing aside",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/unused-ignore.md"),
    check: Check::Ignores(check),
};

fn check(spent: &[SpentIgnore]) -> Vec<Finding> {
    spent.iter().map(finding).collect()
}

fn finding(spent: &SpentIgnore) -> Finding {
    let SpentIgnore { ignore, is_known, is_over } = spent;
    let rule = wording::id(&ignore.rule);
    let (message, evidence) = match &ignore.until {
        _ if !is_known => (
            format!("There is no rule {rule}, so this comment ignores nothing"),
            "`alembic-doctor rules` lists the rules".to_owned(),
        ),
        Until::Unreadable(day) => (
            format!("The day of this ignore comment cannot be read, so it ignores {rule} no longer"),
            format!("until = {}: expected a day such as 2027-01-31", printable(day)),
        ),
        Until::Day(day) if *is_over => (
            format!("The day of this ignore comment is over, so it ignores {rule} no longer"),
            format!("it counted until {day}"),
        ),
        Until::Day(_) | Until::Always => (
            format!(
                "Nothing here is ignored: {rule} finds nothing on this line{}",
                if ignore.is_alone { " or the next" } else { "" }
            ),
            "a comment counts for its own line; one that has a line to itself also for the next".to_owned(),
        ),
    };
    let mut finding = Finding::new(message).at(ignore.location.clone()).evidence(evidence);
    if !ignore.reason.is_empty() {
        finding = finding.evidence(format!("its reason: {}", printable(&ignore.reason)));
    }
    let place = wording::place(&ignore.location);
    finding
        .next(
            "alembic-doctor explain unused-ignore",
            format!("says what such a comment does; take the one at {place} away, or put it beside what it is about"),
            Changes::Nothing,
        )
        .do_not("leave it: the next finding on that line would be set aside without anybody knowing why")
}
