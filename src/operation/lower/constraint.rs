//! Constraints and indexes.

use super::{Lower, Reason, sqlalchemy};
use crate::operation::model::{
    Constant, Constraint, ConstraintKind, ForeignKey, Index, ReferenceRules, SqlExpr, TableName,
};
use crate::operation::value::{Arguments, Call, Item, Value};
use crate::source::Span;

/// Keyword arguments that all constraints have.
const COMMON: &[&str] = &["name", "deferrable", "initially", "info", "comment"];
const OF_FOREIGN_KEY: &[&str] = &[
    "name",
    "deferrable",
    "initially",
    "info",
    "comment",
    "onupdate",
    "ondelete",
    "match",
    "use_alter",
    "link_to_name",
    "column",
    "columns",
    "refcolumns",
];

impl Lower<'_> {
    /// A constraint with what all kinds share.
    pub(in crate::operation) fn constraint(
        &mut self,
        kind: ConstraintKind,
        name: Option<&Item<'_>>,
        arguments: &Arguments<'_>,
        known: &[&str],
        span: Span,
    ) -> Result<Constraint, Reason> {
        Ok(Constraint {
            name: self.name(name)?,
            kind,
            deferrable: self.optional_flag(arguments.named("deferrable"), "deferrable"),
            initially: self.optional_string(arguments.named("initially"), "`initially`"),
            options: self.options(arguments, &[COMMON, known].concat()),
            span,
        })
    }

    /// The constraint that a call among the arguments of `create_table` makes; `None` if it is
    /// something else.
    pub(in crate::operation) fn table_constraint(&mut self, call: &Call<'_>) -> Option<Result<Constraint, Reason>> {
        let class = sqlalchemy(call.function.name()?)?;
        Some(match class {
            "PrimaryKeyConstraint" => {
                self.column_list(call).and_then(|columns| self.named(ConstraintKind::PrimaryKey { columns }, call, &[]))
            }
            "UniqueConstraint" => {
                self.column_list(call).and_then(|columns| self.named(ConstraintKind::Unique { columns }, call, &[]))
            }
            "ForeignKeyConstraint" => self.table_foreign_key(call),
            "CheckConstraint" => self.check(call),
            "ExcludeConstraint" => self.exclude(call.arguments.named("name"), &call.arguments, 0, call.span),
            _ => return None,
        })
    }

    fn named(&mut self, kind: ConstraintKind, call: &Call<'_>, known: &[&str]) -> Result<Constraint, Reason> {
        self.constraint(kind, call.arguments.named("name"), &call.arguments, known, call.span)
    }

    fn column_list(&self, call: &Call<'_>) -> Result<Vec<String>, Reason> {
        if let Some(rest) = &call.arguments.rest {
            return Err(format!("the columns of a constraint are not known: {}", rest.reason));
        }
        call.arguments.positional.iter().map(|item| self.string(Some(item), "a column of a constraint")).collect()
    }

    /// `sa.CheckConstraint(…)`
    pub(in crate::operation) fn check(&mut self, call: &Call<'_>) -> Result<Constraint, Reason> {
        let condition = call.arguments.get(0, "sqltext").ok_or_else(|| "a check has no condition".to_owned())?;
        let condition = self.condition(condition)?;
        let name = call.arguments.get(1, "name");
        self.constraint(ConstraintKind::Check { condition }, name, &call.arguments, &["sqltext"], call.span)
    }

    /// The condition of a check: text, or an expression as written.
    pub(in crate::operation) fn condition(&self, item: &Item<'_>) -> Result<SqlExpr, Reason> {
        match &item.value {
            Value::Unknown(_) => Err(self.blame(item, "the condition")),
            _ => Ok(self.sql(item)),
        }
    }

    /// `sa.ForeignKey(…)` of the column `column`.
    pub(in crate::operation) fn column_foreign_key(
        &mut self,
        column: &str,
        call: &Call<'_>,
    ) -> Result<Constraint, Reason> {
        let target = self.string(call.arguments.get(0, "column"), "what the foreign key refers to")?;
        let (referred_table, referred) = split_target(&target);
        let key = ForeignKey {
            columns: vec![column.to_owned()],
            referred_table,
            referred_columns: referred.into_iter().collect(),
            rules: self.rules(&call.arguments),
            use_alter: self.flag(call.arguments.named("use_alter"), "use_alter", false),
        };
        self.named(ConstraintKind::ForeignKey(key), call, OF_FOREIGN_KEY)
    }

    fn table_foreign_key(&mut self, call: &Call<'_>) -> Result<Constraint, Reason> {
        let columns = self.strings(call.arguments.get(0, "columns"), "the columns of a foreign key")?;
        let targets = self.strings(call.arguments.get(1, "refcolumns"), "the columns that a foreign key refers to")?;
        let split: Vec<_> = targets.iter().map(|target| split_target(target)).collect();
        let Some((referred_table, _)) = split.first().cloned() else {
            return Err("a foreign key refers to nothing".to_owned());
        };
        let key = ForeignKey {
            columns,
            referred_table,
            referred_columns: split.into_iter().filter_map(|(_, column)| column).collect(),
            rules: self.rules(&call.arguments),
            use_alter: self.flag(call.arguments.named("use_alter"), "use_alter", false),
        };
        let name = call.arguments.get(2, "name");
        self.constraint(ConstraintKind::ForeignKey(key), name, &call.arguments, OF_FOREIGN_KEY, call.span)
    }

    pub(in crate::operation) fn rules(&mut self, arguments: &Arguments<'_>) -> ReferenceRules {
        ReferenceRules {
            on_update: self.optional_string(arguments.named("onupdate"), "`onupdate`"),
            on_delete: self.optional_string(arguments.named("ondelete"), "`ondelete`"),
            r#match: self.optional_string(arguments.named("match"), "`match`"),
        }
    }

    /// An exclusion constraint whose elements begin at the positional argument `from`.
    pub(in crate::operation) fn exclude(
        &mut self,
        name: Option<&Item<'_>>,
        arguments: &Arguments<'_>,
        from: usize,
        span: Span,
    ) -> Result<Constraint, Reason> {
        let mut elements = Vec::new();
        for item in arguments.positional.iter().skip(from) {
            let pair = match &item.value {
                Value::List(parts) => match parts.as_slice() {
                    [element, operator] => operator.value.as_str().map(|operator| (element, operator)),
                    _ => None,
                },
                _ => None,
            };
            let Some((element, operator)) = pair else { return Err(self.blame(item, "what is excluded")) };
            elements.push((self.index_element(element), operator.to_owned()));
        }
        let using = self.optional_string(arguments.named("using"), "`using`").unwrap_or_else(|| "gist".to_owned());
        let condition = arguments.named("where").map(|item| self.sql(item));
        let kind = ConstraintKind::Exclude { elements, using, condition };
        self.constraint(kind, name, arguments, &["using", "where", "ops", "schema"], span)
    }

    /// What is indexed: a string is a column's name.
    pub(in crate::operation) fn index_element(&self, item: &Item<'_>) -> SqlExpr {
        match self.expression(item) {
            SqlExpr::Literal(literal) => match *literal {
                Constant::Str(column) => SqlExpr::Column(column),
                other => SqlExpr::Literal(Box::new(other)),
            },
            other => match self.string(Some(item), "") {
                Ok(column) => SqlExpr::Column(column),
                Err(_) => other,
            },
        }
    }

    /// `sa.Index(…)`
    pub(in crate::operation) fn index(&mut self, call: &Call<'_>) -> Result<Index, Reason> {
        let arguments = &call.arguments;
        if let Some(rest) = &arguments.rest {
            return Err(format!("the columns of an index are not known: {}", rest.reason));
        }
        Ok(Index {
            name: self.name(arguments.get(0, "name"))?,
            elements: arguments.positional.iter().skip(1).map(|item| self.index_element(item)).collect(),
            unique: self.flag(arguments.named("unique"), "unique", false),
            options: self.options(arguments, &["name", "unique", "quote", "info"]),
            span: call.span,
        })
    }
}

/// `schema.table.column` taken apart.
fn split_target(target: &str) -> (TableName, Option<String>) {
    let parts: Vec<&str> = target.split('.').collect();
    match parts.as_slice() {
        [table] => (TableName::new(*table), None),
        [table, column] => (TableName::new(*table), Some((*column).to_owned())),
        [schema @ .., table, column] => {
            let schema = Some(schema.join("."));
            (TableName { schema, name: (*table).to_owned() }, Some((*column).to_owned()))
        }
        [] => (TableName::new(""), None),
    }
}
