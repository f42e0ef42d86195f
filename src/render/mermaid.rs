//! The revision graph as a Mermaid flowchart (mermaid.js.org/syntax/flowchart.html), which GitHub
//! and GitLab draw in Markdown.

use std::fmt::Write as _;

use super::picture::{NodeKind, Picture};
use crate::facts::Facts;

/// The graph with edges from each revision to its parents; dependencies dotted, databases as
/// cylinders.
pub fn draw(facts: &Facts) -> String {
    let picture = Picture::new(facts);
    let mut text = String::from("flowchart TD\n");
    for (number, node) in picture.nodes.iter().enumerate() {
        let lines: Vec<String> =
            [&node.title, &node.message].into_iter().filter(|line| !line.is_empty()).map(|line| escape(line)).collect();
        let class = match node.kind {
            NodeKind::Plain => "",
            NodeKind::Head => ":::head",
            NodeKind::Missing => ":::missing",
        };
        let _ = writeln!(text, "  n{number}[\"{}\"]{class}", lines.join("<br/>"));
    }
    for edge in &picture.edges {
        let arrow = if edge.dependency { "-.->|depends on|" } else { "-->" };
        let _ = writeln!(text, "  n{} {arrow} n{}", edge.from, edge.to);
    }
    for (number, (name, at)) in picture.databases.iter().enumerate() {
        let _ = writeln!(text, "  d{number}[(\"{}\")]", escape(name));
        for node in at {
            let _ = writeln!(text, "  d{number} -.-> n{node}");
        }
    }
    text.push_str("  classDef head stroke-width:3px\n  classDef missing stroke-dasharray:4\n");
    text
}

/// Text inside quotes: Mermaid has no backslash escapes, but entity codes (`#quot;`). Everything
/// that it, Markdown or HTML could take for its own is written so.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '(' | ')' | ',' | '.' | '-' | ':' | '/' | '\'' | '+' | '=' | '_') {
            escaped.push(c);
        } else {
            let _ = write!(escaped, "#{};", u32::from(c));
        }
    }
    escaped
}
