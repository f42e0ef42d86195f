//! Asks git what the mainline did to the files of applied revisions: where history, revisions and
//! databases meet. One `git log` of the version folders; more only about files that were changed.

use std::collections::BTreeMap;

use crate::facts::{Before, Change, Facts, FilePast, Past, Releases};
use crate::history::{self, PlaceKind, Repository, Version};
use crate::revision::{self, Field, Meaning, Revision};

/// The most versions of one file that are read.
const MOST_VERSIONS: usize = 50;

/// Commits that came within this time of the first, in seconds, were pushed together: nobody has run what
/// was between.
const TOGETHER: u64 = 3600;

/// The most changed files whose releases are asked for: those that were changed last.
const MOST_RELEASES: usize = 20;

/// What the mainline did to the revisions that the databases have.
pub(super) fn past(facts: &Facts) -> Past {
    let applied = applied(facts);
    if applied.is_empty() {
        return Past::NotAsked;
    }
    match ask(facts, &applied) {
        Ok(past) => past,
        Err(history::Error::NotStarted { .. }) => Past::None,
        // No repository, or none with a commit.
        Err(history::Error::Refused { message }) if message.contains("not a git repo") || message.contains("HEAD") => {
            Past::None
        }
        Err(error) => Past::Unavailable { reason: error.to_string() },
    }
}

/// The revisions that some database has by its stamp, in load order.
fn applied(facts: &Facts) -> Vec<&Revision> {
    let stamps = facts.databases.iter().filter_map(|database| database.stamp.as_ref());
    let rows = stamps.flat_map(|stamp| &stamp.rows).map(String::as_str);
    let rows: Vec<&str> = rows.filter(|row| facts.graph.get(row).is_some()).collect();
    let applied = facts.graph.ancestors(&rows);
    facts.graph.revisions().iter().filter(|revision| applied.contains(revision.id.as_str())).collect()
}

fn ask(facts: &Facts, applied: &[&Revision]) -> Result<Past, history::Error> {
    let project = &facts.project;
    let Some(place) = project.version_locations.first() else { return Ok(Past::None) };
    let repository = Repository::open(&project.directory.join(&place.path))?;
    let folders = project.version_locations.iter();
    let folders = folders.filter_map(|place| repository.inside(&project.directory.join(&place.path)));
    let folders: Vec<String> = folders.filter(|folder| !folder.is_empty()).collect();
    let Ok(root) = repository.root().canonicalize() else { return Ok(Past::None) };
    if folders.is_empty() {
        return Ok(Past::None);
    }
    let mainline = repository.mainline(&folders)?;
    let mut files = BTreeMap::new();
    let (mut suspects, mut uncommitted) = (Vec::new(), Vec::new());
    for now in applied {
        let Some(path) = now.path.strip_prefix(&root).ok().and_then(|path| path.to_str()) else { continue };
        let path = path.replace('\\', "/");
        let versions = mainline.versions.get(&path).map_or(&[][..], Vec::as_slice);
        let is_first = versions.last().is_some_and(|first| first.is_root);
        let versions = since_it_came(versions);
        let Some(came) = versions.last() else {
            uncommitted.push(now.id.clone());
            continue;
        };
        if versions.len() > 1 || mainline.touched.contains(&path) {
            suspects.push((*now, versions));
        }
        let (age, commit) = (came.age, came.commit.clone());
        files.insert(now.id.clone(), FilePast { came: commit, age, is_first, path, before: None });
    }
    for (id, before) in befores(&repository, &suspects)? {
        if let Some(file) = files.get_mut(&id) {
            file.before = Some(Box::new(before));
        }
    }
    Ok(Past::Heard { files, uncommitted, is_shallow: repository.is_shallow })
}

/// The versions without those that the first push replaced itself.
fn since_it_came(versions: &[Version]) -> &[Version] {
    let Some(first) = versions.last() else { return versions };
    let together = versions.iter().rev().take_while(|version| version.time.abs_diff(first.time) <= TOGETHER).count();
    versions.get(..=versions.len() - together).unwrap_or(versions)
}

/// Those files that mean something else than when they came.
fn befores(
    repository: &Repository,
    suspects: &[(&Revision, &[Version])],
) -> Result<Vec<(String, Before)>, history::Error> {
    let blobs: Vec<&str> = suspects.iter().filter_map(|(_, versions)| Some(versions.last()?.blob.as_str())).collect();
    let texts = repository.contents(&blobs)?;
    let same = |now: &Revision, text: &str| now.source.text() == text;
    let files = suspects.iter().zip(texts).enumerate().filter_map(|(index, ((now, _), text))| {
        let text = text.filter(|text| !same(now, text))?;
        Some((index.to_string(), text))
    });
    let first: BTreeMap<usize, Revision> = read(files.collect());
    let changed: Vec<(&Revision, &[Version], Revision)> = first
        .into_iter()
        .filter_map(|(index, before)| Some((suspects.get(index)?, before)))
        .filter(|((now, _), before)| now.id == before.id)
        .map(|((now, versions), before)| (*now, *versions, before))
        .collect();
    let now: Vec<&Revision> = changed.iter().map(|(now, ..)| *now).collect();
    let then: Vec<&Revision> = changed.iter().map(|(.., before)| before).collect();
    let (now, then) = (revision::meanings(&now), revision::meanings(&then));
    let mut found = Vec::new();
    for ((revision, versions, before), (now, then)) in changed.into_iter().zip(now.into_iter().zip(then)) {
        let differences = match (&then, &now) {
            (Some(then), Some(now)) => then.differences(now),
            _ => Vec::new(),
        };
        let header = differing_fields(&before, revision);
        if differences.is_empty() && header.is_empty() {
            continue;
        }
        let (reparented, edited) = changes(repository, revision, versions)?;
        found.push((
            revision.id.clone(),
            Before {
                revision: before,
                path: versions.last().map(|version| version.path.clone()).unwrap_or_default(),
                reparented,
                edited,
                differences,
                header,
                releases: None,
            },
        ));
    }
    let newest = |before: &Before| before.edited.last().map_or(usize::MAX, |change| change.age);
    found.sort_by_key(|(_, before)| newest(before));
    let edited = found.iter_mut().filter(|(_, before)| !before.edited.is_empty());
    for (id, before) in edited.take(MOST_RELEASES) {
        let versions = suspects.iter().find(|(now, _)| now.id == *id).map(|(_, versions)| *versions);
        if let Some(came) = versions.and_then(<[Version]>::last) {
            before.releases = Some(releases(repository, came, &before.edited)?);
        }
    }
    Ok(found)
}

/// Reads the headers of texts, each under its number.
fn read(files: Vec<(String, String)>) -> BTreeMap<usize, Revision> {
    let read = revision::read_texts(files).into_iter();
    read.filter_map(|read| Some((read.path.to_str()?.parse().ok()?, read))).collect()
}

/// The commits that changed the parents, and those that changed what the functions do.
fn changes(
    repository: &Repository,
    now: &Revision,
    versions: &[Version],
) -> Result<(Vec<Change>, Vec<Change>), history::Error> {
    let versions: Vec<&Version> = versions.iter().rev().take(MOST_VERSIONS).collect();
    let blobs: Vec<&str> = versions.iter().map(|version| version.blob.as_str()).collect();
    let texts = repository.contents(&blobs)?.into_iter().enumerate();
    let mut read = read(texts.filter_map(|(index, text)| Some((index.to_string(), text?))).collect());
    // The working tree comes last.
    read.insert(versions.len(), now.clone());
    let meanings: Vec<Option<Meaning>> = revision::meanings(&read.values().collect::<Vec<_>>());
    let mut last: Option<(&Revision, Option<Meaning>)> = None;
    let (mut reparented, mut edited) = (Vec::new(), Vec::new());
    for ((index, revision), meaning) in read.iter().zip(meanings) {
        let version = versions.get(*index);
        let change =
            || Change { commit: version.map(|version| version.commit.clone()), age: version.map_or(0, |it| it.age) };
        if let Some((earlier, earlier_meaning)) = &last {
            if differing_fields(earlier, revision).contains(&Field::DownRevision) {
                reparented.push(change());
            }
            if let (Some(before), Some(after)) = (earlier_meaning, &meaning)
                && !before.differences(after).is_empty()
            {
                edited.push(change());
            }
        }
        // What cannot be understood is compared across.
        let meaning = meaning.or_else(|| last.take().and_then(|(_, meaning)| meaning));
        last = Some((revision, meaning));
    }
    Ok((reparented, edited))
}

/// The fields of the header that certainly differ.
pub(super) fn differing_fields(before: &Revision, now: &Revision) -> Vec<Field> {
    let sorted = |values: &[String]| {
        let mut values = values.to_vec();
        values.sort_unstable();
        values
    };
    let fields = [
        (Field::DownRevision, &before.down_revision, &now.down_revision),
        (Field::DependsOn, &before.depends_on, &now.depends_on),
    ];
    let known = fields.into_iter().filter(|(field, ..)| !before.is_unknown(*field) && !now.is_unknown(*field));
    known.filter(|(_, before, now)| sorted(before) != sorted(now)).map(|(field, ..)| field).collect()
}

fn releases(repository: &Repository, came: &Version, edited: &[Change]) -> Result<Releases, history::Error> {
    let tags = |without: Option<&str>| -> Result<Vec<String>, history::Error> {
        let places = repository.places_without(&[&came.commit.id], without)?;
        Ok(places.into_iter().filter(|place| place.kind == PlaceKind::Tag).map(|place| place.name).collect())
    };
    let any = !tags(None)?.is_empty();
    let first_edit = edited.first().and_then(|change| change.commit.as_ref());
    let before = if any { tags(first_edit.map(|commit| commit.id.as_str()))? } else { Vec::new() };
    Ok(Releases { any, before })
}
