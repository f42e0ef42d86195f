//! `op.alter_column`

use super::column::identity_text;
use super::identifier::literal;
use super::{Reason, Renderer};
use crate::operation::model::{AlterColumn, Change, Default, TypeExpr, TypeKind};

impl Renderer {
    pub(super) fn alter_column(&self, alter: &AlterColumn) -> Result<Vec<String>, Reason> {
        let table = self.altered_table(&alter.table);
        let column = self.quote(&alter.column);
        let start = format!("ALTER TABLE {table} ALTER COLUMN {column}");
        let mut statements = Vec::new();
        let new_type = known(&alter.new_type)?;
        if let Some(r#type) = new_type {
            let has_check = |r#type: &TypeExpr| brings_check(r#type, self.is_postgresql());
            if has_check(r#type) || alter.existing_type.as_ref().is_some_and(has_check) {
                return Err("the CHECK of a type is not rendered".to_owned());
            }
        }
        let change_type = match new_type {
            Some(r#type) => {
                let using = match &alter.using {
                    Some(using) if self.is_postgresql() => format!(" USING {}", self.raw(using)?),
                    _ => String::new(),
                };
                Some(format!("{start} TYPE {}{using}", self.type_name(r#type)?))
            }
            None if alter.using.is_some() && self.is_postgresql() => {
                return Err("`postgresql_using` is given without `type_`".to_owned());
            }
            None => None,
        };
        if self.is_postgresql() {
            statements.extend(change_type.clone());
        }
        if let Some(nullable) = known(&alter.nullable)? {
            statements.push(format!("{start} {} NOT NULL", if *nullable { "DROP" } else { "SET" }));
        }
        statements.extend(self.alter_default(alter, &start)?);
        if !self.is_postgresql() {
            statements.extend(change_type);
        }
        if let Some(comment) = known(&alter.comment)? {
            if !self.is_postgresql() {
                return Err("SQLite has no comments".to_owned());
            }
            let comment = comment.as_deref().map_or("NULL".to_owned(), literal);
            statements.push(format!("COMMENT ON COLUMN {table}.{column} IS {comment}"));
        }
        if let Some(name) = known(&alter.new_name)? {
            let word = if self.is_postgresql() { "RENAME" } else { "RENAME COLUMN" };
            statements.push(format!("ALTER TABLE {table} {word} {column} TO {}", self.quote(name)));
        }
        Ok(statements)
    }

    fn alter_default(&self, alter: &AlterColumn, start: &str) -> Result<Option<String>, Reason> {
        let Some(new) = known(&alter.server_default)? else { return Ok(None) };
        let existing = alter.existing_server_default.as_ref().and_then(Option::as_ref);
        let is_computed = |default: Option<&Default>| matches!(default, Some(Default::Computed(_)));
        let is_identity = |default: Option<&Default>| matches!(default, Some(Default::Identity(_)));
        if is_computed(new.as_ref()) || is_computed(existing) {
            return Err("Alembic refuses to change a computed column".to_owned());
        }
        if is_identity(new.as_ref()) || is_identity(existing) {
            if !self.is_postgresql() {
                return Err("Alembic refuses to change an identity on SQLite".to_owned());
            }
            return match (new, existing) {
                (None, _) => Ok(Some(format!("{start} DROP IDENTITY"))),
                (Some(Default::Identity(identity)), None) => {
                    Ok(Some(format!("{start} ADD {}", identity_text(identity)?)))
                }
                _ => Err("the change of an identity is not rendered".to_owned()),
            };
        }
        match self.default_text(new.as_ref())? {
            Some(text) => Ok(Some(format!("{start} SET DEFAULT {text}"))),
            None => Ok(Some(format!("{start} DROP DEFAULT"))),
        }
    }

    /// Text that Alembic puts into the statement as it is.
    fn raw(&self, expression: &crate::operation::model::SqlExpr) -> Result<String, Reason> {
        match expression {
            crate::operation::model::SqlExpr::Text(text) => Ok(text.clone()),
            other => self.expression(other),
        }
    }
}

fn known<T>(change: &Change<T>) -> Result<Option<&T>, Reason> {
    match change {
        Change::Keep => Ok(None),
        Change::Set(value) => Ok(Some(value)),
        Change::Unknown(reason) => Err(reason.clone()),
    }
}

/// Whether a type brings a CHECK along.
fn brings_check(r#type: &TypeExpr, is_postgresql: bool) -> bool {
    match &r#type.kind {
        TypeKind::Enum(enumeration) => enumeration.create_constraint && !(is_postgresql && enumeration.native),
        TypeKind::Sql(sql) => !is_postgresql && sql.options.iter().any(|option| option.name == "create_constraint"),
        TypeKind::Array { .. } | TypeKind::Other(_) => false,
    }
}
