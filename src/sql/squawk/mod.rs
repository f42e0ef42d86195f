//! Squawk's linter, with the false alarms of rendered migrations taken out.

mod rules;

use std::collections::BTreeSet;

use squawk_linter::{Linter, LinterSettings, Rule, Version};
use squawk_syntax::SourceFile;

pub use rules::{DefaultRule, RULES};

use super::statement::{Command, ObjectKind, Statement};
use super::table::{Action, Column};
use super::{Name, read};
use crate::source::Span;

/// What the text alone does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// PostgreSQL's major version.
    pub version: u32,
    /// The text runs inside of a transaction that was begun before it.
    pub assume_in_transaction: bool,
    /// Rules that are off by default and are wanted, by Squawk's names.
    pub include: Vec<String>,
    /// Rules that are not wanted.
    pub exclude: Vec<String>,
    /// `lock_timeout` is set elsewhere: in env.py, for the role, by the connection.
    pub lock_timeout_is_set: bool,
    /// The same for `statement_timeout`.
    pub statement_timeout_is_set: bool,
    /// Tables that the transaction created before this text: nobody waits for their locks.
    pub created: BTreeSet<Name>,
    /// Alembic's version table, whose statements are not the user's.
    pub version_table: Option<Name>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            version: 15,
            assume_in_transaction: true,
            include: Vec::new(),
            exclude: Vec::new(),
            lock_timeout_is_set: false,
            statement_timeout_is_set: false,
            created: BTreeSet::new(),
            version_table: None,
        }
    }
}

const UNUSED_IGNORE: &str = "unused-ignore";

/// What Squawk says about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Squawk's name of the rule.
    pub rule: String,
    /// Where in the text.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Lints a text. `-- squawk-ignore` comments in it count.
pub fn lint(text: &str, options: &Options) -> Vec<Violation> {
    let statements = read::statements(text);
    lint_read(text, &statements.iter().collect::<Vec<_>>(), options)
}

/// The same for a text whose statements have been read.
pub fn lint_read(text: &str, statements: &[&Statement], options: &Options) -> Vec<Violation> {
    // Squawk must not see what is no SQL: its tree would be guesswork, and may be too deep.
    let hidden = statements.iter().filter(|statement| is_hidden(&statement.command, options));
    let visible = without(text, hidden.map(|statement| statement.span));
    let parsed = SourceFile::parse(&visible);

    let rules = rules(options);
    let mut linter = Linter::from(rules.clone());
    linter.settings = LinterSettings {
        pg_version: options.version.to_string().parse::<Version>().unwrap_or_default(),
        assume_in_transaction: options.assume_in_transaction,
    };
    let found = linter.lint(&parsed, &visible);

    let new = on_new_tables(statements, options);
    let wanted = found.into_iter().filter(|violation| rules.contains(&violation.code));
    let mut violations: Vec<_> = wanted.map(|violation| translated(violation, text)).collect();
    violations.retain(|violation| {
        let is_lock = RULES.iter().any(|rule| rule.name == violation.rule && rule.spares_new_tables);
        !(is_lock && new.iter().any(|span| contains(*span, violation.span)))
    });
    violations.retain(|violation| !is_mistaken(violation, statements));
    without_doubles(violations)
}

/// Whether Squawk has a rule of this name.
pub fn is_rule(name: &str) -> bool {
    rule(name).is_some()
}

/// Squawk does not read the name of the one rule that is always on.
fn rule(name: &str) -> Option<Rule> {
    if name == UNUSED_IGNORE { Some(Rule::UnusedIgnore) } else { Rule::try_from(name).ok() }
}

fn translated(violation: squawk_linter::Violation, text: &str) -> Violation {
    let start = usize::from(violation.text_range.start());
    let end = usize::from(violation.text_range.end());
    // A statement's node ends after its semicolon, or even after blanks.
    let shown =
        text.get(start..end).map_or(0, |shown| shown.trim_end_matches(|c: char| c == ';' || c.is_whitespace()).len());
    Violation {
        rule: name(violation.code),
        span: Span::new(start, if shown == 0 { end } else { start + shown }),
        message: violation.message,
        help: violation.help,
    }
}

/// Squawk prints one name that its own pages spell otherwise; it reads both.
fn name(rule: Rule) -> String {
    match rule {
        Rule::PreferTimestampTz => "prefer-timestamptz".to_owned(),
        rule => rule.to_string(),
    }
}

fn rules(options: &Options) -> Vec<Rule> {
    let by_default = RULES.iter().filter(|rule| rule.on).map(|rule| rule.name);
    let wanted = by_default.chain(options.include.iter().map(String::as_str));
    let excluded: Vec<_> = options.exclude.iter().filter_map(|name| rule(name)).collect();
    let mut rules: Vec<_> = wanted.filter_map(rule).collect();
    rules.retain(|rule| !excluded.contains(rule));
    if options.lock_timeout_is_set {
        rules.retain(|rule| *rule != Rule::RequireLockTimeout);
    }
    if options.statement_timeout_is_set {
        rules.retain(|rule| *rule != Rule::RequireStatementTimeout);
    }
    rules
}

fn is_hidden(command: &Command, options: &Options) -> bool {
    let is_version_table = |table: &Name| options.version_table.as_ref() == Some(table);
    match command {
        Command::Unknown(_) => true,
        Command::Write(write) => is_version_table(&write.table),
        Command::CreateTable(create) => is_version_table(&create.table),
        Command::Drop(drop) => drop.kind == ObjectKind::Table && drop.names.iter().any(is_version_table),
        _ => false,
    }
}

/// The text with the spans made blank; everything else stays where it is.
fn without(text: &str, spans: impl Iterator<Item = Span>) -> String {
    let mut visible = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        visible.push_str(text.get(at..span.start).unwrap_or_default());
        let hidden = text.get(span.start..span.end).unwrap_or_default();
        visible.extend(hidden.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        at = span.end;
    }
    visible.push_str(text.get(at..).unwrap_or_default());
    visible
}

/// Squawk does not see that a new column fills itself, or that a column without a value refers to
/// nothing yet, so that no row is checked.
fn is_mistaken(violation: &Violation, statements: &[&Statement]) -> bool {
    let statement = statements.iter().find(|statement| contains(statement.span, violation.span));
    let Some(Command::AlterTable(alter)) = statement.map(|statement| &statement.command) else { return false };
    let all_columns = |is_harmless: fn(&Column) -> bool| {
        alter.actions.iter().all(|action| match action {
            Action::AddColumn { column, .. } => is_harmless(column),
            Action::AddConstraint(_) => false,
            _ => true,
        })
    };
    match violation.rule.as_str() {
        "adding-required-field" => {
            all_columns(|column| !column.not_null || column.generated.is_some() || column.is_serial())
        }
        "adding-foreign-key-constraint" => all_columns(|column| column.default.is_none()),
        _ => false,
    }
}

/// The statements about tables that did not exist before the transaction.
fn on_new_tables(statements: &[&Statement], options: &Options) -> Vec<Span> {
    let mut created = options.created.clone();
    let mut spans = Vec::new();
    for statement in statements {
        let table = match &statement.command {
            Command::CreateTable(create) if !create.if_not_exists => {
                created.insert(create.table.clone());
                None
            }
            Command::AlterTable(alter) => Some(&alter.table),
            Command::CreateIndex(index) => Some(&index.table),
            _ => None,
        };
        if table.is_some_and(|table| created.contains(table)) {
            spans.push(statement.span);
        }
    }
    spans
}

/// A constraint that is checked at once breaks the rule for its kind and the one for all kinds. The
/// first says what to do.
fn without_doubles(violations: Vec<Violation>) -> Vec<Violation> {
    let of_a_kind =
        ["adding-foreign-key-constraint", "disallowed-unique-constraint", "adding-serial-primary-key-field"];
    let special = violations.iter().filter(|it| of_a_kind.contains(&it.rule.as_str()));
    let special: Vec<_> = special.map(|it| it.span).collect();
    let is_double = |it: &Violation| {
        it.rule == "constraint-missing-not-valid"
            && special.iter().any(|span| contains(*span, it.span) || contains(it.span, *span))
    };
    violations.into_iter().filter(|it| !is_double(it)).collect()
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

#[cfg(test)]
mod tests;
