//! Asks git about stamped revisions that this code lacks: where history and revisions meet.

use std::collections::BTreeSet;

use crate::facts::{Direction, Facts, Fate, Testimony, Trace, Witness};
use crate::history::{self, Change, ChangeKind, Commit, Place, PlaceKind, Repository};
use crate::revision::{self, Depth, Revision};

/// The most rows that are looked for, and the most versions of files that are read for each.
const MOST_ROWS: usize = 5;
const MOST_VERSIONS: usize = 50;

/// The most releases that are looked into for what was pruned later.
const MOST_TAGS: usize = 10;

/// Asks git about the rows and parents that no file has, if there are any, about the files of applied
/// revisions, and where all files are if there is none. A look at headers only asks about lost rows.
pub fn consult(facts: &mut Facts, depth: Depth) {
    let mut lost = facts.lost_rows();
    if depth == Depth::WholeFiles {
        lost.extend(facts.lost_parents());
        lost.sort_unstable();
        lost.dedup();
        facts.past = super::past::past(facts);
        facts.absent = (facts.files == 0).then(|| super::absent::absent(facts));
    }
    if !lost.is_empty() {
        let witness = ask(facts, &lost);
        facts.hear(witness);
    }
}

/// What git knows of the revisions `ids`, which this code lacks.
pub fn ask(facts: &Facts, ids: &[String]) -> Witness {
    let project = &facts.project;
    let place = project.version_locations.first().map_or(&project.script_directory, |location| &location.path);
    let repository = match Repository::open(&project.directory.join(place)) {
        Ok(repository) => repository,
        Err(error) => return Witness::Unavailable { reason: error.to_string() },
    };
    let search = Search::new(facts, &repository);
    let mut testimony = Testimony {
        is_shallow: repository.is_shallow,
        has_remotes: repository.has_remotes().unwrap_or(false),
        head: repository.head(),
        gaps: search.gaps(),
        traces: Vec::new(),
    };
    for id in ids.iter().take(MOST_ROWS) {
        match search.trace(id) {
            Ok(trace) => testimony.traces.extend(trace),
            Err(error) => testimony.gaps.push(error.to_string()),
        }
    }
    if ids.len() > MOST_ROWS {
        testimony.gaps.push(format!("only {MOST_ROWS} of {} ids were looked for", ids.len()));
    }
    testimony.gaps.dedup();
    Witness::Heard(testimony)
}

/// One search of one repository.
pub(super) struct Search<'a> {
    facts: &'a Facts,
    repository: &'a Repository,
    /// The version locations, from the repository's root.
    folders: Vec<String>,
    /// Whether there is a commit.
    has_head: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(facts: &'a Facts, repository: &'a Repository) -> Self {
        let project = &facts.project;
        let folders = project.version_locations.iter();
        let folders = folders.filter_map(|place| repository.inside(&project.directory.join(&place.path)));
        let folders = folders.filter(|folder| !folder.is_empty()).collect();
        Self { facts, repository, folders, has_head: repository.head().is_some() }
    }

    /// Version locations of other repositories.
    fn gaps(&self) -> Vec<String> {
        let project = &self.facts.project;
        let outside = project
            .version_locations
            .iter()
            .filter(|place| self.repository.inside(&project.directory.join(&place.path)).is_none());
        outside.map(|place| format!("{} belongs to another repository", place.path.display())).collect()
    }

    fn trace(&self, id: &str) -> Result<Option<Trace>, history::Error> {
        let found = self.own_changes(id, &self.folders)?;
        // The folder may have had another place.
        let found = if found.is_empty() { self.own_changes(id, &[])? } else { found };
        let Some((change, revision)) = found.first() else { return self.staged(id) };
        let changes: Vec<&Change> = found.iter().map(|(change, _)| change).collect();
        let places = self.places(id, &changes)?;
        let fate = self.fate(id, &changes, &places)?;
        // The code that had it last knows most of what came after it.
        let source = match (&fate, places.first()) {
            (Fate::Removed(commit), _) => format!("{}^", commit.id),
            (_, Some(place)) => place.full_name(),
            _ if change.kind == ChangeKind::Removed => format!("{}^", change.commit.id),
            _ => change.commit.id.clone(),
        };
        let theirs = self.revisions(&source, &change.path)?;
        // It may have been edited since, below its header.
        let revision = theirs.iter().find(|read| read.id == id).unwrap_or(revision).clone();
        let mut trace = Trace::new(&self.facts.graph, revision, theirs, &self.applied_with(id));
        trace.written = changes.iter().rev().find(|change| change.kind == ChangeKind::Written).map(commit);
        if let Fate::Removed(commit) = &fate {
            trace.bridge = self.bridge(&trace, &places, &change.path)?;
            let without = self.repository.places(&[&commit.id])?;
            trace.removed_before = without.into_iter().find(|place| place.kind == PlaceKind::Tag);
        }
        trace.fate = fate;
        trace.places = places;
        Ok(Some(trace))
    }

    /// The last release that still has it and, if revisions were kept, the first of those.
    fn bridge(&self, trace: &Trace, places: &[Place], path: &str) -> Result<Option<Place>, history::Error> {
        let tags = places.iter().rev().filter(|place| place.kind == PlaceKind::Tag).take(MOST_TAGS);
        for tag in tags {
            let Direction::Behind(kept) = &trace.direction else { return Ok(Some(tag.clone())) };
            let read = self.revisions(&tag.full_name(), path)?;
            if kept.iter().all(|kept| read.iter().any(|read| read.id == *kept)) {
                return Ok(Some(tag.clone()));
            }
        }
        Ok(None)
    }

    /// A file that was staged, and never committed.
    fn staged(&self, id: &str) -> Result<Option<Trace>, history::Error> {
        if self.folders.is_empty() {
            return Ok(None);
        }
        let theirs = revision::read_texts(self.repository.staged(&self.folders)?);
        let Some(revision) = theirs.iter().find(|read| read.id == id).cloned() else { return Ok(None) };
        let mut trace = Trace::new(&self.facts.graph, revision, theirs, &self.applied_with(id));
        trace.fate = Fate::Staged;
        Ok(Some(trace))
    }

    /// The changes of files that were the revision `id` itself, newest first.
    pub(super) fn own_changes(&self, id: &str, folders: &[String]) -> Result<Vec<(Change, Revision)>, history::Error> {
        let changes = self.repository.search(id, folders)?;
        let mut blobs: Vec<&str> = Vec::new();
        for change in &changes {
            if !blobs.contains(&change.blob.as_str()) && blobs.len() < MOST_VERSIONS {
                blobs.push(&change.blob);
            }
        }
        let texts = self.repository.contents(&blobs)?;
        let mut own = Vec::new();
        for (blob, text) in blobs.iter().zip(texts) {
            let Some(text) = text else { continue };
            for change in changes.iter().filter(|change| change.blob == *blob) {
                let read = revision::read_texts(vec![(change.path.clone(), text.clone())]);
                own.extend(read.into_iter().filter(|read| read.id == id).map(|read| (change.clone(), read)));
            }
        }
        let order = |change: &Change| changes.iter().position(|other| other == change);
        own.sort_by_key(|(change, _)| order(change));
        Ok(own)
    }

    fn fate(&self, id: &str, changes: &[&Change], places: &[history::Place]) -> Result<Fate, history::Error> {
        if self.has_head && self.has("HEAD", id, changes)? {
            return Ok(Fate::Discarded);
        }
        let written: Vec<&Change> =
            changes.iter().copied().filter(|change| change.kind == ChangeKind::Written).collect();
        // A commit that wrote it elsewhere only renamed it.
        let is_gone = |change: &&Change| !written.iter().any(|other| other.commit == change.commit);
        let removed = changes.iter().copied().filter(|change| change.kind == ChangeKind::Removed).filter(is_gone);
        if let Some(change) = removed.into_iter().find(|change| self.repository.is_in_head(&change.commit.id)) {
            return Ok(Fate::Removed(change.commit.clone()));
        }
        if !places.is_empty() {
            return Ok(Fate::Elsewhere);
        }
        let stash = self
            .repository
            .stashes()
            .into_iter()
            .find(|(_, commits)| changes.iter().any(|change| commits.contains(&change.commit.id)));
        Ok(stash.map_or(Fate::Unreachable, |(name, _)| Fate::Stashed(name)))
    }

    /// The branches and tags that have the file now.
    fn places(&self, id: &str, changes: &[&Change]) -> Result<Vec<history::Place>, history::Error> {
        let commits: BTreeSet<&str> = changes.iter().map(|change| change.commit.id.as_str()).collect();
        let commits: Vec<&str> = commits.into_iter().collect();
        let mut having = Vec::new();
        for place in self.repository.places(&commits)? {
            if self.has(&place.full_name(), id, changes)? {
                having.push(place);
            }
        }
        Ok(having)
    }

    /// Whether one of the files is this revision in that state of the code.
    fn has(&self, commit: &str, id: &str, changes: &[&Change]) -> Result<bool, history::Error> {
        let paths: BTreeSet<&str> = changes.iter().map(|change| change.path.as_str()).collect();
        let paths: Vec<String> = paths.into_iter().map(str::to_owned).collect();
        let read = revision::read_texts(self.repository.files(commit, &paths)?);
        Ok(read.iter().any(|read| read.id == id))
    }

    /// The revisions of another state of the code.
    fn revisions(&self, commit: &str, path: &str) -> Result<Vec<Revision>, history::Error> {
        let mut folders = self.folders.clone();
        if let Some((folder, _)) = path.rsplit_once('/') {
            let is_known = folders.iter().any(|known| folder == known || folder.starts_with(&format!("{known}/")));
            if !is_known {
                folders.push(folder.to_owned());
            }
        }
        Ok(revision::read_texts(self.repository.files(commit, &folders)?))
    }

    /// The known rows beside this one.
    fn applied_with(&self, id: &str) -> Vec<&'a str> {
        let stamps = self.facts.databases.iter().filter_map(|database| database.stamp.as_ref());
        let beside = stamps.filter(|stamp| stamp.rows.iter().any(|row| row == id)).flat_map(|stamp| &stamp.rows);
        beside.map(String::as_str).filter(|row| self.facts.graph.get(row).is_some()).collect()
    }
}

fn commit(change: &&Change) -> Commit {
    change.commit.clone()
}
