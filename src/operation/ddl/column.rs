//! Columns in `CREATE TABLE` and `ADD COLUMN`.

use super::identifier::literal;
use super::{Reason, Renderer};
use crate::operation::model::{
    AddColumn, Column, Computed, ConstraintKind, Default, Identity, SqlExpr, TableName, TypeExpr, TypeKind,
};

/// What of the table matters to the text of one of its columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Whether it is part of the primary key.
    pub(super) primary_key: bool,
    /// Whether it is the column that counts by itself.
    pub(super) counts: bool,
    /// Whether SQLite writes `PRIMARY KEY AUTOINCREMENT` behind it.
    pub(super) autoincrement: bool,
}

impl Renderer {
    /// `name type DEFAULT … NOT NULL`
    pub(super) fn column_text(&self, column: &Column, place: Place) -> Result<String, Reason> {
        let mut text = self.quote(&column.name);
        let written = column.r#type.as_ref();
        let r#type = written.ok_or_else(|| format!("the column `{}` has no type", column.name))?;
        let identity = match &column.server_default {
            Some(Default::Identity(identity)) if self.is_postgresql() => Some(identity),
            _ => None,
        };
        let serial = place.counts && identity.is_none() && !column.python_default && column.sequence.is_none();
        if self.is_postgresql() && serial && place.primary_key {
            text.push_str(match integer_size(r#type, self.dialect_name()) {
                Some(Size::Big) => " BIGSERIAL",
                Some(Size::Small) => " SMALLSERIAL",
                _ => " SERIAL",
            });
        } else {
            text = format!("{text} {}", self.type_name(r#type)?);
            if let Some(default) = self.default_text(column.server_default.as_ref())? {
                let is_bare = |text: &str| !text.trim_start().starts_with(['\'', '"', '(']);
                let has_sign = default.contains(|c: char| !c.is_alphanumeric() && c != '_');
                if !self.is_postgresql() && is_bare(&default) && has_sign {
                    text = format!("{text} DEFAULT ({default})");
                } else {
                    text = format!("{text} DEFAULT {default}");
                }
            }
        }
        let nullable = column.nullable.unwrap_or(column.is_nullable() && !place.primary_key);
        if self.is_postgresql() {
            if let Some(computed) = self.computed_text(column)? {
                text = format!("{text} {computed}");
            }
            match identity {
                Some(identity) => {
                    text = format!("{text} {}", identity_text(identity)?);
                    text.push_str(if nullable { " NULL" } else { "" });
                }
                None => text.push_str(if nullable { "" } else { " NOT NULL" }),
            }
        } else {
            text.push_str(if nullable { "" } else { " NOT NULL" });
            text.push_str(if place.autoincrement { " PRIMARY KEY AUTOINCREMENT" } else { "" });
            if let Some(computed) = self.computed_text(column)? {
                text = format!("{text} {computed}");
            }
        }
        if let Some(option) = column.options.iter().find(|option| option.name.starts_with(self.dialect_name())) {
            return Err(format!("the option `{}` of a column is not rendered", option.name));
        }
        Ok(text)
    }

    /// The checks of a column, which stand behind it.
    pub(super) fn column_checks(&self, column: &Column) -> Result<String, Reason> {
        let mut text = String::new();
        for constraint in &column.constraints {
            if matches!(constraint.kind, ConstraintKind::Check { .. }) {
                text.push(' ');
                text.push_str(&self.constraint(constraint)?);
            }
        }
        Ok(text)
    }

    /// The text behind `DEFAULT`.
    pub(super) fn default_text(&self, default: Option<&Default>) -> Result<Option<String>, Reason> {
        match default {
            None | Some(Default::Identity(_) | Default::Computed(_)) => Ok(None),
            Some(Default::Literal(text)) => Ok(Some(literal(text))),
            Some(Default::Sql(expression)) => self.expression(expression).map(Some),
            Some(Default::Unknown(reason)) => Err(reason.clone()),
        }
    }

    fn computed_text(&self, column: &Column) -> Result<Option<String>, Reason> {
        let Some(Default::Computed(Computed { expression, persisted })) = &column.server_default else {
            return Ok(None);
        };
        let stored = match persisted {
            Some(true) => " STORED",
            Some(false) => " VIRTUAL",
            None => "",
        };
        Ok(Some(format!("GENERATED ALWAYS AS ({}){stored}", self.expression(expression)?)))
    }

    /// `op.add_column`
    pub(super) fn add_column(&mut self, add: &AddColumn) -> Result<Vec<String>, Reason> {
        let AddColumn { table, column, .. } = add;
        let altered = self.altered_table(table);
        let counts = column.primary_key && super::table::counting_column(&[column]).is_some();
        let place = Place { primary_key: column.primary_key, counts, autoincrement: false };
        let exists = if add.if_not_exists { "IF NOT EXISTS " } else { "" };
        let mut text = format!("ALTER TABLE {altered} ADD COLUMN {exists}{}", self.column_text(column, place)?);
        if add.inline_primary_key && column.primary_key {
            text.push_str(" PRIMARY KEY");
        }
        let keys: Vec<_> = column
            .constraints
            .iter()
            .filter(|constraint| matches!(constraint.kind, ConstraintKind::ForeignKey(_)))
            .collect();
        let inline = add.inline_references && keys.len() == 1;
        if let ([constraint], true) = (keys.as_slice(), inline) {
            text.push_str(&self.inline_reference(constraint)?);
        }
        text.push_str(&self.column_checks(column)?);
        let mut statements = vec![text];
        if !inline {
            for key in &keys {
                statements.extend(self.add_constraint(table, key)?);
            }
        }
        if type_check(column, self.dialect_name()) {
            return Err("the CHECK of a type is not rendered".to_owned());
        }
        if column.unique && !column.index {
            if !self.is_postgresql() {
                return Err("SQLite cannot add a constraint to a table".to_owned());
            }
            let name = self.quote(&column.name);
            statements.push(format!("ALTER TABLE {} ADD UNIQUE ({name})", self.table(table)));
        }
        if column.index {
            statements.push(self.column_index(table, column)?);
        }
        statements.extend(self.column_comment(table, column));
        Ok(statements)
    }

    /// `COMMENT ON COLUMN`, where the dialect has it.
    pub(super) fn column_comment(&self, table: &TableName, column: &Column) -> Option<String> {
        let comment = column.comment.as_ref().filter(|_| self.is_postgresql())?;
        Some(format!("COMMENT ON COLUMN {}.{} IS {}", self.table(table), self.quote(&column.name), literal(comment)))
    }

    /// The index of `index=True`.
    pub(super) fn column_index(&self, table: &TableName, column: &Column) -> Result<String, Reason> {
        let schema = table.schema.as_ref().map(|schema| format!("{}_", schema.replace('.', "_")));
        let name = format!("ix_{}{}_{}", schema.unwrap_or_default(), table.name, column.name);
        let unique = if column.unique { "UNIQUE " } else { "" };
        let index = self.object_name(&name)?;
        if !self.is_postgresql() {
            return Ok(format!(
                "CREATE {unique}INDEX {} ON {} ({})",
                self.index_in_schema(table.schema.as_deref(), &index),
                self.quote(&table.name),
                self.quote(&column.name)
            ));
        }
        Ok(format!("CREATE {unique}INDEX {index} ON {} ({})", self.table(table), self.quote(&column.name)))
    }
}

/// Whether SQLite's batch mode copies the table to add the column.
pub(super) fn needs_copy(column: &Column) -> bool {
    match &column.server_default {
        Some(Default::Sql(_) | Default::Unknown(_)) => true,
        Some(Default::Computed(computed)) => computed.persisted == Some(true),
        Some(Default::Literal(_) | Default::Identity(_)) | None => false,
    }
}

/// `GENERATED … AS IDENTITY (…)`
pub(super) fn identity_text(identity: &Identity) -> Result<String, Reason> {
    if let Some(option) = identity.unknown.first() {
        return Err(format!("the option `{option}` of an identity is not rendered"));
    }
    let kind = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
    let number = |name: &str, value: Option<i64>| value.map(|value| format!("{name} {value}"));
    let flag = |name: &str, is: bool| is.then(|| name.to_owned());
    let options: Vec<String> = [
        number("INCREMENT BY", identity.increment),
        number("START WITH", identity.start),
        number("MINVALUE", identity.min_value),
        number("MAXVALUE", identity.max_value),
        flag("NO MINVALUE", identity.no_min_value),
        flag("NO MAXVALUE", identity.no_max_value),
        number("CACHE", identity.cache),
        identity.cycle.map(|cycle| if cycle { "CYCLE" } else { "NO CYCLE" }.to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" ")) };
    Ok(format!("GENERATED {kind} AS IDENTITY{options}"))
}

/// Sizes of integers.
pub(super) enum Size {
    Small,
    Usual,
    Big,
}

/// Which integer a type is, if it is one.
pub(super) fn integer_size(r#type: &TypeExpr, dialect: &str) -> Option<Size> {
    match &r#type.on(dialect).kind {
        TypeKind::Sql(sql) => match sql.class.as_str() {
            "Integer" | "INTEGER" | "INT" => Some(Size::Usual),
            "BigInteger" | "BIGINT" => Some(Size::Big),
            "SmallInteger" | "SMALLINT" => Some(Size::Small),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the type brings a CHECK along (`create_constraint=True`).
pub(super) fn type_check(column: &Column, dialect: &str) -> bool {
    let Some(r#type) = &column.r#type else { return false };
    match &r#type.on(dialect).kind {
        TypeKind::Enum(enumeration) => {
            enumeration.create_constraint && !(dialect == "postgresql" && enumeration.native)
        }
        TypeKind::Sql(sql) if matches!(sql.class.as_str(), "Boolean" | "BOOLEAN") => {
            let asks = |option: &crate::operation::model::Setting| {
                option.name == "create_constraint" && option.value == crate::operation::model::Constant::Bool(true)
            };
            dialect != "postgresql" && sql.options.iter().any(asks)
        }
        _ => false,
    }
}

/// Whether an expression is a default that SQLAlchemy takes for the value of a counting column.
pub(super) fn has_default(default: Option<&Default>) -> bool {
    matches!(default, Some(Default::Literal(_) | Default::Unknown(_) | Default::Computed(_)))
        || matches!(default, Some(Default::Sql(expression)) if !matches!(expression, SqlExpr::Other(_)))
}
