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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::StampState;
    use crate::render::testing::{database, facts, graph};

    #[test]
    fn nodes_edges_dependencies_and_databases() {
        let graph = graph(&["a: base", "a <- b: say \"hi\" <b>#1</b>", "a <- c +b"]);
        let facts = facts(graph, vec![database("prod", &["a"], StampState::Behind)]);
        let expected = r##"flowchart TD
  n0["c (head)"]:::head
  n1["b (head)<br/>say #34;hi#34; #60;b#62;#35;1#60;/b#62;"]:::head
  n2["a<br/>base"]
  n0 --> n2
  n0 -.->|depends on| n1
  n1 --> n2
  d0[("prod")]
  d0 -.-> n2
  classDef head stroke-width:3px
  classDef missing stroke-dasharray:4
"##;
        assert_eq!(draw(&facts), expected);
    }
}
