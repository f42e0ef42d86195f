//! `no-revisions`

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Absent, Facts, InGit};
use crate::rules::lost::{self, commit};
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "no-revisions",
    summary: "Alembic finds no revision file, though there are some, or were",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/no-revisions.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let absent = facts.absent.as_ref().filter(|absent| absent.is_explained());
    absent.map(|absent| finding(facts, absent)).into_iter().collect()
}

/// Whether this rule tells why the folders are empty or missing.
pub(super) fn tells(facts: &Facts) -> bool {
    facts.absent.as_ref().is_some_and(Absent::is_explained)
}

fn finding(facts: &Facts, absent: &Absent) -> Finding {
    let project = &facts.project;
    let folders: Vec<String> = project.version_locations.iter().map(|place| wording::path(&place.path)).collect();
    let cause = match (&absent.in_git, absent.elsewhere.first(), absent.excluded.first()) {
        (Some(InGit::Lost(count)), ..) => {
            format!("what is checked out has {}", wording::count(*count, "file", "files"))
        }
        (_, Some((folder, count)), _) => {
            format!("{} has {}", wording::path(folder), wording::count(*count, "file", "files"))
        }
        (Some(InGit::Removed(by)), ..) => format!("commit {} removed what was there", by.short()),
        (Some(InGit::Elsewhere(_)), ..) => "other branches have some there".to_owned(),
        (None, None, Some(exclusion)) => {
            let from = if exclusion.is_docker { "the image" } else { "git" };
            format!("{} keeps them out of {from}", wording::place(&exclusion.location))
        }
        (None, None, None) => "it is not known why".to_owned(),
    };
    let mut finding = Finding::new(format!("Alembic finds no revision file in {}: {cause}", wording::list(&folders)));
    for location in &project.version_locations {
        let (path, full) = (wording::path(&location.path), project.directory.join(&location.path));
        let state = if location.exists { "is there, without a revision file" } else { "does not exist" };
        finding = finding.evidence(format!(
            "{path} {state}; it is configured as {} and means {}",
            printable(&location.configured),
            wording::path(&full)
        ));
    }
    finding = finding.evidence(format!("the configuration: {}", printable(&project.found)));
    for (folder, count) in absent.elsewhere.iter().take(wording::MOST_LINES) {
        let files = wording::count(*count, "revision file", "revision files");
        finding = finding.evidence(format!("{} has {files}", wording::path(folder)));
    }
    match &absent.in_git {
        Some(InGit::Removed(by)) => finding = finding.evidence(format!("removed in commit {}", commit(by))),
        Some(InGit::Elsewhere(places)) => {
            let names: Vec<&str> = places.iter().map(|place| place.name.as_str()).collect();
            finding = finding.evidence(format!("branches and tags that have them: {}", wording::ids(&names)));
        }
        Some(InGit::Lost(_)) | None => {}
    }
    for exclusion in &absent.excluded {
        finding = finding.evidence(printable(&exclusion.in_words()));
    }
    finding.location = absent.excluded.first().map(|exclusion| exclusion.location.clone());
    ways(facts, finding, absent)
        .do_not("run `alembic init`, or start a new history: databases that are stamped would not fit to it")
}

fn ways(facts: &Facts, mut finding: Finding, absent: &Absent) -> Finding {
    let folders = wording::version_folders(&facts.project);
    match &absent.in_git {
        Some(InGit::Lost(_)) => {
            return finding.next(
                format!("git checkout HEAD -- {folders}"),
                "brings the files back into the working tree",
                Changes::Files,
            );
        }
        Some(InGit::Removed(by)) if absent.elsewhere.is_empty() => {
            return finding.next(
                format!("git checkout {}~1 -- {folders}", by.short()),
                "brings back what was there before that commit",
                Changes::Files,
            );
        }
        Some(InGit::Elsewhere(places)) if absent.elsewhere.is_empty() => {
            let way = places.iter().find_map(lost::way);
            finding.next.extend(way.map(|way| lost::checkout(&way, "goes to code that has them")));
            return finding;
        }
        _ => {}
    }
    if let Some((folder, _)) = absent.elsewhere.first() {
        finding.next.extend(configure(facts, &wording::path(folder)));
    }
    if let (true, Some(exclusion)) = (finding.next.is_empty(), absent.excluded.first()) {
        let line = exclusion.location.start().line;
        if let Some(file) = wording::shell(&exclusion.location.path().display().to_string()) {
            let why = "shows the line: take it out, or let the folder in again below it, and build again";
            finding = finding.next(format!("sed -n {line}p {file}"), why, Changes::Nothing);
        }
    }
    if finding.next.is_empty() {
        finding.next.push(Step::new(
            wording::doctor(&facts.project, "explain no-revisions"),
            "tells more",
            Changes::Nothing,
        ));
    }
    finding
}

/// Shows the settings that have to name the folder that has them.
fn configure(facts: &Facts, folder: &str) -> Option<Step> {
    let project = &facts.project;
    let file = project.ini.as_ref().or(project.pyproject.as_ref())?;
    let file = wording::shell(&file.path().display().to_string())?;
    Some(Step::new(
        format!("grep -n -e ^script_location -e ^version_locations {file}"),
        format!("shows the settings: script_location or version_locations has to lead to {folder}"),
        Changes::Nothing,
    ))
}
