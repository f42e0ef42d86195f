//! `missing-version-location`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::project::{Project, VersionLocation};
use crate::rules::{Check, Rule, wording};
use crate::source::{Location, Span};

pub(super) const RULE: Rule = Rule {
    name: "missing-version-location",
    summary: "A folder that is configured for revisions does not exist, and Alembic does not say so",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/missing-version-location.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    if super::no_revisions::tells(facts) {
        return Vec::new();
    }
    facts
        .project
        .version_locations
        .iter()
        .filter(|location| !location.exists)
        .map(|location| finding(&facts.project, location))
        .collect()
}

fn finding(project: &Project, location: &VersionLocation) -> Finding {
    let path = wording::path(&location.path);
    let mut finding = Finding::new(format!("The folder {path} is configured for revisions, but it does not exist"))
        .evidence(format!("configured as {}", crate::source::printable(&location.configured)))
        .evidence("Alembic leaves it out without a word: its revisions count as missing");
    finding.location = setting(project);
    if let Some(folder) = wording::shell(&location.path.display().to_string()) {
        finding = finding.next(
            format!("git log --all --oneline --name-status -- {folder}"),
            "shows whether it was ever there, and which commit has it; if it never was, take it out of the setting",
            Changes::Nothing,
        );
    }
    finding.do_not("run `init` over it: that starts a new, empty history")
}

/// Where the ini names the folders.
fn setting(project: &Project) -> Option<Location> {
    let source = project.ini.as_ref().or(project.pyproject.as_ref())?;
    ["version_locations", "script_location"].iter().find_map(|key| {
        let mut start = 0;
        for line in source.text().split_inclusive('\n') {
            if line.starts_with(key) {
                return Some(Location::new(source, Span::new(start, start + line.trim_end().len())));
            }
            start += line.len();
        }
        None
    })
}
