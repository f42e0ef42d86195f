//! Which of the application's models env.py reaches by its imports: autogenerate sees no others.
//!
//! Read as text; nothing is imported. Where a file imports in a way that cannot be followed, all that
//! is not reached may be reached after all.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Project;
use crate::python::ast::{Stmt, StmtKind};
use crate::python::{self};

/// What env.py reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Models {
    /// Whether env.py, or a file that it reaches, gives constraints their names
    /// (`naming_convention`).
    pub names_constraints: bool,
    /// Files that make tables and are not reached. Empty where it is not certain that they are not.
    pub unseen: Vec<PathBuf>,
    /// env.py, and the files that it reaches.
    pub importers: Vec<Importer>,
}

/// A file whose imports decide which models autogenerate sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Importer {
    /// Where it is.
    pub path: PathBuf,
    /// The package that its relative imports start from.
    package: Vec<String>,
}

/// Files that are read, and the largest of them.
const MOST: usize = 4_000;
const LARGEST: u64 = 1 << 20;

/// Words of code that imports what its text does not name.
const DYNAMIC: [&str; 7] =
    ["importlib", "pkgutil", "import_module", "__import__", "import_string", "find_modules", "import_submodules"];

/// Follows the imports of env.py through the packages of the project.
pub fn models(project: &Project) -> Models {
    let Some(env) = &project.env.source else { return Models::default() };
    on_deep_stack(|| {
        let mut search = Search::new(project);
        let mut found = Models { names_constraints: names_constraints(env.text()), ..Models::default() };
        let path = project.directory.join(&project.script_directory).join("env.py");
        found.importers.push(Importer { path, package: Vec::new() });
        search.read(env.text(), &[]);
        search.follow(&mut found);
        if !search.is_dynamic {
            found.unseen = search.unseen();
        }
        found
    })
}

/// The files that `importer` itself imports while its content is `text`.
pub fn imports(project: &Project, importer: &Importer, text: &str) -> BTreeSet<PathBuf> {
    on_deep_stack(|| {
        let mut search = Search::new(project);
        search.read(text, &importer.package);
        search.reached
    })
}

/// Syntax trees of Python can be deep.
fn on_deep_stack<T: Default + Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(python::STACK).spawn_scoped(scope, work);
        thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_default()
    })
}

struct Search<'p> {
    project: &'p Project,
    is_dynamic: bool,
    /// Files that are imported.
    reached: BTreeSet<PathBuf>,
    /// Those of them that were not read yet.
    waiting: VecDeque<Importer>,
}

impl<'p> Search<'p> {
    fn new(project: &'p Project) -> Self {
        Self { project, is_dynamic: false, reached: BTreeSet::new(), waiting: VecDeque::new() }
    }

    /// Takes in the imports of a module of `package`.
    fn read(&mut self, text: &str, package: &[String]) {
        self.is_dynamic |= DYNAMIC.iter().any(|word| text.contains(word));
        for piece in python::statements(text) {
            let code = text.get(piece.span.start..piece.span.end).unwrap_or_default();
            // What a function imports is imported when it is called.
            if !code.contains("import") || code.starts_with("def ") || code.starts_with("async ") {
                continue;
            }
            for statement in python::parse(code, piece.span.start).unwrap_or_default() {
                self.statement(&statement, code, package);
            }
        }
    }

    fn statement(&mut self, statement: &Stmt, code: &str, package: &[String]) {
        match &statement.kind {
            StmtKind::Import(names) => {
                for alias in names {
                    self.reach(alias.name.split('.').map(str::to_owned).collect());
                }
            }
            StmtKind::ImportFrom { module, level, names } => {
                let level = usize::try_from(*level).unwrap_or(0);
                let kept = if level == 0 { 0 } else { (package.len() + 1).saturating_sub(level) };
                let mut path: Vec<String> = package.get(..kept).unwrap_or_default().to_vec();
                path.extend(module.iter().flat_map(|module| module.split('.')).map(str::to_owned));
                for alias in names {
                    let mut path = path.clone();
                    path.push(alias.name.clone());
                    self.reach(path);
                }
            }
            StmtKind::If { .. } if code.contains("TYPE_CHECKING") => {}
            StmtKind::Function(_) => {}
            _ => {
                let blocks = statement.blocks();
                blocks.into_iter().flatten().for_each(|inner| self.statement(inner, code, package));
            }
        }
    }

    /// Imports a module: each package on the way to it, and itself.
    fn reach(&mut self, path: Vec<String>) {
        let Some(base) = path.first().and_then(|root| self.project.packages.get(root)) else { return };
        let base = self.project.directory.join(base);
        for length in 1..=path.len() {
            let parts = path.get(..length).unwrap_or_default();
            let folder = base.join(parts.iter().collect::<PathBuf>());
            let as_package = folder.join("__init__.py");
            let (file, package) = if as_package.is_file() {
                (as_package, parts)
            } else {
                (folder.with_extension("py"), parts.get(..length - 1).unwrap_or_default())
            };
            if self.reached.len() < MOST && file.is_file() && self.reached.insert(file.clone()) {
                self.waiting.push_back(Importer { path: file, package: package.to_vec() });
            }
        }
    }

    fn follow(&mut self, found: &mut Models) {
        while let Some(importer) = self.waiting.pop_front() {
            match text_of(&importer.path) {
                Some(text) => {
                    found.names_constraints |= names_constraints(&text);
                    self.read(&text, &importer.package);
                }
                // It may import anything.
                None => self.is_dynamic = true,
            }
            found.importers.push(importer);
        }
        self.is_dynamic |= self.reached.len() >= MOST;
    }

    /// Files that make tables, in the packages that env.py imports from, and that it does not reach.
    fn unseen(&self) -> Vec<PathBuf> {
        let project = self.project;
        let mut waiting: Vec<PathBuf> = Vec::new();
        for (root, base) in &project.packages {
            let folder = project.directory.join(base).join(root);
            if self.reached.iter().any(|file| file.starts_with(&folder)) {
                waiting.push(folder);
            }
        }
        let scripts = project.directory.join(&project.script_directory);
        let mut unseen = Vec::new();
        let mut seen = 0;
        while let Some(folder) = waiting.pop() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for path in entries.flatten().map(|entry| entry.path()) {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let is_other = name.starts_with(['.', '_']) && name != "__init__.py" || name.contains("test");
                if is_other || path == scripts {
                    continue;
                }
                seen += 1;
                if seen > MOST {
                    return Vec::new();
                }
                if path.is_dir() {
                    waiting.push(path);
                } else if name.ends_with(".py") && !self.reached.contains(&path) {
                    let makes = text_of(&path).is_some_and(|text| makes_tables(&text));
                    unseen.extend(makes.then_some(path));
                }
            }
        }
        unseen.sort();
        unseen
    }
}

fn text_of(path: &Path) -> Option<String> {
    let mut text = String::new();
    fs::File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

fn names_constraints(text: &str) -> bool {
    text.contains("naming_convention")
}

/// Whether a module has a class with a table of its own.
fn makes_tables(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim();
        line.starts_with("__tablename__") && line.contains('=')
            || line.starts_with("class ") && (line.contains("(db.Model)") || line.contains("table=True"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{Request, load};

    const INI: (&str, &str) = ("alembic.ini", "[alembic]\nscript_location = migrations\n");
    const TABLE: &str = "class User(Base):\n    __tablename__ = \"users\"\n";

    fn models_of(files: &[(&str, &str)]) -> Models {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        for (path, text) in files.iter().chain([&INI]) {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let request = Request { directory: folder.path().to_owned(), ..Request::default() };
        let project = load(&request).unwrap();
        let mut found = models(&project);
        for path in &mut found.unseen {
            *path = project.shown(path).to_owned();
        }
        found
    }

    /// A project whose env.py imports app.db; `package` is app/__init__.py, `db` is app/db.py.
    fn unseen(package: &str, db: &str) -> Vec<PathBuf> {
        let env = "from app.db import Base\ntarget_metadata = Base.metadata\n";
        models_of(&[
            ("migrations/env.py", env),
            ("app/__init__.py", package),
            ("app/db.py", db),
            ("app/models/__init__.py", ""),
            ("app/models/user.py", TABLE),
            ("app/tests/test_user.py", TABLE),
        ])
        .unseen
    }

    #[test]
    fn a_model_that_nothing_imports_is_named() {
        assert_eq!(unseen("", "Base = 1\n"), [Path::new("app/models/user.py")]);
        // A name for the type checker alone is not imported.
        let checked = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app.models.user import User\n";
        assert_eq!(unseen("", checked).len(), 1);
        assert_eq!(unseen("", "def later():\n    from app.models import user\n").len(), 1);
    }

    #[test]
    fn imports_are_followed_in_all_their_forms() {
        for db in [
            "from app.models.user import User\n",
            "from app.models import user\n",
            "import app.models.user\n",
            "from .models import user\n",
            "from .models.user import *\n",
            "try:\n    from app.models.user import User\nexcept ImportError:\n    pass\n",
        ] {
            assert_eq!(unseen("", db), [] as [&Path; 0], "{db}");
        }
        // Importing a module imports its packages.
        assert_eq!(unseen("from . import models\nfrom .models import user\n", ""), [] as [&Path; 0]);
    }

    #[test]
    fn what_is_imported_by_its_name_at_run_time_leaves_all_open() {
        let db = "import pkgutil\nfor each in pkgutil.walk_packages(models.__path__):\n    load(each)\n";
        assert_eq!(unseen("", db), [] as [&Path; 0]);
    }

    #[test]
    fn a_naming_convention_is_seen_where_the_metadata_is_made() {
        let files =
            |db| [("migrations/env.py", "from app.db import Base\n"), ("app/__init__.py", ""), ("app/db.py", db)];
        assert!(models_of(&files("metadata = MetaData(naming_convention=NAMES)\n")).names_constraints);
        assert!(!models_of(&files("metadata = MetaData()\n")).names_constraints);
    }
}
