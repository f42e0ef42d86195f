//! Opens the listed files and reads them, in parallel. The only part of `revision` that opens
//! files; it knows nothing of what is in them.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::files::{Entry, Listing, reason};
use super::tree::Stored;
use super::{Depth, Problem, ProblemKind, Revision, Revisions, read_text};
use crate::python::STACK;
use crate::source::{DecodeError, Location, SourceFile, Span, decode};

/// The largest file that is read, in bytes. Generated migrations have a few megabytes at most.
const LARGEST: u64 = 64 << 20;

/// Reads all files of `listing`; paths are shown relative to `directory`.
pub(super) fn read_all(listing: Listing, directory: &Path, depth: Depth) -> Revisions {
    let files = listing.entries.iter().filter(|entry| entry.is_file).count();
    let read: Vec<(Option<Revision>, Vec<Problem>)> = match rayon::ThreadPoolBuilder::new().stack_size(STACK).build() {
        Ok(pool) => {
            pool.install(|| listing.entries.par_iter().map(|entry| read_one(entry, directory, depth)).collect())
        }
        Err(error) => {
            let message = format!("cannot be read: no thread could be started ({error})");
            listing.entries.iter().map(|entry| (None, vec![unread(entry, directory, message.clone())])).collect()
        }
    };
    let mut revisions = Revisions { files, loaded_twice: listing.loaded_twice, ..Revisions::default() };
    for (revision, problems) in read {
        revisions.revisions.extend(revision);
        revisions.problems.extend(problems);
    }
    revisions
}

/// The headers of texts that were read elsewhere.
pub(super) fn read_texts(files: Vec<(String, String)>) -> Vec<Revision> {
    let Ok(pool) = rayon::ThreadPoolBuilder::new().stack_size(STACK).build() else { return Vec::new() };
    let read = |(path, text): (String, String)| {
        let source = Arc::new(SourceFile::new(path.clone(), text));
        read_text(&source, Path::new(&path), Depth::Headers).0
    };
    pool.install(|| files.into_par_iter().filter_map(read).collect())
}

/// The headers of files that are not on disk, with what is wrong with them.
pub(super) fn read_stored(files: Vec<Stored>) -> Revisions {
    let mut revisions = Revisions { files: files.len(), ..Revisions::default() };
    let unread = |shown: PathBuf, message: String| {
        let location = Location::unread(shown);
        (None, vec![Problem { kind: ProblemKind::Unreadable, message, location, revision: None }])
    };
    let one = |file: Stored| match decode(file.bytes) {
        Ok(text) => read_text(&Arc::new(SourceFile::new(file.shown, text)), &file.path, Depth::Headers),
        Err(error) => unread(file.shown, error.reason),
    };
    let read: Vec<(Option<Revision>, Vec<Problem>)> = match rayon::ThreadPoolBuilder::new().stack_size(STACK).build() {
        Ok(pool) => pool.install(|| files.into_par_iter().map(one).collect()),
        Err(_) => {
            let message = || "cannot be read: no thread could be started".to_owned();
            files.into_iter().map(|file| unread(file.shown, message())).collect()
        }
    };
    for (revision, problems) in read {
        revisions.revisions.extend(revision);
        revisions.problems.extend(problems);
    }
    revisions
}

fn read_one(entry: &Entry, directory: &Path, depth: Depth) -> (Option<Revision>, Vec<Problem>) {
    match open(entry) {
        Ok(bytes) => match decode(bytes) {
            Ok(text) => read_text(&Arc::new(SourceFile::new(shown(entry, directory), text)), &entry.real, depth),
            Err(error) => (None, vec![undecodable(entry, directory, &error)]),
        },
        Err(message) => (None, vec![unread(entry, directory, message)]),
    }
}

/// The bytes of the file, or why there are none.
fn open(entry: &Entry) -> Result<Vec<u8>, String> {
    if let Some(trouble) = &entry.trouble {
        return Err(trouble.clone());
    }
    let unreadable = |error: std::io::Error| format!("cannot be read: {}", reason(&error));
    // Only opening a pipe would wait forever, so this comes first.
    if !entry.is_plain && !fs::metadata(&entry.real).map_err(unreadable)?.is_file() {
        return Err("is no regular file".to_owned());
    }
    let file = fs::File::open(&entry.real).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(LARGEST)).unwrap_or(0) + 1);
    // Through `take`, which does not ask for the size once more.
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("is larger than {} MiB, which is too large to be read", LARGEST >> 20));
    }
    Ok(bytes)
}

fn shown<'a>(entry: &'a Entry, directory: &Path) -> &'a Path {
    entry.listed.strip_prefix(directory).unwrap_or(&entry.listed)
}

fn unread(entry: &Entry, directory: &Path, message: String) -> Problem {
    let location = Location::unread(shown(entry, directory));
    Problem { kind: ProblemKind::Unreadable, message, location, revision: None }
}

/// The place of a bad byte can be shown only if the bytes are read again, as text with marks for
/// what is not text: up to that byte both count alike.
fn undecodable(entry: &Entry, directory: &Path, error: &DecodeError) -> Problem {
    let text = fs::read(&entry.real).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let mut problem = unread(entry, directory, error.reason.clone());
    if text.is_char_boundary(error.offset) {
        let source = Arc::new(SourceFile::new(shown(entry, directory), text));
        problem.location = Location::new(&source, Span::new(error.offset, error.offset));
    }
    problem
}
