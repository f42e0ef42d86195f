//! Statements about the session and the transaction.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::sql::statement::{Command, Transaction};
use crate::sql::tree;

/// None for any other statement.
pub(super) fn settings(node: &SyntaxNode) -> Option<Command> {
    use SyntaxKind as K;
    let command = match node.kind() {
        K::SET => set(node)?,
        K::SET_ROLE => Command::Set { name: "role".to_owned(), value: last_word(node), local: is_local(node) },
        K::SET_SESSION_AUTH => {
            Command::Set { name: "session_authorization".to_owned(), value: last_word(node), local: is_local(node) }
        }
        K::RESET => Command::Reset { name: reset(node) },
        K::RESET_ROLE => Command::Reset { name: Some("role".to_owned()) },
        K::RESET_SESSION_AUTH => Command::Reset { name: Some("session_authorization".to_owned()) },
        K::BEGIN => Command::Transaction(Transaction::Begin),
        K::COMMIT_TRANSACTION => Command::Transaction(Transaction::Commit),
        K::ROLLBACK_TRANSACTION => Command::Transaction(Transaction::Rollback),
        K::SAVEPOINT_CREATE | K::RELEASE_SAVEPOINT | K::ROLLBACK_TO_SAVEPOINT => {
            Command::Transaction(Transaction::Savepoint)
        }
        K::PREPARE_TRANSACTION | K::COMMIT_PREPARED | K::ROLLBACK_PREPARED => {
            Command::Transaction(Transaction::TwoPhase)
        }
        K::SET_TRANSACTION | K::SET_CONSTRAINTS => Command::Transaction(Transaction::Settings),
        _ => return None,
    };
    Some(command)
}

fn set(node: &SyntaxNode) -> Option<Command> {
    use SyntaxKind as K;
    let local = is_local(node);
    let of = |name: &str, value| Command::Set { name: name.to_owned(), value, local };
    if let Some(config) = tree::child(node, K::SET_CONFIG) {
        let name = parameter(&tree::child(&config, K::CONFIG_PARAMETER_REF)?)?;
        let value = tree::child(&config, K::TO_CONFIG_VALUE).map(|value| {
            let text = tree::text(&value);
            let text = text.strip_prefix('=').map(str::to_owned).unwrap_or(text);
            match text.get(..3) {
                Some(to) if to.eq_ignore_ascii_case("to ") => text.get(3..).unwrap_or_default().trim().to_owned(),
                _ => text.trim().to_owned(),
            }
        });
        return Some(of(&name, value.filter(|value| !value.eq_ignore_ascii_case("default"))));
    }
    if let Some(schema) = tree::child(node, K::SET_SCHEMA_VALUE) {
        return Some(of("search_path", tree::child(&schema, K::LITERAL).map(|value| tree::text(&value))));
    }
    if tree::has(node, K::SET_TIME_ZONE) {
        return Some(of("timezone", last_word(node)));
    }
    Some(Command::Other(tree::text(node)))
}

fn reset(node: &SyntaxNode) -> Option<String> {
    if tree::contains(node, SyntaxKind::RESET_TIME_ZONE) {
        return Some("timezone".to_owned());
    }
    parameter(&tree::child(node, SyntaxKind::CONFIG_PARAMETER_REF)?)
}

/// Parameters may have a dot: `my_app.user`.
fn parameter(node: &SyntaxNode) -> Option<String> {
    let name = tree::name(node)?;
    Some(
        match name.schema {
            Some(prefix) => format!("{prefix}.{}", name.name),
            None => name.name,
        }
        .to_ascii_lowercase(),
    )
}

fn last_word(node: &SyntaxNode) -> Option<String> {
    node.children().last().and_then(|child| tree::text(&child).split(' ').next_back().map(str::to_owned))
}

fn is_local(node: &SyntaxNode) -> bool {
    tree::contains(node, SyntaxKind::LOCAL_SCOPE)
}
