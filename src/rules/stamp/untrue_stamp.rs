//! `untrue-stamp`

use std::collections::BTreeSet;

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::SchemaFacts;
use crate::rules::{Check, Rule, StampFacts, wording};

use super::{again, objects, remedy, reparented_revision};

pub(super) const RULE: Rule = Rule {
    name: "untrue-stamp",
    summary: "The stamp says that revisions have run whose tables or columns are not there",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/untrue-stamp.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let Some(schema) = seen.schema.filter(|schema| !schema.missing.is_empty()) else { return Vec::new() };
    // Git knows better how it came about.
    if schema.missing.iter().all(|made| reparented_revision::explains(seen, &made.revision)) {
        return Vec::new();
    }
    let absent = absent_revisions(schema);
    let mut finding = Finding::new(message(seen, schema, &absent)).evidence(remedy::rows_line(seen));
    if let Some(first) = schema.missing.first() {
        finding = finding.at(first.location.clone()).revision(&first.revision);
    }
    let lines = schema.missing.iter();
    let lines = lines.map(|made| format!("not there: {}, made by {}", objects::name(made), objects::maker(made)));
    finding.evidence.extend(wording::fold(lines.collect()));
    let (all, found) = schema.tables;
    finding = finding.evidence(format!("{found} of {all} tables that these revisions make are there, in any schema"));
    let located = schema.located.as_ref();
    let truth = located.and_then(objects::only_match).filter(|rows| *rows != seen.stamp.rows.as_slice());
    finding = match (truth, located) {
        (Some(rows), Some(located)) => recorded(seen, finding, rows, &objects::tally(located), schema, &absent),
        _ => decided(seen, finding, schema, &absent),
    };
    if absent.is_empty() {
        // Somebody changed tables by hand: the stamp may be as right as it can be.
        finding = finding.at_most(Severity::Warning);
    }
    vec![
        finding
            .do_not("run `upgrade` again: for Alembic everything up to the stamp has run")
            .do_not("run `stamp head`: nothing that is missing would ever be made"),
    ]
}

/// Applied revisions of which nothing that can be seen is there, in order.
fn absent_revisions(schema: &SchemaFacts) -> Vec<&str> {
    let mut told = BTreeSet::new();
    let missing = schema.missing.iter().map(|made| made.revision.as_str());
    missing.filter(|id| !schema.seen.contains(*id) && told.insert(*id)).collect()
}

fn message(seen: &StampFacts<'_>, schema: &SchemaFacts, absent: &[&str]) -> String {
    let stamp = wording::ids(&seen.stamp.rows);
    match (absent, schema.missing.as_slice()) {
        ([], [only]) => format!(
            "The stamp says {stamp}, but {}, which {} made, is not there",
            objects::name(only),
            wording::id(&only.revision)
        ),
        ([], missing) => format!(
            "The stamp says {stamp}, but {} that applied revisions made are not there",
            wording::count(missing.len(), "table or column", "tables and columns")
        ),
        ([one], _) => format!("The stamp says {stamp}, but nothing that {} makes is there", wording::id(one)),
        (several, _) => format!("The stamp says {stamp}, but nothing that {} make is there", wording::ids(several)),
    }
}

/// The tables say which revision is the true one.
fn recorded(
    seen: &StampFacts<'_>,
    finding: Finding,
    rows: &[String],
    tally: &str,
    schema: &SchemaFacts,
    absent: &[&str],
) -> Finding {
    let truth = wording::ids(rows);
    let mut finding = finding.evidence(format!("the tables are those of {truth}, in all that can be seen: {tally}"));
    let ids = |rows: &[String]| seen.facts.graph.ancestors(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let (known, applied) = (ids(rows), ids(&seen.stamp.rows));
    let rerun = seen.facts.graph.history().into_iter().rev().filter(|id| applied.contains(id) && !known.contains(id));
    let twice = again::twice(seen.facts, rerun);
    if twice.is_empty() {
        let why = format!("records {truth}, which the tables match");
        finding.next = objects::stamp_and_upgrade(seen, rows, true, &why);
        return finding;
    }
    let twice = wording::ids(&twice);
    finding = finding.evidence(format!("not known: whether {twice} ran, and somebody dropped what is missing since"));
    let why = format!("only if {twice} never ran: what is done to rows there would be done twice; records {truth}");
    let mut finding = decided(seen, finding, schema, absent);
    finding.or.insert(0, objects::stamp_and_upgrade(seen, rows, true, &why));
    finding.or.retain(|way| !way.is_empty());
    finding
}

/// Only a person can say how it came about.
fn decided(seen: &StampFacts<'_>, finding: Finding, schema: &SchemaFacts, absent: &[&str]) -> Finding {
    let project = &seen.facts.project;
    let mut finding = finding;
    if let Some(located) = schema.located.as_ref().filter(|located| located.matches > 1) {
        finding = finding.evidence(format!(
            "the tables match every revision from {} to {}: what those between change cannot be seen",
            wording::ids(&located.closest),
            wording::ids(&located.last)
        ));
        finding.or = objects::either_match(seen, located);
    }
    let revision = absent.first().copied().or(schema.missing.first().map(|made| made.revision.as_str()));
    let shown = revision.and_then(|id| objects::show_sql(seen, id, "prints what it would do, and runs nothing"));
    finding.next.push(shown.unwrap_or_else(|| remedy::compare(seen.facts)));
    let head = remedy::all_heads(seen.facts);
    let way = |message: &str, why: &str| {
        let revision = project.command(&format!("revision -m \"{message}\""));
        let mut steps = vec![Step::new(revision, why, Changes::Files)];
        // Rows that overlap would stop the upgrade.
        let problems = &seen.stamp.problems;
        if let Some(rows) = remedy::true_rows(seen.facts, &seen.stamp.rows, problems).filter(|_| !problems.is_empty()) {
            let why = "writes the rows as they should be, now that the new revision does what is missing";
            steps.extend(remedy::replace_rows(seen.facts, &rows, why));
        }
        let why = "runs it; assumes that env.py is set to this same database, and that it has a backup";
        steps.push(Step::new(project.command(&format!("upgrade {head}")), why, Changes::Database));
        steps
    };
    finding
        .or(way(
            "make what is missing",
            "makes an empty revision: put the steps from above into it that are missing, so that every database gets \
             them the same way; where some databases have them, with if_not_exists=True",
        ))
        .or(way(
            "drop what was dropped by hand",
            "when someone removed them on purpose: an empty revision, to say so for every database (op.drop_table with \
             if_exists=True)",
        ))
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity;
    use crate::rules::testing::{commands, findings, relation, revision_with, with_relations};

    fn shop() -> Vec<crate::revision::Revision> {
        vec![
            revision_with("a1b2", &[], "op.create_table('users', sa.Column('id', sa.Integer))"),
            revision_with("b2c3", &["a1b2"], "op.add_column('users', sa.Column('email', sa.String))"),
            revision_with("c3d4", &["b2c3"], "op.create_table('orders', sa.Column('id', sa.Integer))"),
        ]
    }

    #[test]
    fn a_stamp_that_the_tables_bear_out_is_true() {
        let facts =
            with_relations(shop(), &["c3d4"], vec![relation("users", &["id", "email"]), relation("orders", &["id"])]);
        assert!(findings("untrue-stamp", &facts).is_empty());
    }

    #[test]
    fn a_blind_stamp_goes_back_to_where_the_tables_are() {
        let facts = with_relations(shop(), &["c3d4"], vec![relation("users", &["id"])]);
        let found = findings("untrue-stamp", &facts);
        assert_eq!(found[0].message, "The stamp says c3d4, but nothing that b2c3 and c3d4 make is there");
        assert_eq!(commands(&found[0]), ["alembic stamp --purge a1b2", "alembic upgrade head"]);
        assert!(found[0].evidence.iter().any(|line| line.contains("1 of 1 tables and 1 of 1 columns")), "{found:?}");
    }

    #[test]
    fn a_revision_that_was_skipped_needs_a_person() {
        let facts = with_relations(shop(), &["c3d4"], vec![relation("users", &["id"]), relation("orders", &["id"])]);
        let found = findings("untrue-stamp", &facts);
        assert_eq!(found[0].message, "The stamp says c3d4, but nothing that b2c3 makes is there");
        assert_eq!(commands(&found[0]), ["alembic upgrade a1b2:b2c3 --sql"]);
        assert_eq!(found[0].or.len(), 2);
    }

    #[test]
    fn a_column_dropped_by_hand_is_a_warning() {
        let facts = with_relations(shop(), &["c3d4"], vec![relation("users", &["email"]), relation("orders", &["id"])]);
        let found = findings("untrue-stamp", &facts);
        assert_eq!(found[0].message, "The stamp says c3d4, but column users.id, which a1b2 made, is not there");
        assert_eq!(found[0].at_most, Some(Severity::Warning));
    }

    #[test]
    fn what_raw_sql_or_a_condition_may_have_removed_is_not_missing() {
        for step in [
            "op.execute('ALTER TABLE orders RENAME TO purchases')",
            "op.execute('DROP TABLE orders')",
            "from app import helpers; helpers.drop(op)",
            "if op.get_bind().scalar(sa.text('SELECT 1')):\n        op.drop_table('orders')",
        ] {
            let mut revisions = shop();
            revisions.push(revision_with("d4e5", &["c3d4"], step));
            let facts = with_relations(revisions, &["d4e5"], vec![relation("users", &["id", "email"])]);
            assert!(findings("untrue-stamp", &facts).is_empty(), "{step}");
        }
    }
}
