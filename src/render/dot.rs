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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::StampState;
    use crate::render::testing::{database, facts, graph};

    #[test]
    fn nodes_edges_dependencies_and_databases() {
        let graph = graph(&["a: base", "a <- b: say \"hi\" \\n", "gone <- c +a"]);
        let facts = facts(graph, vec![database("prod", &["a", "lost"], StampState::Orphaned)]);
        let expected = r#"digraph alembic {
  rankdir=TB;
  node [shape=box, style=rounded];
  n0 [label="b (head)\nsay \"hi\" \\n", style="rounded,bold"];
  n1 [label="c (head)", style="rounded,bold"];
  n2 [label="a\nbase"];
  n3 [label="gone (missing)", style="rounded,dashed"];
  n0 -> n2;
  n1 -> n2 [style=dashed, label="depends on"];
  n1 -> n3;
  d0 [label="prod", shape=cylinder, style=solid];
  d0 -> n2 [style=dotted];
}
"#;
        assert_eq!(draw(&facts), expected);
    }

    #[test]
    fn nothing_in_a_label_ends_it() {
        // In a quoted string of the language an odd number of backslashes before a quote keeps it.
        let text = escape("a\\\"b\\");
        assert_eq!(text, "a\\\\\\\"b\\\\");
    }
}
