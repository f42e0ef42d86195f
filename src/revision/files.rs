//! Which files Alembic would load, in its order: alembic.script.base.Script._list_py_dir,
//! ScriptDirectory._load_revisions and the file-name patterns of that module.
//!
//! Opens no file. A folder that cannot be listed is told; Alembic passes it in silence.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What is in the version locations.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The files in load order, with what is wrong with those that cannot be opened.
    pub(super) entries: Vec<Entry>,
    /// Real paths that were reached once more.
    pub(super) loaded_twice: Vec<PathBuf>,
}

/// A file that Alembic would load.
#[derive(Debug)]
pub(super) struct Entry {
    /// The path by which it was reached.
    pub(super) listed: PathBuf,
    /// The path with all links resolved: Alembic looks at its name, not at that of the link.
    pub(super) real: PathBuf,
    /// Why it need not be opened at all.
    pub(super) trouble: Option<String>,
    /// Whether it is a file; else a folder that could not be listed.
    pub(super) is_file: bool,
    /// Whether the folder says that it is a plain file: then it need not be asked again.
    pub(super) is_plain: bool,
}

/// Lists `locations` (relative to `directory` unless absolute). Missing ones are passed over.
pub(super) fn list(directory: &Path, locations: &[&Path], recursive: bool, sourceless: bool) -> Listing {
    let mut listing = Listing::default();
    let mut seen = HashSet::new();
    for location in locations {
        let mut paths = Vec::new();
        let root = directory.join(location);
        walk(&root, recursive, sourceless, &mut paths);
        for found in paths {
            listing.add(found, sourceless, &mut seen);
        }
    }
    listing
}

/// A path in a version location, whatever its name.
struct Found {
    path: PathBuf,
    /// The path with all links but itself resolved.
    real: PathBuf,
    /// Whether it is a plain file, and no link, pipe or the like.
    is_plain: bool,
    trouble: Option<String>,
}

/// The files of `root` by name, then those of its folders, themselves by name.
fn walk(root: &Path, recursive: bool, sourceless: bool, found: &mut Vec<Found>) {
    // A stack, not recursion: folders can be nested deeper than threads have stack.
    // Folders that are links are not entered, so only the root's own path can have links in it.
    let real_root = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    let mut waiting = vec![(root.to_path_buf(), real_root)];
    while let Some((folder, real)) = waiting.pop() {
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        match fs::read_dir(&folder) {
            Ok(entries) => {
                for entry in entries.flatten() {
                    let kind = entry.file_type();
                    let is_link = kind.as_ref().is_ok_and(fs::FileType::is_symlink);
                    let is_plain = kind.as_ref().is_ok_and(fs::FileType::is_file);
                    if kind.is_ok_and(|kind| kind.is_dir()) {
                        folders.push((entry.path(), real.join(entry.file_name())));
                    } else if !is_link || !entry.path().is_dir() {
                        files.push((entry.file_name(), is_plain));
                    }
                }
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => {
                let trouble = Some(format!("cannot be listed: {}", reason(&error)));
                found.push(Found { path: folder.clone(), real: real.clone(), is_plain: false, trouble });
            }
        }
        let is_cache = folder.file_name().is_some_and(|name| name.as_encoded_bytes().ends_with(b"__pycache__"));
        if !is_cache {
            files.sort();
            found.extend(files.iter().map(|(name, is_plain)| Found {
                path: folder.join(name),
                real: real.join(name),
                is_plain: *is_plain,
                trouble: None,
            }));
            if sourceless {
                cached(&folder.join("__pycache__"), &files, found);
            }
        } else if folder == root && !recursive {
            return;
        }
        if !recursive {
            return;
        }
        folders.sort();
        waiting.extend(folders.into_iter().rev());
    }
}

/// The compiled files in `__pycache__` that have no source beside it.
fn cached(cache: &Path, files: &[(std::ffi::OsString, bool)], found: &mut Vec<Found>) {
    let Ok(entries) = fs::read_dir(cache) else { return };
    let sources: HashSet<&[u8]> = files.iter().map(|(name, _)| stem(name)).collect();
    let mut orphans: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| !sources.contains(stem(&entry.file_name())))
        .map(|entry| entry.path())
        .collect();
    // Alembic takes them in the order of the folder, which is none.
    orphans.sort();
    found.extend(orphans.into_iter().map(|path| Found { real: path.clone(), path, is_plain: false, trouble: None }));
}

/// The name up to its first dot.
fn stem(name: &OsStr) -> &[u8] {
    name.as_encoded_bytes().split(|byte| *byte == b'.').next().unwrap_or_default()
}

impl Listing {
    fn add(&mut self, found: Found, sourceless: bool, seen: &mut HashSet<PathBuf>) {
        let Found { path: listed, real, is_plain, trouble } = found;
        if trouble.is_some() {
            self.entries.push(Entry { listed, real, trouble, is_file: false, is_plain: false });
            return;
        }
        let (real, trouble) = if is_plain { (real, None) } else { resolve(&listed) };
        let Some(kind) = real.file_name().and_then(|name| Kind::of(name, sourceless)) else { return };
        if !seen.insert(real.clone()) {
            self.loaded_twice.push(real);
            return;
        }
        let trouble = match kind {
            Kind::Source => trouble,
            Kind::Compiled if has_source(&real) => return,
            Kind::Compiled => Some("is compiled Python without its source, which only Python can read".to_owned()),
        };
        self.entries.push(Entry { listed, real, trouble, is_file: true, is_plain });
    }
}

/// Where a path leads, and why it leads nowhere.
fn resolve(listed: &Path) -> (PathBuf, Option<String>) {
    let error = match fs::canonicalize(listed) {
        Ok(real) => return (real, None),
        Err(error) => error,
    };
    let target = link_target(listed);
    let trouble = if error.kind() == io::ErrorKind::NotFound && target != listed {
        format!("is a link to {}, which does not exist", target.display())
    } else if fs::read_link(listed).is_ok() && error.kind() != io::ErrorKind::PermissionDenied {
        "is a link that leads back to itself".to_owned()
    } else {
        format!("cannot be opened: {}", reason(&error))
    };
    (target, Some(trouble))
}

/// How a file counts, by its name.
#[derive(Clone, Copy)]
enum Kind {
    Source,
    Compiled,
}

impl Kind {
    /// `(?!\.\#|__init__)(.*\.py)$`, with `(c|o)?` if sourceless.
    fn of(name: &OsStr, sourceless: bool) -> Option<Self> {
        let name = name.as_encoded_bytes();
        if name.starts_with(b".#") || name.starts_with(b"__init__") {
            return None;
        }
        if name.ends_with(b".py") {
            return Some(Self::Source);
        }
        (sourceless && (name.ends_with(b".pyc") || name.ends_with(b".pyo"))).then_some(Self::Compiled)
    }
}

/// Whether Alembic loads a source file of that name.
pub(super) fn is_loaded(name: &OsStr) -> bool {
    matches!(Kind::of(name, false), Some(Kind::Source))
}

/// Whether Alembic prefers another file over this compiled one.
fn has_source(compiled: &Path) -> bool {
    let is_optimised = compiled.extension().is_some_and(|extension| extension == "pyo");
    compiled.with_extension("py").exists() || (is_optimised && compiled.with_extension("pyc").exists())
}

/// Where a link leads in the end, whether that exists or not.
fn link_target(link: &Path) -> PathBuf {
    const LONGEST: usize = 40;
    let mut path = link.to_path_buf();
    for _ in 0..LONGEST {
        let Ok(target) = fs::read_link(&path) else { return path };
        path = path.parent().map(|parent| parent.join(&target)).unwrap_or(target);
    }
    link.to_path_buf()
}

/// The system's words for an error, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn names(folder: &Path, recursive: bool, sourceless: bool) -> Vec<String> {
        let root = fs::canonicalize(folder).unwrap();
        let listing = list(&root, &[Path::new("")], recursive, sourceless);
        listing.entries.iter().map(|entry| entry.listed.strip_prefix(&root).unwrap().display().to_string()).collect()
    }

    #[test]
    fn names_count_as_alembic_says() {
        let folder = folder(&[
            ".hidden.py",
            "~x.py",
            "__main__.py",
            "__init__.py",
            "__init__x.py",
            ".#x.py",
            "x.py~",
            "x.py.bak",
            "x.PY",
            "#x.py#",
            "x.pyc",
            "a.py",
            "B.py",
            "0.py",
            "a-b.py",
            "a_b.py",
            "dir.py/inner.py",
        ]);
        let expected =
            [".hidden.py", "0.py", "B.py", "__main__.py", "a-b.py", "a.py", "a_b.py", "~x.py"].map(str::to_owned);
        assert_eq!(names(folder.path(), false, false), expected);
    }

    #[test]
    fn folders_come_after_files_and_pycache_has_no_files_of_its_own() {
        let folder = folder(&[
            "z.py",
            "a/2.py",
            "a/1.py",
            "a/b/0.py",
            ".git/h.py",
            "my__pycache__/no.py",
            "my__pycache__/s/yes.py",
        ]);
        assert_eq!(
            names(folder.path(), true, false),
            ["z.py", ".git/h.py", "a/1.py", "a/2.py", "a/b/0.py", "my__pycache__/s/yes.py"]
        );
    }

    #[test]
    fn compiled_files_count_only_when_sourceless_and_without_their_source() {
        let folder = folder(&[
            "a.py",
            "a.pyc",
            "b.pyc",
            "b.pyo",
            "__pycache__/a.cpython-311.pyc",
            "__pycache__/c.cpython-311.pyc",
        ]);
        assert_eq!(names(folder.path(), false, false), ["a.py"]);
        assert_eq!(names(folder.path(), false, true), ["a.py", "b.pyc", "__pycache__/c.cpython-311.pyc"]);
    }

    #[test]
    fn a_file_counts_once_and_by_its_real_name() {
        let folder = folder(&["real.py", "real.txt"]);
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
        link("real.py", "ln.py");
        link("real.txt", "text.py");
        link("gone.py", "broken.py");
        link("loop.py", "loop.py");
        link(".", "again");
        let root = fs::canonicalize(folder.path()).unwrap();
        let listing = list(&root, &[Path::new(""), Path::new(".")], true, false);
        let troubles: Vec<(String, Option<String>)> = listing
            .entries
            .iter()
            .map(|entry| (entry.listed.file_name().unwrap().to_str().unwrap().to_owned(), entry.trouble.clone()))
            .collect();
        let gone = format!("is a link to {}, which does not exist", root.join("gone.py").display());
        assert_eq!(
            troubles,
            [
                ("broken.py".to_owned(), Some(gone)),
                ("ln.py".to_owned(), None),
                ("loop.py".to_owned(), Some("is a link that leads back to itself".to_owned())),
            ]
        );
        assert_eq!(listing.loaded_twice.first(), Some(&root.join("real.py")));
    }

    #[test]
    fn a_missing_location_is_empty() {
        assert!(list(Path::new("/"), &[Path::new("no/such/folder")], true, true).entries.is_empty());
    }
}
