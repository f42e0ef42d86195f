//! Operations and conditions in a few words.

use super::model::{
    AlterColumn, Change, Condition, ConditionKind, Constraint, ConstraintKind, Data, Name, Operation, SqlExpr, SqlText,
    TableName, Verb,
};

/// The longest piece of SQL or Python that is shown, in characters.
const LONGEST: usize = 60;

impl Operation {
    /// What it does: "add column users.email".
    pub fn summary(&self) -> String {
        match self {
            Self::CreateTable(create) => format!("create table {}", create.table),
            Self::DropTable(drop) => format!("drop table {}", drop.table),
            Self::RenameTable(rename) => format!("rename table {} to {}", rename.table, rename.new_name),
            Self::CommentTable(comment) => format!("comment on table {}", comment.table),
            Self::AddColumn(add) => format!("add column {}.{}", add.table, add.column.name),
            Self::DropColumn(drop) => format!("drop column {}.{}", drop.table, drop.column),
            Self::AlterColumn(alter) => altered(alter),
            Self::CreateIndex(create) => {
                let unique = if create.index.unique { "unique " } else { "" };
                let concurrently = if create.index.is_concurrent() { ", concurrently" } else { "" };
                let elements: Vec<String> = create.index.elements.iter().map(element).collect();
                let name = named(create.index.name.as_ref());
                format!("create {unique}index{name} on {} ({}){concurrently}", create.table, elements.join(", "))
            }
            Self::DropIndex(drop) => {
                let concurrently = if drop.is_concurrent() { ", concurrently" } else { "" };
                let table = drop.table.as_ref().map(|table| format!(" of {table}")).unwrap_or_default();
                format!("drop index{}{table}{concurrently}", named(drop.name.as_ref()))
            }
            Self::AddConstraint(add) => added(&add.table, &add.constraint),
            Self::DropConstraint(drop) => format!("drop constraint{} of {}", named(drop.name.as_ref()), drop.table),
            Self::CreateEnum { r#type, .. } => format!("create type {}", r#type.name.as_deref().unwrap_or("?")),
            Self::DropEnum { r#type, .. } => format!("drop type {}", r#type.name.as_deref().unwrap_or("?")),
            Self::Sql(SqlText { text, .. }) => format!("SQL: {}", short(text)),
            Self::BulkInsert(insert) => match &insert.rows {
                Some(rows) => format!("insert {} into {}", counted(rows.len()), insert.table),
                None => format!("insert rows into {}", insert.table),
            },
            Self::Data(data) => written(data),
            Self::Raise { text } => format!("stop: {}", short(text)),
            Self::Opaque { reason } => format!("not analysed: {reason}"),
        }
    }
}

/// What the text of a loop begins with that goes on while a test holds; no expression does.
pub(super) const WHILE: &str = "while ";

impl Condition {
    /// When the step runs: "only on postgresql", "only if `…`".
    pub fn words(&self) -> String {
        let text = short(&self.text);
        match &self.kind {
            ConditionKind::Dialect { names, is: true } => format!("only on {}", names.join(", ")),
            ConditionKind::Dialect { names, is: false } => format!("not on {}", names.join(", ")),
            ConditionKind::Offline { is: true } => "only with --sql".to_owned(),
            ConditionKind::Offline { is: false } => "not with --sql".to_owned(),
            ConditionKind::Test { holds: true } => format!("only if `{text}`"),
            ConditionKind::Test { holds: false } => format!("only if not `{text}`"),
            ConditionKind::Loop => match text.strip_prefix(WHILE) {
                Some(test) => format!("as long as `{test}`"),
                None => format!("for each of `{text}`"),
            },
            ConditionKind::Try => "a failure is caught".to_owned(),
            ConditionKind::Except => format!("only after `{text}`"),
        }
    }
}

fn altered(alter: &AlterColumn) -> String {
    let mut changes = Vec::new();
    match &alter.new_type {
        Change::Set(r#type) => changes.push(format!("type {}", short(&r#type.written))),
        Change::Unknown(_) => changes.push("type".to_owned()),
        Change::Keep => {}
    }
    match &alter.nullable {
        Change::Set(true) => changes.push("drop NOT NULL".to_owned()),
        Change::Set(false) => changes.push("set NOT NULL".to_owned()),
        Change::Unknown(_) => changes.push("NOT NULL".to_owned()),
        Change::Keep => {}
    }
    match &alter.server_default {
        Change::Set(None) => changes.push("drop default".to_owned()),
        Change::Set(Some(_)) | Change::Unknown(_) => changes.push("set default".to_owned()),
        Change::Keep => {}
    }
    if !alter.comment.is_keep() {
        changes.push("comment".to_owned());
    }
    match &alter.new_name {
        Change::Set(name) => changes.push(format!("rename to {name}")),
        Change::Unknown(_) => changes.push("rename".to_owned()),
        Change::Keep => {}
    }
    let changes = if changes.is_empty() { "nothing".to_owned() } else { changes.join(", ") };
    format!("alter column {}.{}: {changes}", alter.table, alter.column)
}

fn added(table: &TableName, constraint: &Constraint) -> String {
    let name = named(constraint.name.as_ref());
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } => format!("add primary key{name} to {table} ({})", columns.join(", ")),
        ConstraintKind::Unique { columns } => {
            format!("add unique constraint{name} to {table} ({})", columns.join(", "))
        }
        ConstraintKind::ForeignKey(key) => {
            format!("add foreign key{name} from {table} ({}) to {}", key.columns.join(", "), key.referred_table)
        }
        ConstraintKind::Check { .. } => format!("add check{name} to {table}"),
        ConstraintKind::Exclude { .. } => format!("add exclusion{name} to {table}"),
    }
}

fn written(data: &Data) -> String {
    let (verb, of) = match data.verb {
        Verb::Select => ("read rows", "of"),
        Verb::Insert => ("insert rows", "into"),
        Verb::Update => ("update rows", "of"),
        Verb::Delete => ("delete rows", "of"),
        Verb::Session => ("change rows through a session", "of"),
    };
    match &data.table {
        Some(table) => format!("{verb} {of} {table}"),
        None => format!("{verb}: {}", short(&data.written)),
    }
}

fn element(element: &SqlExpr) -> String {
    match element {
        SqlExpr::Column(name) => name.clone(),
        SqlExpr::Text(text) | SqlExpr::Other(text) => short(text),
        SqlExpr::Function { name, .. } => format!("{name}(…)"),
        SqlExpr::Literal(_) | SqlExpr::True | SqlExpr::False | SqlExpr::Null => "…".to_owned(),
    }
}

fn named(name: Option<&Name>) -> String {
    name.map(|name| format!(" {}", name.text)).unwrap_or_default()
}

fn counted(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

/// In one line, cut where it gets long.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = line.chars().take(LONGEST).collect();
    if line.chars().nth(LONGEST).is_some() {
        cut.push('…');
    }
    cut
}
