//! Which databases tests run on, and where SQL is printed instead of run.

use crate::source::Span;

/// What a file says of databases.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// The first URL of SQLite.
    pub(super) sqlite: Option<Span>,
    /// PostgreSQL is mentioned: a URL, an image, a driver.
    pub(super) postgres: bool,
}

/// Reads them; comments of a whole line are left out.
pub(super) fn named(text: &str) -> Named {
    let mut named = Named::default();
    for (start, line) in lines(text) {
        let lower = line.to_ascii_lowercase();
        named.postgres |= lower.contains("postgres") || lower.contains("psycopg") || lower.contains("asyncpg");
        if named.sqlite.is_none() {
            named.sqlite = sqlite_url(&lower).map(|(at, end)| Span::new(start + at, start + end));
        }
    }
    named
}

/// `sqlite://`, `sqlite+aiosqlite:///./test.db`: from its first letter to its last.
fn sqlite_url(line: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(at) = line.get(from..)?.find("sqlite").map(|at| at + from) {
        let rest = line.get(at + "sqlite".len()..)?;
        let driver = if rest.starts_with('+') {
            1 + rest.bytes().skip(1).take_while(u8::is_ascii_alphanumeric).count()
        } else {
            0
        };
        let scheme = rest.get(driver..)?;
        if scheme.starts_with("://") {
            let is_url = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\'' | '`' | ')' | ',' | ';');
            let length = scheme.find(|c| !is_url(c)).unwrap_or(scheme.len());
            return Some((at, at + "sqlite".len() + driver + length));
        }
        from = at + 1;
    }
    None
}

/// Where a command or a call prints the SQL of an upgrade.
pub(super) fn prints_sql(text: &str) -> Option<Span> {
    lines(text).find_map(|(start, line)| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_command = words.iter().any(|word| word.trim_matches(['"', '\'', ',', '`']) == "--sql")
            && line.contains("upgrade")
            && ["alembic", "flask", "manage.py"].iter().any(|program| line.contains(program));
        let is_call = line.contains("upgrade(") && line.replace(' ', "").contains("sql=True");
        let indent = line.len() - line.trim_start().len();
        (is_command || is_call).then(|| Span::new(start + indent, start + line.trim_end().len()))
    })
}

/// Each line with where it starts, without those that are comments.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    });
    lines.filter(|(_, line)| !line.trim_start().starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_sqlite_are_told_from_words() {
        let text = "import sqlite3\n# sqlite://\nengine = create_engine('sqlite+aiosqlite:///./test.db', x)\n";
        let named = named(text);
        let span = named.sqlite.unwrap();
        assert_eq!(text.get(span.start..span.end), Some("sqlite+aiosqlite:///./test.db"));
        assert!(!named.postgres);
        assert!(super::named("image: postgres:16\n").postgres);
        assert_eq!(super::named("# postgresql://\nsqlite3 x\n"), Named::default());
    }

    #[test]
    fn printed_sql_is_seen_in_commands_and_calls() {
        for text in ["  run: alembic upgrade head --sql > out.sql\n", "command.upgrade(config, 'head', sql=True)\n"] {
            assert!(prints_sql(text).is_some(), "{text}");
        }
        for text in ["alembic upgrade head\n", "# alembic upgrade head --sql\n", "psql --sql upgrade\n"] {
            assert!(prints_sql(text).is_none(), "{text}");
        }
    }
}
