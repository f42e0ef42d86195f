//! Another id for one of two files that claim the same one.

use std::path::Path;

use super::rewrite::{Rewrite, Unchangeable, name_with_id, with_id};
use crate::facts::Facts;
use crate::revision::Revision;
use crate::source::printable;

/// Why a file keeps its id.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No revision file has that path.
    #[error("{0} is no revision file of this project")]
    NotAFile(String),
    /// Nobody else claims its id.
    #[error("only {path} has the id {id}: another id would make it another revision")]
    Alone {
        /// The file.
        path: String,
        /// Its id.
        id: String,
    },
    /// The new id is taken, or is none.
    #[error("`{0}` is taken, or cannot be a revision id")]
    NotFree(String),
    /// The file cannot be changed.
    #[error(transparent)]
    Unchangeable(#[from] Unchangeable),
}

/// The revision in the file `path` (as shown, or absolute).
///
/// # Errors
/// There is none, or nobody else has its id.
pub fn find<'f>(facts: &'f Facts, path: &Path) -> Result<&'f Revision, Refusal> {
    let wanted = facts.project.directory.join(path);
    let is_it = |revision: &&Revision| {
        revision.path == wanted || facts.project.directory.join(revision.source.path()) == wanted
    };
    let shown = || printable(&path.display().to_string());
    let revision = facts.graph.revisions().iter().find(is_it).ok_or_else(|| Refusal::NotAFile(shown()))?;
    if !facts.graph.duplicates().iter().any(|duplicate| duplicate.id == revision.id) {
        return Err(Refusal::Alone { path: shown(), id: printable(&revision.id) });
    }
    Ok(revision)
}

/// The file with the id `new`, and under a new name where its name begins with the old id.
///
/// # Errors
/// The id is none or taken, or the file cannot be changed.
pub fn rewrite(facts: &Facts, revision: &Revision, bytes: &[u8], new: &str) -> Result<Rewrite, Refusal> {
    let is_plain = !new.is_empty() && new.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_word = ["head", "heads", "base", "current"].contains(&new);
    let is_taken = facts.graph.get(new).is_some()
        || facts.graph.revisions().iter().any(|other| other.branch_labels.iter().any(|label| label == new));
    if !is_plain || is_word || is_taken {
        return Err(Refusal::NotFree(printable(new)));
    }
    let renamed = name_with_id(&revision.path, &revision.id, new);
    Ok(Rewrite { renamed, ..with_id(revision, bytes, new)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{facts, revision};

    #[test]
    fn only_one_of_several_gets_another_id() {
        let mut copy = revision("b", &["a"]);
        copy.path = "/project/versions/copy.py".into();
        let facts = facts(vec![revision("a", &[]), revision("b", &["a"]), copy]);
        assert!(matches!(find(&facts, Path::new("versions/a.py")), Err(Refusal::Alone { .. })));
        assert!(matches!(find(&facts, Path::new("versions/x.py")), Err(Refusal::NotAFile(_))));
        let found = find(&facts, Path::new("versions/copy.py")).unwrap();
        let text = found.source.text().as_bytes().to_vec();
        for taken in ["a", "head", "", "x-y", "x y"] {
            assert!(matches!(rewrite(&facts, found, &text, taken), Err(Refusal::NotFree(_))), "{taken}");
        }
    }
}
