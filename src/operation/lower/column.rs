//! Columns and what the server puts into them.

use super::{Lower, Reason, sqlalchemy};
use crate::operation::model::{Column, Computed, Default, Identity, SqlExpr};
use crate::operation::value::{Arguments, Call, Item, Value};

/// Keyword arguments of `sa.Column` that are read, or that the database knows nothing of.
const KEYWORDS: &[&str] = &[
    "name",
    "type_",
    "nullable",
    "primary_key",
    "unique",
    "index",
    "autoincrement",
    "server_default",
    "default",
    "comment",
    // Of no interest to the database.
    "key",
    "doc",
    "info",
    "onupdate",
    "server_onupdate",
    "insert_default",
    "quote",
    "system",
    "insert_sentinel",
];

impl Lower<'_> {
    /// The call that makes a column, if it is one: `sa.Column(…)`.
    pub(in crate::operation) fn column_call<'a, 'm>(item: &'a Item<'m>) -> Option<&'a Call<'m>> {
        let (name, call) = item.value.named_call()?;
        (sqlalchemy(name) == Some("Column")).then_some(call)
    }

    /// The column that `item` is.
    pub(in crate::operation) fn column(&mut self, item: Option<&Item<'_>>) -> Result<Column, Reason> {
        let item = item.ok_or_else(|| "the column is missing".to_owned())?;
        let call = Self::column_call(item).ok_or_else(|| self.blame(item, "the column"))?;
        let arguments = &call.arguments;
        if let Some(rest) = &arguments.rest {
            let note = format!("column arguments may be missing: {}", rest.reason);
            self.note(note);
        }
        let mut positional = arguments.positional.iter().peekable();
        let name = match arguments.named("name") {
            Some(name) => self.string(Some(name), "the column's name")?,
            None => self.string(positional.next(), "the column's name")?,
        };
        let mut made = Column {
            name,
            r#type: None,
            nullable: self.optional_flag(arguments.named("nullable"), "nullable"),
            primary_key: self.flag(arguments.named("primary_key"), "primary_key", false),
            unique: self.flag(arguments.named("unique"), "unique", false),
            index: self.flag(arguments.named("index"), "index", false),
            autoincrement: None,
            server_default: None,
            python_default: arguments.named("default").is_some_and(|item| !matches!(item.value, Value::None)),
            sequence: None,
            constraints: Vec::new(),
            comment: self.optional_string(arguments.named("comment"), "the comment"),
            options: self.options(arguments, KEYWORDS),
            span: call.span,
        };
        made.autoincrement = match arguments.named("autoincrement") {
            Some(Item { value: Value::Str(_), .. }) => None,
            item => self.optional_flag(item, "autoincrement"),
        };
        made.server_default = arguments.named("server_default").and_then(|item| self.server_default(item));
        if let Some(r#type) = arguments.named("type_") {
            made.r#type = self.column_type(r#type)?;
        } else if let Some(first) = positional.next_if(|item| !is_schema_item(item)) {
            made.r#type = self.column_type(first)?;
        }
        for item in positional {
            self.column_item(&mut made, item);
        }
        Ok(made)
    }

    fn column_type(&mut self, item: &Item<'_>) -> Result<Option<super::super::model::TypeExpr>, Reason> {
        match item.value {
            Value::None => Ok(None),
            _ => self.type_expr(item).map(Some),
        }
    }

    /// `sa.ForeignKey(…)`, `sa.Identity(…)` and the like among a column's arguments.
    fn column_item(&mut self, column: &mut Column, item: &Item<'_>) {
        let Some((name, call)) = item.value.named_call() else {
            match &item.value {
                // `Column("x", Integer, None)`
                Value::None => {}
                // The type as the third argument is not valid; anything else is unknown.
                _ => {
                    let note = self.blame(item, "an argument of the column");
                    self.note(note);
                }
            }
            return;
        };
        match sqlalchemy(name) {
            Some("ForeignKey") => match self.column_foreign_key(&column.name, call) {
                Ok(constraint) => column.constraints.push(constraint),
                Err(reason) => self.note(reason),
            },
            Some("CheckConstraint") => match self.check(call) {
                Ok(constraint) => column.constraints.push(constraint),
                Err(reason) => self.note(reason),
            },
            Some("Identity") => column.server_default = Some(Default::Identity(self.identity(&call.arguments))),
            Some("Computed") => column.server_default = self.computed(&call.arguments),
            Some("Sequence") => match self.string(call.arguments.positional.first(), "the name of the sequence") {
                Ok(name) => column.sequence = Some(name),
                Err(reason) => self.note(reason),
            },
            Some("DefaultClause") => {
                column.server_default = call.arguments.positional.first().and_then(|item| self.server_default(item));
            }
            Some("ColumnDefault") => column.python_default = true,
            _ => {
                let note = format!("`{}` among the column's arguments is not known", self.written(item.span));
                self.note(note);
            }
        }
    }

    /// The value of `server_default`; none for `None`.
    pub(in crate::operation) fn server_default(&mut self, item: &Item<'_>) -> Option<Default> {
        Some(match &item.value {
            Value::None => return None,
            Value::Str(text) => Default::Literal(text.to_string()),
            Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Dict(_) => {
                Default::Unknown("SQLAlchemy refuses a server default that is neither text nor SQL".to_owned())
            }
            value => match value.named_call() {
                Some((name, call)) if sqlalchemy(name) == Some("Identity") => {
                    Default::Identity(self.identity(&call.arguments))
                }
                Some((name, call)) if sqlalchemy(name) == Some("Computed") => return self.computed(&call.arguments),
                Some((name, _)) if sqlalchemy(name) == Some("FetchedValue") => return None,
                Some((name, call)) if sqlalchemy(name) == Some("DefaultClause") => {
                    return self.server_default(call.arguments.positional.first()?);
                }
                _ => match self.expression(item) {
                    SqlExpr::Other(_) => Default::Unknown(self.blame(item, "the server default")),
                    known => Default::Sql(known),
                },
            },
        })
    }

    fn identity(&mut self, arguments: &Arguments<'_>) -> Identity {
        let mut number = |index: usize, name: &str| self.number(arguments.get(index, name), name);
        let mut made = Identity {
            start: number(1, "start"),
            increment: number(2, "increment"),
            min_value: number(3, "minvalue"),
            max_value: number(4, "maxvalue"),
            cache: number(8, "cache"),
            ..Identity::default()
        };
        made.always = self.flag(arguments.get(0, "always"), "always", false);
        made.no_min_value = self.flag(arguments.get(5, "nominvalue"), "nominvalue", false);
        made.no_max_value = self.flag(arguments.get(6, "nomaxvalue"), "nomaxvalue", false);
        made.cycle = self.optional_flag(arguments.get(7, "cycle"), "cycle");
        let known =
            ["always", "start", "increment", "minvalue", "maxvalue", "nominvalue", "nomaxvalue", "cycle", "cache"];
        made.unknown = self.settings(arguments, &known).into_iter().map(|setting| setting.name).collect();
        made
    }

    fn computed(&mut self, arguments: &Arguments<'_>) -> Option<Default> {
        let expression = self.sql(arguments.get(0, "sqltext")?);
        let persisted = self.optional_flag(arguments.get(1, "persisted"), "persisted");
        Some(Default::Computed(Computed { expression, persisted }))
    }
}

/// Whether an argument of a column is no type.
fn is_schema_item(item: &Item<'_>) -> bool {
    item.value.named_call().and_then(|(name, _)| sqlalchemy(name)).is_some_and(|class| {
        matches!(
            class,
            "ForeignKey" | "CheckConstraint" | "Identity" | "Computed" | "Sequence" | "DefaultClause" | "ColumnDefault"
        )
    })
}
