//! `unstamped-database`

use crate::diagnostic::{self, Changes, Finding, Severity};
use crate::facts::{Located, StampState, TableChoice};
use crate::operation::Step;
use crate::rules::{Check, Rule, StampFacts, wording};
use crate::source::printable;

use super::{again, choice, objects, remedy, version_table_elsewhere};

pub(super) const RULE: Rule = Rule {
    name: "unstamped-database",
    summary: "The database has tables, but nothing says which revision they are at",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/unstamped-database.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    // A stamp in another table is another problem, with another way out.
    if seen.stamp.state != StampState::Unstamped || !version_table_elsewhere::true_tables(seen).is_empty() {
        return Vec::new();
    }
    let tables = usize::try_from(seen.look.user_tables).unwrap_or(usize::MAX);
    let located = seen.schema.and_then(|schema| schema.located.as_ref());
    let known = located.and_then(objects::only_match);
    let matching = match known {
        Some(rows) => format!("; its schema is that of {}", wording::ids(rows)),
        None => String::new(),
    };
    let counted = wording::count(tables, "table", "tables");
    let mut finding = Finding::new(format!("The database has {counted}, but no Alembic stamp{matching}"));
    finding = match seen.stamp.choice {
        TableChoice::Absent => finding.evidence(format!("there is no version table {}", remedy::stamp_table(seen))),
        _ => finding.evidence(remedy::rows_line(seen)),
    };
    finding.evidence.extend(choice::why(seen));
    // Another application's, most often; whoever reads this should know of it.
    let used = seen.stamp.table(seen.look);
    let others = seen.look.version_tables.iter().filter(|table| used.is_none_or(|used| *table != used));
    let others =
        others.map(|table| format!("another version table, not used: {}", version_table_elsewhere::shown(seen, table)));
    finding.evidence.extend(wording::fold(others.collect()));
    finding = match (known, located) {
        (Some(rows), Some(located)) => recorded(seen, finding, rows, located),
        (None, Some(located)) if located.tally.is_something() => differing(seen, finding, located),
        (_, Some(located)) if !located.elsewhere.is_empty() => hidden(seen, finding, located),
        (_, located) => unknown(seen, finding, located.map(|located| located.known)),
    };
    vec![
        finding
            .do_not("run `upgrade` on tables of this application: it starts from the first revision, and they exist")
            .do_not(
                "run `stamp head` without comparing: what is missing would stay missing, and nothing would show it",
            ),
    ]
}

/// The tables are those of one revision.
fn recorded(seen: &StampFacts<'_>, finding: Finding, rows: &[String], located: &Located) -> Finding {
    let shown = wording::ids(rows);
    let mut finding = finding.evidence(format!("of {shown}: {} are there", objects::tally(located)));
    if let Some((next, _)) = located.next.as_ref().filter(|_| located.matches == 1) {
        finding =
            finding.evidence(format!("not of {} any more: something that it does is not done", wording::id(next)));
    }
    let in_part = in_part(seen, rows);
    let why = match &in_part {
        Some(_) => format!("only if all of it has run; records {shown}, which the tables match"),
        None => format!("records {shown}, which the tables match"),
    };
    let way = objects::stamp_and_upgrade(seen, rows, located.next.is_some(), &why);
    let Some(id) = in_part else {
        finding.next = way;
        return finding;
    };
    finding = finding.evidence(format!(
        "not known: whether {} has run to its end: it does more than can be seen, and its tables would stay if that \
         failed",
        wording::id(id)
    ));
    let shown =
        objects::show_sql(seen, id, "prints all that it does, and runs nothing: look whether all of it is there");
    finding.next.push(shown.unwrap_or_else(|| remedy::compare(seen.facts)));
    if way.is_empty() { finding } else { finding.or(way) }
}

/// The one of these that may have stopped in its middle: outside of a transaction, its tables stay.
fn in_part<'r>(seen: &StampFacts<'_>, rows: &'r [String]) -> Option<&'r str> {
    let facts = seen.facts;
    let commits = |id: &&str| {
        let blocks = |step: &Step| step.in_autocommit || step.autocommit_blocks > 0;
        let has_blocks = facts.operations_of(id).is_some_and(|read| read.upgrade.steps.iter().any(blocks));
        // SQLite, as Python drives it, keeps the tables of a transaction that failed.
        seen.look.user.is_none() || has_blocks
    };
    rows.iter().map(String::as_str).find(|id| commits(id) && again::is_more_than_tables(facts, id))
}

/// The tables match no revision, or several: a person decides.
fn differing(seen: &StampFacts<'_>, finding: Finding, located: &Located) -> Finding {
    let closest = wording::ids(&located.closest);
    let mut finding = finding;
    if located.matches > 0 {
        finding = finding.evidence(format!("of {closest}: {} are there", objects::tally(located)));
        finding = finding.evidence(format!(
            "and everything up to {} matches too: what the revisions between change cannot be seen",
            wording::ids(&located.last)
        ));
        finding.next.push(remedy::compare(seen.facts));
        finding.or = objects::either_match(seen, located);
        return finding;
    }
    let closest_is = if located.closest.is_empty() { "an empty database".to_owned() } else { closest.clone() };
    finding = finding.evidence(format!("closest to {closest_is}: {} are there", objects::tally(located)));
    finding.evidence.extend(wording::fold(located.differences.iter().map(objects::difference).collect()));
    finding.next.push(remedy::compare(seen.facts));
    let is_pending = located.next.is_some();
    let why = format!("only once the differences above are settled, or known to do no harm; records {closest}");
    let way = objects::stamp_and_upgrade(seen, &located.closest, is_pending, &why);
    if way.is_empty() { finding } else { finding.or(way) }
}

/// Tables of these names are in schemas that a migration would not look into: another application's, a
/// copy, or this one's, when env.py sets another search path.
fn hidden(seen: &StampFacts<'_>, finding: Finding, located: &Located) -> Finding {
    let schemas: Vec<String> = located.elsewhere.iter().map(|schema| printable(schema)).collect();
    let (be, schemas) = (if schemas.len() == 1 { "is" } else { "are" }, wording::list(&schemas));
    let mut finding = finding.evidence(format!(
        "no table that these revisions certainly make is there, but {schemas}, which {be} not on the search path, has \
         tables of these names: whose they are is not known"
    ));
    finding.next.push(remedy::compare(seen.facts));
    finding
}

/// The tables are not of these revisions, or could not be compared with them.
fn unknown(seen: &StampFacts<'_>, finding: Finding, known: Option<usize>) -> Finding {
    let project = &seen.facts.project;
    let heads = remedy::all_heads(seen.facts);
    let mut finding = finding;
    let is_compared = known.is_some_and(|known| known > 0);
    if is_compared {
        finding = finding.evidence("no table that these revisions certainly make is there");
    } else if known.is_some() {
        finding = finding.evidence(
            "which tables these revisions make is not certain (conditions, raw SQL, other code): nothing was compared",
        );
    }
    finding.next.push(remedy::compare(seen.facts));
    if !is_compared {
        finding = finding.or(vec![diagnostic::Step::new(
            project.command(&format!("stamp {heads}")),
            "only if the schema has everything up to the newest revision, for example because this very code made it \
             with create_all(); assumes that env.py is set to this same database",
            Changes::Database,
        )]);
    }
    finding.or(vec![diagnostic::Step::new(
        project.command(&format!("upgrade {heads}")),
        "only if the tables belong to another application; assumes that env.py is set to this same database",
        Changes::Database,
    )])
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{
        commands, findings, relation, revision, revision_with, table, with_relations, with_tables,
    };

    #[test]
    fn the_version_table_of_another_application_is_shown() {
        let facts = with_tables(vec![revision("a", &[])], vec![table("public", &[]), table("flow", &["zz"])]);
        let found = findings("unstamped-database", &facts);
        let evidence = &found.first().unwrap().evidence;
        assert!(evidence.iter().any(|line| line.contains("flow.alembic_version: holds zz")), "{evidence:?}");
    }

    fn shop() -> Vec<crate::revision::Revision> {
        vec![
            revision_with("a1b2", &[], "op.create_table('users', sa.Column('id', sa.Integer))"),
            revision_with("b2c3", &["a1b2"], "op.add_column('users', sa.Column('email', sa.String))"),
            revision_with("c3d4", &["b2c3"], "op.create_table('orders', sa.Column('id', sa.Integer))"),
        ]
    }

    #[test]
    fn tables_of_one_revision_are_stamped_with_it() {
        let facts = with_relations(shop(), &[], vec![relation("users", &["id", "email"])]);
        let found = &findings("unstamped-database", &facts)[0];
        assert_eq!(found.message, "The database has 1 table, but no Alembic stamp; its schema is that of b2c3");
        assert_eq!(commands(found), ["alembic stamp --purge b2c3", "alembic upgrade head"]);
    }

    #[test]
    fn tables_of_no_revision_leave_the_choice() {
        let facts = with_relations(shop(), &[], vec![relation("users", &["id"]), relation("orders", &["id"])]);
        let found = &findings("unstamped-database", &facts)[0];
        assert_eq!(commands(found), ["alembic upgrade head --sql"]);
        assert!(found.evidence.iter().any(|line| line.starts_with("closest to c3d4: 2 of 2 tables")), "{found:?}");
        assert!(found.evidence.iter().any(|line| line.contains("not there: column users.email")), "{found:?}");
        assert_eq!(found.or.len(), 1);
    }

    #[test]
    fn a_revision_that_cannot_be_seen_leaves_the_choice() {
        let mut revisions = shop();
        revisions.push(revision_with("d4e5", &["c3d4"], "op.execute('UPDATE users SET email = 1')"));
        let tables = || vec![relation("users", &["id", "email"]), relation("orders", &["id"])];
        let facts = with_relations(revisions, &[], tables());
        let found = &findings("unstamped-database", &facts)[0];
        let ways: Vec<Vec<&str>> =
            found.or.iter().map(|way| way.iter().map(|step| step.command.as_str()).collect()).collect();
        assert_eq!(
            ways,
            [vec!["alembic stamp --purge c3d4", "alembic upgrade head"], vec!["alembic stamp --purge d4e5"]]
        );
        // An empty one makes no difference.
        let mut revisions = shop();
        revisions.push(revision_with("d4e5", &["c3d4"], "pass"));
        let facts = with_relations(revisions, &[], tables());
        let found = &findings("unstamped-database", &facts)[0];
        assert_eq!(commands(found), ["alembic stamp --purge c3d4", "alembic upgrade head"]);
    }

    #[test]
    fn tables_of_others_are_nobody_s() {
        let facts = with_relations(shop(), &[], vec![relation("wiki", &["id"])]);
        let found = &findings("unstamped-database", &facts)[0];
        assert!(found.evidence.iter().any(|line| line.starts_with("no table that")), "{found:?}");
        assert_eq!(found.or[0][0].command, "alembic upgrade head");
    }

    #[test]
    fn revisions_that_ask_first_are_not_compared() {
        let step = "if not exists('users'):\n        op.create_table('users', sa.Column('id', sa.Integer))";
        let facts = with_relations(vec![revision_with("a1b2", &[], step)], &[], vec![relation("users", &["id"])]);
        let found = &findings("unstamped-database", &facts)[0];
        assert!(found.evidence.iter().any(|line| line.contains("nothing was compared")), "{found:?}");
        assert_eq!(found.or[0][0].command, "alembic stamp head");
    }
}
