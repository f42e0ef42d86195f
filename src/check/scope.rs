//! Which revisions' operations are looked into: those that have not run everywhere yet, or those
//! that this branch brings. What has run cannot be made safer.

use std::collections::BTreeSet;

use crate::facts::{DatabaseFacts, Examined, Facts, StampState};
use crate::graph::{Direction, Plan};
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

/// The revisions that `alembic upgrade TARGET` would run; as [`choose`] does where that is not known.
pub(super) fn choose_pending(facts: &Facts, target: &str, lint: &Lint) -> Examined {
    let plan = |database: &DatabaseFacts| {
        let (look, stamp) = (database.state.look.as_ref().ok()?, database.stamp.as_ref()?);
        let is_whole = stamp.is_read(look) && stamp.is_complete(look);
        let targets = [target.to_owned()];
        is_whole.then(|| facts.graph.plan(Direction::Upgrade, &targets, &stamp.rows, &stamp.table_name))
    };
    let plans: Option<Vec<Plan>> = facts.databases.iter().map(plan).collect();
    match plans {
        Some(plans) if !plans.is_empty() && !lint.all => Examined::Only {
            ids: plans.iter().flat_map(|plan| &plan.steps).map(|step| step.revision.clone()).collect(),
            why: "those that the upgrade would run".to_owned(),
        },
        _ => choose(facts, lint),
    }
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
