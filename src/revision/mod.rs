//! Revision files: which files Alembic would load, and what their headers say.
//!
//! A file is read without running Python. What cannot be known without running it is a fact of
//! its own ([`NotStatic`]), as is a file that cannot be read at all ([`Problem`]); neither hides
//! the other files.

mod effects;
mod evaluate;
mod execute;
mod fields;
mod files;
mod header;
mod lock;
mod meaning;
mod module;
mod read;
mod tree;
mod value;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::project::Project;
use crate::source::{Location, SourceFile, Span};

pub use lock::{Entry, LOCK_FILE, Lock, LockError};
pub use meaning::{Difference, FUNCTIONS, Meaning, meanings};
pub use tree::{Stored, load_order};

/// One revision as its file declares it. Values are as written: nothing is resolved.
#[derive(Debug, Clone)]
pub struct Revision {
    /// `revision`
    pub id: String,
    /// `down_revision`, in the order written, duplicates kept; empty for a base.
    pub down_revision: Vec<String>,
    /// `depends_on` as written; empty strings and `None` items are dropped as Alembic does.
    pub depends_on: Vec<String>,
    /// `branch_labels`
    pub branch_labels: Vec<String>,
    /// The whole docstring, as Python's `__doc__`; empty if there is none.
    pub docstring: String,
    /// The text after `Create Date:` in the docstring.
    pub create_date: Option<String>,
    /// The file.
    pub source: Arc<SourceFile>,
    /// Absolute path of the file, links resolved.
    pub path: PathBuf,
    /// Where the values stand.
    pub spans: Spans,
    /// Fields whose value cannot be known without running Python; those are empty above.
    pub not_static: Vec<NotStatic>,
}

/// Where the header's values stand in the file; an absent field has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spans {
    /// The value of `revision` (for a legacy file without it: the start of the file).
    pub revision: Span,
    /// The value of `down_revision`.
    pub down_revision: Option<Span>,
    /// The value of `depends_on`.
    pub depends_on: Option<Span>,
    /// The value of `branch_labels`.
    pub branch_labels: Option<Span>,
}

/// One of the header's four variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// `revision`
    Revision,
    /// `down_revision`
    DownRevision,
    /// `depends_on`
    DependsOn,
    /// `branch_labels`
    BranchLabels,
}

impl Field {
    /// The variable's name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revision => "revision",
            Self::DownRevision => "down_revision",
            Self::DependsOn => "depends_on",
            Self::BranchLabels => "branch_labels",
        }
    }
}

/// A header value that cannot be known without running Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotStatic {
    /// Which variable.
    pub field: Field,
    /// Why, completing "the value …": "is the result of a call to `f`", "is imported from `x`",
    /// "is changed by `+=`", "is assigned inside `if`".
    pub reason: String,
    /// The place that makes it so.
    pub span: Span,
}

/// A file that Alembic would load and that is no readable revision, or is one with a defect.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What kind.
    pub kind: ProblemKind,
    /// In plain words, completing "FILE …" or a sentence without full stop.
    pub message: String,
    /// Where.
    pub location: Location,
    /// The id, if the header could be read all the same.
    pub revision: Option<String>,
}

/// The kinds of [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// Cannot be read or is not Python: I/O error, encoding, syntax error in the header, too
    /// deeply nested, too large. Nothing is known of the revision unless `revision` is set.
    Unreadable,
    /// Python, but it has no `revision`, and its name is not the legacy form: it breaks every
    /// Alembic command (alembic.script.base.Script._from_filename).
    Stray,
    /// The value of `revision` is not static, so the file cannot be placed in the graph.
    IdNotStatic,
    /// A value of a kind that makes Alembic crash: an integer, bytes, a missing `down_revision`.
    /// If the id is known, the revision is there all the same, with the field in `not_static`, so
    /// that its children do not seem to have lost their parent.
    InvalidValue,
    /// The header is fine, but there is a syntax error below it (only found by
    /// [`Depth::WholeFiles`]); Alembic cannot import the file.
    SyntaxBelowHeader,
}

/// How much of each file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Only the assignments of the header.
    Headers,
    /// Whole files, so that syntax errors below the header are found too.
    WholeFiles,
}

/// Everything that was found in the version locations.
#[derive(Debug, Default)]
pub struct Revisions {
    /// The readable ones, in Alembic's load order (it decides ties everywhere).
    pub revisions: Vec<Revision>,
    /// What is wrong with files, in load order. A file with a known id is also in `revisions`.
    pub problems: Vec<Problem>,
    /// How many files Alembic would load.
    pub files: usize,
    /// Files that were reached twice (a directory listed twice, a link beside its target);
    /// Alembic warns and ignores the second.
    pub loaded_twice: Vec<PathBuf>,
}

/// Lists and reads the revision files of `project`, in parallel, in Alembic's load order.
pub fn read(project: &Project, depth: Depth) -> Revisions {
    let locations: Vec<&Path> = project.version_locations.iter().map(|location| location.path.as_path()).collect();
    let listing = files::list(&project.directory, &locations, project.recursive, project.sourceless);
    read::read_all(listing, &project.directory, depth)
}

/// Reads one revision file's text; used by [`read()`] and by tests and rules' examples. `None`
/// means that there is no revision whose id is known, and the problems say why.
///
/// To be called on a thread with [`crate::python::STACK`] bytes of stack if the text is not
/// trusted.
pub fn read_text(source: &Arc<SourceFile>, path: &Path, depth: Depth) -> (Option<Revision>, Vec<Problem>) {
    fields::assemble(&header::read(source.text(), depth), source, path, depth)
}

/// Reads the headers of files that are not on disk (they come from git): path and text of each.
/// Files that are no readable revisions are left out.
pub fn read_texts(files: Vec<(String, String)>) -> Vec<Revision> {
    read::read_texts(files)
}

/// Reads the headers of files that are not on disk, in the order given.
pub fn read_stored(files: Vec<Stored>) -> Revisions {
    read::read_stored(files)
}

impl Revision {
    /// The first paragraph of the docstring, in one line: what Alembic prints as the message.
    pub fn message(&self) -> String {
        let paragraph: Vec<&str> =
            self.docstring.trim_start().lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        paragraph.join(" ")
    }

    /// The place of the value of `field`, or the file's start when it is absent.
    pub fn location(&self, field: Field) -> Location {
        let span = match field {
            Field::Revision => Some(self.spans.revision),
            Field::DownRevision => self.spans.down_revision,
            Field::DependsOn => self.spans.depends_on,
            Field::BranchLabels => self.spans.branch_labels,
        };
        Location::new(&self.source, span.unwrap_or(self.spans.revision))
    }

    /// Whether `field` could not be known without running Python.
    pub fn is_unknown(&self, field: Field) -> bool {
        self.not_static.iter().any(|value| value.field == field)
    }
}

#[cfg(test)]
mod tests;
