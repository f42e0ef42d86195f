//! Reports to bytes: one file per format. Decides nothing, prints nothing.
//!
//! Everything is a function from data to a `String`. Text is written with ANSI styles always;
//! `cli` strips them where nobody can see them. What comes from outside (ids, messages, paths,
//! database values) goes through `words` and so through [`crate::source::printable`].

pub mod baseline;
pub mod concise;
mod databases_json;
pub mod dot;
pub mod environments;
pub mod explain;
pub mod gate;
pub mod gate_json;
pub mod github;
pub mod gitlab;
pub mod graph_text;
pub mod json;
pub mod junit;
pub mod listing;
pub mod markdown;
pub mod mermaid;
pub mod messages;
pub mod plan;
pub mod sarif;
pub mod text;
pub mod wait;

mod differences;
mod environment_rows;
mod environments_json;
mod facts_block;
mod finding_block;
mod future_json;
mod graph_rows;
mod lanes;
mod line;
mod messages_json;
mod operations;
mod picture;
mod place;
mod plan_json;
mod rules_json;
mod snippet;
mod style;
mod summary_json;
#[cfg(test)]
mod testing;
mod words;

use crate::diagnostic::Severity;

/// How much a text format says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// `-q`: findings and the verdict only.
    Quiet,
    /// What a person needs.
    #[default]
    Normal,
    /// `-v`: nothing is folded, and everything that was looked at is named.
    Verbose,
}

/// What the text formats have to fit into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Columns of the terminal.
    pub width: usize,
    /// Draws with ASCII characters only.
    pub ascii: bool,
    /// How much is said.
    pub verbosity: Verbosity,
}

impl Default for Layout {
    fn default() -> Self {
        Self { width: 80, ascii: false, verbosity: Verbosity::Normal }
    }
}

impl Layout {
    /// `width` with a floor: below it nothing readable can be laid out, so a line may be longer.
    fn columns(&self) -> usize {
        const NARROWEST: usize = 40;
        self.width.max(NARROWEST)
    }

    fn is_verbose(&self) -> bool {
        self.verbosity == Verbosity::Verbose
    }
}

/// `1 revision`, `2 revisions`.
fn counted(count: usize, singular: &str) -> String {
    match (count, singular) {
        (1, _) => format!("1 {singular}"),
        (_, "branch") => format!("{count} branches"),
        _ => format!("{count} {singular}s"),
    }
}

/// How a count of findings is worded: `2 errors`, `1 warning`, `3 notes`.
fn counted_findings(count: usize, severity: Severity) -> String {
    match severity {
        Severity::Info => counted(count, "note"),
        Severity::Warning | Severity::Error => counted(count, severity.as_str()),
    }
}
