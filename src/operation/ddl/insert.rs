//! `op.bulk_insert`

use super::{Reason, Renderer};
use crate::operation::model::{BulkInsert, Column, Constant, Setting, TypeKind};

impl Renderer {
    /// A statement for each row, as Alembic prints them.
    pub(super) fn bulk_insert(&self, insert: &BulkInsert) -> Result<Vec<String>, Reason> {
        let Some(rows) = &insert.rows else { return Err("the rows are not known".to_owned()) };
        rows.iter().map(|row| self.row(insert, row)).collect()
    }

    fn row(&self, insert: &BulkInsert, row: &[Setting]) -> Result<String, Reason> {
        let mut names = Vec::new();
        let mut values = Vec::new();
        // SQLAlchemy goes through the table's columns, not through the row.
        for column in &insert.columns {
            if let Some(setting) = row.iter().rev().find(|setting| setting.name == column.name) {
                names.push(self.quote(&column.name));
                values.push(self.value(column, &setting.value)?);
            }
        }
        if let Some(setting) =
            row.iter().find(|setting| !insert.columns.iter().any(|column| column.name == setting.name))
        {
            return Err(format!("the column `{}` is not among the table's", setting.name));
        }
        Ok(format!("INSERT INTO {} ({}) VALUES ({})", self.table(&insert.table), names.join(", "), values.join(", ")))
    }

    fn value(&self, column: &Column, value: &Constant) -> Result<String, Reason> {
        let class = column.r#type.as_ref().map(|r#type| &r#type.kind);
        let is_text = match class {
            Some(TypeKind::Sql(sql)) => {
                matches!(
                    sql.class.as_str(),
                    "String" | "VARCHAR" | "Text" | "TEXT" | "Unicode" | "UnicodeText" | "CHAR"
                )
            }
            Some(TypeKind::Enum(_)) => true,
            _ => false,
        };
        let is_number = matches!(class, Some(TypeKind::Sql(sql)) if matches!(sql.class.as_str(), "Integer" | "INTEGER" | "BigInteger" | "BIGINT" | "SmallInteger" | "SMALLINT"));
        let is_bool = matches!(class, Some(TypeKind::Sql(sql)) if matches!(sql.class.as_str(), "Boolean" | "BOOLEAN"));
        match value {
            Constant::None if class.is_some() => Ok("NULL".to_owned()),
            Constant::Str(_) if is_text => self.constant(value),
            Constant::Number(digits) if is_number && digits.bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
                Ok(digits.clone())
            }
            Constant::Bool(_) if is_bool => self.constant(value),
            _ => Err(format!("the value of `{}` is not rendered", column.name)),
        }
    }
}
