//! `database-behind`

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{SchemaFacts, StampState};
use crate::rules::graph::are_wanted;
use crate::rules::{Check, Rule, StampFacts, gaps, wording};
use crate::source::printable;

use super::remedy;

pub(super) const RULE: Rule = Rule {
    name: "database-behind",
    summary: "Revisions are pending on the database",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/database-behind.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    if seen.stamp.state != StampState::Behind {
        return Vec::new();
    }
    let facts = seen.facts;
    let problems = &seen.stamp.problems;
    // What a row does not say for certain cannot be counted from.
    if !problems.is_empty() && remedy::true_rows(facts, &seen.stamp.rows, problems).is_none() {
        return Vec::new();
    }
    let pending = match &seen.stamp.pending {
        Ok(pending) => pending,
        // Bad rows have their own rules; without any this is the only word about it.
        Err(error) if seen.stamp.problems.is_empty() => {
            let finding =
                Finding::new(format!("Alembic could not upgrade this database: {}", printable(&error.reason)))
                    .evidence(remedy::rows_line(seen))
                    .evidence(format!("Alembic says: {}", printable(&error.alembic)));
            return vec![finding];
        }
        Err(_) => return Vec::new(),
    };
    let Some(first) = pending.first() else { return Vec::new() };
    let be = if pending.len() == 1 { "is" } else { "are" };
    let mut finding = Finding::new(format!("{} {be} pending", wording::count(pending.len(), "revision", "revisions")))
        .revision(first)
        .evidence(remedy::rows_line(seen));
    let steps = pending.iter().map(|id| match facts.graph.get(id) {
        Some(revision) => format!("pending: {}", wording::revision(revision)),
        None => format!("pending: {}", wording::id(id)),
    });
    finding.evidence.extend(wording::fold(steps.collect()));
    if !gaps::unknown_parents(facts).is_empty() {
        finding = finding.evidence("there may be more: some files could not be placed in the graph");
    }
    if seen.look.in_recovery {
        finding = finding.evidence("this server is a standby: the upgrade has to run on its primary");
    } else if seen.look.read_only {
        finding = finding.evidence("sessions are read-only by default here: the upgrade could not write");
    }
    finding.next.push(next(seen));
    vec![finding.do_not("run `stamp head`: it marks them as done, and they will never run")]
}

/// `upgrade`, unless something has to be settled before.
fn next(seen: &StampFacts<'_>) -> Step {
    let project = &seen.facts.project;
    let again = || wording::doctor(project, "diagnose");
    if !seen.stamp.problems.is_empty() {
        return Step::new(again(), "looks again, once the rows of the version table are right", Changes::Nothing);
    }
    if seen.schema.is_some_and(SchemaFacts::contradicts_the_stamp) {
        let why = "looks again, once tables and stamp agree: see the other findings about this database";
        return Step::new(again(), why, Changes::Nothing);
    }
    if seen.look.in_recovery {
        return Step::new(again(), "looks again, with the URL of the primary", Changes::Nothing);
    }
    if !gaps::alembic_loads(seen.facts) {
        let why = "looks again, once the findings that keep Alembic from loading the graph are settled";
        return Step::new(again(), why, Changes::Nothing);
    }
    if !are_wanted(seen.facts) {
        let why = "shows the heads: settle `multiple-heads` first, then upgrade";
        return Step::new(project.command("heads --verbose"), why, Changes::Nothing);
    }
    Step::new(
        project.command(&format!("upgrade {}", remedy::all_heads(seen.facts))),
        "runs what is pending, in this order; assumes that env.py is set to this same database, and that it has a backup",
        Changes::Database,
    )
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{commands, findings, revision, with_rows};

    fn next(rows: &[&str]) -> Vec<String> {
        let facts = with_rows(vec![revision("a1b2c3d4", &[]), revision("b2c3d4e5", &["a1b2c3d4"])], rows);
        let found = findings("database-behind", &facts);
        found.iter().flat_map(commands).map(str::to_owned).collect()
    }

    #[test]
    fn a_sound_stamp_is_upgraded() {
        assert_eq!(next(&["a1b2c3d4"]), ["alembic upgrade head"]);
        assert_eq!(next(&["b2c3d4e5"]), Vec::<String>::new());
    }

    #[test]
    fn bad_rows_are_settled_before_any_upgrade() {
        assert_eq!(next(&["a1b2"]), ["alembic-doctor diagnose"]);
        assert_eq!(next(&["a1b2c3d4", "a1b2c3d4"]), ["alembic-doctor diagnose"]);
        assert_eq!(next(&["base"]), Vec::<String>::new());
    }

    #[test]
    fn two_heads_are_settled_before_any_upgrade() {
        let revisions = vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])];
        let found = findings("database-behind", &with_rows(revisions, &["b"]));
        assert_eq!(found.first().map(commands), Some(vec!["alembic heads --verbose"]));
    }
}
