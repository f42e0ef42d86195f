//! A text to its statements: split, parsed by Squawk, and turned into plain data.

mod alter_table;
mod columns;
mod objects;
mod query;
mod settings;

use std::collections::BTreeSet;

use squawk_syntax::ast::{AstNode, SourceFile};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::split::{Piece, Refused, split};
use super::statement::{Command, CreateIndex, ReindexTarget, Statement, Unreadable};
use super::{Lock, tree};

/// Squawk's word for `:name`, which SQLAlchemy replaces before PostgreSQL sees it.
const BIND_PARAMETER: &str = "Invalid parameter type. Use positional params like $1 instead.";

/// Every statement of `text`, in order. One that cannot be read is among them, with the reason, and
/// does not disturb its neighbours.
pub fn statements(text: &str) -> Vec<Statement> {
    split(text).into_iter().map(|piece| Statement { span: piece.span, command: read(text, piece) }).collect()
}

/// Every name in a text that stands where only a name can, in lower case; of what cannot be read every
/// word.
pub fn names(text: &str) -> BTreeSet<String> {
    let parsed = SourceFile::parse(text);
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_lowercase).collect()
    };
    if parsed.errors().iter().any(|error| error.message() != BIND_PARAMETER) {
        return words(text).into_iter().filter(|word| !word.is_empty()).collect();
    }
    let tree = parsed.tree();
    let tokens = tree.syntax().descendants_with_tokens().filter_map(|element| element.into_token());
    let named = tokens.filter(|token| {
        // The text of a function, and the name in nextval('…'), are strings.
        let is_open = matches!(token.kind(), SyntaxKind::IDENT | SyntaxKind::STRING | SyntaxKind::DOLLAR_QUOTED_STRING);
        is_open || token.parent().is_some_and(|parent| tree::is_name(parent.kind()))
    });
    named.flat_map(|token| words(token.text())).filter(|word| !word.is_empty()).collect()
}

fn read(text: &str, piece: Piece) -> Command {
    let unknown = |reason: &str, at| Command::Unknown(Unreadable { reason: reason.to_owned(), at });
    let start = piece.span.start;
    match piece.refused {
        Some(Refused::PsqlCommand) => return unknown("a command of psql, which PostgreSQL does not know", start),
        Some(Refused::CopyData) => return unknown("rows for COPY … FROM stdin, which only psql sends", start),
        Some(Refused::TooDeep) => return unknown("nested too deeply to be read", start),
        None => {}
    }
    let parsed = SourceFile::parse(text.get(start..piece.span.end).unwrap_or_default());
    if let Some(error) = parsed.errors().iter().find(|error| error.message() != BIND_PARAMETER) {
        return unknown(error.message(), start + usize::from(error.range().start()));
    }
    let mut statements = parsed.tree().stmts();
    match (statements.next(), statements.next()) {
        (Some(statement), None) => command(statement.syntax())
            .unwrap_or_else(|| unknown("it parses, but its parts are not where they should be", start)),
        // The parser has to say "missing semicolon" before this can happen.
        _ => unknown("not exactly one statement", start),
    }
}

/// None where a part is missing that the grammar demands.
fn command(node: &SyntaxNode) -> Option<Command> {
    use SyntaxKind as K;
    let command = match node.kind() {
        K::CREATE_TABLE => Command::CreateTable(columns::create_table(node)?),
        K::CREATE_TABLE_AS | K::SELECT_INTO => Command::CreateTableAs {
            table: tree::name(&node.descendants().find(|below| below.kind() == K::TABLE_NAME)?)?,
            query: query::query(node),
            with_data: !tree::contains(node, K::WITH_NO_DATA),
        },
        K::ALTER_TABLE => alter_table::alter_table(node)?,
        K::CREATE_INDEX => create_index(node)?,
        K::REINDEX => reindex(node)?,
        K::CREATE_VIEW | K::CREATE_MATERIALIZED_VIEW => Command::CreateView {
            view: tree::name(&tree::child(node, K::VIEW)?)?,
            query: query::query(node),
            or_replace: tree::has(node, K::OR_REPLACE),
            materialized: node.kind() == K::CREATE_MATERIALIZED_VIEW,
            with_data: !tree::contains(node, K::WITH_NO_DATA),
        },
        K::REFRESH => Command::Refresh { view: tree::name(node)?, concurrently: tree::has(node, K::CONCURRENTLY_KW) },
        K::INSERT | K::UPDATE | K::DELETE | K::MERGE => query::write(node)?,
        K::SELECT | K::COMPOUND_SELECT | K::PAREN_SELECT | K::VALUES | K::TABLE | K::PREPARE | K::DECLARE => {
            Command::Select(query::query(node))
        }
        K::EXPLAIN => query::explain(node),
        K::COPY => Command::Copy {
            table: tree::child(node, K::COPY_TABLE).and_then(|table| tree::name(&table)),
            into_table: tree::contains(node, K::COPY_FROM),
            query: query::query(node),
        },
        K::TRUNCATE => Command::Truncate {
            tables: tree::names(&tree::child(node, K::TABLE_LIST)?, K::TABLE_RELATION_NAME),
            cascade: tree::has(node, K::CASCADE),
        },
        K::LOCK => Command::LockTable {
            tables: tree::names(&tree::child(node, K::RELATION_LIST)?, K::RELATION_NAME),
            mode: lock_mode(node),
        },
        K::VACUUM => Command::Vacuum {
            tables: listed_tables(node),
            full: tree::has(node, K::FULL_KW)
                || tree::child(node, K::VACUUM_OPTION_LIST).is_some_and(|list| tree::contains(&list, K::FULL_KW)),
        },
        K::ANALYZE => Command::Analyze { tables: listed_tables(node) },
        K::CLUSTER => Command::Cluster { table: tree::child(node, K::TABLE_NAME_REF).and_then(|it| tree::name(&it)) },
        K::DO => Command::Do,
        K::CALL => Command::Call { procedure: tree::name(node) },
        K::EXECUTE => Command::Execute,
        _ => match settings::settings(node) {
            Some(command) => command,
            None => objects::object(node)?,
        },
    };
    Some(command)
}

fn create_index(node: &SyntaxNode) -> Option<Command> {
    use SyntaxKind as K;
    let table = tree::child(node, K::TABLE_RELATION_NAME)?;
    Some(Command::CreateIndex(CreateIndex {
        name: tree::child(node, K::INDEX).and_then(|index| tree::name(&index)).map(|name| name.name),
        table: tree::name(&table)?,
        unique: tree::has(node, K::UNIQUE_KW),
        concurrently: tree::has(node, K::CONCURRENTLY_KW),
        if_not_exists: tree::has(node, K::IF_NOT_EXISTS),
        only: tree::has(&table, K::ONLY_KW),
    }))
}

fn reindex(node: &SyntaxNode) -> Option<Command> {
    use SyntaxKind as K;
    let target = if let Some(index) = tree::child(node, K::REINDEX_TARGET_INDEX) {
        ReindexTarget::Index(tree::name(&index)?)
    } else if let Some(table) = tree::child(node, K::REINDEX_TARGET_TABLE) {
        ReindexTarget::Table(tree::name(&table)?)
    } else {
        ReindexTarget::Many
    };
    Some(Command::Reindex { target, concurrently: tree::contains(node, K::CONCURRENTLY_KW) })
}

/// `LOCK TABLE` without a mode takes the strongest lock.
fn lock_mode(node: &SyntaxNode) -> Lock {
    use SyntaxKind as K;
    let Some(clause) = tree::child(node, K::LOCK_MODE_CLAUSE) else { return Lock::AccessExclusive };
    let has = |kind| tree::contains(&clause, kind);
    let modes = [
        (K::ACCESS_SHARE, Lock::AccessShare),
        (K::ROW_SHARE, Lock::RowShare),
        (K::ROW_EXCLUSIVE, Lock::RowExclusive),
        (K::SHARE_UPDATE_EXCLUSIVE, Lock::ShareUpdateExclusive),
        (K::SHARE_ROW_EXCLUSIVE, Lock::ShareRowExclusive),
        (K::SHARE, Lock::Share),
        (K::EXCLUSIVE, Lock::Exclusive),
    ];
    modes.into_iter().find(|(kind, _)| has(*kind)).map_or(Lock::AccessExclusive, |(_, lock)| lock)
}

fn listed_tables(node: &SyntaxNode) -> Vec<super::Name> {
    use SyntaxKind as K;
    tree::child(node, K::TABLE_AND_COLUMNS_LIST)
        .map(|list| tree::names(&list, K::TABLE_AND_COLUMNS))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
