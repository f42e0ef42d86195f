//! `CREATE TABLE`, and the definitions of columns and constraints.

use squawk_syntax::ast::{AstNode, Type};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::sql::table::{Column, Constraint, ConstraintKind, CreateTable, Expression, Generated};
use crate::sql::{tree, volatility};

pub(super) fn create_table(node: &SyntaxNode) -> Option<CreateTable> {
    use SyntaxKind as K;
    let list = tree::child(node, K::TABLE_ARG_LIST);
    let of_kind = |kind| list.iter().flat_map(move |list| tree::children(list, kind));
    let constraints = list.iter().flat_map(SyntaxNode::children).filter_map(|child| constraint(&child));
    Some(CreateTable {
        table: tree::name(&tree::child(node, K::TABLE_NAME)?)?,
        temporary: tree::has(node, K::TEMP),
        if_not_exists: tree::has(node, K::IF_NOT_EXISTS),
        columns: of_kind(K::COLUMN).filter_map(|column| read_column(&column)).collect(),
        constraints: constraints.collect(),
        partition_of: tree::child(node, K::PARTITION_OF).and_then(|parent| tree::name(&parent)),
        partitioned: tree::has(node, K::PARTITION_BY),
        inherits: tree::child(node, K::INHERITS)
            .map(|parents| tree::names(&parents, K::TABLE_NAME_REF))
            .unwrap_or_default(),
        like: of_kind(K::LIKE_CLAUSE).filter_map(|like| tree::name(&like)).collect(),
    })
}

/// A column of `CREATE TABLE`, or `ADD COLUMN`: both have the name, the type and the constraints below them.
pub(super) fn read_column(node: &SyntaxNode) -> Option<Column> {
    use SyntaxKind as K;
    let mut column = Column {
        name: tree::word(node, K::COLUMN_NAME)?,
        data_type: data_type(node).unwrap_or_default(),
        default: None,
        generated: None,
        not_null: false,
        primary_key: false,
        unique: false,
        check: false,
        references: None,
        referred: Vec::new(),
        key: None,
    };
    for child in node.children() {
        match child.kind() {
            K::NOT_NULL_CONSTRAINT => column.not_null = true,
            K::PRIMARY_KEY_CONSTRAINT => {
                column.primary_key = true;
                column.key = constraint_name(&child).or(column.key);
            }
            K::UNIQUE_CONSTRAINT => {
                column.unique = true;
                column.key = constraint_name(&child).or(column.key);
            }
            K::CHECK_CONSTRAINT => column.check = !is_not_enforced(&child),
            K::REFERENCES_CONSTRAINT => {
                column.references = tree::child(&child, K::TABLE_NAME_REF).and_then(|table| tree::name(&table));
                column.referred = tree::word(&child, K::COLUMN_NAME_REF).into_iter().collect();
            }
            K::DEFAULT_CONSTRAINT => column.default = expression(&child),
            K::GENERATED_CONSTRAINT => column.generated = Some(generated(&child)),
            _ => {}
        }
    }
    Some(column)
}

/// The type below a node, blanks made single.
pub(super) fn data_type(node: &SyntaxNode) -> Option<String> {
    node.children().find_map(Type::cast).map(|data_type| tree::text(data_type.syntax()))
}

/// The expression after `DEFAULT`.
pub(super) fn expression(node: &SyntaxNode) -> Option<Expression> {
    let name = SyntaxKind::CONSTRAINT_NAME_CLAUSE;
    let expression = node.children().find(|child| child.kind() != name)?;
    let text = tree::text(&expression);
    Some(Expression { is_null: text.eq_ignore_ascii_case("null"), volatility: volatility::of(&expression), text })
}

/// Without a word, PostgreSQL 18 takes `VIRTUAL`; older ones refuse that.
fn generated(node: &SyntaxNode) -> Generated {
    use SyntaxKind as K;
    if tree::contains(node, K::GENERATED_IDENTITY) {
        Generated::Identity
    } else if tree::contains(node, K::STORED) {
        Generated::Stored
    } else {
        Generated::Virtual
    }
}

/// None where the node is no table constraint.
pub(super) fn constraint(node: &SyntaxNode) -> Option<Constraint> {
    use SyntaxKind as K;
    let using_index = || tree::child(node, K::USING_INDEX_NAME).and_then(|it| tree::name(&it)).map(|name| name.name);
    let kind = match node.kind() {
        K::CHECK_CONSTRAINT => ConstraintKind::Check { expression: condition(node) },
        K::FOREIGN_KEY_CONSTRAINT => ConstraintKind::ForeignKey {
            columns: tree::child(node, K::FOREIGN_KEY_COLUMN_LIST).map(|list| words(&list)).unwrap_or_default(),
            references: tree::name(&tree::child(node, K::TABLE_NAME_REF)?)?,
            referred: tree::children(node, K::FOREIGN_KEY_COLUMN_LIST)
                .nth(1)
                .map(|list| words(&list))
                .unwrap_or_default(),
        },
        K::UNIQUE_CONSTRAINT => ConstraintKind::Unique { columns: index_columns(node), using_index: using_index() },
        K::PRIMARY_KEY_CONSTRAINT => {
            ConstraintKind::PrimaryKey { columns: index_columns(node), using_index: using_index() }
        }
        K::EXCLUDE_CONSTRAINT => ConstraintKind::Exclude,
        K::NOT_NULL_CONSTRAINT => ConstraintKind::NotNull { column: tree::word(node, K::COLUMN_NAME_REF)? },
        _ => return None,
    };
    let name = constraint_name(node);
    Some(Constraint { name, kind, not_valid: tree::has(node, K::NOT_VALID), not_enforced: is_not_enforced(node) })
}

fn constraint_name(node: &SyntaxNode) -> Option<String> {
    let clause = tree::child(node, SyntaxKind::CONSTRAINT_NAME_CLAUSE)?;
    tree::word(&clause, SyntaxKind::CONSTRAINT_NAME)
}

fn is_not_enforced(node: &SyntaxNode) -> bool {
    tree::has(node, SyntaxKind::NOT_ENFORCED)
}

/// The condition of a `CHECK`, without its brackets.
fn condition(node: &SyntaxNode) -> String {
    use SyntaxKind as K;
    let skip = |kind| matches!(kind, K::CONSTRAINT_NAME_CLAUSE | K::NOT_VALID | K::NO_INHERIT | K::NOT_ENFORCED);
    node.children().find(|child| !skip(child.kind())).map(|child| tree::text(&child)).unwrap_or_default()
}

fn index_columns(node: &SyntaxNode) -> Vec<String> {
    use SyntaxKind as K;
    let parameters = tree::child(node, K::INDEX_PARAMETERS).unwrap_or_else(|| node.clone());
    tree::child(&parameters, K::CONSTRAINT_COLUMN_REF_LIST).map(|list| words(&list)).unwrap_or_default()
}

fn words(list: &SyntaxNode) -> Vec<String> {
    let columns = list.descendants().filter(|below| below.kind() == SyntaxKind::COLUMN_NAME_REF);
    columns.map(|column| squawk_syntax::ast::normalize_name_node(&column)).collect()
}
