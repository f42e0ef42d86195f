//! Names and strings in SQL.

use super::Renderer;
use crate::operation::model::TableName;

/// The longest name that SQLAlchemy takes for PostgreSQL.
const LONGEST: usize = 63;

impl Renderer {
    /// A name, in quotes where SQLAlchemy puts them.
    pub(super) fn quote(&self, name: &str) -> String {
        let reserved: &[&str] = if self.is_postgresql() { &POSTGRESQL } else { &SQLITE };
        let is_plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'$')
            && !name.starts_with(|c: char| c.is_ascii_digit() || c == '$')
            && !name.is_empty();
        if is_plain && reserved.binary_search(&name).is_err() {
            return name.to_owned();
        }
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    pub(super) fn quoted_list(&self, names: &[String]) -> String {
        let quoted: Vec<String> = names.iter().map(|name| self.quote(name)).collect();
        quoted.join(", ")
    }

    /// A table's name as SQLAlchemy's own statements write it.
    pub(super) fn table(&self, table: &TableName) -> String {
        match &table.schema {
            Some(schema) => format!("{}.{}", self.quote(schema), self.quote(&table.name)),
            None => self.quote(&table.name),
        }
    }

    /// A table's name as Alembic's `ALTER TABLE` writes it: dots take a schema's name apart.
    pub(super) fn altered_table(&self, table: &TableName) -> String {
        match &table.schema {
            Some(schema) if !schema.is_empty() => {
                let parts: Vec<String> = schema.split('.').map(|part| self.quote(part)).collect();
                format!("{}.{}", parts.join("."), self.quote(&table.name))
            }
            _ => self.quote(&table.name),
        }
    }

    /// The name of a constraint or an index, which must not be too long.
    pub(super) fn object_name(&self, name: &str) -> Result<String, super::Reason> {
        if self.is_postgresql() && name.chars().count() > LONGEST {
            return Err(format!("the name `{name}` is longer than {LONGEST} characters"));
        }
        Ok(self.quote(name))
    }

    /// The target of a `COLLATE`.
    pub(super) fn collation(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A string literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether PostgreSQL or SQLite reads the name as something else while it is not quoted.
pub fn is_reserved(name: &str) -> bool {
    // Those that SQLAlchemy does not know of.
    const OTHERS: [&str; 5] = ["collation", "concurrently", "lateral", "tablesample", "system_user"];
    POSTGRESQL.binary_search(&name).is_ok() || SQLITE.binary_search(&name).is_ok() || OTHERS.contains(&name)
}

/// Reserved words of PostgreSQL in SQLAlchemy, sorted.
const POSTGRESQL: [&str; 102] = [
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "new",
    "not",
    "notnull",
    "null",
    "of",
    "off",
    "offset",
    "old",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "over",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "table",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// Reserved words of SQLite in SQLAlchemy, sorted.
const SQLITE: [&str; 117] = [
    "add",
    "after",
    "all",
    "alter",
    "analyze",
    "and",
    "as",
    "asc",
    "attach",
    "autoincrement",
    "before",
    "begin",
    "between",
    "by",
    "cascade",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "commit",
    "conflict",
    "constraint",
    "create",
    "cross",
    "current_date",
    "current_time",
    "current_timestamp",
    "database",
    "default",
    "deferrable",
    "deferred",
    "delete",
    "desc",
    "detach",
    "distinct",
    "drop",
    "each",
    "else",
    "end",
    "escape",
    "except",
    "exclusive",
    "exists",
    "explain",
    "fail",
    "false",
    "for",
    "foreign",
    "from",
    "full",
    "glob",
    "group",
    "having",
    "if",
    "ignore",
    "immediate",
    "in",
    "index",
    "indexed",
    "initially",
    "inner",
    "insert",
    "instead",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "key",
    "left",
    "like",
    "limit",
    "match",
    "natural",
    "not",
    "notnull",
    "null",
    "of",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "plan",
    "pragma",
    "primary",
    "query",
    "raise",
    "references",
    "reindex",
    "rename",
    "replace",
    "restrict",
    "right",
    "rollback",
    "row",
    "select",
    "set",
    "table",
    "temp",
    "temporary",
    "then",
    "to",
    "transaction",
    "trigger",
    "true",
    "union",
    "unique",
    "update",
    "using",
    "vacuum",
    "values",
    "view",
    "virtual",
    "when",
    "where",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::model::Dialect;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        let renderer = Renderer::new(Dialect::Postgresql, true);
        for (name, quoted) in [
            ("users", "users"),
            ("user", "\"user\""),
            ("Users", "\"Users\""),
            ("a b", "\"a b\""),
            ("1a", "\"1a\""),
            ("a$", "a$"),
            ("a\"b", "\"a\"\"b\""),
            ("", "\"\""),
        ] {
            assert_eq!(renderer.quote(name), quoted);
        }
        assert_eq!(Renderer::new(Dialect::Sqlite, true).quote("user"), "user");
        assert!(POSTGRESQL.is_sorted() && SQLITE.is_sorted());
    }
}
