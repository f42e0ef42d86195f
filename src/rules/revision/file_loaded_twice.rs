//! `file-loaded-twice`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::rules::{Check, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "file-loaded-twice",
    summary: "Alembic reaches the same revision file twice",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/file-loaded-twice.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let mut paths: Vec<String> =
        facts.loaded_twice.iter().map(|path| wording::path(facts.project.shown(path))).collect();
    paths.sort();
    paths.dedup();
    if paths.is_empty() {
        return Vec::new();
    }
    let verb = if paths.len() == 1 { "is reached twice" } else { "are reached twice each" };
    let mut finding = Finding::new(format!(
        "{} {verb}: a folder is listed twice, or a link stands beside its target",
        wording::list(&paths)
    ));
    finding.evidence = wording::fold(paths);
    let folders: Vec<String> = facts
        .project
        .version_locations
        .iter()
        .map(|location| format!("searched: {}", wording::path(&location.path)))
        .collect();
    finding.evidence.extend(wording::fold(folders));
    vec![finding.next(
        format!("ls -li {}", wording::version_folders(&facts.project)),
        "shows links and files with the same inode number; keep one way to each file",
        Changes::Nothing,
    )]
}
