//! The revision graph in Graphviz's language (graphviz.org/doc/info/lang.html), for `dot -Tsvg`.

use std::fmt::Write as _;

use super::picture::{NodeKind, Picture};
use crate::facts::Facts;

/// The graph with edges from each revision to its parents; dependencies dashed, databases as
/// cylinders.
pub fn draw(facts: &Facts) -> String {
    let picture = Picture::new(facts);
    let mut text = String::from("digraph alembic {\n  rankdir=TB;\n  node [shape=box, style=rounded];\n");
    for (number, node) in picture.nodes.iter().enumerate() {
        let look = match node.kind {
            NodeKind::Plain => "",
            NodeKind::Head => ", style=\"rounded,bold\"",
            NodeKind::Missing => ", style=\"rounded,dashed\"",
        };
        let lines: Vec<String> =
            [&node.title, &node.message].into_iter().filter(|line| !line.is_empty()).map(|line| escape(line)).collect();
        let _ = writeln!(text, "  n{number} [label=\"{}\"{look}];", lines.join("\\n"));
    }
    for edge in &picture.edges {
        let look = if edge.dependency { " [style=dashed, label=\"depends on\"]" } else { "" };
        let _ = writeln!(text, "  n{} -> n{}{look};", edge.from, edge.to);
    }
    for (number, (name, at)) in picture.databases.iter().enumerate() {
        let _ = writeln!(text, "  d{number} [label=\"{}\", shape=cylinder, style=solid];", escape(name));
        for node in at {
            let _ = writeln!(text, "  d{number} -> n{node} [style=dotted];");
        }
    }
    text.push_str("}\n");
    text
}

/// The inside of a quoted string: only `"` needs an escape there, but in labels a backslash
/// starts one of Graphviz's own.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
