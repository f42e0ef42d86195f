//! `env-unreadable`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "env-unreadable",
    summary: "env.py is missing or is not Python, so no command can reach the database",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/env-unreadable.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let Some((reason, location)) = &facts.project.env.unreadable else { return Vec::new() };
    let path = location.path();
    let is_there = facts.project.env.source.is_some() || facts.project.directory.join(path).exists();
    let mut finding = Finding::new(format!("{} cannot be used: {}", wording::path(path), printable(reason)))
        .at(location.clone())
        .evidence("`upgrade`, `current`, `stamp` and every other command that opens the database run this file");
    if is_there {
        finding.next.extend(wording::compile(path));
    } else if let Some(file) = wording::shell(&path.display().to_string()) {
        finding = finding.next(
            format!("git log --all --oneline --name-status -- {file}"),
            "shows which commit had the file: bring it back from there",
            Changes::Nothing,
        );
    }
    vec![finding.do_not("start over with `init`: the settings that the old env.py had would be gone")]
}
