//! `CREATE TABLE`

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::column::{Place, has_default, integer_size, type_check};
use super::identifier::literal;
use super::{Reason, Renderer};
use crate::operation::model::{
    Column, Constant, Constraint, ConstraintKind, CreateTable, EnumType, Setting, TableName, TypeExpr, TypeKind,
};

impl Renderer {
    pub(super) fn create_table(&mut self, create: &CreateTable) -> Result<Vec<String>, Reason> {
        if create.is_partial {
            return Err("some of its columns or constraints are not known".to_owned());
        }
        let mut statements = self.types_of(create)?;
        let create = &typed(create);
        let key = primary_key(create);
        let members: Vec<&Column> = create.columns.iter().filter(|column| key.contains(&column.name)).collect();
        let counts = counting_column(&members).map(|column| column.name.clone());
        let autoincrement = self.sqlite_autoincrement(create, &members);
        if !self.is_postgresql() && members.len() > 1 && counts.is_some() {
            return Err("SQLite does not count in a primary key of several columns".to_owned());
        }
        let mut lines = Vec::new();
        for column in &create.columns {
            let place = Place {
                primary_key: key.contains(&column.name),
                counts: counts.as_ref() == Some(&column.name),
                autoincrement,
            };
            let place = Place { autoincrement: autoincrement && place.primary_key, ..place };
            lines.push(format!("{}{}", self.column_text(column, place)?, self.column_checks(column)?));
        }
        lines.extend(self.table_constraints(create, &key, autoincrement)?);
        let prefixes: String = create.prefixes.iter().map(|prefix| format!("{prefix} ")).collect();
        let exists = if create.if_not_exists { "IF NOT EXISTS " } else { "" };
        let body = if lines.is_empty() { "\n)".to_owned() } else { format!("\n    {}\n)", lines.join(", \n    ")) };
        let table = self.table(&create.table);
        let options = self.table_options(&create.options)?;
        statements.push(format!("CREATE {prefixes}TABLE {exists}{table} ({body}{options}"));
        for index in &create.indexes {
            statements.push(self.create_index(&create.table, index, false)?);
        }
        for column in create.columns.iter().filter(|column| column.index) {
            statements.push(self.column_index(&create.table, column)?);
        }
        if self.is_postgresql() {
            if let Some(comment) = &create.comment {
                statements.push(format!("COMMENT ON TABLE {table} IS {}", literal(comment)));
            }
            statements.extend(create.columns.iter().filter_map(|column| self.column_comment(&create.table, column)));
        }
        Ok(statements)
    }

    /// `op.create_table_comment`, `op.drop_table_comment`
    pub(super) fn comment_table(&self, table: &TableName, comment: Option<&str>) -> Result<Vec<String>, Reason> {
        // SQLite refuses it; Alembic sends it all the same.
        let comment = comment.map_or("NULL".to_owned(), literal);
        Ok(vec![format!("COMMENT ON TABLE {} IS {comment}", self.table(table))])
    }

    /// `CREATE TYPE` for enumerations that this run has not created yet.
    fn types_of(&mut self, create: &CreateTable) -> Result<Vec<String>, Reason> {
        let mut statements = Vec::new();
        if !self.is_postgresql() {
            return Ok(statements);
        }
        for column in &create.columns {
            let Some(enumeration) = column.r#type.as_ref().and_then(|r#type| enumeration_of(r#type.on("postgresql")))
            else {
                continue;
            };
            if !self.is_native(enumeration) || !enumeration.create_type {
                continue;
            }
            let name = enumeration.name.clone().ok_or_else(|| "an enumeration has no name".to_owned())?;
            if self.created.insert((enumeration.schema.clone(), name)) {
                statements.push(self.create_type(enumeration)?);
            }
        }
        Ok(statements)
    }

    /// Whether the key is `INTEGER PRIMARY KEY AUTOINCREMENT`.
    fn sqlite_autoincrement(&self, create: &CreateTable, members: &[&Column]) -> bool {
        let asked = create
            .options
            .iter()
            .any(|option| option.name == "sqlite_autoincrement" && option.value == Constant::Bool(true));
        let [member] = members else { return false };
        let has_key = member.constraints.iter().any(|own| matches!(own.kind, ConstraintKind::ForeignKey(_)));
        let is_integer = member.r#type.as_ref().is_some_and(|r#type| integer_size(r#type, "sqlite").is_some());
        !self.is_postgresql() && asked && is_integer && !has_key
    }

    /// The constraints in SQLAlchemy's order: the primary key, those that are written in the call,
    /// those of the columns.
    fn table_constraints(
        &self,
        create: &CreateTable,
        key: &[String],
        autoincrement: bool,
    ) -> Result<Vec<String>, Reason> {
        let is_key = |constraint: &&Constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey { .. });
        let mut lines = Vec::new();
        if !autoincrement && !key.is_empty() {
            lines.push(match create.constraints.iter().find(is_key) {
                Some(constraint) => self.constraint(constraint)?,
                None => format!("PRIMARY KEY ({})", self.quoted_list(key)),
            });
        }
        for constraint in create.constraints.iter().filter(|constraint| !is_key(constraint)) {
            if self.is_in_table(constraint, &create.table) {
                lines.push(self.constraint(constraint)?);
            }
        }
        for column in &create.columns {
            if type_check(column, self.dialect_name()) {
                return Err("the CHECK of a type is not rendered".to_owned());
            }
            if column.unique && !column.index {
                lines.push(format!("UNIQUE ({})", self.quote(&column.name)));
            }
            for constraint in &column.constraints {
                if matches!(constraint.kind, ConstraintKind::ForeignKey(_))
                    && self.is_in_table(constraint, &create.table)
                {
                    lines.push(self.constraint(constraint)?);
                }
            }
        }
        Ok(lines)
    }

    /// Whether `CREATE TABLE` holds the constraint.
    fn is_in_table(&self, constraint: &Constraint, table: &TableName) -> bool {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else { return true };
        if self.is_postgresql() { !key.use_alter } else { key.referred_table.schema == table.schema }
    }

    fn table_options(&self, options: &[Setting]) -> Result<String, Reason> {
        let mut text = String::new();
        for option in options.iter().filter(|option| option.name.starts_with(self.dialect_name())) {
            match (option.name.as_str(), &option.value) {
                (_, Constant::None) | ("sqlite_autoincrement", _) => {}
                ("postgresql_partition_by", Constant::Str(by)) => text.push_str(&format!("\n PARTITION BY {by}")),
                ("postgresql_using", Constant::Str(method)) => text.push_str(&format!("\n USING {method}")),
                ("postgresql_with", Constant::Dict(pairs)) => {
                    text.push_str(&format!("\n WITH ({})", super::index::with_options(pairs)?));
                }
                ("postgresql_tablespace", Constant::Str(name)) => {
                    text.push_str(&format!("\n TABLESPACE {}", self.quote(name)));
                }
                ("sqlite_with_rowid", Constant::Bool(true)) | ("sqlite_strict", Constant::Bool(false)) => {}
                (name, _) => return Err(format!("the option `{name}` is not rendered")),
            }
        }
        Ok(text)
    }
}

/// The table with the types that foreign keys to itself give their columns.
fn typed(create: &CreateTable) -> Cow<'_, CreateTable> {
    if create.columns.iter().all(|column| column.r#type.is_some()) {
        return Cow::Borrowed(create);
    }
    let mut typed = create.clone();
    for column in typed.columns.iter_mut().filter(|column| column.r#type.is_none()) {
        let mut keys = column.constraints.iter().filter_map(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) if key.referred_table == create.table => key.referred_columns.first(),
            _ => None,
        });
        let referred = keys.next().and_then(|name| create.columns.iter().find(|column| column.name == *name));
        column.r#type = referred.and_then(|referred| referred.r#type.clone());
    }
    Cow::Owned(typed)
}

/// The enumeration that a type is, or is an array of.
fn enumeration_of(r#type: &TypeExpr) -> Option<&EnumType> {
    match &r#type.kind {
        TypeKind::Enum(enumeration) => Some(enumeration),
        TypeKind::Array { item, .. } => enumeration_of(item),
        TypeKind::Sql(_) | TypeKind::Other(_) => None,
    }
}

/// The columns of the primary key in order.
fn primary_key(create: &CreateTable) -> Vec<String> {
    let written = create.constraints.iter().find_map(|constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } if !columns.is_empty() => Some(columns.clone()),
        _ => None,
    });
    written.unwrap_or_else(|| {
        create.columns.iter().filter(|column| column.primary_key).map(|column| column.name.clone()).collect()
    })
}

/// The column of a primary key that counts by itself, by SQLAlchemy's rule.
pub(super) fn counting_column<'a>(members: &[&'a Column]) -> Option<&'a Column> {
    let is_integer = |column: &Column| column.r#type.as_ref().is_some_and(|r#type| integer_size(r#type, "").is_some());
    match members {
        [only] => {
            let has_key = only.constraints.iter().any(|own| matches!(own.kind, ConstraintKind::ForeignKey(_)));
            let counts = match only.autoincrement {
                Some(true) => true,
                Some(false) => false,
                None => !has_key && !only.python_default && !has_default(only.server_default.as_ref()),
            };
            (counts && is_integer(only)).then_some(*only)
        }
        several => {
            let named: BTreeSet<&str> = several
                .iter()
                .filter(|column| column.autoincrement == Some(true))
                .map(|column| column.name.as_str())
                .collect();
            several.iter().find(|column| named.contains(column.name.as_str()) && is_integer(column)).copied()
        }
    }
}
