//! Simulates the merge of this branch, and reads the revisions that would be there: where history and
//! revisions meet. Nothing is checked out, fetched, or written into the repository.

mod trees;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::Skipped;
use super::past::differing_fields;
use crate::facts::{Facts, Future, Rewritten, Side, Simulation};
use crate::graph::Graph;
use crate::history::{self, Repository, Scratch, Touched};
use crate::revision::{self, Revision, Revisions, Stored};
use crate::rules;
use crate::source::printable;
use trees::{Listing, Tree};

/// The most new files of a branch whose commits are asked for.
const MOST_FILES: usize = 50;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A name that means no commit.
    #[error("{flag} {name}: this repository has no such branch, tag or commit")]
    Unknown {
        /// `--diff-base` or `--also`.
        flag: &'static str,
        /// As typed.
        name: String,
    },
    /// There is no repository to ask.
    #[error("{flag} {name}: {source}")]
    NoRepository {
        /// `--diff-base`
        flag: &'static str,
        /// As typed.
        name: String,
        /// git's words.
        source: history::Error,
    },
    /// The question means something, and could not be answered.
    #[error("{0}")]
    Unanswered(String),
}

impl From<history::Error> for Failure {
    fn from(error: history::Error) -> Self {
        Self::Unanswered(error.to_string())
    }
}

/// What becomes of the revisions when this branch goes into `base`, after `others`.
///
/// # Errors
/// A name means no commit, or git gave no answer.
pub fn look_ahead(facts: &Facts, base: &str, others: &[String]) -> Result<Future, Failure> {
    let project = &facts.project;
    let first = project.version_locations.first().map_or(&project.script_directory, |location| &location.path);
    let repository = Repository::open(&project.directory.join(first)).map_err(|source| Failure::NoRepository {
        flag: "--diff-base",
        name: printable(base),
        source,
    })?;
    let view = View::new(facts, &repository)?;
    let base_commit = known(&repository, "--diff-base", base)?;
    let other_commits = others.iter().map(|name| known(&repository, "--also", name));
    let other_commits = other_commits.collect::<Result<Vec<String>, Failure>>()?;
    let head = repository.commit("HEAD")?;
    let head = head.ok_or_else(|| Failure::Unanswered("nothing is committed on this branch yet".to_owned()))?;

    let base_tree = repository.tree(&base_commit, &view.folders)?;
    let head_tree = repository.tree(&head, &view.folders)?;
    let other_trees = other_commits.iter().map(|commit| repository.tree(commit, &view.folders));
    let other_trees = other_trees.collect::<Result<Vec<Listing>, history::Error>>()?;
    let mut sides: Vec<(&str, &Listing)> = other_commits.iter().map(String::as_str).zip(&other_trees).collect();
    sides.push((&head, &head_tree));

    let scratch = Scratch::new(&repository);
    let mut tree = trees::merge(&repository, scratch.as_ref(), &view.folders, (&base_commit, &base_tree), &sides)?;
    let written = add_working_tree(&mut tree, &repository.touched(&view.folders)?, repository.root());

    let blobs: BTreeSet<&str> = [&base_tree, &tree.files]
        .into_iter()
        .chain(&other_trees)
        .flat_map(|listing| listing.values().map(String::as_str))
        .collect();
    let blobs: Vec<&str> = blobs.into_iter().collect();
    let contents = match &scratch {
        Ok(scratch) => scratch.blobs(&blobs)?,
        Err(_) => repository.blobs(&blobs)?,
    };
    if contents.contains(&None) {
        return Err(Failure::Unanswered("this clone has not all files of these commits".to_owned()));
    }
    let contents: BTreeMap<&str, Vec<u8>> =
        blobs.iter().copied().zip(contents).filter_map(|(blob, bytes)| Some((blob, bytes?))).collect();
    let read = |listing: &Listing, written: &BTreeMap<String, Vec<u8>>| view.read(listing, written, &contents);

    let side = |name: &str, commit: &str, listing: &Listing| -> Result<Side, Failure> {
        let read = read(listing, &BTreeMap::new());
        let came = view.came(&repository, commit, &read)?;
        let (name, commit) = (printable(name), commit.to_owned());
        Ok(Side { name, commit, graph: Graph::new(read.revisions), problems: read.problems, came })
    };
    let base = side(base, &base_commit, &base_tree)?;
    let each = others.iter().zip(&other_commits).zip(&other_trees);
    let others = each.map(|((name, commit), listing)| side(name, commit, listing)).collect::<Result<Vec<_>, _>>()?;
    let merged = read(&tree.files, &written);
    let conflicts = tree.conflicts.iter().map(|path| view.shown(path).display().to_string()).collect();
    let mut future = Future {
        base,
        others,
        own: facts.graph.ids().into_iter().map(str::to_owned).collect(),
        merged: Graph::new(merged.revisions),
        problems: merged.problems,
        simulation: tree.simulation,
        conflicts,
        rewritten: Vec::new(),
        twins: Vec::new(),
    };
    future.twins = twins(&future);
    future.rewritten = rewritten(&future, &facts.graph);
    Ok(future)
}

fn known(repository: &Repository, flag: &'static str, name: &str) -> Result<String, Failure> {
    repository.commit(name)?.ok_or_else(|| Failure::Unknown { flag, name: printable(name) })
}

/// What is not committed yet belongs to this branch. The contents, by path.
fn add_working_tree(tree: &mut Tree, touched: &[Touched], root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut written = BTreeMap::new();
    for file in touched {
        // The other side may have given it another name.
        let is_same = |blob: &String| Some(blob) == file.head.as_ref();
        let renamed = tree.files.iter().find(|(_, blob)| is_same(blob)).map(|(path, _)| path.clone());
        let path = renamed.filter(|_| !tree.files.contains_key(&file.path)).unwrap_or_else(|| file.path.clone());
        let is_as_head = tree.files.get(&path) == file.head.as_ref();
        if !is_as_head && !tree.conflicts.contains(&path) {
            tree.conflicts.push(path.clone());
        }
        tree.files.remove(&path);
        if !file.is_gone
            && let Ok(bytes) = fs::read(root.join(&file.path))
        {
            written.insert(path, bytes);
        }
    }
    written
}

/// How the files of a commit become revisions of this project.
struct View<'f> {
    facts: &'f Facts,
    /// The version locations, from the root of the repository, and as the project writes them.
    folders: Vec<String>,
    places: Vec<&'f Path>,
}

impl<'f> View<'f> {
    fn new(facts: &'f Facts, repository: &Repository) -> Result<Self, Failure> {
        let project = &facts.project;
        let found = project.version_locations.iter().filter_map(|location| {
            let folder = repository.inside(&project.directory.join(&location.path))?;
            Some((folder, location.path.as_path()))
        });
        let (folders, places): (Vec<String>, Vec<&Path>) = found.unzip();
        if folders.is_empty() {
            return Err(Failure::Unanswered("the version files are in no repository".to_owned()));
        }
        Ok(Self { facts, folders, places })
    }

    /// A path from the root of the repository as it is shown to the user.
    fn shown(&self, path: &str) -> PathBuf {
        let inside = |folder: &str| {
            if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
        };
        let mut places = self.folders.iter().zip(&self.places);
        let shown = places.find_map(|(folder, place)| Some(place.join(inside(folder)?)));
        let shown = shown.unwrap_or_else(|| PathBuf::from(path));
        self.facts.project.shown(&shown).to_owned()
    }

    fn read(
        &self,
        listing: &Listing,
        written: &BTreeMap<String, Vec<u8>>,
        contents: &BTreeMap<&str, Vec<u8>>,
    ) -> Revisions {
        let paths = listing.keys().chain(written.keys()).map(String::as_str);
        let order = revision::load_order(paths, &self.folders, self.facts.project.recursive);
        let stored = order.into_iter().filter_map(|path| {
            let blob = || contents.get(listing.get(path)?.as_str());
            let bytes = written.get(path).or_else(blob)?.clone();
            let shown = self.shown(path);
            Some(Stored { path: self.facts.project.directory.join(&shown), shown, bytes })
        });
        revision::read_stored(stored.collect())
    }

    /// The commits that brought the revisions which this branch lacks.
    fn came(
        &self,
        repository: &Repository,
        commit: &str,
        read: &Revisions,
    ) -> Result<BTreeMap<String, history::Commit>, history::Error> {
        let new = read.revisions.iter().filter(|revision| {
            let own = self.facts.graph.get(&revision.id);
            own.is_none_or(|own| own.source.path() != revision.source.path())
        });
        let new: Vec<(&Revision, String)> =
            new.filter_map(|revision| Some((revision, repository.inside(&revision.path)?))).take(MOST_FILES).collect();
        if new.is_empty() {
            return Ok(BTreeMap::new());
        }
        let paths: Vec<String> = new.iter().map(|(_, path)| path.clone()).collect();
        let brought = repository.additions_to(commit, &paths)?;
        let came =
            new.into_iter().filter_map(|(revision, path)| Some((revision.id.clone(), brought.get(&path)?.clone())));
        Ok(came.collect())
    }
}

/// Whether two branches each brought a file under one name, which git cannot merge, with an id that
/// is only by chance the same.
fn are_twins(future: &Future, before: &Revision, now: &Revision) -> bool {
    let path = now.source.path();
    before.source.path() == path
        && future.conflicts.iter().any(|conflict| Path::new(conflict) == path)
        && (before.message() != now.message() || before.create_date != now.create_date)
}

fn twins(future: &Future) -> Vec<(Revision, Revision)> {
    let merged = future.merged.revisions().iter();
    let pairs = merged.filter_map(|now| Some((future.base.graph.get(&now.id)?, now)));
    let twins = pairs.filter(|(before, now)| are_twins(future, before, now));
    twins.map(|(before, now)| (before.clone(), now.clone())).collect()
}

/// The revisions of the base that mean something else in the merged tree.
fn rewritten(future: &Future, own: &Graph) -> Vec<Rewritten> {
    let text = |revision: &Revision| revision.source.text().replace("\r\n", "\n");
    let doubled = [&future.base.graph, &future.merged].map(Graph::duplicates).concat();
    let is_single = |id: &str| !doubled.iter().any(|duplicate| duplicate.id == id);
    let pairs: Vec<(&Revision, &Revision)> = future
        .base
        .graph
        .revisions()
        .iter()
        .filter_map(|before| Some((before, future.merged.get(&before.id)?)))
        .filter(|(before, now)| text(before) != text(now))
        // Which of two files is the one that was there?
        .filter(|(before, _)| is_single(&before.id))
        .filter(|(before, now)| !are_twins(future, before, now))
        .collect();
    let (before, now): (Vec<&Revision>, Vec<&Revision>) = pairs.iter().copied().unzip();
    let meanings = revision::meanings(&before).into_iter().zip(revision::meanings(&now));
    let mut found = Vec::new();
    for ((before, now), meanings) in pairs.into_iter().zip(meanings) {
        let differences = match meanings {
            (Some(then), Some(now)) => then.differences(&now),
            _ => Vec::new(),
        };
        let header = differing_fields(before, now);
        if differences.is_empty() && header.is_empty() {
            continue;
        }
        let has = |graph: &Graph| graph.get(&now.id).is_some_and(|theirs| text(theirs) == text(now));
        let by = future.others.iter().find(|side| has(&side.graph)).filter(|_| !has(own));
        let by = by.map(|side| side.name.clone());
        found.push(Rewritten { before: before.clone(), now: now.clone(), by, differences, header });
    }
    found
}

/// What the simulation leaves open.
pub(super) fn gaps(facts: &Facts) -> Vec<Skipped> {
    let Some(future) = &facts.future else { return Vec::new() };
    let base = &future.base.name;
    let mut skipped = Vec::new();
    let mut add = |what: String, why: String| skipped.push(Skipped { what, why });
    if let Simulation::Files { why, knows_common } = &future.simulation {
        let why = printable(why);
        add(format!("the exact merge into {base}"), format!("{why}; the files were put together one by one"));
        if !knows_common {
            add(
                format!("what this branch changed or removed of {base}"),
                "the commit where they parted is not in this clone: fetch more of the history".to_owned(),
            );
        }
    }
    let is_unclear = matches!(future.simulation, Simulation::Files { knows_common: false, .. });
    for path in &future.conflicts {
        let why = if is_unclear { "it differs, and who changed it is not known" } else { "both sides changed it" };
        add(format!("what the merge into {base} makes of {}", printable(path)), why.to_owned());
    }
    if let Some(first) = rules::future::open(future).first() {
        add(format!("the heads after the merge into {base}"), first.clone());
    }
    if future.base.graph.revisions().is_empty() && !facts.graph.revisions().is_empty() {
        add(format!("the revisions of {base}"), "it has none in these folders: they may have been moved".to_owned());
    }
    skipped
}
