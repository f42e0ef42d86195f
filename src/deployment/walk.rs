//! The files of a repository, within bounds.

use std::fs;
use std::path::{Path, PathBuf};

/// The most entries that are looked at, how deep, and the largest file that is read.
const MOST: usize = 50_000;
const DEEPEST: usize = 12;
pub(super) const LARGEST: u64 = 1 << 20;

/// Folders that hold other people's code, or what is made from this one.
const SKIPPED: [&str; 20] = [
    "node_modules",
    "bower_components",
    "site-packages",
    "__pycache__",
    "venv",
    "env",
    "virtualenv",
    "target",
    "dist",
    "build",
    "vendor",
    "third_party",
    "htmlcov",
    "coverage",
    "static",
    "media",
    "docs",
    "doc",
    "fixtures",
    "testdata",
];

/// Folders with a dot that deployments are described in.
const HIDDEN: [&str; 9] =
    [".github", ".gitlab", ".circleci", ".ci", ".docker", ".deploy", ".devcontainer", ".buildkite", ".platform"];

/// The files below the repository's root, sorted, and why some were left out. The project's own
/// folder is looked through wherever it is.
pub(super) fn files(root: &Path, directory: &Path, except: &[PathBuf]) -> (Vec<PathBuf>, Option<String>) {
    let mut found = Vec::new();
    let mut left_out = None;
    let mut seen = 0;
    let mut waiting = vec![(root.to_owned(), 0)];
    let between = directory.strip_prefix(root).unwrap_or(Path::new(""));
    if between.components().any(|part| !is_of_interest(&part.as_os_str().to_string_lossy())) {
        waiting.push((directory.to_owned(), 0));
    }
    while let Some((folder, depth)) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            seen += 1;
            if seen > MOST {
                left_out = Some(format!("only the first {MOST} files of the repository were looked at"));
                waiting.clear();
                break;
            }
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if kind.is_file() {
                found.push(entry.path());
            } else if kind.is_dir() && depth < DEEPEST && is_of_interest(&name) && !except.contains(&entry.path()) {
                let path = entry.path();
                // Somebody else's repository, a virtual environment of whatever name, a cache.
                let is_foreign = [".git", "pyvenv.cfg", "CACHEDIR.TAG"].iter().any(|mark| path.join(mark).exists());
                if !is_foreign {
                    waiting.push((path, depth + 1));
                }
            }
        }
    }
    found.sort();
    (found, left_out)
}

fn is_of_interest(folder: &str) -> bool {
    if folder.starts_with('.') { HIDDEN.contains(&folder) } else { !SKIPPED.contains(&folder) }
}

/// The folder that `directory` belongs to: the root of its git repository, or itself.
pub(super) fn root(directory: &Path) -> PathBuf {
    let above = directory.ancestors().take(DEEPEST);
    above.into_iter().find(|folder| folder.join(".git").exists()).unwrap_or(directory).to_owned()
}
