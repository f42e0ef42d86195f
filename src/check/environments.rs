//! Every environment that the settings and the ini describe, for the view side by side.

use super::target::{Choice, TargetError, Wanted, choose, configured, own};
use crate::database::{DatabaseUrl, Target};
use crate::project::{Project, Section};
use crate::settings::{DEFAULT, Settings};
use crate::source::printable;

/// What there is to look at, and what is left out with the reason.
#[derive(Debug)]
pub(super) struct Environments {
    /// Those named by flags; without any, all that are configured.
    pub(super) choice: Choice,
    /// Sections with revisions of their own: what has been looked at says nothing about them.
    pub(super) apart: Vec<String>,
}

/// The environments of the settings, the project's own database, and the other sections of the
/// ini; one URL is looked at once.
pub(super) fn every(settings: &Settings, project: &Project) -> Result<Environments, TargetError> {
    let database = &settings.database;
    if database.is_named() {
        return Ok(Environments { choice: choose(database, project)?, apart: Vec::new() });
    }
    let mut wanted: Vec<Wanted> = database
        .environments
        .iter()
        .map(|(name, environment)| configured(database, project, name, environment))
        .collect();
    let mut unknown = None;
    match own(database, project) {
        Choice::Found(found) => add(&mut wanted, found),
        Choice::Unknown(why) => unknown = Some(why),
    }
    let (here, apart): (Vec<&Section>, Vec<&Section>) =
        project.databases.iter().chain(&project.other_sections).partition(|section| {
            section.script_location.as_ref().is_none_or(|place| *place == project.script_location)
        });
    add(&mut wanted, here.into_iter().filter_map(|section| of_section(project, section)).collect());
    let apart = apart.into_iter().map(|section| printable(&section.name)).collect();
    order(&mut wanted, &settings.promotion)?;
    let choice = match unknown {
        Some(why) if wanted.is_empty() => Choice::Unknown(why),
        _ => Choice::Found(wanted),
    };
    Ok(Environments { choice, apart })
}

/// A section that `databases =` lists is looked at whatever it says; another only has to when it
/// names a database.
fn of_section(project: &Project, section: &Section) -> Option<Wanted> {
    let Some(url) = &section.url else {
        let is_listed = project.databases.iter().any(|listed| listed.name == section.name);
        let why = section.broken_url.clone().or_else(|| is_listed.then(|| "it is missing or empty".to_owned()))?;
        let reason = format!("sqlalchemy.url of section [{}] cannot be used: {why}", section.name);
        return Some(Wanted::Nowhere { name: section.name.clone(), reason });
    };
    let source = format!("sqlalchemy.url of [{}] in {}", section.name, url.location.path().display());
    Some(Wanted::At(Target { name: section.name.clone(), url: DatabaseUrl::new(&url.value), source }))
}

/// Adds those whose URL is not there yet; a name that is taken gets its origin.
fn add(wanted: &mut Vec<Wanted>, more: Vec<Wanted>) {
    for one in more {
        if wanted.iter().any(|known| known.url().is_some() && known.url() == one.url()) {
            continue;
        }
        let is_taken = wanted.iter().any(|known| known.name() == one.name());
        wanted.push(match one {
            Wanted::At(target) if is_taken => {
                let name = format!("{} (ini)", target.name);
                Wanted::At(Target { name, ..target })
            }
            one => one,
        });
    }
}

/// The order of promotion first; what it does not name stays behind in its own order.
fn order(wanted: &mut [Wanted], promotion: &[String]) -> Result<(), TargetError> {
    let known = |name: &&String| wanted.iter().any(|one| one.name() == name.as_str());
    if let Some(unknown) = promotion.iter().find(|name| !known(name)) {
        let names: Vec<&str> = wanted.iter().map(Wanted::name).filter(|name| *name != DEFAULT).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(TargetError::new(format!("promotion: there is no environment `{unknown}`"))
            .hint(format!("known environments: {known}")));
    }
    wanted.sort_by_key(|one| promotion.iter().position(|name| name == one.name()).unwrap_or(promotion.len()));
    Ok(())
}
