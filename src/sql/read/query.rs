//! Which tables a query touches, and the statements that change rows.

use std::collections::BTreeSet;

use squawk_syntax::ast::normalize_name_node;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::sql::statement::{Command, Query, Write, WriteKind};
use crate::sql::{Name, tree, volatility};

/// What the queries at and below a node read and write. The table that the node itself changes is
/// not among it.
pub(super) fn query(node: &SyntaxNode) -> Query {
    use SyntaxKind as K;
    let own: BTreeSet<_> = node
        .descendants()
        .filter(|below| below.kind() == K::CTE_NAME)
        .map(|name| Name::new(normalize_name_node(&name)))
        .collect();
    let mut query = Query { calls: volatility::unknown_calls(node), ..Query::default() };
    for below in node.descendants() {
        match below.kind() {
            K::RELATION_FROM_ITEM => query.reads.extend(tree::name(&below)),
            // `TABLE t`, as a statement and as a part of one.
            K::TABLE => query.reads.extend(tree::child(&below, K::RELATION_NAME).and_then(|it| tree::name(&it))),
            K::INSERT | K::UPDATE | K::DELETE | K::MERGE if below != *node => query.writes.extend(target(&below)),
            K::LOCKING_CLAUSE => query.locks_rows = true,
            _ => {}
        }
    }
    for names in [&mut query.reads, &mut query.writes] {
        names.retain(|name| !own.contains(name));
        names.sort();
        names.dedup();
    }
    query
}

/// The table that `INSERT`, `UPDATE`, `DELETE` or `MERGE` changes.
fn target(node: &SyntaxNode) -> Option<Name> {
    use SyntaxKind as K;
    [K::RELATION_NAME, K::RELATION_NAME_REF, K::TABLE_RELATION_NAME]
        .into_iter()
        .find_map(|kind| tree::child(node, kind))
        .and_then(|name| tree::name(&name))
}

pub(super) fn write(node: &SyntaxNode) -> Option<Command> {
    use SyntaxKind as K;
    let is_query = |kind| matches!(kind, K::SELECT | K::COMPOUND_SELECT | K::PAREN_SELECT | K::TABLE);
    let kind = match node.kind() {
        K::UPDATE => WriteKind::Update,
        K::DELETE => WriteKind::Delete,
        K::MERGE => WriteKind::Merge,
        _ if node.children().any(|child| is_query(child.kind())) => WriteKind::InsertSelect,
        _ => WriteKind::Insert,
    };
    let may_have_where = matches!(kind, WriteKind::Update | WriteKind::Delete);
    let has_where = tree::has(node, K::WHERE_CLAUSE) || tree::has(node, K::WHERE_CURRENT_OF);
    let set = tree::child(node, K::SET_CLAUSE).filter(|_| kind == WriteKind::Update);
    let targets = set.iter().flat_map(|set| set.descendants()).filter(|below| below.kind() == K::COLUMN_TARGET);
    Some(Command::Write(Write {
        kind,
        sets: targets.filter_map(|target| tree::word(&target, K::COLUMN_NAME_REF)).collect(),
        table: target(node)?,
        has_where: may_have_where && has_where,
        query: query(node),
    }))
}

/// `EXPLAIN` plans a statement; `EXPLAIN ANALYZE` runs it.
pub(super) fn explain(node: &SyntaxNode) -> Command {
    use SyntaxKind as K;
    let is_write = |kind| matches!(kind, K::INSERT | K::UPDATE | K::DELETE | K::MERGE);
    let inner = node.descendants().find(|below| is_write(below.kind()));
    match inner.and_then(|inner| write(&inner)) {
        Some(command) if tree::contains(node, K::ANALYZE_KW) => command,
        _ => Command::Select(query(node)),
    }
}
