//! `type-change-rewrites`

use super::seen::explained;
use crate::diagnostic::{Finding, Severity};
use crate::facts::SentStatement;
use crate::rules::{Check, RevisionFacts, Rule};
use crate::source::printable;
use crate::sql::types::{self, Cost};
use crate::sql::{Action, Command, Name, Using};

pub(super) const RULE: Rule = Rule {
    name: "type-change-rewrites",
    summary: "A column gets a type that its table has to be written again for, while nobody can use it",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/type-change-rewrites.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for statement in &seen.sql.statements {
        let Command::AlterTable(alter) = &statement.statement.command else { continue };
        if statement.context.created.contains(&alter.table) {
            continue;
        }
        for action in &alter.actions {
            if let Action::SetType { column, data_type, using, .. } = action {
                found.extend(finding(seen, statement, &alter.table, column, data_type, using));
            }
        }
    }
    found
}

fn finding(
    seen: &RevisionFacts<'_>,
    statement: &SentStatement,
    table: &Name,
    column: &str,
    new: &str,
    using: &Using,
) -> Option<Finding> {
    let old = statement.context.column_types.get(&(table.clone(), column.to_owned()));
    let cost = match (using, old) {
        (Using::Expression(_), _) => Cost::Rewrite,
        // Most changes of a type that is not known would be guesses.
        (Using::Cast, None) => return None,
        (Using::Cast, Some(old)) => types::cost(old, new, statement.context.utc),
    };
    let (shown, column) = (printable(&table.to_string()), printable(column));
    let change = match old {
        Some(old) => format!("from {} to {}", printable(old), printable(new)),
        None => format!("to {}", printable(new)),
    };
    let (message, work) = match cost {
        Cost::Catalog => return None,
        Cost::Rewrite => (
            format!("{shown}.{column} goes {change}: nobody can use {shown} while all its rows are written again"),
            "PostgreSQL takes ACCESS EXCLUSIVE, writes the table and builds all its indexes anew",
        ),
        Cost::Indexes => (
            format!(
                "{shown}.{column} goes {change}: nobody can use {shown} while every index of {column} is built anew"
            ),
            "PostgreSQL takes ACCESS EXCLUSIVE; the rows stay, the indexes of the column do not",
        ),
        // Between timestamp and timestamptz; of types that are not built in nothing is known.
        Cost::Unknown(reason) if reason.contains("TimeZone") => {
            let finding = Finding::new(format!(
                "{shown}.{column} goes {change}: unless the session's TimeZone is UTC, all rows of {shown} are written again"
            ));
            let work = "with TimeZone = 'UTC' PostgreSQL keeps the rows (12 and later) and builds the indexes anew";
            return Some(complete(seen, statement, finding.at_most(Severity::Info), using, work));
        }
        Cost::Unknown(_) => return None,
    };
    Some(complete(seen, statement, Finding::new(message), using, work))
}

fn complete(
    seen: &RevisionFacts<'_>,
    statement: &SentStatement,
    finding: Finding,
    using: &Using,
    work: &str,
) -> Finding {
    let finding = finding.at(seen.place(statement.span)).evidence(work);
    let finding = match seen.sql.text_of(statement) {
        Some(text) => finding.in_call(seen.place(text.call)),
        None => finding,
    };
    let finding = match using {
        Using::Expression(text) => finding.evidence(format!("USING {} is worked out for every row", printable(text))),
        Using::Cast => finding,
    };
    finding
        .next_step(explained(RULE.name, "shows the new column that takes its place, and which changes cost nothing"))
        .do_not("try it on an empty table: it is over at once there")
}

#[cfg(test)]
mod tests {
    use crate::check::{Scope, run};
    use crate::rules::testing::{facts, revision_with};
    use crate::settings::Selection;

    fn found(alter: &str) -> Option<(&'static str, String)> {
        let mut facts = facts(vec![revision_with("a", &[], alter)]);
        facts.read_operations();
        let select = vec![super::RULE.name.to_owned()];
        let report = run("check", facts, Scope::Offline, &Selection { select, ..Selection::default() });
        report.diagnostics.into_iter().next().map(|found| (found.severity.as_str(), found.finding.message))
    }

    fn change(from: &str, to: &str) -> Option<&'static str> {
        let alter = format!("op.alter_column('t', 'a', existing_type={from}, type_={to})");
        found(&alter).map(|(severity, _)| severity)
    }

    #[test]
    fn only_what_costs_something_is_found() {
        for (from, to, severity) in [
            ("sa.String(9)", "sa.String(20)", None),
            ("sa.String(9)", "sa.Text()", None),
            ("sa.Text()", "sa.String()", None),
            ("sa.Numeric(8, 2)", "sa.Numeric(10, 2)", None),
            ("sa.String(20)", "sa.String(9)", Some("warning")),
            ("sa.Integer()", "sa.BigInteger()", Some("warning")),
            ("sa.Numeric(8, 2)", "sa.Numeric(8, 3)", Some("warning")),
            ("sa.DateTime()", "sa.DateTime(timezone=True)", Some("info")),
            ("sa.Enum('x', name='kind')", "sa.Text()", None),
        ] {
            assert_eq!(change(from, to), severity, "{from} to {to}");
        }
    }

    #[test]
    fn a_type_that_is_not_known_and_a_new_table_are_left_alone() {
        assert_eq!(found("op.alter_column('t', 'a', type_=sa.BigInteger())"), None);
        let new =
            "op.create_table('t', sa.Column('a', sa.Integer()))\n    op.alter_column('t', 'a', type_=sa.BigInteger())";
        assert_eq!(found(new), None);
        let using = "op.alter_column('t', 'a', type_=sa.BigInteger(), postgresql_using='length(a)')";
        assert!(found(using).is_some_and(|(_, message)| message.starts_with("t.a goes to BIGINT")));
    }
}
