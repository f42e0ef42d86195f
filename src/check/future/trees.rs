//! The files of the merged tree: by git where it can, else file by file.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Simulation;
use crate::history::{Blob, Error, Repository, Scratch};

/// The Python files of a state of the code: path from the root of the repository, and content.
pub(super) type Listing = BTreeMap<String, Blob>;

/// The merged tree.
pub(super) struct Tree {
    pub(super) files: Listing,
    pub(super) conflicts: Vec<String>,
    pub(super) simulation: Simulation,
}

/// Merges `sides` into `base` one after the other: commits, and the files of each.
pub(super) fn merge(
    repository: &Repository,
    scratch: Result<&Scratch<'_>, &Error>,
    folders: &[String],
    base: (&str, &Listing),
    sides: &[(&str, &Listing)],
) -> Result<Tree, Error> {
    let why = match scratch {
        Ok(scratch) => match by_git(scratch, folders, base, sides)? {
            Ok(tree) => return Ok(tree),
            Err(why) => why,
        },
        Err(error) => error.to_string(),
    };
    by_files(repository, folders, base, sides, why)
}

/// By git; else why it cannot.
fn by_git(
    scratch: &Scratch<'_>,
    folders: &[String],
    base: (&str, &Listing),
    sides: &[(&str, &Listing)],
) -> Result<Result<Tree, String>, Error> {
    let mut current = base.0.to_owned();
    let mut tree = Tree { files: base.1.clone(), conflicts: Vec::new(), simulation: Simulation::Git };
    for (commit, own) in sides {
        let merged = match scratch.merge(&current, commit) {
            Ok(Some(merged)) => merged,
            Ok(None) => return Ok(Err("this git is older than 2.38".to_owned())),
            Err(Error::Refused { message }) => return Ok(Err(format!("git says: {message}"))),
            Err(error) => return Err(error),
        };
        let mut files = scratch.tree(&merged.tree, folders)?;
        for path in merged.conflicts {
            let is_ours = files.contains_key(&path) || own.contains_key(&path) || tree.files.contains_key(&path);
            if !is_ours {
                continue;
            }
            // Its marks are no Python.
            match own.get(&path).or_else(|| tree.files.get(&path)) {
                Some(blob) => files.insert(path.clone(), blob.clone()),
                None => files.remove(&path),
            };
            tree.conflicts.push(path);
        }
        tree.files = files;
        current = scratch.commit(&merged.tree, [&current, commit])?;
    }
    Ok(Ok(tree))
}

/// What only one side changed is as that side has it.
fn by_files(
    repository: &Repository,
    folders: &[String],
    base: (&str, &Listing),
    sides: &[(&str, &Listing)],
    why: String,
) -> Result<Tree, Error> {
    let mut files = base.1.clone();
    let mut conflicts = Vec::new();
    let mut knows_common = true;
    for (commit, own) in sides {
        match repository.merge_base(base.0, commit)? {
            Some(common) => conflicts.extend(three_way(&mut files, own, &repository.tree(&common, folders)?)),
            None => {
                knows_common = false;
                conflicts.extend(union(&mut files, own));
            }
        }
    }
    Ok(Tree { files, conflicts, simulation: Simulation::Files { why, knows_common } })
}

/// Puts into `files` what a side changed since `common`; the files that both changed.
fn three_way(files: &mut Listing, own: &Listing, common: &Listing) -> Vec<String> {
    // A file that was only renamed is the same file.
    let (mine, theirs) = (renamed(own, common), renamed(files, common));
    let own = under_old_names(own, &mine);
    *files = under_old_names(files, &theirs);
    let mut conflicts = Vec::new();
    let paths: BTreeSet<&String> = own.keys().chain(common.keys()).collect();
    for path in paths {
        let (mine, theirs, before) = (own.get(path), files.get(path).cloned(), common.get(path));
        if mine == before || mine == theirs.as_ref() {
            continue;
        }
        if theirs.as_ref() != before {
            conflicts.push(path.clone());
        }
        match mine {
            Some(blob) => files.insert(path.clone(), blob.clone()),
            None => files.remove(path),
        };
    }
    for (old, new) in theirs.iter().chain(&mine) {
        // Renamed by both: the name of the later one counts.
        if mine.get(old).is_some_and(|mine| mine != new) {
            conflicts.push(new.clone());
        } else if let Some(blob) = files.remove(old) {
            files.insert(new.clone(), blob);
        }
    }
    conflicts
}

/// The files that a side only renamed: old and new path.
fn renamed(side: &Listing, common: &Listing) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (old, blob) in common.iter().filter(|(old, _)| !side.contains_key(*old)) {
        let is_new = |(new, same): &(&String, &Blob)| *same == blob && !common.contains_key(*new);
        let mut new = side.iter().filter(is_new).map(|(new, _)| new);
        if let Some(new) = new.find(|new| !found.values().any(|taken| taken == *new)) {
            found.insert(old.clone(), new.clone());
        }
    }
    found
}

fn under_old_names(side: &Listing, renamed: &BTreeMap<String, String>) -> Listing {
    let old = |new: &String| renamed.iter().find(|(_, other)| *other == new).map(|(old, _)| old);
    side.iter().map(|(path, blob)| (old(path).unwrap_or(path).clone(), blob.clone())).collect()
}

/// Everything that either has; of a file that both have in their own way, nobody knows who changed it.
fn union(files: &mut Listing, own: &Listing) -> Vec<String> {
    let mut conflicts = Vec::new();
    let moved: Vec<String> = files
        .iter()
        .filter(|(path, blob)| {
            !own.contains_key(*path) && own.iter().any(|(other, same)| same == *blob && !files.contains_key(other))
        })
        .map(|(path, _)| path.clone())
        .collect();
    for path in moved {
        files.remove(&path);
    }
    for (path, blob) in own {
        match files.get(path) {
            Some(theirs) if theirs != blob => conflicts.push(path.clone()),
            Some(_) => {}
            None => {
                files.insert(path.clone(), blob.clone());
            }
        }
    }
    conflicts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(files: &[(&str, &str)]) -> Listing {
        files.iter().map(|(path, blob)| ((*path).to_owned(), (*blob).to_owned())).collect()
    }

    #[test]
    fn what_one_side_did_counts() {
        let common = listing(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")]);
        let mut files = listing(&[("a", "2"), ("b", "1"), ("d", "1"), ("new", "1")]);
        let own = listing(&[("a", "1"), ("b", "3"), ("c", "1"), ("mine", "1")]);
        assert!(three_way(&mut files, &own, &common).is_empty());
        assert_eq!(files, listing(&[("a", "2"), ("b", "3"), ("mine", "1"), ("new", "1")]));
    }

    #[test]
    fn what_both_did_is_a_conflict() {
        let common = listing(&[("a", "1"), ("b", "1")]);
        let mut files = listing(&[("a", "2"), ("b", "2"), ("n", "1")]);
        let own = listing(&[("a", "3"), ("n", "2")]);
        assert_eq!(three_way(&mut files, &own, &common), ["a", "b", "n"]);
        assert_eq!(files, listing(&[("a", "3"), ("n", "2")]));
    }

    #[test]
    fn a_renamed_file_is_followed_on_either_side() {
        let common = listing(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let mut files = listing(&[("a", "9"), ("x", "2"), ("y", "3")]);
        let own = listing(&[("m", "1"), ("b", "8"), ("n", "3")]);
        assert_eq!(three_way(&mut files, &own, &common), ["y"], "both renamed c");
        assert_eq!(files, listing(&[("m", "9"), ("x", "8"), ("n", "3")]));
    }

    #[test]
    fn without_a_common_commit_nothing_is_taken_for_removed_and_a_moved_file_counts_once() {
        let mut files = listing(&[("a", "1"), ("b", "2"), ("x", "9")]);
        let own = listing(&[("a", "1"), ("b", "3"), ("y", "9")]);
        assert_eq!(union(&mut files, &own), ["b"]);
        assert_eq!(files, listing(&[("a", "1"), ("b", "2"), ("y", "9")]));
    }
}
