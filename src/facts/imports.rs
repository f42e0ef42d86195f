//! Imports that are gone: plain data.

use std::path::PathBuf;

use crate::history::Commit;

/// An import through which env.py once reached a model. Linters take imports away that look unused.
#[derive(Debug)]
pub struct LostImport {
    /// The file that makes tables.
    pub model: PathBuf,
    /// The file that imported it.
    pub importer: PathBuf,
    /// The commit that took the import away; `None` while that is not committed.
    pub commit: Option<Commit>,
}
