//! `edited-revision`

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Before, FilePast, Past};
use crate::revision::{Difference, Field, Revision};
use crate::rules::lost::commit;
use crate::rules::{Check, Rule, StampFacts, wording};
use crate::source::Location;

use super::remedy;
use crate::rules::future::edited;

pub(super) const RULE: Rule = Rule {
    name: "edited-revision",
    summary: "A revision that a database or the base has, or that is locked, does something else now",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/edited-revision.md"),
    check: Check::MemoryOrStamp(edited, check),
};

/// The most commits and tags that are named.
const MOST_NAMED: usize = 3;

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let graph = &seen.facts.graph;
    let rows: Vec<&str> = seen.stamp.rows.iter().map(String::as_str).filter(|row| graph.get(row).is_some()).collect();
    let applied = graph.ancestors(&rows);
    let applied = graph.revisions().iter().filter(|revision| applied.contains(revision.id.as_str()));
    applied
        .filter_map(|revision| {
            let file = seen.facts.past.of(&revision.id)?;
            finding(seen, revision, file, file.before.as_deref()?)
        })
        .collect()
}

fn finding(seen: &StampFacts<'_>, now: &Revision, file: &FilePast, before: &Before) -> Option<Finding> {
    let depends = before.header.contains(&Field::DependsOn);
    if before.differences.is_empty() && !depends {
        return None;
    }
    let id = wording::id(&now.id);
    let mut what: Vec<&str> = Vec::new();
    for difference in &before.differences {
        if !what.contains(&difference.function) {
            what.push(difference.function);
        }
    }
    let functions: Vec<String> = what.iter().map(|name| format!("{name}()")).collect();
    let what_changed = match functions.as_slice() {
        [] => "`depends_on`".to_owned(),
        functions => wording::list(functions),
    };
    let place = before.differences.first().and_then(|difference| difference.span);
    let place = place.map_or_else(|| now.location(Field::Revision), |span| Location::new(&now.source, span));
    let mut finding =
        Finding::new(format!("{id}, which this database has, was edited after it came: {what_changed} changed"))
            .at(place)
            .revision(&now.id)
            .evidence(remedy::rows_line(seen))
            .evidence(format!("{id} came in commit {}", commit(&file.came)));
    for change in before.edited.iter().rev().take(MOST_NAMED) {
        finding = finding.evidence(match &change.commit {
            Some(by) => format!("it was edited in commit {}", commit(by)),
            None => "it is edited in the working tree, in no commit yet".to_owned(),
        });
    }
    let lines = before.differences.iter().map(|difference| line(now, difference));
    finding.evidence.extend(wording::fold(lines.collect()));
    if let Some(releases) = &before.releases
        && !releases.before.is_empty()
    {
        let tags: Vec<&String> = releases.before.iter().rev().take(MOST_NAMED).collect();
        finding = finding.evidence(format!("released as it was, in {}", wording::ids(&tags)));
    }
    finding = finding.evidence("not known: which of the two ran here; databases on both sides differ from now on");
    if let Past::Heard { is_shallow: true, .. } = seen.facts.past {
        finding = finding.evidence("this clone is shallow: older commits are hidden");
    }
    // A way down that was mended, and what was never released, hurts nobody who is at the end.
    let is_released = match &before.releases {
        Some(releases) => !releases.any || !releases.before.is_empty(),
        None => false,
    };
    let is_harmless = !what.contains(&"upgrade") || !is_released;
    finding = finding.at_most(if is_harmless { Severity::Info } else { Severity::Warning });
    finding.next.extend(show(now, file, before));
    finding.or.extend(restore(seen, now, file, before));
    Some(finding.do_not("run it again on a database that has it, or edit it once more: what ran stays as it was"))
}

/// `upgrade() changed (versions/a1.py:12-14)`
pub(in crate::rules) fn line(now: &Revision, difference: &Difference) -> String {
    let name = wording::id(&difference.name);
    let name = if difference.name == difference.function {
        format!("{name}()")
    } else {
        format!("{name}, which {}() uses,", difference.function)
    };
    let Some(span) = difference.span else { return format!("{name} is gone") };
    let location = Location::new(&now.source, span);
    let (first, last) = (location.start().line, location.end().line);
    let to = if last > first { format!("-{last}") } else { String::new() };
    format!("{name} changed ({}:{first}{to})", wording::path(now.source.path()))
}

/// Both texts side by side.
fn show(now: &Revision, file: &FilePast, before: &Before) -> Option<Step> {
    let path = wording::shell(&now.source.path().display().to_string())?;
    let why = "shows what was changed since it came";
    let command = if is_renamed(file, before) {
        format!("git log -p --follow -- {path}")
    } else {
        format!("git diff {} -- {path}", file.came.short())
    };
    Some(Step::new(command, why, Changes::Nothing))
}

fn is_renamed(file: &FilePast, before: &Before) -> bool {
    before.path != file.path
}

/// A copy of a file that git is about to write over; Alembic loads none of that name.
pub(in crate::rules) fn keep(path: &str) -> Step {
    Step::new(format!("cp {path} {path}.bak"), "keeps what was changed beside the file, as .bak", Changes::Files)
}

/// The file goes back to what ran, and the change into a revision of its own.
fn restore(seen: &StampFacts<'_>, now: &Revision, file: &FilePast, before: &Before) -> Option<Vec<Step>> {
    // A commit that moved it has its reasons for the header.
    if is_renamed(file, before) || before.header.contains(&Field::DownRevision) {
        return None;
    }
    let path = wording::shell(&now.source.path().display().to_string())?;
    let mut steps = Vec::new();
    // git has not what is in no commit.
    if before.edited.iter().any(|change| change.commit.is_none()) {
        steps.push(keep(&path));
    }
    steps.push(Step::new(
        format!("git checkout {} -- {path}", file.came.short()),
        "puts the file back to what it was when it came",
        Changes::Files,
    ));
    if let [_] = seen.facts.graph.heads().as_slice() {
        let message = wording::shell(&format!("change what {} made", wording::id(&now.id)))?;
        steps.push(Step::new(
            seen.facts.project.command(&format!("revision -m {message}")),
            "writes an empty revision: put the change into it, so that it runs everywhere; where the edited one has \
             already run, it must not fail",
            Changes::Files,
        ));
    }
    Some(steps)
}
