//! `docs/squawk.md`: which of Squawk's rules are on, and why.

use std::fmt::Write as _;

use alembic_doctor::{rules, sql};

use crate::pages::{compare, root};

#[test]
fn the_table_of_squawks_rules_is_the_one_that_counts() {
    let mut text = SQUAWK.to_owned();
    for (title, on) in [("On", true), ("Off unless asked for", false)] {
        let _ = write!(text, "\n## {title}\n\n| Rule | Severity | Why |\n|---|---|---|\n");
        for rule in sql::RULES.iter().filter(|rule| rule.on == on) {
            let severity = rules::find(rule.name).unwrap().severity.as_str();
            let _ = writeln!(text, "| [{0}](https://squawkhq.com/docs/{0}) | {severity} | {1} |", rule.name, rule.why);
        }
    }
    compare(&root().join("docs/squawk.md"), &text);
}

const SQUAWK: &str = "\
# Squawk's rules

[Squawk](https://squawkhq.com) lints SQL for PostgreSQL. Its linter runs on the SQL that `upgrade()` of each
revision that is looked into sends, and its findings stand at the line of the Python file, under its own
names. `--select`, `--ignore`, `severity` in the settings and `# alembic-doctor: ignore[name]` take them like
all others, and `-- squawk-ignore name` in the SQL counts too. `alembic-doctor explain NAME` shows Squawk's help.

What is spared: tables that the revision creates, or that another revision creates which has not run either;
what is left of a table that the revision drops later on; Alembic's own statements. Where a rule of
alembic-doctor says the same of the same call, only that one speaks. Steps whose SQL is not known are not
looked at.
";
