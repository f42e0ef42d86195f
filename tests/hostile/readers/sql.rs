//! Any text is split, read, judged and linted without a panic; no statement is lost, and every
//! place lies in the text.

use alembic_doctor::source::Span;
use alembic_doctor::sql::{self, Command, Context, Options};

pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let assert_inside = |span: Span| assert!(text.get(span.start..span.end).is_some(), "{span:?}");
    let statements = sql::statements(text);
    let mut end = 0;
    for statement in &statements {
        assert_inside(statement.span);
        assert!(statement.span.start >= end && statement.span.end > statement.span.start, "{statement:?}");
        end = statement.span.end;
        let effects = sql::effects(statement, 15, &Context::default());
        if let Command::Unknown(unreadable) = &statement.command {
            assert!(!unreadable.reason.is_empty() && unreadable.at <= text.len(), "{unreadable:?}");
            assert!(!effects.unknown.is_empty(), "an unread statement is not harmless");
        }
        sql::needs_autocommit(statement, 15);
    }
    for violation in sql::lint(text, &Options::default()) {
        assert_inside(violation.span);
        assert!(!violation.message.is_empty(), "{violation:?}");
    }
    // The first line as a pair of types.
    let line = text.lines().next().unwrap_or_default();
    let (from, to) = line.split_once('>').unwrap_or((line, line));
    let _ = sql::types::cost(from, to, None);
    if let Some(parsed) = sql::types::DataType::parse(from) {
        assert!(!parsed.name.is_empty(), "{from:?}");
    }
}
