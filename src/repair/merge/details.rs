//! The docstring of a merge revision, below its message: the sides, what each did, what was
//! compared and with which result.

use std::collections::BTreeMap;

use crate::merge::{Comparison, Operation, Pair, Verdict};
use crate::source::printable_line;

/// Operations of one side that are listed.
const MOST: usize = 30;
/// Pairs of one verdict that are listed.
const MOST_PAIRS: usize = 30;

/// The text, without the empty line above it.
pub(super) fn text(comparison: &Comparison) -> String {
    let mut lines = vec![opening(comparison)];
    for side in &comparison.sides {
        lines.push(String::new());
        lines.push(format!("{}:", side.head));
        let operations: Vec<&Operation> = side.operations.iter().filter_map(|at| comparison.operation(*at)).collect();
        if operations.is_empty() {
            lines.push("    changes nothing".to_owned());
        }
        lines.extend(operations.iter().take(MOST).map(|operation| format!("    {}", line(operation))));
        if operations.len() > MOST {
            lines.push(format!("    and {} more", operations.len() - MOST));
        }
    }
    lines.push(String::new());
    lines.extend(checked(comparison));
    let text = lines.iter().map(|line| harmless(line)).collect::<Vec<_>>().join("\n");
    text.trim_end().to_owned()
}

fn opening(comparison: &Comparison) -> String {
    let after = match comparison.forks.as_slice() {
        [] => "which have nothing in common".to_owned(),
        forks => format!("which part after {}", forks.join(", ")),
    };
    let heads = match comparison.heads.as_slice() {
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
        [] => String::new(),
    };
    format!("Joins {heads}, {after}.")
}

/// `versions/b2.py:12 add column users.email`
pub(super) fn line(operation: &Operation) -> String {
    format!("{} {}", operation.place(), operation.summary)
}

/// What was compared. Nothing is said to be checked that was not.
fn checked(comparison: &Comparison) -> Vec<String> {
    if comparison.pairs.is_empty() {
        let what = "alembic-doctor compared every operation of one side with those of the other: they touch nothing in";
        return vec![what.to_owned(), "common, and either order leaves the same.".to_owned()];
    }
    let mut lines = vec!["alembic-doctor compared every pair of operations that touch the same thing:".to_owned()];
    for verdict in Verdict::ALL {
        if verdict == Verdict::Independent {
            lines.extend(independent(comparison));
            continue;
        }
        let pairs: Vec<&Pair> = comparison.with(verdict).collect();
        for pair in pairs.iter().take(MOST_PAIRS) {
            lines.push(format!("    {}: {}", verdict.as_str(), pair.thing));
            let both = [pair.first, pair.second].map(|at| comparison.operation(at));
            lines.extend(both.into_iter().flatten().map(|operation| format!("        {}", line(operation))));
            lines.push(format!("        {}", pair.why));
        }
        if pairs.len() > MOST_PAIRS {
            lines.push(format!("    and {} more that are {}", pairs.len() - MOST_PAIRS, verdict.as_str()));
        }
    }
    lines
}

/// By the thing that they have in common.
fn independent(comparison: &Comparison) -> Vec<String> {
    let mut things: BTreeMap<&str, usize> = BTreeMap::new();
    for pair in comparison.with(Verdict::Independent) {
        *things.entry(&pair.thing).or_default() += 1;
    }
    let pairs = |count: usize| if count == 1 { "1 pair".to_owned() } else { format!("{count} pairs") };
    things.iter().map(|(thing, count)| format!("    independent: {thing}, {}", pairs(*count))).collect()
}

/// A line that neither ends the docstring nor means anything else to Python or Mako.
pub(super) fn harmless(text: &str) -> String {
    printable_line(text).replace('\\', "/").replace("\"\"\"", "'''").replace("${", "$ {")
}
