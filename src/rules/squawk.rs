//! Squawk's rules, under Squawk's names: its linter on the SQL of the revisions that are looked into.
//!
//! Which are on, and why, is decided in `sql` ([`sql::RULES`]). Where a rule of our own says the same of
//! the same place, it knows more, and Squawk's is left out.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use rayon::prelude::*;

use super::{Check, Rule};
use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::{Facts, RevisionSql, SentStatement, SentText};
use crate::revision::Revision;
use crate::source::{Location, Span, printable, printable_line};
use crate::sql::{
    self, Action, Answer, Command, ConstraintKind, DefaultRule, Name, ObjectKind, Options, Statement, Violation,
};

/// It breaks the migration.
const ERRORS: [&str; 2] = ["ban-duplicate-column-assignments", "ban-drop-database"];

/// Worth knowing: nothing waits long and nothing is lost.
const INFOS: [&str; 7] = [
    "renaming-column",
    "renaming-table",
    "ban-set-schema",
    "ban-alter-identity",
    "ban-drop-generated-expression",
    "ban-create-domain-with-constraint",
    "ban-alter-domain-with-add-constraint",
];

/// Rules of our own that say the same, with more.
const SAME: &[(&str, &[&str])] = &[
    (
        "adding-foreign-key-constraint",
        &["foreign-key-locks-parent", "create-table-references-busy-table", "not-valid-and-validate-together"],
    ),
    ("constraint-missing-not-valid", &["foreign-key-locks-parent", "not-valid-and-validate-together"]),
    ("adding-required-field", &["not-null-without-proof"]),
    ("adding-not-nullable-field", &["not-null-without-proof"]),
    ("ban-drop-column", &["drop-add-rename", "suspicious-drop-everything"]),
    ("ban-drop-table", &["suspicious-drop-everything"]),
    ("ban-concurrent-index-creation-in-transaction", &["concurrently-in-transaction"]),
    ("prefer-robust-stmts", &["autocommit-block-not-alone", "concurrent-index-if-not-exists"]),
    ("changing-column-type", &["type-change-rewrites"]),
    ("require-lock-timeout", &["missing-lock-timeout"]),
    ("require-statement-timeout", &["missing-statement-timeout"]),
];

/// The rule about values for the rows that are there.
const DEFAULT: &str = "adding-field-with-default";

/// The rule about constraints that are checked at once.
const NOT_VALID: &str = "constraint-missing-not-valid";

/// The one rule that both have: a comment that ignores what does not exist.
const UNUSED_IGNORE: &str = "unused-ignore";

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let own = sql::RULES.iter().filter(|rule| rule.name != UNUSED_IGNORE);
    own.map(|rule| Rule {
        name: rule.name,
        summary: leaked(summary(rule)),
        severity: severity(rule),
        since: "0.1.0",
        page: leaked(page(rule)),
        check: Check::Squawk,
    })
    .collect()
});

/// There is one of each for the whole run of the program.
fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// All of them, also those that are off.
pub fn all() -> &'static [Rule] {
    &RULES
}

/// Whether the rule runs unless it is asked for.
pub fn is_on(rule: &Rule) -> bool {
    sql::RULES.iter().any(|known| known.on && known.name == rule.name)
}

/// The names of our rules that say the same as this one of Squawk's.
pub fn same_as(rule: &Rule) -> &'static [&'static str] {
    SAME.iter().find(|(name, _)| *name == rule.name).map_or(&[], |(_, ours)| ours)
}

fn severity(rule: &DefaultRule) -> Severity {
    match () {
        () if ERRORS.contains(&rule.name) => Severity::Error,
        () if !rule.on || INFOS.contains(&rule.name) => Severity::Info,
        () => Severity::Warning,
    }
}

fn summary(rule: &DefaultRule) -> String {
    let mut why = rule.why.chars();
    let capital: String = why.next().into_iter().flat_map(char::to_uppercase).chain(why).collect();
    if rule.on { format!("{capital} (Squawk)") } else { format!("Off unless asked for: {} (Squawk)", rule.why) }
}

fn page(rule: &DefaultRule) -> String {
    let mut text = format!("# {}\n\n{}\n\n## What it does\n\n", rule.name, summary(rule));
    text.push_str("A rule of Squawk, the linter for PostgreSQL. It looks at the SQL that `upgrade()` sends.\n");
    // The newest that Squawk knows: REPACK is new in it.
    let options = Options { version: 19, ..Options::default() };
    if let Some(shown) = sql::lint(rule.example, &options).into_iter().find(|found| found.rule == rule.name) {
        let (message, help) = words(sql::statements(rule.example).first(), &shown);
        let stop = if message.ends_with('!') { "" } else { "." };
        text.push_str(&format!("\n```sql\n{}\n```\n\n{message}{stop}\n", rule.example));
        if let Some(help) = help {
            text.push_str(&format!("\n## How to fix\n\n{help}\n"));
        }
    }
    text.push_str(&format!("\n## More\n\nhttps://squawkhq.com/docs/{}\n\n## When to ignore\n\n", rule.name));
    if !rule.on {
        text.push_str(&format!(
            "It is off. `severity.{0} = \"warning\"` in the settings, or `--select {0}`, switches it on.\n\n",
            rule.name
        ));
    }
    text.push_str(&format!(
        "`# alembic-doctor: ignore[{0}] reason` at the call, `-- squawk-ignore {0}` in the SQL, or \
         `severity.{0} = \"off\"` in the settings.\n",
        rule.name
    ));
    text
}

/// What Squawk finds in the revisions that are looked into, with the rules that are on and those in
/// `include`.
pub fn lint(facts: &Facts, include: &[&str]) -> Vec<(&'static Rule, Finding)> {
    let include: Vec<String> = include.iter().map(|name| (*name).to_owned()).collect();
    let examined = |(_, revision): &(usize, &Revision)| facts.examined.includes(&revision.id);
    let revisions: Vec<(usize, &Revision)> = facts.graph.revisions().iter().enumerate().filter(examined).collect();
    let version = facts.postgres_version().major;
    let is_set = |parameter| super::operation::timeouts::is_set(facts, parameter);
    let (lock_timeout_is_set, statement_timeout_is_set) = (is_set("lock_timeout"), is_set("statement_timeout"));
    let found = revisions.into_par_iter().map(|(position, revision)| {
        let options = Options {
            version,
            include: include.clone(),
            lock_timeout_is_set,
            statement_timeout_is_set,
            ..Options::default()
        };
        of_revision(revision, facts.sql(position), options)
    });
    found.collect::<Vec<_>>().into_iter().flatten().collect()
}

fn of_revision(revision: &Revision, sql: &RevisionSql, mut options: Options) -> Vec<(&'static Rule, Finding)> {
    let mut found: Vec<(&'static Rule, Finding)> = Vec::new();
    for (index, text) in sql.texts.iter().enumerate() {
        options.assume_in_transaction = !text.in_autocommit;
        options.created.clone_from(&text.context.created);
        let statements: Vec<&SentStatement> = sql.statements.iter().filter(|it| it.text == index).collect();
        if options.include.is_empty() && has_nothing_to_say(text, &statements) {
            continue;
        }
        let read: Vec<&Statement> = statements.iter().map(|it| &it.statement).collect();
        for violation in sql::lint_read(&text.text, &read, &options) {
            let Some(rule) = rule(&violation.rule) else { continue };
            let at = statement(sql, index, &violation);
            if at.is_some_and(|at| is_excused(sql, at, &violation)) {
                continue;
            }
            let statement = at.and_then(|at| sql.statements.get(at));
            let said = words(statement.map(|it| &it.statement), &violation);
            let finding = finding(revision, (text, statement), rule, violation.span, said);
            let is_same = |(other, known): &(&'static Rule, Finding)| {
                other.name == rule.name && known.location == finding.location && known.message == finding.message
            };
            if !found.iter().any(is_same) {
                found.push((rule, finding));
            }
        }
    }
    found
}

/// Whether none of the rules that are on can find anything: in what Alembic writes itself for a table that
/// is new. Most of what a project ever did is that.
fn has_nothing_to_say(text: &SentText, statements: &[&SentStatement]) -> bool {
    text.is_rendered
        && statements.iter().all(|it| match &it.statement.command {
            Command::CreateTable(_) => true,
            Command::CreateIndex(index) => text.context.created.contains(&index.table),
            _ => false,
        })
}

/// The rule of a violation: Squawk's, but for the one that is ours too.
fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name).or_else(|| super::find(name))
}

fn finding(
    revision: &Revision,
    (text, at): (&SentText, Option<&SentStatement>),
    rule: &Rule,
    span: Span,
    (message, help): (&str, Option<&str>),
) -> Finding {
    let place = |span| Location::new(&revision.source, span);
    let mut finding = Finding::new(printable_line(message))
        .at(place(text.place(span)))
        .in_call(place(text.call))
        .revision(revision.id.clone());
    let sql = at.map_or(text.text.as_str(), |it| {
        let Span { start, end } = it.statement.span;
        text.text.get(start..end).unwrap_or_default()
    });
    let words: Vec<&str> = sql.split_whitespace().collect();
    finding = finding.evidence(format!("SQL: {}", printable(&words.join(" "))));
    if let Some(help) = help {
        finding = finding.evidence(printable_line(help.trim_end_matches('.')));
    }
    finding
        .next(
            format!("alembic-doctor explain {}", rule.name),
            "says what Squawk's rule is about, and how to set it aside",
            Changes::Nothing,
        )
        .do_not(do_not(rule.name))
}

/// What makes it worse, by what the rule is about: what others still use, or a lock.
fn do_not(rule: &str) -> &'static str {
    if ["ban-", "renaming-"].iter().any(|kind| rule.starts_with(kind)) {
        "deploy it together with the code that no longer needs it: the old code runs for a while beside it"
    } else {
        "judge it by a test database: the tables are empty there, and nobody waits"
    }
}

/// The statement that the violation stands in: index in [`RevisionSql::statements`].
fn statement(sql: &RevisionSql, text: usize, violation: &Violation) -> Option<usize> {
    sql.statements.iter().position(|it| it.text == text && contains(it.statement.span, violation.span))
}

/// Whether the violation is none, by what is known of the tables.
fn is_excused(sql: &RevisionSql, at: usize, violation: &Violation) -> bool {
    let Some(statement) = sql.statements.get(at) else { return false };
    // Squawk takes every function that it does not know for a volatile one.
    let is_default = violation.rule == DEFAULT;
    let rewrites = statement.effects.known.iter().any(|effect| effect.rewrite == Answer::Yes);
    is_default && !rewrites || is_spared(sql, at, violation)
}

/// Whether a rule about locks and clients speaks of a table that is new, or that the revision drops
/// later on: autogenerate drops the indexes of a table before the table.
fn is_spared(sql: &RevisionSql, at: usize, violation: &Violation) -> bool {
    let spares = sql::RULES.iter().any(|rule| rule.name == violation.rule && rule.spares_new_tables);
    let Some(statement) = sql.statements.get(at).filter(|_| spares) else { return false };
    let tables: Vec<&Name> = match &statement.statement.command {
        Command::AlterTable(alter) => vec![&alter.table],
        Command::CreateIndex(index) => vec![&index.table],
        Command::Drop(drop) if drop.kind == ObjectKind::Index => {
            drop.names.iter().filter_map(|index| statement.context.indexes.get(index)).collect()
        }
        _ => return false,
    };
    let later = sql.statements.get(at + 1..).unwrap_or_default();
    let dropped: BTreeSet<&Name> = later.iter().flat_map(|it| dropped_tables(&it.statement.command)).collect();
    let is_unused = |table: &&Name| statement.context.created.contains(*table) || dropped.contains(*table);
    !tables.is_empty() && tables.iter().all(is_unused)
}

/// What is said of a violation, and what helps: Squawk's words, except where they are not true.
fn words<'v>(statement: Option<&Statement>, violation: &'v Violation) -> (&'v str, Option<&'v str>) {
    let help = violation.help.as_deref();
    let actions = statement.and_then(|statement| match &statement.command {
        Command::AlterTable(alter) => Some(alter.actions.as_slice()),
        _ => None,
    });
    let has = |kind: fn(&Action) -> bool| actions.is_some_and(|actions| actions.iter().any(kind));
    let adds = |kind: fn(&ConstraintKind) -> bool| {
        let is_it = |action: &Action| matches!(action, Action::AddConstraint(added) if kind(&added.kind));
        actions.is_some_and(|actions| actions.iter().any(is_it))
    };
    // Squawk says of a default what is true of a generated column.
    let is_generated = has(|action| matches!(action, Action::AddColumn { column, .. } if column.generated.is_some()));
    match violation.rule.as_str() {
        DEFAULT if actions.is_some() && !is_generated => {
            ("A default with another value for each row rewrites the table under an ACCESS EXCLUSIVE lock", help)
        }
        // Both take a stronger lock than Squawk says, and the second has no `NOT VALID`.
        NOT_VALID if adds(|kind| matches!(kind, ConstraintKind::Check { .. })) => {
            ("Nobody can use the table while all its rows are read: the CHECK is added under ACCESS EXCLUSIVE", help)
        }
        NOT_VALID if adds(|kind| matches!(kind, ConstraintKind::Exclude)) => (
            "Nobody can use the table while its index is built: EXCLUDE is added under ACCESS EXCLUSIVE",
            Some("PostgreSQL has no NOT VALID for EXCLUDE: add it when the table is not in use"),
        ),
        _ => (violation.message.trim_end_matches('.'), help),
    }
}

fn dropped_tables(command: &Command) -> &[Name] {
    match command {
        Command::Drop(drop) if drop.kind == ObjectKind::Table => &drop.names,
        _ => &[],
    }
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.start < outer.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Report, Scope, run};
    use crate::rules::testing::{facts, revision_with};
    use crate::settings::Selection;

    fn report(upgrade: &str, selection: &Selection) -> Report {
        let mut facts = facts(vec![revision_with("a", &[], upgrade)]);
        facts.read_operations();
        run("check", facts, Scope::Offline, selection)
    }

    /// The names of what is found, with the text at its place.
    fn found(upgrade: &str) -> Vec<(&'static str, String)> {
        let report = report(upgrade, &Selection::default());
        let of_it = |place: &Location| place.source.slice(place.span).to_owned();
        let all = report.diagnostics.iter();
        all.map(|one| (one.rule.name, one.finding.location.as_ref().map(of_it).unwrap_or_default())).collect()
    }

    fn names(upgrade: &str) -> Vec<&'static str> {
        found(upgrade).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_violation_stands_at_its_line_of_python() {
        assert_eq!(
            found(r#"op.execute("SELECT 1; ALTER TABLE t DROP COLUMN b")"#),
            [("ban-drop-column", "DROP COLUMN b".to_owned())]
        );
        let call = r#"op.drop_column("t", "b")"#;
        assert_eq!(found(call), [("ban-drop-column", call.to_owned())]);
    }

    #[test]
    fn comments_of_both_kinds_set_it_aside() {
        assert_eq!(names(r#"op.execute("-- squawk-ignore ban-drop-column\nALTER TABLE t DROP COLUMN b")"#), [""; 0]);
        let ignored = "# alembic-doctor: ignore[ban-drop-column] known\n    op.execute(\"\"\"\n        ALTER TABLE t\n        DROP COLUMN b\n    \"\"\")";
        assert_eq!(names(ignored), [""; 0], "above the call, with the SQL some lines below");
        assert_eq!(names(r#"op.execute("SELECT 1")  # alembic-doctor: ignore[ban-drop-column]"#), ["unused-ignore"]);
    }

    #[test]
    fn our_own_rules_win() {
        assert_eq!(names(r#"op.create_foreign_key("fk", "a", "b", ["x"], ["id"])"#), ["foreign-key-locks-parent"]);
        assert_eq!(
            names(r#"op.add_column("a", sa.Column("x", sa.Integer(), nullable=False))"#),
            ["not-null-without-proof"]
        );
    }

    #[test]
    fn tables_that_come_or_go_with_the_revision_are_spared() {
        assert_eq!(
            names(
                "op.drop_index(\"ix\", table_name=\"t\")\n    op.drop_column(\"t\", \"a\")\n    op.drop_table(\"t\")"
            ),
            ["ban-drop-table"]
        );
        let new = "op.create_table(\"t\", sa.Column(\"id\", sa.Integer()))\n    op.create_index(\"ix\", \"t\", [\"id\"])\n    op.drop_index(\"ix\", table_name=\"t\")";
        assert_eq!(names(new), [""; 0]);
        assert_eq!(names(r#"op.drop_index("ix", table_name="t")"#), ["require-concurrent-index-deletion"]);
    }

    #[test]
    fn only_a_default_that_differs_from_row_to_row_rewrites() {
        let add = |default: &str| {
            names(&format!(r#"op.add_column("t", sa.Column("a", sa.Text(), server_default=sa.text("{default}")))"#))
        };
        assert_eq!(add("random()::text"), ["adding-field-with-default"]);
        assert_eq!(add("now()::text"), [""; 0]);
        assert_eq!(add("ours()"), [""; 0], "it is not known whether it is volatile");
    }

    #[test]
    fn a_constraint_is_said_to_lock_as_it_does() {
        for (add, words, evidence) in [
            ("op.create_check_constraint(\"c\", \"t\", \"a > 0\")", "the CHECK is added under", "NOT VALID"),
            ("op.create_exclude_constraint(\"c\", \"t\", (\"a\", \"&&\"))", "EXCLUDE is added under", "no NOT VALID"),
        ] {
            let report = report(add, &Selection::default());
            let found = report.diagnostics.iter().find(|found| found.rule.name == NOT_VALID).unwrap();
            assert!(found.finding.message.contains(words), "{}", found.finding.message);
            assert!(found.finding.evidence[1].contains(evidence), "{:?}", found.finding.evidence);
        }
    }

    #[test]
    fn a_page_says_what_a_finding_says() {
        let page = |name: &str| rule(name).unwrap().page;
        assert!(page(DEFAULT).contains("A default with another value for each row rewrites the table"));
        assert!(page(NOT_VALID).contains("the CHECK is added under ACCESS EXCLUSIVE.\n"));
    }

    #[test]
    fn rules_that_are_off_are_there_for_who_asks() {
        let add = r#"op.add_column("t", sa.Column("a", sa.String(9)))"#;
        assert_eq!(names(add), [""; 0]);
        let selected = |selection: &Selection| report(add, selection).diagnostics.len();
        let select = vec!["prefer-text-field".to_owned()];
        assert_eq!(selected(&Selection { select, ..Selection::default() }), 1);
        let severity = [("prefer-text-field".to_owned(), Severity::Warning)].into();
        assert_eq!(selected(&Selection { severity, ..Selection::default() }), 1);
        let select = vec!["multiple-heads".to_owned()];
        assert_eq!(selected(&Selection { select, ..Selection::default() }), 0);
    }

    #[test]
    fn an_error_that_is_left_out_is_named() {
        let ignore = vec!["ban-duplicate-column-assignments".to_owned()];
        let report = report(
            r#"op.execute("UPDATE t SET a = 1, a = 2 WHERE id = 3")"#,
            &Selection { ignore, ..Selection::default() },
        );
        assert!(report.diagnostics.is_empty());
        assert_eq!(report.skipped[0].what, "2 errors of ban-duplicate-column-assignments");
    }

    #[test]
    fn every_name_has_one_rule() {
        for rule in all() {
            assert!(crate::rules::all().iter().all(|own| own.name != rule.name), "{}", rule.name);
            assert_eq!(crate::rules::find(rule.name).map(|found| found.page), Some(rule.page));
        }
        for (name, _) in SAME {
            assert!(sql::is_rule(name), "{name}");
        }
    }
}
