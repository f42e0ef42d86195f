//! Where the files are that Alembic does not find: looks into the project's folders, the ignore files
//! and git. Only when there is no revision file, or no project, at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::facts::{Absent, Facts, InGit};
use crate::history::{self, Repository};
use crate::project::{self, Request};
use crate::revision;
use crate::source::printable;

/// How deep and how far the project's folders are searched.
const DEEPEST: usize = 6;
const MOST_ENTRIES: usize = 20_000;
/// Files larger than this are no revisions that people write.
const LARGEST: u64 = 1 << 20;

/// Folders that are no part of a project's own code.
const SKIPPED: [&str; 5] = ["node_modules", "site-packages", "__pycache__", "venv", "target"];

/// Why no revision was found.
pub(super) fn absent(facts: &Facts) -> Absent {
    let project = &facts.project;
    let mut absent = Absent::default();
    for location in &project.version_locations {
        absent.excluded.extend(project::exclusions(&project.directory, &location.path.join("revision.py")));
    }
    for exclusion in &mut absent.excluded {
        let folder = Path::new(&exclusion.what).parent().map(|folder| folder.display().to_string());
        exclusion.what = folder.unwrap_or_default();
    }
    absent.elsewhere = elsewhere(&project.directory);
    absent.in_git = in_git(facts).unwrap_or_default();
    absent
}

/// The folders with revision files, the fullest first.
fn elsewhere(directory: &Path) -> Vec<(PathBuf, usize)> {
    let mut texts = Vec::new();
    let mut waiting = vec![(directory.to_owned(), 0)];
    let mut seen = 0;
    while let Some((folder, depth)) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.filter_map(Result::ok) {
            seen += 1;
            if seen > MOST_ENTRIES {
                break;
            }
            let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
            // Links are not followed.
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && depth < DEEPEST && !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                // A virtual environment may have any name.
                if !path.join("pyvenv.cfg").exists() {
                    waiting.push((path, depth + 1));
                }
            } else if kind.is_file() && name.ends_with(".py") && entry.metadata().is_ok_and(|it| it.len() <= LARGEST) {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                let shown = path.strip_prefix(directory).ok().and_then(Path::to_str);
                if let Some(shown) = shown.filter(|_| text.contains("down_revision")) {
                    texts.push((shown.to_owned(), text));
                }
            }
        }
    }
    let mut folders: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for read in revision::read_texts(texts) {
        if let Some(folder) = read.path.parent() {
            *folders.entry(folder.to_owned()).or_default() += 1;
        }
    }
    let mut folders: Vec<(PathBuf, usize)> = folders.into_iter().collect();
    folders.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    folders
}

/// What git has in the version folders.
fn in_git(facts: &Facts) -> Result<Option<InGit>, history::Error> {
    let project = &facts.project;
    let repository = Repository::open(&project.directory)?;
    let folders = project.version_locations.iter();
    let folders = folders.filter_map(|place| repository.inside(&project.directory.join(&place.path)));
    let folders: Vec<String> = folders.filter(|folder| !folder.is_empty()).collect();
    if folders.is_empty() {
        return Ok(None);
    }
    let count = |commit: &str| -> Result<usize, history::Error> {
        Ok(revision::read_texts(repository.files(commit, &folders)?).len())
    };
    let lost = count("HEAD").unwrap_or(0);
    if lost > 0 {
        return Ok(Some(InGit::Lost(lost)));
    }
    if let Some(commit) = repository.last_removal(&folders)?
        && count(&format!("{}^", commit.id)).unwrap_or(0) > 0
    {
        return Ok(Some(InGit::Removed(commit)));
    }
    let Some(commit) = repository.last_addition(&folders)? else { return Ok(None) };
    let mut having = Vec::new();
    for place in repository.places(&[&commit.id])? {
        if count(&place.full_name())? > 0 {
            having.push(place);
        }
    }
    Ok((!having.is_empty()).then_some(InGit::Elsewhere(having)))
}

/// Adds to an error about the project what git has of the files that are missing.
pub(super) fn explain(mut error: project::Error, request: &Request) -> project::Error {
    for hint in from_git(&error, request).unwrap_or_default() {
        error.add_hint(hint);
    }
    error
}

fn from_git(error: &project::Error, request: &Request) -> Result<Vec<String>, history::Error> {
    let directory = std::path::absolute(&request.directory).unwrap_or_else(|_| request.directory.clone());
    let is_lost = |path: &&String| {
        let name = Path::new(path.as_str()).file_name().and_then(|name| name.to_str());
        match error {
            project::Error::NotFound { .. } => name == Some("alembic.ini"),
            project::Error::Invalid { message, .. } => {
                name == Some("env.py") && message.starts_with("Path doesn't exist")
            }
            project::Error::Ambiguous { .. } => false,
        }
    };
    let repository = Repository::open(&directory)?;
    let mut hints = Vec::new();
    for path in repository.deleted_files()?.iter().filter(is_lost) {
        // env.py stands for its whole folder.
        let whole = match error {
            project::Error::NotFound { .. } => Path::new(path),
            _ => Path::new(path).parent().unwrap_or(Path::new(path)),
        };
        let whole = printable(&whole.display().to_string());
        let plain = whole.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
        if plain && !whole.is_empty() {
            hints.push(format!(
                "what is checked out has {whole}, and the working tree lost it: `git checkout HEAD -- ':/{whole}'`"
            ));
        }
    }
    Ok(hints)
}
