//! Graphs for tests, written in one line per revision.

use std::path::PathBuf;
use std::sync::Arc;

use super::Graph;
use crate::revision::{Revision, Spans};
use crate::source::SourceFile;

/// A graph from lines such as `"a"`, `"a <- b"`, `"b,c <- m"` (parents `b` and `c`, revision `m`),
/// in load order. After the id: `@label`, and `+dependency`: `"a <- b @web +x1 +core"`.
pub(crate) fn graph(lines: &[&str]) -> Graph {
    Graph::new(lines.iter().map(|line| revision(line)).collect())
}

/// One revision from a line of [`graph`]. Its file is `<id>.py`.
pub(crate) fn revision(line: &str) -> Revision {
    let (parents, rest) = line.split_once("<-").map_or(("", line), |(parents, rest)| (parents, rest));
    let mut words = rest.split_whitespace();
    let id = words.next().unwrap_or_default().to_owned();
    let words: Vec<&str> = words.collect();
    let with = |sign: char| words.iter().filter_map(move |word| word.strip_prefix(sign)).map(str::to_owned).collect();
    let source = Arc::new(SourceFile::new(format!("versions/{id}.py"), ""));
    Revision {
        down_revision: parents.split(',').map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect(),
        depends_on: with('+'),
        branch_labels: with('@'),
        docstring: String::new(),
        create_date: None,
        path: PathBuf::from(format!("versions/{id}.py")),
        source,
        spans: Spans::default(),
        not_static: Vec::new(),
        id,
    }
}

/// Owned texts, as rows and targets are given.
pub(crate) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
