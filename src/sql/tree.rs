//! Looking around in Squawk's syntax tree.

use squawk_syntax::ast::normalize_name_node;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::Name;

/// The first direct child of this kind.
pub(super) fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

/// The direct children of this kind.
pub(super) fn children(node: &SyntaxNode, kind: SyntaxKind) -> impl Iterator<Item = SyntaxNode> {
    node.children().filter(move |child| child.kind() == kind)
}

/// Whether a direct child, a node or a word, is of this kind.
pub(super) fn has(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.children_with_tokens().any(|child| child.kind() == kind)
}

/// Whether anything below is of this kind, words included.
pub(super) fn contains(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.descendants_with_tokens().any(|below| below.kind() == kind)
}

/// The first dotted name in the node.
pub(super) fn name(node: &SyntaxNode) -> Option<Name> {
    Name::from_parts(path(node)?)
}

/// The table of a column's dotted name.
pub(super) fn table_of_column(node: &SyntaxNode) -> Option<Name> {
    let mut parts = path(node)?;
    parts.pop();
    Name::from_parts(parts)
}

fn path(node: &SyntaxNode) -> Option<Vec<String>> {
    let is_path = |kind| matches!(kind, SyntaxKind::PATH | SyntaxKind::PATH_REF);
    let path = node.descendants().find(|below| is_path(below.kind()))?;
    let is_segment = |kind| matches!(kind, SyntaxKind::PATH_SEGMENT | SyntaxKind::PATH_SEGMENT_REF);
    Some(path.descendants().filter(|below| is_segment(below.kind())).map(|part| normalize_name_node(&part)).collect())
}

/// Whether a node of this kind holds a name, or a part of one: Squawk calls them `TABLE_NAME_REF`,
/// `PATH_SEGMENT` and so on.
pub(super) fn is_name(kind: SyntaxKind) -> bool {
    let kind = format!("{kind:?}");
    ["_NAME", "_NAME_REF", "_SEGMENT", "_SEGMENT_REF"].iter().any(|end| kind.ends_with(end))
}

/// The names in the direct children of this kind.
pub(super) fn names(node: &SyntaxNode, kind: SyntaxKind) -> Vec<Name> {
    children(node, kind).filter_map(|child| name(&child)).collect()
}

/// The identifier that is the whole of the first direct child of this kind.
pub(super) fn word(node: &SyntaxNode, kind: SyntaxKind) -> Option<String> {
    child(node, kind).map(|child| normalize_name_node(&child))
}

/// The text of a node with single blanks, without comments.
pub(super) fn text(node: &SyntaxNode) -> String {
    let mut text = String::new();
    for token in node.descendants_with_tokens().filter_map(|element| element.into_token()) {
        match token.kind() {
            SyntaxKind::WHITESPACE | SyntaxKind::COMMENT => {
                if !text.ends_with(' ') {
                    text.push(' ');
                }
            }
            _ => text.push_str(token.text()),
        }
    }
    text.trim().to_owned()
}
