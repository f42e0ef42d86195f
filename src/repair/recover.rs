//! Lost revision files: as git has them, or an empty one in their place.

use std::path::{Component, Path, PathBuf};

use super::NewFile;
use crate::facts::{Facts, Trace};
use crate::source::printable;

/// Why no file can be written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The revision is not lost.
    #[error("this code has {id} already, in {path}")]
    Present {
        /// The revision.
        id: String,
        /// Its file.
        path: String,
    },
    /// Alembic, or Python, could not take it.
    #[error("`{0}` cannot be a revision id")]
    NotAnId(String),
    /// `--after` names nothing, or several revisions.
    #[error("--after {after}: {reason}")]
    NoPlace {
        /// What was named.
        after: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The project has no folder for revisions.
    #[error("the project has no folder for revision files")]
    NoFolder,
}

/// The files of a lost revision and of those of its ancestors that are lost too, as git has them.
///
/// # Errors
/// The revision is there, or has no place to go to.
pub fn from_git(facts: &Facts, trace: &Trace) -> Result<Vec<NewFile>, Refusal> {
    is_lost(facts, &trace.revision.id)?;
    trace
        .missing
        .iter()
        .map(|revision| {
            let path = place(facts, revision.source.path()).ok_or(Refusal::NoFolder)?;
            Ok(NewFile { path, text: revision.source.text().to_owned() })
        })
        .collect()
}

/// An empty revision `id` that continues `after`: it asserts that a database with this stamp has
/// everything up to there.
///
/// # Errors
/// The id is no id or is taken, or `after` is no single revision.
pub fn stand_in(facts: &Facts, id: &str, after: &str) -> Result<NewFile, Refusal> {
    is_lost(facts, id)?;
    // The characters that Alembic refuses in ids are not among these.
    let is_plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ' '));
    if !is_plain(id) || id.trim() != id || ["", "head", "heads", "base"].contains(&id) {
        return Err(Refusal::NotAnId(printable(id)));
    }
    let refused = |reason: String| Refusal::NoPlace { after: printable(after), reason };
    let parents = facts.graph.resolve(after).map_err(|error| refused(error.reason))?;
    let parent = match parents.as_slice() {
        [] => None,
        [parent] if is_plain(parent) => Some(*parent),
        [parent] => return Err(refused(format!("{} cannot be written as it is", printable(parent)))),
        several => return Err(refused(format!("means {} revisions: name one", several.len()))),
    };
    let folder = facts.project.version_locations.first().ok_or(Refusal::NoFolder)?;
    let name = format!("{}_stand_in.py", id.replace(' ', "_"));
    Ok(NewFile { path: folder.path.join(name), text: text(id, parent) })
}

fn is_lost(facts: &Facts, id: &str) -> Result<(), Refusal> {
    let Some(own) = facts.graph.get(id) else { return Ok(()) };
    Err(Refusal::Present { id: printable(id), path: printable(&own.source.path().display().to_string()) })
}

/// Where a file of the repository belongs: in the version location that its folder is, or is in;
/// else in the first.
fn place(facts: &Facts, path: &Path) -> Option<PathBuf> {
    let project = &facts.project;
    let name = path.file_name()?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let plain = folder.components().all(|part| matches!(part, Component::Normal(_)));
    let ancestors = folder.ancestors().filter(|ancestor| plain && !ancestor.as_os_str().is_empty());
    for ancestor in ancestors {
        for location in &project.version_locations {
            if project.directory.join(&location.path).ends_with(ancestor) {
                return Some(location.path.join(folder.strip_prefix(ancestor).ok()?).join(name));
            }
        }
    }
    Some(project.version_locations.first()?.path.join(name))
}

fn text(id: &str, parent: Option<&str>) -> String {
    let revises = parent.unwrap_or_default();
    let down = parent.map_or_else(|| "None".to_owned(), |parent| format!("\"{parent}\""));
    let everything = parent.map_or_else(|| "nothing yet".to_owned(), |parent| format!("everything up to {parent}"));
    format!(
        r#""""stand-in for the lost revision {id}

Revision ID: {id}
Revises: {revises}

A database is stamped with {id}, and nobody has the file any more. This one does nothing, in
either direction: it asserts that a database with that stamp has {everything}.
"""

revision = "{id}"
down_revision = {down}
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revision;
    use crate::rules::testing::{facts, revision as own};

    #[test]
    fn a_stand_in_is_a_revision_with_that_id_and_parent() {
        let file = stand_in(&facts(vec![own("a1", &[])]), "gone", "head").unwrap();
        assert_eq!(file.path, Path::new("versions/gone_stand_in.py"));
        let read = revision::read_texts(vec![("x.py".to_owned(), file.text)]);
        let [read] = read.as_slice() else { panic!("{read:?}") };
        assert_eq!((read.id.as_str(), read.down_revision.as_slice()), ("gone", ["a1".to_owned()].as_slice()));
    }

    #[test]
    fn what_would_be_no_revision_is_refused() {
        let facts = facts(vec![own("a1", &[]), own("b2", &["a1"]), own("c3", &["a1"])]);
        for id in ["", "a\"b", "../a", "head", "a@b", "x-y", "a\nb"] {
            assert!(matches!(stand_in(&facts, id, "b2"), Err(Refusal::NotAnId(_))), "{id:?}");
        }
        assert!(matches!(stand_in(&facts, "a1", "b2"), Err(Refusal::Present { .. })));
        assert!(matches!(stand_in(&facts, "x", "nope"), Err(Refusal::NoPlace { .. })));
        assert!(matches!(stand_in(&facts, "x", "heads"), Err(Refusal::NoPlace { .. })));
        assert!(stand_in(&facts, "x", "base").unwrap().text.contains("down_revision = None"));
    }

    #[test]
    fn a_file_goes_back_to_its_folder_or_to_the_first() {
        let facts = facts(vec![own("a1", &[])]);
        let at = |path: &str| place(&facts, Path::new(path)).unwrap();
        assert_eq!(at("project/versions/x.py"), Path::new("versions/x.py"));
        assert_eq!(at("versions/2024/x.py"), Path::new("versions/2024/x.py"));
        assert_eq!(at("elsewhere/x.py"), Path::new("versions/x.py"));
        assert_eq!(at("x.py"), Path::new("versions/x.py"));
    }
}
