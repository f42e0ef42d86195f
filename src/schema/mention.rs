//! What text could change that is not understood: the tables that it names, or anything at all.

use std::collections::BTreeSet;

/// What a piece of text could have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// No table.
    Nothing,
    /// Indexes and constraints that it names.
    PartsNamed,
    /// Tables that it names.
    TablesNamed,
    /// Any table.
    Anything,
}

/// Every word of a text that could be a name, in lower case.
pub fn words(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.split(|c| !is_part(c)).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// How far SQL reaches, by the first words of its statements.
pub fn of_sql(text: &str) -> Reach {
    let text = text.to_ascii_lowercase();
    // The body of a function may hold semicolons: then the first words must do.
    let statements: Vec<&str> = if text.contains('$') { vec![&text] } else { text.split(';').collect() };
    let reaches = statements.into_iter().map(str::trim).filter(|statement| !statement.is_empty()).map(of_statement);
    reaches.max_by_key(|reach| *reach as u8).unwrap_or(Reach::Nothing)
}

fn of_statement(statement: &str) -> Reach {
    const HARMLESS: &[&str] = &[
        "insert",
        "update",
        "delete",
        "truncate",
        "comment",
        "grant",
        "revoke",
        "analyze",
        "vacuum",
        "lock",
        "set",
        "reset",
        "show",
        "refresh",
        "notify",
        "reindex",
        "begin",
        "commit",
        "savepoint",
        "release",
        "pragma",
        "copy",
    ];
    /// What is dropped together with columns of any table.
    const SHARED: &[&str] = &["schema", "owned", "type", "domain", "extension", "function", "sequence", "collation"];
    let mut words = statement.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if statement.starts_with("--") || statement.starts_with("/*") {
        return Reach::TablesNamed;
    }
    let mentions = |word: &str| statement.contains(word);
    match (first, second) {
        (word, _) if HARMLESS.contains(&word) => Reach::Nothing,
        ("create", "index" | "unique") => Reach::PartsNamed,
        ("create", "extension" | "trigger" | "view" | "sequence" | "policy" | "type" | "domain") => Reach::Nothing,
        ("alter" | "drop", "index") => Reach::PartsNamed,
        ("drop", "schema" | "owned") | ("alter", "schema" | "database") | ("call" | "execute", _) => Reach::Anything,
        ("drop", what) if SHARED.contains(&what) && mentions("cascade") => Reach::Anything,
        ("do", _) if mentions("execute") => Reach::Anything,
        _ => Reach::TablesNamed,
    }
}

/// How far Python code reaches of which some is not understood: the tables that the file names,
/// unless it takes names from elsewhere.
pub fn of_python(file: &str) -> Reach {
    const ELSEWHERE: &[&str] = &[
        "get_table_names",
        "get_sorted_table_and_fkc_names",
        "drop_all",
        "reflect(",
        ".tables",
        "information_schema",
        "pg_catalog",
        "pg_class",
        "pg_tables",
        "sqlite_master",
        "open(",
        "read_text",
        ".read(",
        "importlib",
        "__import__",
        "subprocess",
    ];
    let is_dynamic = ELSEWHERE.iter().any(|word| memchr::memmem::find(file.as_bytes(), word.as_bytes()).is_some());
    if is_dynamic || file.lines().any(imports_elsewhere) { Reach::Anything } else { Reach::TablesNamed }
}

/// `from app.helpers import drop_old`: what it does stands in another file.
fn imports_elsewhere(line: &str) -> bool {
    const KNOWN: &[&str] = &[
        "alembic",
        "sqlalchemy",
        "sqlmodel",
        "sqlalchemy_utils",
        "geoalchemy2",
        "pgvector",
        "typing",
        "__future__",
        "typing_extensions",
        "datetime",
        "uuid",
        "json",
        "logging",
        "enum",
        "decimal",
        "re",
        "time",
        "collections",
        "itertools",
        "functools",
        "math",
        "random",
        "string",
        "hashlib",
        "secrets",
        "base64",
        "textwrap",
        "warnings",
        "contextlib",
        "os",
        "sys",
        "pathlib",
        "dataclasses",
        "zoneinfo",
        "fastapi_users_db_sqlalchemy",
        "tqdm",
        "citext",
        "bcrypt",
        "passlib",
        "werkzeug",
        "cryptography",
    ];
    let line = line.trim_start();
    let Some(rest) = line.strip_prefix("from ").or_else(|| line.strip_prefix("import ")) else { return false };
    let module = rest.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    !KNOWN.contains(&module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_functions_change_no_table() {
        for text in ["UPDATE a SET b = 1; INSERT INTO c VALUES (1)", "CREATE EXTENSION IF NOT EXISTS citext", ""] {
            assert_eq!(of_sql(text), Reach::Nothing, "{text}");
        }
    }

    #[test]
    fn what_alters_reaches_what_it_names_and_some_of_it_everything() {
        assert_eq!(of_sql("ALTER TABLE a RENAME TO b"), Reach::TablesNamed);
        assert_eq!(of_sql("UPDATE a SET b = 1; DROP TABLE a"), Reach::TablesNamed);
        assert_eq!(of_sql("CREATE UNIQUE INDEX ix ON a (b)"), Reach::PartsNamed);
        assert_eq!(of_sql("DROP TYPE mood CASCADE"), Reach::Anything);
        assert_eq!(of_sql("DO $$ BEGIN EXECUTE format('DROP TABLE %I', t); END $$"), Reach::Anything);
        assert_eq!(of_sql("SELECT drop_everything()"), Reach::TablesNamed);
    }

    #[test]
    fn python_reaches_everything_when_names_come_from_elsewhere() {
        assert_eq!(of_python("import sqlalchemy as sa\nfrom alembic import op\nhelp(op, 'users')"), Reach::TablesNamed);
        assert_eq!(of_python("from app.helpers import drop_old\ndrop_old(op)"), Reach::Anything);
        assert_eq!(of_python("for t in inspector.get_table_names(): drop(t)"), Reach::Anything);
    }

    #[test]
    fn words_are_names_in_lower_case() {
        let found = words("ALTER TABLE app.\"Users\" ADD größe_1 int");
        for word in ["app", "users", "größe_1"] {
            assert!(found.contains(word), "{found:?}");
        }
    }
}
