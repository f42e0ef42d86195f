//! Which files of a commit Alembic would load, in its order, and what they say: the same rules as for
//! a folder, for files that are not on disk.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::PathBuf;

use super::files::is_loaded;

/// A file that is not on disk.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The path as shown to the user.
    pub shown: PathBuf,
    /// Where it would be on disk.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Those of `paths` (from the root of the repository, with `/`) that Alembic would load from
/// `folders`, in its order.
pub fn load_order<'a>(
    paths: impl IntoIterator<Item = &'a str> + Clone,
    folders: &[String],
    recursive: bool,
) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    let mut ordered = Vec::new();
    for folder in folders {
        let mut found: Vec<(Vec<(bool, &str)>, &str)> = Vec::new();
        for path in paths.clone() {
            let Some(rest) = inside(path, folder) else { continue };
            let (parents, name) = rest.rsplit_once('/').map_or((None, rest), |(parents, name)| (Some(parents), name));
            let nearest = parents.unwrap_or(folder).rsplit('/').next().unwrap_or_default();
            let is_deep = parents.is_some() && !recursive;
            if is_deep || nearest.ends_with("__pycache__") || !is_loaded(OsStr::new(name)) {
                continue;
            }
            // The files of a folder come before its folders.
            let mut place: Vec<(bool, &str)> =
                parents.into_iter().flat_map(|parents| parents.split('/')).map(|parent| (true, parent)).collect();
            place.push((false, name));
            found.push((place, path));
        }
        found.sort();
        ordered.extend(found.into_iter().map(|(_, path)| path).filter(|path| seen.insert(*path)));
    }
    ordered
}

fn inside<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [&str; 8] = [
        "v/z.py",
        "v/__init__.py",
        "v/a/2.py",
        "v/a/1.py",
        "v/a/b/0.py",
        "v/.#x.py",
        "v/my__pycache__/n.py",
        "vv/q.py",
    ];

    #[test]
    fn files_come_before_folders_as_on_disk() {
        let folders = ["v".to_owned()];
        assert_eq!(load_order(PATHS, &folders, true), ["v/z.py", "v/a/1.py", "v/a/2.py", "v/a/b/0.py"]);
        assert_eq!(load_order(PATHS, &folders, false), ["v/z.py"]);
    }

    #[test]
    fn folders_come_in_their_order_and_a_file_once() {
        let folders = ["vv", "v/a", "v"].map(str::to_owned);
        assert_eq!(load_order(PATHS, &folders, true), ["vv/q.py", "v/a/1.py", "v/a/2.py", "v/a/b/0.py", "v/z.py"]);
        assert_eq!(load_order(["a.py", "b/c.py"], &[String::new()], false), ["a.py"]);
    }
}
