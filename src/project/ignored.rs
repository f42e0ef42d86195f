//! Which line of `.dockerignore` or `.gitignore` keeps a path out: why a file that everybody has is
//! not in the image, or not in the clone.
//!
//! Patterns with `[` are not understood, and left out.

use std::path::{Component, Path};
use std::sync::Arc;

use crate::source::{Location, SourceFile, Span};

/// A line that keeps something out.
#[derive(Debug, Clone)]
pub struct Exclusion {
    /// The path that is kept out, as it is configured.
    pub what: String,
    /// The pattern.
    pub pattern: String,
    /// Where it stands.
    pub location: Location,
    /// Whether it is about images, and not about git.
    pub is_docker: bool,
}

impl Exclusion {
    /// `.dockerignore:3 (**/migrations/) keeps migrations out of the image: …`
    pub fn in_words(&self) -> String {
        let (file, line) = (self.location.path().display(), self.location.start().line);
        let from = if self.is_docker { "the image" } else { "git" };
        format!(
            "{file}:{line} ({}) keeps {} out of {from}: take that line out, or let it in again",
            self.pattern, self.what
        )
    }
}

/// How far above the project the files are looked for: it may be a part of what the image is built from.
const LEVELS: usize = 3;

/// The lines that keep `path` (in `directory`, or absolute) out. Of `.dockerignore` the nearest counts.
pub fn exclusions(directory: &Path, path: &Path) -> Vec<Exclusion> {
    let full = directory.join(path);
    let highest = directory.ancestors().nth(LEVELS);
    let repository = directory.ancestors().find(|folder| folder.join(".git").exists());
    let highest = repository.or(highest);
    let folders = || full.ancestors().skip(1).take_while(|folder| highest.is_none_or(|top| folder.starts_with(top)));
    let at = |folder: &Path, name: &str, is_docker: bool| {
        let source = read(folder, name, directory)?;
        let inside = full.strip_prefix(folder).ok().and_then(words)?;
        let (pattern, span) = last_match(source.text(), &inside, is_docker)?;
        let location = Location::new(&source, span);
        Some(Exclusion { what: path.display().to_string(), pattern, location, is_docker })
    };
    let context = folders().find(|folder| folder.join(DOCKER).is_file());
    let docker = context.and_then(|folder| at(folder, DOCKER, true));
    docker.into_iter().chain(folders().find_map(|folder| at(folder, ".gitignore", false))).collect()
}

const DOCKER: &str = ".dockerignore";

fn read(folder: &Path, name: &str, directory: &Path) -> Option<Arc<SourceFile>> {
    let path = folder.join(name);
    let text = String::from_utf8_lossy(&std::fs::read(&path).ok()?).into_owned();
    let shown = path.strip_prefix(directory).unwrap_or(&path).to_owned();
    Some(Arc::new(SourceFile::new(shown, text)))
}

fn words(path: &Path) -> Option<Vec<&str>> {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if !path.components().all(plain) {
        return None;
    }
    path.components().map(|part| part.as_os_str().to_str()).collect()
}

/// The pattern that decides: the last one that matches, unless it lets the path in again.
fn last_match(text: &str, path: &[&str], is_docker: bool) -> Option<(String, Span)> {
    let mut decided = None;
    let mut start = 0;
    for raw in text.split_inclusive('\n') {
        let line = raw.trim();
        let offset = start + (raw.len() - raw.trim_start().len());
        start += raw.len();
        if line.is_empty() || line.starts_with('#') || line.contains('[') {
            continue;
        }
        let (pattern, lets_in) = line.strip_prefix('!').map_or((line, false), |pattern| (pattern, true));
        if keeps_out(pattern, path, is_docker) {
            decided = (!lets_in).then(|| (line.to_owned(), Span::new(offset, offset + line.len())));
        }
    }
    decided
}

/// Whether the pattern matches the path or a folder above it.
fn keeps_out(pattern: &str, path: &[&str], is_docker: bool) -> bool {
    let inner = pattern.trim_start_matches('/').trim_end_matches('/');
    let mut parts: Vec<&str> = inner.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    // git looks for a name without a slash in every folder, Docker only in the first.
    if !is_docker && !pattern.trim_end_matches('/').contains('/') {
        parts.insert(0, "**");
    }
    !parts.is_empty() && (1..=path.len()).any(|length| path.get(..length).is_some_and(|path| matches(&parts, path)))
}

fn matches(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((&"**", rest)), _) => {
            (0..=path.len()).any(|skipped| path.get(skipped..).is_some_and(|path| matches(rest, path)))
        }
        (Some((first, pattern)), Some((name, path))) => {
            let (first, name): (Vec<char>, Vec<char>) = (first.chars().collect(), name.chars().collect());
            is_like(&first, &name) && matches(pattern, path)
        }
        (Some(_), None) => false,
    }
}

fn is_like(pattern: &[char], name: &[char]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, rest) => rest.is_none(),
        (Some(('*', rest)), _) => {
            (0..=name.len()).any(|skipped| name.get(skipped..).is_some_and(|name| is_like(rest, name)))
        }
        (Some((p, pattern)), Some((c, name))) => (*p == '?' || p == c) && is_like(pattern, name),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn docker(patterns: &str, path: &str) -> Option<String> {
        last_match(patterns, &path.split('/').collect::<Vec<_>>(), true).map(|(pattern, _)| pattern)
    }

    #[test]
    fn docker_s_patterns_start_at_the_root() {
        for pattern in ["migrations", "/migrations/", "**/migrations/", "**/versions", "m*", "**", "migrations/*/*.py"]
        {
            assert_eq!(docker(pattern, "migrations/versions/a.py").as_deref(), Some(pattern), "{pattern}");
        }
        for pattern in ["versions", "*.py", "migration", "# migrations", "migrations/versions/b.py"] {
            assert_eq!(docker(pattern, "migrations/versions/a.py"), None, "{pattern}");
        }
    }

    #[test]
    fn a_later_line_can_let_it_in_again() {
        assert_eq!(docker("*\n!migrations\n", "migrations/versions/a.py"), None);
        assert_eq!(docker("!migrations\n*\n", "migrations/versions/a.py").as_deref(), Some("*"));
    }

    #[test]
    fn git_s_names_count_in_every_folder() {
        let git = |pattern: &str| last_match(pattern, &["db", "versions", "a.py"], false).is_some();
        assert!(git("versions/") && git("*.py") && git("/db") && git("db/versions"));
        assert!(!git("/versions") && !git("b.py"));
    }

    #[test]
    fn the_line_is_found_from_the_project_up() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join(".dockerignore"), "*.md\n\napp/**/versions\n").unwrap();
        std::fs::create_dir(root.path().join("app")).unwrap();
        let found = exclusions(&root.path().join("app"), Path::new("migrations/versions/a.py"));
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((only.pattern.as_str(), only.location.start().line), ("app/**/versions", 3));
    }
}
