//! What the pages of the rules about operations say, held against the real Alembic and PostgreSQL:
//! each fix runs there and is clean under all rules, each example that is said to fail fails with
//! the words of the page, and the locks that a page names are those that are taken.

mod claims;

use std::collections::{BTreeMap, BTreeSet};

use alembic_doctor::diagnostic::Severity;
use alembic_doctor::rules::{self, Check, Rule};
use alembic_doctor::sql::Lock;
use serde_json::{Value, json};

use crate::pages::{Page, examine};
use crate::support::alembic::Session;
use crate::support::postgres::{Server, TestDatabase, newest, servers};
use claims::{AFTERWARDS, DAMAGE, FAILURES, Failure, LOCKS, SETUPS};

const SCHEMA: &str = include_str!("schema.sql");

fn operation_rules() -> impl Iterator<Item = &'static Rule> {
    rules::all().into_iter().filter(|rule| matches!(rule.check, Check::Revision(_)))
}

/// A database as the example of the page finds it.
fn database(server: &'static Server, page: &str) -> TestDatabase<'static> {
    let database = server.database();
    database.sql(SCHEMA);
    for (_, setup) in SETUPS.iter().filter(|(name, _)| *name == page) {
        database.sql(setup);
    }
    database
}

/// The revision files of a section by their names.
fn revisions<'a>(page: &Page<'a>, section: &str) -> BTreeMap<&'a str, &'a str> {
    let files = page.section(section).files();
    let name = |title: &'a str| title.strip_prefix("versions/")?.strip_suffix(".py");
    files.into_iter().filter_map(|(title, text)| Some((name(title)?, text))).collect()
}

/// What Alembic says to `commands`: the locks of each revision at its end, and its error.
fn run(session: &mut Session, url: &str, files: &BTreeMap<&str, &str>, commands: &[(&str, &str)]) -> Value {
    session.ask(&json!({"command": "run", "url": url, "files": files, "commands": commands}))
}

/// The strongest lock on each table.
fn strongest(held: &Value) -> BTreeMap<String, Lock> {
    let mut locks = BTreeMap::new();
    for row in held.as_array().unwrap() {
        let name = row[1].as_str().unwrap().strip_suffix("Lock").unwrap();
        let is_it = |lock: &Lock| lock.name().replace(' ', "").eq_ignore_ascii_case(name);
        let lock = Lock::ALL.into_iter().find(is_it).unwrap();
        let strongest = locks.entry(row[0].as_str().unwrap().to_owned()).or_insert(lock);
        *strongest = lock.max(*strongest);
    }
    locks
}

/// The text of a page in one line, as a reader sees it.
fn flowing(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_fix_is_clean_under_all_rules() {
    let mut wrong = Vec::new();
    for rule in operation_rules() {
        let files = Page::new(rule.page).section("How to fix").files();
        let report = examine(&files, Vec::new());
        let found = report.diagnostics.iter().filter(|found| found.severity >= Severity::Warning);
        wrong.extend(found.map(|found| format!("{}: {} {}", rule.name, found.rule.name, found.finding.message)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fix_runs_on_the_real_server() {
    let mut session = Session::start("fixes/session.py");
    let mut wrong = Vec::new();
    for rule in operation_rules() {
        let page = Page::new(rule.page);
        let files = revisions(&page, "How to fix");
        let database = database(newest(), rule.name);
        // One by one, as they are deployed.
        let mut commands: Vec<(&str, &str)> = files.keys().map(|id| ("upgrade", *id)).collect();
        let has_way_back = |text: &&str| text.contains("def downgrade") && !text.contains("raise ");
        if files.values().all(has_way_back) {
            commands.extend([("downgrade", "base"), ("upgrade", "head")]);
        }
        if rule.name == "offline-unsafe" {
            commands.push(("sql", "head"));
        }
        let answer = run(&mut session, &database.url(), &files, &commands);
        if let Some(error) = answer["error"].as_str() {
            wrong.push(format!("{}: {error}", rule.name));
        }
        for (_, query, expected) in AFTERWARDS.iter().filter(|(name, ..)| *name == rule.name) {
            assert_eq!(database.sql(query)[0][0].as_deref(), Some(*expected), "{}: {query}", rule.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn examples_that_are_said_to_fail_fail_in_the_words_of_the_page() {
    let mut session = Session::start("fixes/session.py");
    // What a value of an enum may do has changed with the versions.
    let differs = |failure: &Failure| failure.page == "enum-value-in-transaction";
    let runs = servers().iter().flat_map(|server| FAILURES.iter().map(move |failure| (server, failure)));
    for (server, failure) in runs.filter(|(server, failure)| differs(failure) || server.major == newest().major) {
        let rule = rules::find(failure.page).unwrap();
        let (page, database) = (Page::new(rule.page), database(server, failure.page));
        let files = revisions(&page, "Example");
        if !failure.before.is_empty() {
            database.sql(failure.before);
            let first = run(&mut session, &database.url(), &files, failure.commands);
            assert_ne!(first["error"], Value::Null, "{}", rule.name);
        }
        let answer = run(&mut session, &database.url(), &files, failure.commands);
        let error = flowing(answer["error"].as_str().unwrap_or("it works"));
        for part in failure.words {
            assert!(flowing(rule.page).contains(part), "{}: the page does not say: {part}", rule.name);
            assert!(error.contains(part), "{} on {}: {part}\nis not in: {error}", rule.name, server.major);
        }
    }
}

#[test]
fn a_new_value_of_a_new_type_is_taken_since_17() {
    let mut session = Session::start("fixes/session.py");
    let text = "from alembic import op\nrevision = 'a1'\ndown_revision = None\n\n\ndef upgrade():\n    \
        op.execute(\"CREATE TYPE phase AS ENUM ('new')\")\n    \
        op.execute(\"ALTER TYPE phase ADD VALUE 'done'\")\n    op.execute(\"SELECT 'done'::phase\")\n";
    let files = BTreeMap::from([("a1", text)]);
    for server in servers() {
        let database = database(server, "new-type");
        let answer = run(&mut session, &database.url(), &files, &[("upgrade", "head")]);
        let error = answer["error"].as_str().unwrap_or_default();
        let is_refused = error.contains("unsafe use of new value \"done\" of enum type phase");
        assert!(if server.major < 17 { is_refused } else { error.is_empty() }, "{}: {error}", server.major);
    }
}

#[test]
fn advice_says_what_fails_without_it() {
    let upgrade = |lines: &str| {
        format!(
            "import sqlalchemy as sa\nfrom alembic import op\nrevision = 'a1'\ndown_revision = None\n\n\ndef upgrade():\n{lines}"
        )
    };
    let mut session = Session::start("fixes/session.py");
    for (page, says, before, text, error) in [
        (
            "not-null-without-proof",
            "`NOT VALID` spares them until somebody changes one, and that then fails",
            "ALTER TABLE users ADD CONSTRAINT named CHECK (nickname IS NULL) NOT VALID",
            upgrade("    op.execute(\"UPDATE users SET age = 31 WHERE id = 1\")\n"),
            "violates check constraint \"named\"",
        ),
        (
            "batch-copies-table",
            "or fails where a view or a foreign key of another table depends on the old one",
            "CREATE VIEW seen AS SELECT id FROM orders",
            upgrade(
                "    with op.batch_alter_table('orders', recreate='always') as batch:\n        \
                 batch.add_column(sa.Column('email', sa.Text()))\n",
            ),
            // Of the refused DROP TABLE, Alembic only shows what its tidying up met.
            "DROP TABLE _alembic_tmp_orders",
        ),
    ] {
        assert!(flowing(rules::find(page).unwrap().page).contains(says), "{page}");
        let database = database(newest(), page);
        database.sql(before);
        let files = BTreeMap::from([("a1", text.as_str())]);
        let answer = run(&mut session, &database.url(), &files, &[("upgrade", "head")]);
        assert!(answer["error"].as_str().unwrap_or("it works").contains(error), "{page}: {answer}");
    }
}

#[test]
fn examples_do_the_damage_that_the_page_tells() {
    let mut session = Session::start("fixes/session.py");
    for (page, query, expected) in DAMAGE {
        let rule = rules::find(page).unwrap();
        let database = database(newest(), page);
        let files = revisions(&Page::new(rule.page), "Example");
        let answer = run(&mut session, &database.url(), &files, &[("upgrade", "head")]);
        assert_eq!(answer["error"], Value::Null, "{page}");
        assert_eq!(database.sql(query)[0][0].as_deref(), Some(*expected), "{page}: {query}");
    }
}

#[test]
fn autogenerate_believes_what_compare_type_says() {
    let page = flowing(rules::find("custom-type-false-diff").unwrap().page);
    assert!(page.contains("`False` means equal, `None` lets Alembic compare"));
    let mut session = Session::start("fixes/session.py");
    let database = newest().database();
    for (says, differences) in [(Value::Null, 1), (json!(false), 0), (json!(true), 1)] {
        let found = session.ask(&json!({"command": "compare", "url": database.url(), "says": says}));
        assert_eq!(found, json!(differences), "{says}");
    }
}

#[test]
fn locks_are_those_that_the_pages_name() {
    let mut session = Session::start("fixes/session.py");
    let mut told: BTreeSet<(&str, Lock)> = BTreeSet::new();
    for claim in LOCKS {
        let rule = rules::find(claim.page).unwrap();
        let database = database(newest(), claim.page);
        let held = match claim.statement {
            Some((setup, statement)) => {
                session.ask(&json!({"command": "locks", "url": database.url(), "setup": setup, "statement": statement}))
            }
            None => {
                let files = revisions(&Page::new(rule.page), "Example");
                let answer = run(&mut session, &database.url(), &files, &[("upgrade", "head")]);
                assert_eq!(answer["error"], Value::Null, "{}", rule.name);
                answer["locks"][0][1].clone()
            }
        };
        let locks = strongest(&held);
        assert_eq!(locks.get(claim.table), Some(&claim.lock), "{} on {}: {locks:?}", rule.name, claim.table);
        told.insert((claim.page, claim.lock));
    }
    // No page names a lock that is not measured.
    for rule in operation_rules() {
        let mut text = flowing(rule.page);
        // The longest names first: one may be a part of another.
        let mut names = Lock::ALL;
        names.sort_by_key(|lock| std::cmp::Reverse(lock.name().len()));
        for lock in names.into_iter().filter(|lock| lock.name().contains(' ')) {
            let is_named = text.contains(lock.name());
            text = text.replace(lock.name(), "");
            assert_eq!(is_named, told.contains(&(rule.name, lock)), "{} and {lock}", rule.name);
        }
    }
}
