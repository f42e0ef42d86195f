//! `ALTER TABLE`, action by action.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::columns;
use crate::sql::statement::Command;
use crate::sql::table::{Action, AlterTable, Using};
use crate::sql::tree;
use crate::sql::types::DataType;

pub(super) fn alter_table(node: &SyntaxNode) -> Option<Command> {
    use SyntaxKind as K;
    if tree::has(node, K::ALL_IN_TABLESPACE) {
        return Some(Command::Other("ALTER TABLE ALL IN TABLESPACE".to_owned()));
    }
    let relation = tree::child(node, K::TABLE_RELATION_NAME)?;
    let actions: Option<Vec<_>> = node
        .children()
        .filter(|child| !matches!(child.kind(), K::TABLE_RELATION_NAME | K::IF_EXISTS))
        .map(action)
        .collect();
    Some(Command::AlterTable(AlterTable {
        table: tree::name(&relation)?,
        only: tree::has(&relation, K::ONLY_KW),
        if_exists: tree::has(node, K::IF_EXISTS),
        actions: actions?,
    }))
}

fn action(node: SyntaxNode) -> Option<Action> {
    use SyntaxKind as K;
    let node = &node;
    let if_exists = tree::has(node, K::IF_EXISTS);
    let cascade = tree::has(node, K::CASCADE);
    let constraint_name = || tree::child(node, K::CONSTRAINT_NAME_REF).and_then(|it| tree::name(&it)).map(|it| it.name);
    let table = || tree::child(node, K::TABLE_NAME_REF).and_then(|it| tree::name(&it));
    let action = match node.kind() {
        K::ADD_COLUMN => {
            Action::AddColumn { column: columns::read_column(node)?, if_not_exists: tree::has(node, K::IF_NOT_EXISTS) }
        }
        K::DROP_COLUMN => Action::DropColumn { column: tree::word(node, K::COLUMN_NAME_REF)?, if_exists, cascade },
        K::ALTER_COLUMN => alter_column(node)?,
        K::ADD_CONSTRAINT => Action::AddConstraint(node.children().find_map(|child| columns::constraint(&child))?),
        K::DROP_CONSTRAINT => Action::DropConstraint { name: constraint_name()?, if_exists, cascade },
        K::VALIDATE_CONSTRAINT => Action::ValidateConstraint { name: constraint_name()? },
        K::ALTER_CONSTRAINT => Action::AlterConstraint {
            name: constraint_name()?,
            enforcement: tree::has(node, K::ENFORCED) || tree::has(node, K::NOT_ENFORCED),
        },
        K::RENAME_COLUMN => {
            Action::RenameColumn { from: tree::word(node, K::COLUMN_NAME_REF)?, to: tree::word(node, K::COLUMN_NAME)? }
        }
        K::RENAME_CONSTRAINT => {
            Action::RenameConstraint { from: constraint_name()?, to: tree::word(node, K::CONSTRAINT_NAME)? }
        }
        K::TABLE_RENAME_TO => Action::Rename { to: tree::name(node)?.name },
        K::SET_SCHEMA => Action::SetSchema { schema: last_word(node)? },
        K::OWNER_TO => Action::Owner,
        K::ATTACH_PARTITION => Action::AttachPartition { partition: table()? },
        K::DETACH_PARTITION => {
            Action::DetachPartition { partition: table()?, concurrently: tree::has(node, K::DETACH_CONCURRENTLY) }
        }
        K::INHERIT_TABLE => Action::Inherit { parent: table()? },
        K::NO_INHERIT_TABLE => Action::NoInherit { parent: table()? },
        K::ENABLE_TRIGGER | K::DISABLE_TRIGGER | K::ENABLE_ALWAYS_TRIGGER | K::ENABLE_REPLICA_TRIGGER => {
            Action::Trigger
        }
        K::SET_LOGGED | K::SET_UNLOGGED => Action::Persistence,
        K::SET_TABLESPACE => Action::Tablespace,
        K::SET_ACCESS_METHOD => Action::AccessMethod,
        K::SET_OPTIONS | K::RESET_OPTIONS => Action::StorageParameters { names: option_names(node) },
        K::CLUSTER_ON | K::SET_WITHOUT_CLUSTER => Action::ClusterMark,
        K::ENABLE_RLS
        | K::DISABLE_RLS
        | K::FORCE_RLS
        | K::NO_FORCE_RLS
        | K::ENABLE_RULE
        | K::DISABLE_RULE
        | K::ENABLE_ALWAYS_RULE
        | K::ENABLE_REPLICA_RULE
        | K::REPLICA_IDENTITY
        | K::OF_TYPE
        | K::NOT_OF
        | K::SET_WITHOUT_OIDS => Action::Catalog,
        _ => Action::Other(tree::text(node)),
    };
    Some(action)
}

fn alter_column(node: &SyntaxNode) -> Option<Action> {
    use SyntaxKind as K;
    let column = tree::word(node, K::COLUMN_NAME_REF)?;
    let option = node.children().find(|child| child.kind() != K::COLUMN_NAME_REF)?;
    let action = match option.kind() {
        K::SET_TYPE => {
            let data_type = columns::data_type(&option)?;
            Action::SetType {
                using: using(&option, &column, &data_type),
                collate: tree::has(&option, K::COLLATE),
                column,
                data_type,
            }
        }
        K::SET_NOT_NULL => Action::SetNotNull { column },
        K::DROP_NOT_NULL => Action::DropNotNull { column },
        K::SET_DEFAULT => Action::Default { column, default: columns::expression(&option) },
        K::DROP_DEFAULT => Action::Default { column, default: None },
        K::SET_EXPRESSION => Action::SetExpression { column },
        K::SET_STATISTICS | K::SET_OPTIONS | K::RESET_OPTIONS | K::SET_OPTIONS_LIST => {
            Action::ColumnStatistics { column }
        }
        K::SET_STORAGE
        | K::SET_COMPRESSION
        | K::ADD_GENERATED
        | K::DROP_IDENTITY
        | K::DROP_EXPRESSION
        | K::SET_GENERATED
        | K::SET_GENERATED_OPTIONS
        | K::SET_SEQUENCE_OPTION
        | K::RESTART => Action::ColumnProperty { column },
        _ => Action::Other(tree::text(node)),
    };
    Some(action)
}

/// `USING` that says no more than the cast which PostgreSQL makes anyway: the column, in brackets
/// or with its table, cast to the new type itself.
fn using(set_type: &SyntaxNode, column: &str, new: &str) -> Using {
    use SyntaxKind as K;
    let Some(clause) = tree::child(set_type, K::USING_EXPR) else { return Using::Cast };
    let Some(expression) = clause.children().next() else { return Using::Cast };
    let mut inner = strip_brackets(expression.clone());
    if inner.kind() == K::CAST_EXPR {
        let cast_to = columns::data_type(&inner).unwrap_or_default();
        let is_same = DataType::parse(&cast_to).is_some_and(|cast_to| Some(cast_to) == DataType::parse(new));
        match inner.children().next() {
            Some(operand) if is_same => inner = strip_brackets(operand),
            _ => return Using::Expression(tree::text(&expression)),
        }
    }
    let is_column = match inner.kind() {
        K::NAME_REF => squawk_syntax::ast::normalize_name_node(&inner) == column,
        K::FIELD_EXPR => {
            let parts = inner.descendants().filter(|below| below.kind() == K::NAME_REF);
            parts.last().is_some_and(|last| squawk_syntax::ast::normalize_name_node(&last) == column)
        }
        _ => false,
    };
    if is_column { Using::Cast } else { Using::Expression(tree::text(&expression)) }
}

fn strip_brackets(mut node: SyntaxNode) -> SyntaxNode {
    while node.kind() == SyntaxKind::PAREN_EXPR {
        match node.children().next() {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// The names of `SET (a = 1, toast.b = 2)`.
pub(super) fn option_names(node: &SyntaxNode) -> Vec<String> {
    use SyntaxKind as K;
    let names = node.descendants().filter(|below| below.kind() == K::ATTRIBUTE_NAME);
    names.map(|name| tree::text(&name).to_ascii_lowercase()).collect()
}

fn last_word(node: &SyntaxNode) -> Option<String> {
    node.children().last().map(|child| squawk_syntax::ast::normalize_name_node(&child))
}
