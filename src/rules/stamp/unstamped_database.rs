//! `unstamped-database`

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{StampState, TableChoice};
use crate::rules::{Check, Rule, StampFacts, wording};

use super::{choice, remedy, version_table_elsewhere};

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
    let facts = seen.facts;
    let tables = usize::try_from(seen.look.user_tables).unwrap_or(usize::MAX);
    let mut finding =
        Finding::new(format!("The database has {}, but no Alembic stamp", wording::count(tables, "table", "tables")));
    finding = match seen.stamp.choice {
        TableChoice::Absent => finding.evidence(format!("there is no version table {}", remedy::stamp_table(seen))),
        _ => finding.evidence(remedy::rows_line(seen)),
    };
    finding.evidence.extend(choice::why(seen));
    // Another application's, most often; whoever reads this should know of it.
    let used = seen.stamp.table(seen.look);
    let others = seen.look.version_tables.iter().filter(|table| used.is_none_or(|used| *table != used));
    let others =
        others.map(|table| format!("another version table, not used: {}", version_table_elsewhere::shown(table)));
    finding.evidence.extend(wording::fold(others.collect()));
    finding.next.push(remedy::compare(facts));
    let heads = remedy::all_heads(facts);
    vec![
        finding
            .or(vec![Step::new(
                facts.project.command(&format!("stamp {heads}")),
                "only if the schema has everything up to the newest revision, for example because this very code \
                 made it with create_all(); assumes that env.py is set to this same database",
                Changes::Database,
            )])
            .or(vec![Step::new(
                facts.project.command(&format!("upgrade {heads}")),
                "only if the tables belong to another application; assumes that env.py is set to this same database",
                Changes::Database,
            )])
            .do_not("run `upgrade` on tables of this application: it starts from the first revision, and they exist")
            .do_not(
                "run `stamp head` without comparing: what is missing would stay missing, and nothing would show it",
            ),
    ]
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{findings, revision, table, with_tables};

    #[test]
    fn the_version_table_of_another_application_is_shown() {
        let facts = with_tables(vec![revision("a", &[])], vec![table("public", &[]), table("flow", &["zz"])]);
        let found = findings("unstamped-database", &facts);
        let evidence = &found.first().unwrap().evidence;
        assert!(evidence.iter().any(|line| line.contains("flow.alembic_version: holds zz")), "{evidence:?}");
    }
}
