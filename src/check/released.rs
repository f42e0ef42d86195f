//! Whether revisions have left the branch that they were made on: whoever has them may have run
//! them.

use super::witness::Search;
use crate::facts::Facts;
use crate::history::{self, PlaceKind, Repository};

/// What git says about revisions that are to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// No branch that is deployed from and no tag has them, as far as this clone knows.
    No,
    /// Some have been: the id, and the branch or tag.
    Yes(Vec<(String, String)>),
    /// git could not tell; why.
    Unknown {
        /// The reason.
        reason: String,
    },
}

/// Asks git which of the revisions are on the default branch or in a tag.
pub fn released(facts: &Facts, ids: &[String]) -> Released {
    ask(facts, ids).unwrap_or_else(|error| Released::Unknown { reason: error.to_string() })
}

fn ask(facts: &Facts, ids: &[String]) -> Result<Released, history::Error> {
    let project = &facts.project;
    let place = project.version_locations.first().map_or(&project.script_directory, |location| &location.path);
    let repository = Repository::open(&project.directory.join(place))?;
    if repository.is_shallow {
        return Ok(Released::Unknown { reason: "this clone is shallow".to_owned() });
    }
    let defaults = repository.default_branches()?;
    let search = Search::new(facts, &repository);
    let mut found = Vec::new();
    for id in ids {
        let changes = search.own_changes(id, &[])?;
        let commits: Vec<&str> = changes.iter().map(|(change, _)| change.commit.id.as_str()).collect();
        let places = repository.places(&commits)?;
        let counts = |place: &&history::Place| place.kind == PlaceKind::Tag || defaults.contains(&place.full_name());
        if let Some(place) = places.iter().find(counts) {
            found.push((id.clone(), place.name.clone()));
        }
    }
    Ok(if found.is_empty() { Released::No } else { Released::Yes(found) })
}
