//! When the revisions that databases are at were committed.

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::history::{Commit, Error, Repository};

/// What git says about when revisions came.
#[derive(Debug)]
pub enum Dates {
    /// It could not say, or its answer could not be trusted; why.
    Unknown(String),
    /// The commit of each revision of this code that has one, by id.
    Known(BTreeMap<String, Commit>),
}

impl Dates {
    /// The commit that brought a revision.
    pub fn commit(&self, id: &str) -> Option<&Commit> {
        match self {
            Self::Known(commits) => commits.get(id),
            Self::Unknown(_) => None,
        }
    }
}

/// Asks git once for all revisions.
pub fn dates(facts: &Facts) -> Dates {
    match ask(facts) {
        Ok(Some(commits)) => Dates::Known(commits),
        // Its oldest commit seems to have brought everything.
        Ok(None) => Dates::Unknown("this clone is shallow".to_owned()),
        Err(error) => Dates::Unknown(error.to_string()),
    }
}

fn ask(facts: &Facts) -> Result<Option<BTreeMap<String, Commit>>, Error> {
    let project = &facts.project;
    let places: Vec<_> = project.version_locations.iter().map(|place| project.directory.join(&place.path)).collect();
    let Some(first) = places.first() else { return Ok(Some(BTreeMap::new())) };
    let repository = Repository::open(first)?;
    if repository.is_shallow {
        return Ok(None);
    }
    let folders: Vec<String> = places.iter().filter_map(|place| repository.inside(place)).collect();
    if folders.is_empty() {
        return Ok(Some(BTreeMap::new()));
    }
    let brought = repository.additions(&folders)?;
    let mut folders: BTreeMap<_, Option<String>> = BTreeMap::new();
    let mut commits = BTreeMap::new();
    for revision in facts.graph.revisions() {
        let (Some(folder), Some(file)) = (revision.path.parent(), revision.path.file_name()) else { continue };
        // Asked once for each folder: the answer costs a look at the disk.
        let inside = folders.entry(folder).or_insert_with(|| repository.inside(folder));
        let Some(inside) = inside else { continue };
        let path = format!("{inside}/{}", file.to_string_lossy());
        if let Some(commit) = brought.get(path.trim_start_matches('/')) {
            commits.insert(revision.id.clone(), commit.clone());
        }
    }
    Ok(Some(commits))
}
