//! Where the configuration is: `-c`, `ALEMBIC_CONFIG`, or the search.
//!
//! With `-c` or the variable these are Alembic's own rules
//! (alembic.config.CommandLine._inis_from_config). The search is ours: Alembic itself looks in
//! the current folder only. Reads no file but pyproject.toml, to see whether it has the table.

use std::path::{Path, PathBuf};

use super::{Error, Request};

/// The files to read. Relative paths start in `directory`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The folder in which Alembic has to be run; absolute.
    pub(super) directory: PathBuf,
    /// The ini, if there is one.
    pub(super) ini: Option<PathBuf>,
    /// The pyproject.toml, if there is one.
    pub(super) pyproject: Option<PathBuf>,
    /// How it was found.
    pub(super) phrase: String,
    /// Whether commands have to name the files even where they are Alembic's defaults.
    pub(super) named: bool,
}

const INI: &str = "alembic.ini";
const PYPROJECT: &str = "pyproject.toml";

/// Finds the files.
pub(super) fn find(request: &Request) -> Result<Found, Error> {
    let directory = std::path::absolute(&request.directory)
        .map_err(|error| Error::invalid(format!("{}: {error}", request.directory.display()), None))?;
    if !directory.is_dir() {
        return Err(Error::invalid(format!("no such folder: {}", request.directory.display()), None));
    }
    if !request.config.is_empty() {
        return given(directory, &request.config, request.alembic_config.as_deref(), "given by -c");
    }
    match &request.alembic_config {
        Some(path) => given(directory, std::slice::from_ref(path), None, "given by ALEMBIC_CONFIG"),
        None => search(directory),
    }
}

fn given(directory: PathBuf, paths: &[PathBuf], variable: Option<&Path>, phrase: &str) -> Result<Found, Error> {
    let (mut ini, mut pyproject) = (None, None);
    for path in paths {
        let (slot, twice) = if path.file_name().is_some_and(|name| name == PYPROJECT) {
            (&mut pyproject, "pyproject.toml indicated more than once")
        } else {
            (&mut ini, "only one ini file may be indicated")
        };
        if slot.replace(path.clone()).is_some() {
            return Err(Error::invalid(twice, None));
        }
        must_be_file(&directory, path, phrase)?;
    }
    // What `-c` leaves open, the variable decides; what that leaves open, the default names.
    if let Some(variable) = variable {
        let slot = if variable.file_name().is_some_and(|name| name == PYPROJECT) { &mut pyproject } else { &mut ini };
        if slot.is_none() {
            must_be_file(&directory, variable, "given by ALEMBIC_CONFIG")?;
            *slot = Some(variable.to_owned());
        }
    }
    let named = variable.is_some() || phrase.ends_with("ALEMBIC_CONFIG");
    let default = |name: &str| Some(PathBuf::from(name)).filter(|path| directory.join(path).is_file());
    let ini = ini.or_else(|| default(INI));
    let pyproject = pyproject.or_else(|| default(PYPROJECT));
    Ok(Found { directory, ini, pyproject, phrase: phrase.to_owned(), named })
}

fn must_be_file(directory: &Path, path: &Path, phrase: &str) -> Result<(), Error> {
    let full = directory.join(path);
    if full.is_file() {
        return Ok(());
    }
    let what = if full.is_dir() { "is a folder, not a file" } else { "does not exist" };
    let message = format!("the configuration file {} ({phrase}) {what}", path.display());
    let hint = "Alembic ignores this silently and then says: No 'script_location' key found in configuration.";
    Err(Error::invalid_with(message, None, [hint]))
}

/// Looks in the current folder, its usual sub-folders, and upwards; then one level down.
fn search(start: PathBuf) -> Result<Found, Error> {
    let mut tried = Vec::new();
    let mut folder = start.as_path();
    loop {
        if let Some(found) = look(folder, &start, &mut tried)? {
            return Ok(found);
        }
        if folder.join(".git").exists() {
            break;
        }
        let Some(parent) = folder.parent() else { break };
        folder = parent;
    }
    below(&start, tried)
}

fn look(folder: &Path, start: &Path, tried: &mut Vec<String>) -> Result<Option<Found>, Error> {
    let here = if folder == start { "the current folder".to_owned() } else { folder.display().to_string() };
    let pyproject = folder.join(PYPROJECT);
    let pyproject = if !pyproject.is_file() {
        tried.push(format!("{}: not there", pyproject.display()));
        None
    } else if has_table(&pyproject)? {
        Some(PathBuf::from(PYPROJECT))
    } else {
        tried.push(format!("{}: has no [tool.alembic]", pyproject.display()));
        None
    };
    let found = |ini: Option<&str>, phrase: String| Found {
        directory: folder.to_owned(),
        ini: ini.map(PathBuf::from),
        // Alembic reads it beside any ini.
        pyproject: folder.join(PYPROJECT).is_file().then(|| PathBuf::from(PYPROJECT)),
        phrase,
        named: false,
    };
    if folder.join(INI).is_file() {
        return Ok(Some(found(Some(INI), format!("alembic.ini in {here}"))));
    }
    tried.push(missing(&folder.join(INI)));
    if pyproject.is_some() {
        return Ok(Some(found(None, format!("[tool.alembic] of pyproject.toml in {here}"))));
    }
    for ini in ["migrations/alembic.ini", "alembic/alembic.ini"] {
        if folder.join(ini).is_file() {
            return Ok(Some(found(Some(ini), format!("{ini} in {here}"))));
        }
        tried.push(missing(&folder.join(ini)));
    }
    Ok(None)
}

fn missing(path: &Path) -> String {
    let what = if path.is_dir() { "a folder, not a file" } else { "not there" };
    format!("{}: {what}", path.display())
}

/// The folders just below the start; only an unambiguous one is taken.
fn below(start: &Path, mut tried: Vec<String>) -> Result<Found, Error> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(start)
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
        .unwrap_or_default();
    folders.sort();
    let mut candidates = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        if folder.join(INI).is_file() {
            candidates.push(folder.join(INI));
        } else if has_table(&folder.join(PYPROJECT)).unwrap_or(false) {
            candidates.push(folder.join(PYPROJECT));
        }
    }
    let relative = |path: &PathBuf| path.strip_prefix(start).unwrap_or(path).to_owned();
    match candidates.as_slice() {
        [] => {
            tried.push(format!("{}: not there", start.join("*").join(INI).display()));
            let kept_out = super::exclusions(start, Path::new(INI));
            let hints = kept_out.iter().map(super::Exclusion::in_words).collect();
            Err(Error::NotFound { tried, hints })
        }
        [only] => {
            let folder = only.parent().unwrap_or(start);
            let phrase = format!("{}, the only one below the current folder", relative(only).display());
            let file = |name: &str| folder.join(name).is_file().then(|| PathBuf::from(name));
            let (ini, pyproject) = (file(INI), file(PYPROJECT));
            Ok(Found { directory: folder.to_owned(), ini, pyproject, phrase, named: false })
        }
        several => Err(Error::Ambiguous { candidates: several.iter().map(relative).collect() }),
    }
}

/// Whether the pyproject.toml configures Alembic. One that cannot be understood only matters if
/// it seems to.
fn has_table(path: &Path) -> Result<bool, Error> {
    let Ok(bytes) = std::fs::read(path) else { return Ok(false) };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let seems = text.contains("tool.alembic]");
    let folder = path.parent().unwrap_or(path);
    match super::toml_config::Toml::parse(text, path, folder) {
        Ok(toml) => Ok(toml.is_some()),
        Err(error) if seems => Err(error),
        Err(_) => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        folder
    }

    fn at(folder: &Path) -> Request {
        Request { directory: folder.to_owned(), ..Request::default() }
    }

    #[test]
    fn the_current_folder_comes_before_migrations() {
        let root = folder(&["migrations/alembic.ini", "alembic.ini"]);
        let found = find(&at(root.path())).unwrap();
        assert_eq!(found.ini.unwrap(), Path::new("alembic.ini"));
        assert_eq!(found.phrase, "alembic.ini in the current folder");
    }

    #[test]
    fn the_search_goes_up_to_the_repository_and_runs_alembic_there() {
        let root = folder(&["alembic.ini", "a/b/x"]);
        let found = find(&at(&root.path().join("a/b"))).unwrap();
        assert_eq!(found.directory, root.path());
        std::fs::create_dir(root.path().join("a/.git")).unwrap();
        let Err(Error::NotFound { tried, .. }) = find(&at(&root.path().join("a/b"))) else { panic!() };
        assert!(tried.iter().all(|place| place.contains("a/")), "{tried:?}");
        assert!(tried[0].ends_with("a/b/pyproject.toml: not there"), "{tried:?}");
    }

    #[test]
    fn several_folders_below_are_ambiguous_and_one_is_taken() {
        let root = folder(&["a/alembic.ini", "b/alembic.ini"]);
        let Err(Error::Ambiguous { candidates }) = find(&at(root.path())) else { panic!() };
        assert_eq!(candidates, [Path::new("a/alembic.ini"), Path::new("b/alembic.ini")]);
        std::fs::remove_file(root.path().join("b/alembic.ini")).unwrap();
        assert_eq!(find(&at(root.path())).unwrap().directory, root.path().join("a"));
    }

    #[test]
    fn the_command_line_wins_over_the_variable() {
        let root = folder(&["a.ini", "b.ini"]);
        let mut request = at(root.path());
        request.alembic_config = Some("b.ini".into());
        assert_eq!(find(&request).unwrap().ini.unwrap(), Path::new("b.ini"));
        request.config = vec!["a.ini".into()];
        assert_eq!(find(&request).unwrap().ini.unwrap(), Path::new("a.ini"));
        request.config.push("b.ini".into());
        assert_eq!(find(&request).unwrap_err().to_string(), "only one ini file may be indicated");
    }

    #[test]
    fn a_named_file_must_be_there() {
        let root = folder(&["alembic.ini", "d/x"]);
        for (name, text) in [("nope.ini", "does not exist"), ("d", "is a folder, not a file")] {
            let request = Request { config: vec![name.into()], ..at(root.path()) };
            assert!(find(&request).unwrap_err().to_string().contains(text));
        }
    }
}
