//! `concurrently-in-transaction`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::{Operation, Step};
use crate::rules::{Check, RevisionFacts, Rule};
use crate::sql::{self, Action, Command};

pub(super) const RULE: Rule = Rule {
    name: "concurrently-in-transaction",
    summary: "An index is built or dropped concurrently inside a transaction, which PostgreSQL refuses",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/concurrently-in-transaction.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    // Whoever runs migrations without a transaction says so in env.py.
    let env = seen.facts.project.env.source.as_ref().map_or("", |source| source.text());
    if ["AUTOCOMMIT", "transactional_ddl"].iter().any(|word| env.contains(word)) {
        return Vec::new();
    }
    // Where the connection comes from elsewhere, it may be one without transactions.
    let is_seen = env.is_empty() || env.contains("configure(");
    let mut found = Vec::new();
    for body in [&seen.operations.upgrade, &seen.operations.downgrade] {
        for step in body.steps.iter().filter(|step| !step.in_autocommit && seen::on_postgresql(seen.facts, step)) {
            let Some(command) = concurrent(step) else { continue };
            let before = body.steps.iter().take_while(|other| !std::ptr::eq(*other, step));
            let is_commit = |other: &&Step| matches!(&other.operation, Operation::Sql(sql) if seen::first_word(&sql.text) == "COMMIT");
            let committed = before.filter(is_commit).last();
            found.push(finding(seen, step, command, committed, is_seen));
        }
    }
    found
}

/// The command, in PostgreSQL's words, if the step has one that must not run in a transaction.
fn concurrent(step: &Step) -> Option<&'static str> {
    match &step.operation {
        Operation::CreateIndex(create) => create.index.is_concurrent().then_some(CREATE),
        Operation::DropIndex(drop) => drop.is_concurrent().then_some(DROP),
        Operation::Sql(sql) => concurrent_sql(&sql.text),
        _ => None,
    }
}

const CREATE: &str = "CREATE INDEX CONCURRENTLY";
const DROP: &str = "DROP INDEX CONCURRENTLY";

fn concurrent_sql(text: &str) -> Option<&'static str> {
    // Most texts need not be parsed for this.
    if !seen::mentions(text, "concurrently") {
        return None;
    }
    sql::statements(text).iter().find_map(|statement| match &statement.command {
        Command::CreateIndex(create) => create.concurrently.then_some(CREATE),
        Command::Drop(drop) => drop.concurrently.then_some(DROP),
        Command::Reindex { concurrently, .. } => concurrently.then_some("REINDEX CONCURRENTLY"),
        Command::AlterTable(alter) => {
            let detaches = |action: &Action| matches!(action, Action::DetachPartition { concurrently: true, .. });
            alter.actions.iter().any(detaches).then_some("ALTER TABLE ... DETACH CONCURRENTLY")
        }
        _ => None,
    })
}

fn finding(
    seen: &RevisionFacts<'_>,
    step: &Step,
    command: &str,
    committed: Option<&Step>,
    connection_is_seen: bool,
) -> Finding {
    let mut finding =
        Finding::new(format!("{}, inside the transaction of the migration", capital(&seen::said(&step.operation))))
            .at(seen.place(step.span))
            .evidence(format!("PostgreSQL: {command} cannot run inside a transaction block"))
            .evidence("Alembic runs each migration in a transaction unless it is told otherwise");
    if let Some(commit) = committed {
        let line = seen.line(commit.span);
        finding = finding
            .evidence(format!("after the COMMIT of line {line}, psycopg2 starts no other; psycopg and pg8000 do"))
            .at_most(Severity::Warning);
    }
    if !connection_is_seen {
        finding = finding
            .evidence("env.py does not configure the connection itself: whether it has transactions is not seen")
            .at_most(Severity::Warning);
    }
    finding
        .next_step(explained(RULE.name, "shows the block that leaves the transaction for it"))
        .do_not("take `concurrently` away for a large table: building it then blocks all writes")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::check::{Scope, run};
    use crate::rules::testing::{facts, revision_with};
    use crate::settings::Selection;

    /// The severity and the evidence.
    fn found(upgrade: &str) -> (&'static str, Vec<String>) {
        let mut facts = facts(vec![revision_with("a", &[], upgrade)]);
        facts.read_operations();
        let select = vec![super::RULE.name.to_owned()];
        let report = run("check", facts, Scope::Offline, &Selection { select, ..Selection::default() });
        let found = report.diagnostics.into_iter().next().unwrap();
        (found.severity.as_str(), found.finding.evidence)
    }

    #[test]
    fn the_refusal_names_the_command() {
        for (step, command) in [
            ("op.create_index('i', 't', ['c'], postgresql_concurrently=True)", "CREATE INDEX CONCURRENTLY"),
            ("op.drop_index('i', 't', postgresql_concurrently=True)", "DROP INDEX CONCURRENTLY"),
            ("op.execute('REINDEX TABLE CONCURRENTLY t')", "REINDEX CONCURRENTLY"),
            ("op.execute('ALTER TABLE t DETACH PARTITION p CONCURRENTLY')", "ALTER TABLE ... DETACH CONCURRENTLY"),
        ] {
            let (severity, evidence) = found(step);
            assert_eq!(severity, "error", "{step}");
            assert_eq!(evidence[0], format!("PostgreSQL: {command} cannot run inside a transaction block"));
        }
    }

    #[test]
    fn after_a_commit_it_depends_on_the_driver() {
        let (severity, evidence) = found("op.execute('COMMIT')\n    op.execute('DROP INDEX CONCURRENTLY i')");
        assert_eq!(severity, "warning");
        assert!(evidence.iter().any(|line| line.contains("psycopg2 starts no other")), "{evidence:?}");
    }
}
