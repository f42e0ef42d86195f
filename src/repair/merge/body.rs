//! `upgrade()` and `downgrade()` of a merge revision.

use super::details::{harmless, line};
use crate::merge::{Choice, Code, Comparison, Cure, Pair};

/// Columns of a comment.
const WIDTH: usize = 96;

/// The bodies, their lines not indented; empty for `pass`.
pub(super) struct Bodies {
    pub(super) upgrade: String,
    pub(super) downgrade: String,
}

pub(super) fn bodies(comparison: &Comparison) -> Bodies {
    let (mut upgrade, mut downgrade) = (Vec::new(), Vec::new());
    let pairs = || comparison.pairs.iter();
    let choices = pairs().filter_map(|pair| match &pair.cure {
        Cure::Decide(choice) => Some((pair, choice)),
        Cure::Nothing | Cure::Code(_) | Cure::Guards(_) => None,
    });
    let mut open = 0;
    for (pair, choice) in choices {
        open += 1;
        decide(comparison, pair, choice, open, &mut upgrade);
    }
    if open > 0 {
        downgrade.push(
            "# Whatever is decided in upgrade() and has to be undone before the sides are. Then delete this:".into(),
        );
        downgrade.push("raise RuntimeError(\"it is not decided yet what this merge has to undo\")".to_owned());
    }
    for code in pairs().filter_map(|pair| code(&pair.cure)) {
        upgrade.push(comment(&code.what));
        upgrade.extend(code.upgrade.iter().cloned());
    }
    // What was done last is undone first.
    for code in comparison.pairs.iter().rev().filter_map(|pair| code(&pair.cure)) {
        if !code.downgrade.is_empty() {
            downgrade.push(comment(&format!("So that the sides find what they made. {}", code.what)));
            downgrade.extend(code.downgrade.iter().cloned());
        }
    }
    Bodies { upgrade: upgrade.join("\n"), downgrade: downgrade.join("\n") }
}

fn code(cure: &Cure) -> Option<&Code> {
    match cure {
        Cure::Code(code) => Some(code),
        Cure::Nothing | Cure::Guards(_) | Cure::Decide(_) => None,
    }
}

/// A person has to decide: until then the merge stops here.
fn decide(comparison: &Comparison, pair: &Pair, choice: &Choice, number: usize, lines: &mut Vec<String>) {
    lines.push(comment(&format!("{number}. {}: {}", pair.verdict.as_str(), pair.thing)));
    let operations = [pair.first, pair.second].map(|at| comparison.operation(at));
    let operations: Vec<_> = operations.into_iter().flatten().collect();
    lines.extend(operations.iter().map(|operation| comment(&line(operation))));
    lines.push(comment(&choice.question));
    for (revision, statements) in &choice.options {
        lines.push(comment(&format!("As {revision} has it:")));
        lines.extend(statements.iter().map(|statement| format!("# {statement}")));
    }
    for guard in &choice.guards {
        lines.push(comment(&format!(
            "To pass over {}:{} where {} has run before, {}",
            guard.location.path().display(),
            guard.location.start().line,
            guard.after,
            guard.advice
        )));
    }
    lines.push("# Then delete this line:".to_owned());
    let places: Vec<String> = operations.iter().map(|operation| operation.place()).collect();
    let what = harmless(&format!("decide first: {} ({})", pair.thing, places.join(" and ")));
    lines.push(format!("raise RuntimeError(\"{}\")", what.replace('"', "'")));
}

/// Comment lines.
fn comment(text: &str) -> String {
    let mut lines = vec![String::from("#")];
    for word in harmless(text).split(' ').filter(|word| !word.is_empty()) {
        let is_full = lines.last().is_some_and(|line| line.len() > 1 && line.len() + 1 + word.len() > WIDTH);
        if is_full {
            lines.push(String::from("#  "));
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(if line.ends_with("  ") { "" } else { " " });
            line.push_str(word);
        }
    }
    lines.join("\n")
}
