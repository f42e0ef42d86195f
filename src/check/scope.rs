//! Which revisions' operations are looked into: those that have not run everywhere yet, or those
//! that this branch brings. What has run cannot be made safer.

use std::collections::BTreeSet;

use crate::facts::{Examined, Facts, StampState};
use crate::history::Repository;
use crate::settings::Lint;

/// Chooses the revisions.
pub(super) fn choose(facts: &Facts, lint: &Lint) -> Examined {
    if lint.all {
        return Examined::all("all, as asked");
    }
    if lint.diff_base.is_none()
        && let Some(pending) = not_everywhere(facts)
    {
        return Examined::Only { ids: pending, why: "those that have not run everywhere".to_owned() };
    }
    changed(facts, lint.diff_base.as_deref())
}

/// The revisions that some database does not have; `None` when no database could tell.
fn not_everywhere(facts: &Facts) -> Option<BTreeSet<String>> {
    let stamps: Vec<_> = facts.databases.iter().map(|database| database.stamp.as_ref()).collect::<Option<_>>()?;
    let tells = |state: StampState| {
        matches!(state, StampState::AtHead | StampState::Behind | StampState::Empty | StampState::Diverged)
    };
    if stamps.is_empty() || !stamps.iter().all(|stamp| tells(stamp.state)) {
        return None;
    }
    let mut pending = BTreeSet::new();
    for stamp in stamps {
        let rows: Vec<&str> = stamp.rows.iter().filter_map(|row| facts.graph.resolve(row).ok()).flatten().collect();
        let applied = facts.graph.ancestors(&rows);
        pending.extend(facts.graph.ids().into_iter().filter(|id| !applied.contains(id)).map(str::to_owned));
    }
    Some(pending)
}

/// The revisions whose files this branch brings or changes; all where git cannot tell.
fn changed(facts: &Facts, base: Option<&str>) -> Examined {
    let project = &facts.project;
    let place = project.version_locations.first().map_or(&project.script_directory, |location| &location.path);
    let repository = match Repository::open(&project.directory.join(place)) {
        Ok(repository) => repository,
        Err(_) => return Examined::all("all: git cannot tell which are new"),
    };
    let folders = project.version_locations.iter();
    let folders: Vec<String> =
        folders.filter_map(|place| repository.inside(&project.directory.join(&place.path))).collect();
    match repository.changed(base, &folders) {
        Ok(Some(changed)) => {
            let files: BTreeSet<_> = changed.files.into_iter().collect();
            let own = facts.graph.revisions().iter().filter(|revision| files.contains(&revision.path));
            Examined::Only {
                ids: own.map(|revision| revision.id.clone()).collect(),
                why: format!("those changed since {}", changed.base),
            }
        }
        Ok(None) => Examined::all("all: there is no default branch to compare with"),
        Err(_) => Examined::all("all: git cannot tell which are new"),
    }
}
