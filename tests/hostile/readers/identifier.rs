//! Any identifier on any set of rows is answered without a panic: revisions that exist, or a
//! refusal that says why.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use alembic_doctor::graph::Graph;
use alembic_doctor::revision::{Revision, Spans};
use alembic_doctor::source::SourceFile;

/// Revisions as `parents <- id @label +dependency`, a graph a line.
const GRAPHS: &[&str] = &[
    "",
    "a",
    "a; a <- b; b <- c; c <- d",
    "ae10 @web; ae10 <- ae11; ae10 <- ae12 @team-2024; ae11,ae12 <- ae1f; b1 @core +ae11; b1 <- b2 +web",
    "a @x; a <- b; b @y +x; b <- c; c +gone; gone <- d @head",
    "a; c <- a; a <- b; b <- c; d +d; d <- e; e,e <- f @a",
    "a; a <- b; a <- b; b <- c @heads; 1 @+1; 1 <- -1; -1 <- 1-1; é <- ß @É",
    "r; r <- r1; r <- r2; r <- r3; r1,r2,r3 <- m +x; x; x <- x1 +r1; m <- n; n <- o @lab; o <- p @lab",
];

static BUILT: LazyLock<Vec<Graph>> = LazyLock::new(|| GRAPHS.iter().map(|lines| graph(lines)).collect());

/// The first line is the identifier, the others are rows of the version table.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    let identifier = lines.next().unwrap_or_default();
    let rows: Vec<String> = lines.map(str::to_owned).collect();
    for graph in BUILT.iter() {
        let ids: BTreeSet<&str> = graph.ids().into_iter().collect();
        let assert_known = |found: &[&str]| assert!(found.iter().all(|id| ids.contains(id)), "{found:?}");
        match graph.resolve(identifier) {
            Ok(found) => assert_known(&found),
            Err(error) => assert!(!error.alembic.is_empty() && !error.reason.is_empty(), "{error:?}"),
        }
        match graph.upgrade_plan(&rows, identifier) {
            Ok(plan) => {
                assert_known(&plan);
                let distinct: BTreeSet<&str> = plan.iter().copied().collect();
                assert_eq!(distinct.len(), plan.len(), "{plan:?} runs a revision twice");
            }
            Err(error) => assert!(!error.alembic.is_empty() && !error.reason.is_empty(), "{error:?}"),
        }
        assert_known(&graph.near_misses(identifier));
        assert_known(&graph.effective_heads(&rows));
        graph.row_problems(&rows);
    }
}

fn graph(lines: &str) -> Graph {
    Graph::new(lines.split(';').filter(|line| !line.trim().is_empty()).map(revision).collect())
}

fn revision(line: &str) -> Revision {
    let (parents, rest) = line.split_once("<-").unwrap_or(("", line));
    let words: Vec<&str> = rest.split_whitespace().collect();
    let id = words[0].to_owned();
    let with = |sign: char| words[1..].iter().filter_map(move |it| it.strip_prefix(sign)).map(str::to_owned).collect();
    let path = PathBuf::from(format!("versions/{id}.py"));
    Revision {
        down_revision: parents.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        depends_on: with('+'),
        branch_labels: with('@'),
        docstring: String::new(),
        create_date: None,
        source: Arc::new(SourceFile::new(&path, "")),
        path,
        spans: Spans::default(),
        not_static: Vec::new(),
        id,
    }
}
