//! Statements about everything else: types, sequences, triggers, comments, grants, drops.

use squawk_syntax::ast::{AstNode, Literal, normalize_name_node};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::sql::statement::{Change, Command, Drop, ObjectKind};
use crate::sql::{Name, tree};

pub(super) fn object(node: &SyntaxNode) -> Option<Command> {
    use SyntaxKind as K;
    let name = || tree::name(node);
    let on = || on_table(node);
    let command = match node.kind() {
        K::CREATE_TYPE => Command::CreateType { name: name()?, labels: labels(node) },
        K::ALTER_TYPE => alter_type(node)?,
        K::ALTER_DOMAIN => Command::AlterDomain { name: name()?, checks_values: checks_values(node) },
        K::CREATE_SEQUENCE => Command::CreateSequence { name: name()?, owner: sequence_owner(node) },
        K::ALTER_SEQUENCE => {
            Command::AlterSequence { name: name()?, change: change(node), owner: sequence_owner(node) }
        }
        K::CREATE_TRIGGER | K::CREATE_POLICY | K::CREATE_RULE => Command::CreateOn {
            kind: kind(node.kind()),
            name: own_name(node)?.name,
            table: on()?,
            from: tree::child(node, K::FROM_TABLE).and_then(|from| tree::name(&from)),
        },
        K::ALTER_TRIGGER | K::ALTER_POLICY | K::ALTER_RULE => {
            Command::AlterOn { kind: kind(node.kind()), name: own_name(node)?.name, table: on()? }
        }
        K::CREATE_STATISTICS => Command::CreateStatistics {
            tables: tree::child(node, K::FROM_TABLE).and_then(|it| tree::name(&it)).into_iter().collect(),
        },
        K::COMMENT_ON => comment(node)?,
        K::GRANT | K::REVOKE => Command::Grant { relations: granted(node), revoke: node.kind() == K::REVOKE },
        K::DROP_OWNED => Command::Other("DROP OWNED".to_owned()),
        _ => return Some(by_first_words(node)),
    };
    Some(command)
}

/// `CREATE`, `ALTER` and `DROP` of what has no reading of its own.
fn by_first_words(node: &SyntaxNode) -> Command {
    use SyntaxKind as K;
    let kind = kind(node.kind());
    let name = || own_name(node);
    if tree::has(node, K::CREATE_KW) {
        Command::Create { kind, name: name() }
    } else if tree::has(node, K::ALTER_KW) {
        Command::Alter { kind, name: name(), change: change(node) }
    } else if tree::has(node, K::DROP_KW) {
        let belongs = matches!(kind, ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule);
        let on = if belongs { on_table(node) } else { None };
        Command::Drop(Drop {
            kind,
            names: dropped(node),
            on,
            if_exists: tree::has(node, K::IF_EXISTS),
            cascade: tree::has(node, K::CASCADE),
            concurrently: tree::has(node, K::CONCURRENTLY_KW),
        })
    } else {
        Command::Other(first_words(node))
    }
}

/// What is dropped: every direct child that is a name.
fn dropped(node: &SyntaxNode) -> Vec<Name> {
    use SyntaxKind as K;
    let skip = |kind| matches!(kind, K::IF_EXISTS | K::CASCADE | K::RESTRICT | K::ON_TABLE | K::ON_RELATION);
    let lists = node.children().filter(|child| !skip(child.kind()));
    lists.filter_map(|child| named(&child)).collect()
}

fn kind(kind: SyntaxKind) -> ObjectKind {
    use SyntaxKind as K;
    match kind {
        K::CREATE_TABLE | K::DROP_TABLE | K::OBJECT_TABLE => ObjectKind::Table,
        K::CREATE_INDEX | K::ALTER_INDEX | K::DROP_INDEX | K::OBJECT_INDEX => ObjectKind::Index,
        K::ALTER_VIEW | K::DROP_VIEW | K::OBJECT_VIEW => ObjectKind::View,
        K::ALTER_MATERIALIZED_VIEW | K::DROP_MATERIALIZED_VIEW | K::OBJECT_MATERIALIZED_VIEW => {
            ObjectKind::MaterializedView
        }
        K::DROP_SEQUENCE | K::OBJECT_SEQUENCE => ObjectKind::Sequence,
        K::CREATE_SCHEMA | K::ALTER_SCHEMA | K::DROP_SCHEMA | K::OBJECT_SCHEMA => ObjectKind::Schema,
        K::ALTER_TYPE | K::DROP_TYPE | K::OBJECT_TYPE => ObjectKind::Type,
        K::CREATE_DOMAIN | K::DROP_DOMAIN | K::OBJECT_DOMAIN => ObjectKind::Domain,
        K::CREATE_FUNCTION
        | K::ALTER_FUNCTION
        | K::DROP_FUNCTION
        | K::OBJECT_FUNCTION
        | K::ALTER_ROUTINE
        | K::DROP_ROUTINE
        | K::OBJECT_ROUTINE
        | K::CREATE_AGGREGATE
        | K::ALTER_AGGREGATE
        | K::DROP_AGGREGATE
        | K::OBJECT_AGGREGATE => ObjectKind::Function,
        K::CREATE_PROCEDURE | K::ALTER_PROCEDURE | K::DROP_PROCEDURE | K::OBJECT_PROCEDURE => ObjectKind::Procedure,
        K::CREATE_TRIGGER | K::ALTER_TRIGGER | K::DROP_TRIGGER | K::OBJECT_TRIGGER => ObjectKind::Trigger,
        K::CREATE_POLICY | K::ALTER_POLICY | K::DROP_POLICY | K::OBJECT_POLICY => ObjectKind::Policy,
        K::CREATE_RULE | K::ALTER_RULE | K::DROP_RULE | K::OBJECT_RULE => ObjectKind::Rule,
        K::CREATE_EXTENSION | K::ALTER_EXTENSION | K::DROP_EXTENSION | K::OBJECT_EXTENSION => ObjectKind::Extension,
        K::ALTER_STATISTICS | K::DROP_STATISTICS | K::OBJECT_STATISTICS => ObjectKind::Statistics,
        K::OBJECT_COLUMN => ObjectKind::Column,
        K::OBJECT_CONSTRAINT => ObjectKind::Constraint,
        K::CREATE_DATABASE | K::ALTER_DATABASE | K::DROP_DATABASE | K::OBJECT_DATABASE => ObjectKind::Database,
        K::CREATE_ROLE
        | K::ALTER_ROLE
        | K::DROP_ROLE
        | K::CREATE_USER
        | K::ALTER_USER
        | K::DROP_USER
        | K::CREATE_GROUP
        | K::ALTER_GROUP
        | K::DROP_GROUP
        | K::OBJECT_ROLE => ObjectKind::Role,
        K::CREATE_PUBLICATION | K::ALTER_PUBLICATION | K::DROP_PUBLICATION | K::OBJECT_PUBLICATION => {
            ObjectKind::Publication
        }
        K::CREATE_SUBSCRIPTION | K::ALTER_SUBSCRIPTION | K::DROP_SUBSCRIPTION | K::OBJECT_SUBSCRIPTION => {
            ObjectKind::Subscription
        }
        K::ALTER_SYSTEM => ObjectKind::System,
        K::CREATE_TABLESPACE | K::ALTER_TABLESPACE | K::DROP_TABLESPACE | K::OBJECT_TABLESPACE => {
            ObjectKind::Tablespace
        }
        _ => ObjectKind::Other,
    }
}

/// The table after `ON`.
fn on_table(node: &SyntaxNode) -> Option<Name> {
    use SyntaxKind as K;
    [K::ON_TABLE, K::ON_RELATION, K::RULE_ON]
        .into_iter()
        .find_map(|kind| tree::child(node, kind))
        .and_then(|on| tree::name(&tree::child(&on, K::RELATION_NAME_REF).unwrap_or(on)))
}

/// The name of what a statement is about: the first thing in it that is one.
fn own_name(node: &SyntaxNode) -> Option<Name> {
    use SyntaxKind as K;
    let skip = |kind| matches!(kind, K::OR_REPLACE | K::IF_EXISTS | K::IF_NOT_EXISTS);
    named(&node.children().find(|child| !skip(child.kind()))?)
}

/// A dotted name, or a single word: schemas, triggers and roles have no dots.
fn named(node: &SyntaxNode) -> Option<Name> {
    let is_word = |below: &SyntaxNode| below.children().next().is_none() && below.first_token().is_some();
    let word = || node.descendants().find(is_word).map(|word| Name::new(normalize_name_node(&word)));
    tree::name(node).or_else(word)
}

fn labels(node: &SyntaxNode) -> Option<Vec<String>> {
    let list = node.descendants().find(|below| below.kind() == SyntaxKind::ENUM_TYPE)?;
    Some(list.descendants().filter_map(Literal::cast).filter_map(|label| label.string_value()).collect())
}

fn alter_type(node: &SyntaxNode) -> Option<Command> {
    use SyntaxKind as K;
    let name = tree::name(node)?;
    let strings = |of: &SyntaxNode| -> Vec<String> {
        of.children().filter_map(Literal::cast).filter_map(|literal| literal.string_value()).collect()
    };
    if let Some(add) = tree::child(node, K::ADD_VALUE) {
        let value = strings(&add).into_iter().next()?;
        return Some(Command::AddEnumValue { name, value, if_not_exists: tree::has(&add, K::IF_NOT_EXISTS) });
    }
    if let Some(rename) = tree::child(node, K::RENAME_VALUE) {
        let mut values = strings(&rename).into_iter();
        return Some(Command::RenameEnumValue { name, from: values.next()?, to: values.next()? });
    }
    Some(Command::Alter { kind: ObjectKind::Type, name: Some(name), change: change(node) })
}

fn checks_values(node: &SyntaxNode) -> bool {
    use SyntaxKind as K;
    let adds = tree::child(node, K::ADD_CONSTRAINT).is_some_and(|it| !tree::contains(&it, K::NOT_VALID));
    adds || tree::has(node, K::SET_NOT_NULL) || tree::has(node, K::VALIDATE_CONSTRAINT)
}

fn sequence_owner(node: &SyntaxNode) -> Option<Name> {
    let owned = node.descendants().find(|below| below.kind() == SyntaxKind::OPTION_OWNED_BY)?;
    tree::table_of_column(&owned)
}

fn change(node: &SyntaxNode) -> Change {
    use SyntaxKind as K;
    // Where several are possible (`ALTER MATERIALIZED VIEW`), the last one decides.
    let mut change = Change::Other;
    for child in node.children() {
        let words = || child.children().last().map(|last| normalize_name_node(&last));
        change = match child.kind() {
            K::SET_SCHEMA => words().map_or(Change::Other, Change::SetSchema),
            K::OWNER_TO => Change::Owner,
            K::SET_TABLESPACE => Change::Tablespace,
            K::SET_OPTIONS | K::RESET_OPTIONS | K::ALTER_SET_STATISTICS | K::SET_STATISTICS => Change::Parameters,
            _ if is_rename(&child) => {
                let new = tree::name(&child).map(|name| name.name).or_else(words);
                new.map_or(Change::Other, Change::Rename)
            }
            _ => change,
        };
    }
    change
}

/// `RENAME TO`, whatever it names; `RENAME COLUMN` and the like are something else.
fn is_rename(node: &SyntaxNode) -> bool {
    let mut words = node.children_with_tokens().filter(|element| !element.kind().is_trivia());
    words.next().is_some_and(|word| word.kind() == SyntaxKind::RENAME_KW)
        && words.next().is_some_and(|word| word.kind() == SyntaxKind::TO_KW)
}

fn comment(node: &SyntaxNode) -> Option<Command> {
    use SyntaxKind as K;
    let object = node.children().find(|child| kind(child.kind()) != ObjectKind::Other || has_words(child))?;
    let kind = kind(object.kind());
    let on = match kind {
        ObjectKind::Column => tree::table_of_column(&object),
        ObjectKind::Constraint => tree::child(&object, K::TABLE_NAME_REF).and_then(|table| tree::name(&table)),
        ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => {
            let table =
                [K::RELATION_NAME_REF, K::TABLE_NAME_REF].into_iter().find_map(|kind| tree::child(&object, kind));
            table.and_then(|table| tree::name(&table))
        }
        _ => tree::name(&object),
    };
    let column = (kind == ObjectKind::Column).then(|| tree::name(&object)).flatten().map(|name| name.name);
    Some(Command::Comment { kind, on, column })
}

fn has_words(node: &SyntaxNode) -> bool {
    node.kind() != SyntaxKind::LITERAL
}

/// The tables and sequences of a `GRANT`, when it names them.
fn granted(node: &SyntaxNode) -> Vec<Name> {
    let clause = tree::child(node, SyntaxKind::ON_PRIVILEGE_OBJECTS_CLAUSE);
    let objects = clause.iter().flat_map(SyntaxNode::descendants);
    let relation =
        |kind| matches!(kind, SyntaxKind::RELATION_NAME_REF | SyntaxKind::SEQUENCE_REF | SyntaxKind::TABLE_NAME_REF);
    objects.filter(|below| relation(below.kind())).filter_map(|name| tree::name(&name)).collect()
}

/// "ALTER SYSTEM", "IMPORT FOREIGN SCHEMA": the keywords that it begins with.
fn first_words(node: &SyntaxNode) -> String {
    let tokens = node.children_with_tokens().filter(|element| !element.kind().is_trivia());
    let words: Vec<_> =
        tokens.map_while(|element| element.into_token()).take(3).map(|token| token.text().to_uppercase()).collect();
    words.join(" ")
}
