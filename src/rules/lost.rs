//! What the rules about lost revisions share: git's evidence in words, and the commands around it.

use super::wording;
use crate::diagnostic::{Changes, Step};
use crate::facts::{Facts, Fate, Testimony, Trace, Witness};
use crate::history::{Commit, Place, PlaceKind};
use crate::revision::{Meaning, Revision};
use crate::source::printable;

pub(super) fn testimony(facts: &Facts) -> Option<&Testimony> {
    match &facts.witness {
        Witness::Heard(testimony) => Some(testimony),
        Witness::NotAsked | Witness::Unavailable { .. } => None,
    }
}

/// `3f2a91c04d, 2026-01-31, Ann: drop the coupon`
pub(super) fn commit(commit: &Commit) -> String {
    let (author, subject) = (printable(&commit.author), printable(&commit.subject));
    format!("{}, {}, {author}: {subject}", commit.short(), printable(&commit.date))
}

/// Where the file came from and where it is now, a line each.
pub(super) fn evidence(trace: &Trace) -> Vec<String> {
    let id = wording::id(&trace.revision.id);
    let mut lines = vec![format!("git has {}", wording::revision(&trace.revision))];
    if let Some(written) = &trace.written {
        lines.push(format!("{id} was written in commit {}", commit(written)));
    }
    match &trace.fate {
        Fate::Removed(removed) => lines.push(format!("{id} was removed in commit {}", commit(removed))),
        Fate::Discarded => lines.push("what is checked out has the file, but it is gone from the working tree".into()),
        Fate::Stashed(name) => lines.push(format!("no branch or tag has it; {} has", printable(name))),
        Fate::Staged => lines.push("no commit has it; it is staged, but gone from the working tree".to_owned()),
        Fate::Unreachable => lines.push("no branch or tag has it; only the reflog remembers the commit".to_owned()),
        Fate::Elsewhere => {}
    }
    if let Some(tag) = trace.places.iter().find(|place| place.kind == PlaceKind::Tag) {
        lines.push(format!("the first tag that has it: {}", printable(&tag.name)));
    }
    if let Some(tag) = &trace.bridge {
        lines.push(format!("the last release that has it: {}", printable(&tag.name)));
    }
    if let Some(tag) = &trace.removed_before {
        lines.push(format!("the first release without it: {}", printable(&tag.name)));
    }
    let branches: Vec<&str> =
        trace.places.iter().filter(|place| place.kind != PlaceKind::Tag).map(|place| place.name.as_str()).collect();
    if !branches.is_empty() {
        let which = if branches.len() == 1 { "branch that has it" } else { "branches that have it" };
        lines.push(format!("{which}: {}", wording::ids(&branches)));
    }
    lines
}

/// The revisions that this code lacks, in order.
pub(super) fn missing(trace: &Trace) -> Vec<String> {
    let lines = trace.missing.iter().map(|revision| format!("missing here: {}", wording::revision(revision)));
    wording::fold(lines.collect())
}

/// What was hidden from the search.
pub(super) fn gaps(facts: &Facts) -> Vec<String> {
    match &facts.witness {
        Witness::NotAsked => Vec::new(),
        Witness::Unavailable { reason } => vec![format!("git could not be asked: {}", printable(reason))],
        Witness::Heard(testimony) => {
            let shallow = "this clone is shallow: older commits, and branches that were not fetched, are hidden";
            let shallow = testimony.is_shallow.then(|| shallow.to_owned());
            let gaps = testimony.gaps.iter().map(|gap| format!("not all of git was searched: {}", printable(gap)));
            shallow.into_iter().chain(gaps).collect()
        }
    }
}

/// The search that somebody has to make, here or, where git cannot be asked, elsewhere.
pub(super) fn search(facts: &Facts, text: &str, why: &str) -> Option<Step> {
    let place = match facts.witness {
        Witness::Unavailable { .. } => "where git and a full clone of this repository are: ",
        Witness::NotAsked | Witness::Heard(_) => "",
    };
    wording::search_git(&facts.project, text, &format!("{place}{why}"))
}

/// The branch or tag to go to: the first release, else a branch.
pub(super) fn destination(trace: &Trace) -> Option<&Place> {
    trace.places.iter().filter(|place| wording::shell(&place.name).is_some()).min_by_key(|place| place.kind)
}

/// What `git checkout` needs to go there: `v2.4.0`, `--detach origin/main`.
pub(super) fn way(place: &Place) -> Option<String> {
    let name = wording::shell(&place.name)?;
    let detach = if place.is_taken || place.kind == PlaceKind::RemoteBranch { "--detach " } else { "" };
    Some(format!("{detach}{name}"))
}

/// `git checkout v2.4.0`
pub(super) fn checkout(way: &str, why: &str) -> Step {
    Step::new(format!("git checkout {way}"), why, Changes::Git)
}

/// Brings the files back from git.
pub(super) fn recover(facts: &Facts, trace: &Trace) -> Option<Step> {
    let id = wording::shell(&trace.revision.id).filter(|id| !id.starts_with('-'))?;
    let why = match trace.missing.len() {
        0 | 1 => "writes the file back into the versions folder, as git has it".to_owned(),
        files => format!("writes the {files} missing files back into the versions folder, as git has them"),
    };
    Some(Step::new(wording::doctor(&facts.project, &format!("recover {id}")), why, Changes::Files))
}

/// The revision that the lost one has become: the same file, which does the same under another id.
pub(super) fn given_another_id<'a>(facts: &'a Facts, trace: &Trace) -> Option<&'a Revision> {
    renamed(facts, &trace.revision)
}

fn renamed<'a>(facts: &'a Facts, lost: &Revision) -> Option<&'a Revision> {
    let path = lost.source.path();
    let renamed = facts.graph.revisions().iter().find(|revision| revision.path.ends_with(path))?;
    let (before, now) = (Meaning::of(lost)?, Meaning::of(renamed)?);
    before.differences(&now).is_empty().then_some(renamed)
}

/// Whether what has other ids now still comes after the same revisions: nothing that never ran has
/// come below it.
pub(super) fn keeps_its_place(facts: &Facts, trace: &Trace) -> bool {
    let now = |id: &String| -> String {
        let lost = trace.missing.iter().find(|lost| lost.id == *id).and_then(|lost| renamed(facts, lost));
        lost.map_or_else(|| id.clone(), |renamed| renamed.id.clone())
    };
    let same = |before: &[String], after: &[String]| {
        let (mut before, mut after) = (before.iter().map(now).collect::<Vec<_>>(), after.to_vec());
        before.sort_unstable();
        after.sort_unstable();
        before == after
    };
    trace.missing.iter().all(|lost| {
        renamed(facts, lost)
            .is_some_and(|is| same(&lost.down_revision, &is.down_revision) && same(&lost.depends_on, &is.depends_on))
    })
}

/// `that file is here: versions/a1.py does the same, and its id is b2 now`
pub(super) fn another_id(renamed: &Revision) -> String {
    let (file, id) = (wording::path(renamed.source.path()), wording::id(&renamed.id));
    format!("that file is here: {file} does the same, and its id is {id} now")
}
