//! Where a finding is, for programs that show it beside the code: paths from the repository's root.

use std::path::Path;

use super::words::shown_path;
use crate::facts::Facts;
use crate::source::Location;

/// A place in a file of the repository.
pub(super) struct Place {
    /// From the repository's root, with `/`; absolute for a file outside of it.
    pub(super) path: String,
    /// Line and column from 1; the first line for what has no place in a file.
    pub(super) start: (usize, usize),
    /// The same, after the last character.
    pub(super) end: (usize, usize),
}

impl Place {
    /// The place of a finding. What is about a database or the whole project is shown at the
    /// configuration that names it; `None` when there is no such file.
    pub(super) fn new(facts: &Facts, location: Option<&Location>) -> Option<Self> {
        let Some(location) = location else {
            let project = &facts.project;
            let config = project.ini.as_ref().or(project.pyproject.as_ref())?;
            return Some(Self { path: from_root(facts, config.path()), start: (1, 1), end: (1, 1) });
        };
        let (start, end) = (location.start(), location.end());
        Some(Self {
            path: from_root(facts, location.path()),
            start: (start.line, start.column),
            end: (end.line, end.column),
        })
    }
}

fn from_root(facts: &Facts, path: &Path) -> String {
    shown_path(&facts.project.in_repository(path))
}
