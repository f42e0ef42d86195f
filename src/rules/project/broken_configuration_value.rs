//! `broken-configuration-value`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::project::BrokenValue;
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "broken-configuration-value",
    summary: "A configured value cannot be read, most often because of a single % sign",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/broken-configuration-value.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    facts.project.broken_values.iter().map(finding).collect()
}

fn finding(broken: &BrokenValue) -> Finding {
    let place = wording::place(&broken.location);
    let mut finding =
        Finding::new(format!("`{}` cannot be read: {}", printable(&broken.key), printable(&broken.message)))
            .at(broken.location.clone())
            .evidence(format!("{place}: the value is read with %-interpolation, so % itself is written %%"));
    let written = broken.location.source.slice(broken.location.span);
    let in_one_line = broken.location.start().line == broken.location.end().line;
    // Doubling is only right where no % is doubled, and none refers to another key.
    let is_single = written.contains('%') && !written.contains("%%") && !written.contains("%(");
    let file = wording::shell(&broken.location.path().display().to_string());
    if let Some(file) = file.filter(|_| in_one_line && is_single) {
        finding = finding.next(
            format!("sed -i.bak '{}s/%/%%/g' {file}", broken.location.start().line),
            "doubles each % of the line; the old file stays beside it as .bak, passwords included",
            Changes::Files,
        );
    }
    finding
        .do_not("double the % anywhere else: where it is not read from the ini, it would become part of the password")
}
