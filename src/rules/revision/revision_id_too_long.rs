//! `revision-id-too-long`

use crate::database::Look;
use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::{DatabaseFacts, Facts, Stamp, StampState, TableChoice};
use crate::revision::{Field, Revision};
use crate::rules::stamp::as_owner;
use crate::rules::wording::{self, MOST_LINES};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    name: "revision-id-too-long",
    summary: "A revision id does not fit into the version table",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/revision-id-too-long.md"),
    check: Check::Offline(check),
};

/// The width that Alembic gives `version_num` (alembic.ddl.impl.DefaultImpl.version_table_impl).
const DEFAULT_WIDTH: u32 = 32;

/// Judges by the real columns where there are any, else by the width that Alembic would choose.
fn check(facts: &Facts) -> Vec<Finding> {
    let looked: Vec<(&DatabaseFacts, &Look, &Stamp)> = facts
        .databases
        .iter()
        .filter_map(|database| Some((database, database.state.look.as_ref().ok()?, database.stamp.as_ref()?)))
        .collect();
    if looked.is_empty() {
        return by_default(facts).into_iter().collect();
    }
    looked.into_iter().filter_map(|(database, look, stamp)| by_database(facts, database, look, stamp)).collect()
}

fn by_database(facts: &Facts, database: &DatabaseFacts, look: &Look, stamp: &Stamp) -> Option<Finding> {
    let mut finding = match stamp.table(look) {
        Some(table) => {
            let width = table.width?;
            let name = crate::rules::stamp::table_name(table);
            let mut finding = finding(facts, width, &format!("{name}.version_num holds {width}"))?;
            if !is_pending(facts, stamp, width) {
                finding = finding
                    .evidence("no pending revision is that long: only `downgrade` or `stamp` would write such an id")
                    .at_most(Severity::Warning);
            }
            finding =
                finding.evidence(format!("{name}.version_num is {}", crate::source::printable(&table.column_type)));
            // PostgreSQL changes only the catalog when a varchar grows.
            if let Some(command) =
                as_owner(look, table, |name| format!("ALTER TABLE {name} ALTER COLUMN version_num TYPE varchar(255)"))
            {
                finding = finding.next(
                    command,
                    "widens the column at once, as its owner; assumes that psql reaches this database (PGHOST, PGPORT)",
                    Changes::Database,
                );
            }
            finding
        }
        None => {
            // SQLite does not enforce a width; an unknown table has no known width.
            if stamp.choice != TableChoice::Absent || look.server.starts_with("SQLite") {
                return None;
            }
            let finding = finding(facts, DEFAULT_WIDTH, "Alembic will create version_num with 32")?;
            look_at_env(facts, finding.at_most(Severity::Warning))
        }
    };
    finding.database = Some(database.state.name.clone());
    Some(finding)
}

/// Whether an upgrade would write an id that is too long; also where that is not known.
fn is_pending(facts: &Facts, stamp: &Stamp, width: u32) -> bool {
    let is_long = |id: &String| u32::try_from(id.chars().count()).is_ok_and(|length| length > width);
    match (&stamp.pending, stamp.state) {
        (Ok(pending), state) if state != StampState::Unreadable => pending.iter().any(is_long),
        _ => facts.graph.revisions().iter().any(|revision| is_long(&revision.id)),
    }
}

fn by_default(facts: &Facts) -> Option<Finding> {
    let finding = finding(facts, DEFAULT_WIDTH, "version_num holds 32 unless the project widens it")?;
    // Whether the column is wider somewhere cannot be seen from here.
    Some(look_at_env(facts, finding.at_most(Severity::Warning)))
}

fn look_at_env(facts: &Facts, finding: Finding) -> Finding {
    let env = facts.project.script_directory.join("env.py");
    let Some(env) = wording::shell(&env.display().to_string()) else { return finding };
    finding.next(
        format!("grep -n 'version_num\\|version_table_impl' {env}"),
        "shows whether env.py widens the column before the migrations run; if nothing does, shorten the id while no \
         database has it",
        Changes::Nothing,
    )
}

fn finding(facts: &Facts, width: u32, limit: &str) -> Option<Finding> {
    let length = |revision: &Revision| revision.id.chars().count();
    let long: Vec<&Revision> = facts
        .graph
        .revisions()
        .iter()
        .filter(|revision| u32::try_from(length(revision)).is_ok_and(|length| length > width))
        .collect();
    let (first, others) = long.split_first()?;
    let mut finding = match others {
        [] => Finding::new(format!("The id {} has {} characters, but {limit}", wording::id(&first.id), length(first))),
        _ => Finding::new(format!("{} ids have more than {width} characters, but {limit}", long.len())),
    }
    .at(first.location(Field::Revision))
    .revision(&first.id);
    for other in others.iter().take(MOST_LINES) {
        finding = finding.related(other.location(Field::Revision), format!("{} characters", length(other)));
    }
    let lines = long.iter().map(|revision| format!("{} characters: {}", length(revision), wording::revision(revision)));
    finding.evidence = wording::fold(lines.collect());
    Some(
        finding
            .do_not("widen the column in the revision with the long id: Alembic stores that id in the same step")
            .do_not("shorten an id that a database already has"),
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity;
    use crate::rules::testing::{facts, findings, revision, table, with_tables};

    const LONG: &str = "2026_11_22_add_email_to_users_table";

    #[test]
    fn the_real_column_decides_where_there_is_one() {
        let narrow = with_tables(vec![revision(LONG, &[])], vec![table("public", &[])]);
        let found = findings("revision-id-too-long", &narrow);
        assert_eq!(found.first().unwrap().at_most, None);
        let mut wide = table("public", &[]);
        wide.width = Some(255);
        assert!(findings("revision-id-too-long", &with_tables(vec![revision(LONG, &[])], vec![wide])).is_empty());
    }

    #[test]
    fn an_id_that_is_behind_the_stamp_is_no_error() {
        let revisions = || vec![revision(LONG, &[]), revision("b", &[LONG])];
        let past = with_tables(revisions(), vec![table("public", &["b"])]);
        assert_eq!(findings("revision-id-too-long", &past).first().unwrap().at_most, Some(Severity::Warning));
        let before = with_tables(revisions(), vec![table("public", &[])]);
        assert_eq!(findings("revision-id-too-long", &before).first().unwrap().at_most, None);
    }

    #[test]
    fn without_a_database_it_is_only_a_warning() {
        let found = findings("revision-id-too-long", &facts(vec![revision(LONG, &[])]));
        assert_eq!(found.first().unwrap().at_most, Some(Severity::Warning));
        assert!(findings("revision-id-too-long", &facts(vec![revision(&"a".repeat(32), &[])])).is_empty());
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert!(findings("revision-id-too-long", &facts(vec![revision(&"ä".repeat(32), &[])])).is_empty());
    }
}
