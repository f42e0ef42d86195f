//! The packages and modules of the application that lie beside the migrations.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Entries of a folder that are looked at.
const MOST: usize = 1_000;

/// What a revision could import of this repository: each name with the folder that it lies in,
/// relative to the project's folder. Installed packages are not among them.
pub(super) fn find(directory: &Path, script_directory: &Path, prepended: &[String]) -> BTreeMap<String, PathBuf> {
    let mut bases = vec![PathBuf::new(), PathBuf::from("src")];
    bases.extend(prepended.iter().map(PathBuf::from).filter(|base| base.is_relative()));
    bases.extend(above_package(directory, script_directory));
    let mut found = BTreeMap::new();
    for base in bases {
        let Ok(entries) = fs::read_dir(directory.join(&base)) else { continue };
        for entry in entries.flatten().take(MOST) {
            if let Some(name) = importable(&entry.path()) {
                found.entry(name).or_insert_with(|| base.clone());
            }
        }
    }
    found
}

/// The folder in which the outermost package lies that the migrations are a part of.
fn above_package(directory: &Path, script_directory: &Path) -> Option<PathBuf> {
    let is_package = |folder: &Path| directory.join(folder).join("__init__.py").is_file();
    let mut folder = script_directory.parent()?;
    if !is_package(folder) {
        return None;
    }
    while is_package(folder) {
        folder = folder.parent()?;
    }
    Some(folder.to_owned())
}

/// The name under which a file or folder can be imported.
fn importable(path: &Path) -> Option<String> {
    let is_code = |path: &Path| path.extension().is_some_and(|extension| extension == "py");
    let stem = path.file_stem()?.to_str()?;
    let is_name = !stem.is_empty() && stem.chars().all(|c| c.is_alphanumeric() || c == '_');
    // Tools, not the application.
    let is_tool = matches!(stem, "setup" | "conftest" | "noxfile" | "tasks" | "tests" | "test");
    if !is_name || is_tool {
        return None;
    }
    let is_module = is_code(path) && path.is_file();
    let is_package =
        || fs::read_dir(path).is_ok_and(|files| files.flatten().take(MOST).any(|file| is_code(&file.path())));
    (is_module || path.extension().is_none() && is_package()).then(|| stem.to_owned())
}
