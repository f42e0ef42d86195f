//! Constraints.

use super::{Reason, Renderer};
use crate::operation::model::{
    Constant, Constraint, ConstraintKind, DropConstraint, ForeignKey, Setting, SqlExpr, TableName,
};

impl Renderer {
    /// A constraint as it stands in a table.
    pub(super) fn constraint(&self, constraint: &Constraint) -> Result<String, Reason> {
        let mut text = match &constraint.name {
            Some(name) => format!("CONSTRAINT {} ", self.object_name(&name.text)?),
            None => String::new(),
        };
        let mut known: Vec<&str> = Vec::new();
        let mut validity = "";
        match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } => {
                known.push("postgresql_include");
                text = format!("{text}PRIMARY KEY ({}){}", self.quoted_list(columns), self.include(constraint)?);
            }
            ConstraintKind::Unique { columns } => {
                known.extend(["postgresql_include", "postgresql_nulls_not_distinct"]);
                let distinct = match constraint.option("postgresql_nulls_not_distinct") {
                    Some(Constant::Bool(true)) if self.is_postgresql() => "NULLS NOT DISTINCT ",
                    Some(Constant::Bool(false)) if self.is_postgresql() => "NULLS DISTINCT ",
                    _ => "",
                };
                let include = self.include(constraint)?;
                text = format!("{text}UNIQUE {distinct}({}){include}", self.quoted_list(columns));
            }
            ConstraintKind::ForeignKey(key) => {
                known.push("postgresql_not_valid");
                validity = self.validity(constraint);
                text = format!("{text}{}", self.foreign_key(key)?);
            }
            ConstraintKind::Check { condition } => {
                known.push("postgresql_not_valid");
                validity = self.validity(constraint);
                text = format!("{text}CHECK ({})", self.expression(condition)?);
            }
            ConstraintKind::Exclude { elements, using, condition } => {
                let mut parts = Vec::new();
                for (element, operator) in elements {
                    parts.push(format!("{} WITH {operator}", self.expression(element)?));
                }
                text = format!("{text}EXCLUDE USING {} ({})", using.to_lowercase(), parts.join(", "));
                if let Some(condition) = condition {
                    text = format!("{text} WHERE ({})", self.expression(condition)?);
                }
            }
        }
        self.refuse_options(&constraint.options, &known)?;
        if let Some(deferrable) = constraint.deferrable {
            text.push_str(if deferrable { " DEFERRABLE" } else { " NOT DEFERRABLE" });
        }
        if let Some(initially) = &constraint.initially {
            text = format!("{text} INITIALLY {initially}");
        }
        text.push_str(validity);
        Ok(text)
    }

    fn validity(&self, constraint: &Constraint) -> &'static str {
        let is_set = constraint.option("postgresql_not_valid") == Some(&Constant::Bool(true));
        if is_set && self.is_postgresql() { " NOT VALID" } else { "" }
    }

    fn include(&self, constraint: &Constraint) -> Result<String, Reason> {
        self.include_text(constraint.option("postgresql_include"))
    }

    /// ` INCLUDE (…)`
    pub(super) fn include_text(&self, columns: Option<&Constant>) -> Result<String, Reason> {
        match columns {
            Some(Constant::List(columns)) if !columns.is_empty() && self.is_postgresql() => {
                let names: Option<Vec<String>> = columns
                    .iter()
                    .map(|column| match column {
                        Constant::Str(name) => Some(self.quote(name)),
                        _ => None,
                    })
                    .collect();
                let names = names.ok_or_else(|| "the included columns are not known".to_owned())?;
                Ok(format!(" INCLUDE ({})", names.join(", ")))
            }
            Some(Constant::Other(_)) if self.is_postgresql() => Err("the included columns are not known".to_owned()),
            _ => Ok(String::new()),
        }
    }

    fn foreign_key(&self, key: &ForeignKey) -> Result<String, Reason> {
        let referred = if key.referred_columns.is_empty() {
            self.quoted_list(&key.columns)
        } else {
            self.quoted_list(&key.referred_columns)
        };
        // SQLite's foreign keys stay in the table's own database.
        let table =
            if self.is_postgresql() { self.table(&key.referred_table) } else { self.quote(&key.referred_table.name) };
        let columns = self.quoted_list(&key.columns);
        Ok(format!("FOREIGN KEY({columns}) REFERENCES {table} ({referred}){}", rules(key)))
    }

    /// ` REFERENCES …` behind a column.
    pub(super) fn inline_reference(&self, constraint: &Constraint) -> Result<String, Reason> {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else { return Ok(String::new()) };
        let columns = if key.referred_columns.is_empty() { &key.columns } else { &key.referred_columns };
        let table = self.table(&key.referred_table);
        let mut text = format!(" REFERENCES {table} ({}){}", self.quoted_list(columns), rules(key));
        if let Some(deferrable) = constraint.deferrable {
            text.push_str(if deferrable { " DEFERRABLE" } else { " NOT DEFERRABLE" });
        }
        if let Some(initially) = &constraint.initially {
            text = format!("{text} INITIALLY {initially}");
        }
        Ok(text)
    }

    /// Options of this dialect that are not known here.
    pub(super) fn refuse_options(&self, options: &[Setting], known: &[&str]) -> Result<(), Reason> {
        let ours = options.iter().filter(|option| option.name.starts_with(self.dialect_name()));
        let strange =
            ours.filter(|option| option.value != Constant::None).find(|option| !known.contains(&option.name.as_str()));
        strange.map_or(Ok(()), |option| Err(format!("the option `{}` is not rendered", option.name)))
    }

    /// `ALTER TABLE … ADD …`
    pub(super) fn add_constraint(&self, table: &TableName, constraint: &Constraint) -> Result<Vec<String>, Reason> {
        if !self.is_postgresql() {
            return Err("SQLite cannot add a constraint to a table".to_owned());
        }
        // Alembic knows no columns of the table but those that the directive names.
        match &constraint.kind {
            ConstraintKind::Unique { columns } => {
                let is_own = |column: &Constant| matches!(column, Constant::Str(name) if columns.contains(name));
                if let Some(Constant::List(included)) = constraint.option("postgresql_include")
                    && !included.iter().all(is_own)
                {
                    return Err("Alembic refuses to include a column that is not in the constraint".to_owned());
                }
            }
            ConstraintKind::Exclude { elements, .. }
                if !elements.iter().all(|(element, _)| matches!(element, SqlExpr::Column(_))) =>
            {
                return Err("Alembic refuses to exclude by anything but a column here".to_owned());
            }
            _ => {}
        }
        Ok(vec![format!("ALTER TABLE {} ADD {}", self.table(table), self.constraint(constraint)?)])
    }

    pub(super) fn drop_constraint(&self, drop: &DropConstraint) -> Result<Vec<String>, Reason> {
        if !self.is_postgresql() {
            return Err("SQLite cannot drop a constraint of a table".to_owned());
        }
        let Some(name) = &drop.name else { return Err("the constraint has no name".to_owned()) };
        let exists = if drop.if_exists { "IF EXISTS " } else { "" };
        let table = self.table(&drop.table);
        Ok(vec![format!("ALTER TABLE {table} DROP CONSTRAINT {exists}{}", self.object_name(&name.text)?)])
    }
}

fn rules(key: &ForeignKey) -> String {
    let rule =
        |name: &str, value: &Option<String>| value.as_ref().map(|value| format!(" {name} {value}")).unwrap_or_default();
    [
        rule("MATCH", &key.rules.r#match),
        rule("ON DELETE", &key.rules.on_delete),
        rule("ON UPDATE", &key.rules.on_update),
    ]
    .concat()
}
