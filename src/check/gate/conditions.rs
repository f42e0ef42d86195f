//! The conditions one by one.

use super::{Condition, FINDINGS, Holds, Judged, Question};
use crate::check::{Diagnostic, Report, planned};
use crate::database::{Look, Rows};
use crate::facts::{DatabaseFacts, Facts, Stamp, StampState};
use crate::graph::{Direction, Plan, Reached};
use crate::rules::{gaps, graph::are_wanted};

/// That revisions are pending, on some databases more than on others, is what an upgrade is for: whether it
/// works on each of them is asked of each.
const EXPECTED: [&str; 2] = ["database-behind", "environment-mismatch"];

/// Findings that say that something could not be looked at: `reachable` and `table` say so.
const UNSEEN: [&str; 2] = ["database-unreachable", "version-table-unreadable"];

fn condition(name: &'static str, holds: Holds, says: impl Into<String>) -> Condition {
    Condition { name, holds, says: says.into() }
}

fn count(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// What holds for the project, whichever database.
pub(super) fn of_project(question: Question, report: &Report) -> Vec<Condition> {
    let mut conditions = Vec::new();
    if question == Question::Gate {
        conditions.extend([files(&report.facts), heads(&report.facts)]);
    }
    conditions.push(findings(question, report));
    conditions
}

fn files(facts: &Facts) -> Condition {
    const NAME: &str = "files";
    if let Some(refusal) = facts.graph.load_refusal() {
        return condition(NAME, Holds::No, format!("Alembic cannot load the revision files: {}", refusal.reason));
    }
    if !facts.problems.is_empty() {
        return condition(NAME, Holds::No, format!("{} cannot be read", count(facts.problems.len(), "revision file")));
    }
    let open = gaps::unknown_parents(facts);
    if let Some(first) = open.first() {
        return condition(NAME, Holds::Unknown, format!("the order of the revisions is not known: {first}"));
    }
    let holds = if facts.files == 0 { Holds::No } else { Holds::Yes };
    condition(NAME, holds, format!("{} read", count(facts.files, "revision file")))
}

fn heads(facts: &Facts) -> Condition {
    let heads = facts.graph.heads();
    let says = match facts.expected.heads {
        Some(wanted) if wanted != heads.len() => format!("{}, {wanted} wanted", count(heads.len(), "head")),
        _ => count(heads.len(), "head"),
    };
    let holds = if are_wanted(facts) && !heads.is_empty() { Holds::Yes } else { Holds::No };
    let named = if heads.is_empty() { String::new() } else { format!(": {}", heads.join(", ")) };
    condition("heads", holds, says + &named)
}

/// Findings that fail the run. Before an upgrade, pending revisions are none.
fn findings(question: Question, report: &Report) -> Condition {
    let is_left_out = |found: &&Diagnostic| {
        question == Question::Gate && EXPECTED.contains(&found.rule.name) || UNSEEN.contains(&found.rule.name)
    };
    let fail = report.diagnostics.iter().filter(|found| found.severity >= report.fail_on && !is_left_out(found));
    let mut names: Vec<&str> = fail.map(|found| found.rule.name).collect();
    let number = names.len();
    names.dedup();
    let level = report.fail_on.as_str();
    match names.as_slice() {
        [] => condition(FINDINGS, Holds::Yes, format!("none at level {level} or above")),
        names => condition(FINDINGS, Holds::No, format!("{} at level {level} or above: {}", number, names.join(", "))),
    }
}

/// What holds for one database.
pub(super) fn of_database(question: Question, facts: &Facts, database: &DatabaseFacts, target: &str) -> Judged {
    let mut judged = Judged {
        name: database.state.name.clone(),
        url: database.state.url.to_string(),
        conditions: Vec::new(),
        plan: None,
        planned: None,
    };
    let (look, stamp) = match (&database.state.look, &database.stamp) {
        (Ok(look), Some(stamp)) => (look, stamp),
        (Ok(_), None) => {
            judged.conditions.push(condition("reachable", Holds::Unknown, "its stamp was not judged"));
            return judged;
        }
        (Err(error), _) => {
            judged.conditions.push(condition("reachable", Holds::Unknown, error.message.clone()));
            return judged;
        }
    };
    let user = look.user.as_ref().map(|user| format!(", role {user}")).unwrap_or_default();
    judged.conditions.push(condition("reachable", Holds::Yes, format!("{}{user}", look.server)));
    if question == Question::Gate {
        judged.conditions.push(writable(look));
    }
    judged.conditions.extend([table(look, stamp), no_run(look, stamp)]);
    if stamp.state == StampState::InProgress && !stamp.is_read(look) {
        // Nothing else can be told until that is over, and it is said why.
        return judged;
    }
    judged.conditions.push(known(question, look, stamp));
    let is_whole = stamp.is_read(look) && stamp.is_complete(look);
    let plan =
        is_whole.then(|| facts.graph.plan(Direction::Upgrade, &[target.to_owned()], &stamp.rows, &stamp.table_name));
    judged.conditions.push(match (&plan, question) {
        (None, Question::Gate) => condition("plan", Holds::Unknown, "the rows of the version table are not known"),
        (None, Question::Verify) => condition("target", Holds::Unknown, "the rows of the version table are not known"),
        (Some(plan), Question::Gate) => would_run(facts, plan, target),
        (Some(plan), Question::Verify) => arrived(facts, plan, target, look),
    });
    judged.planned = plan.as_ref().map(|plan| planned(facts, Some(database), plan));
    judged.plan = plan;
    judged
}

fn writable(look: &Look) -> Condition {
    const NAME: &str = "writable";
    match () {
        () if look.in_recovery => condition(NAME, Holds::No, "a standby: only its primary takes changes"),
        () if look.read_only && look.read_only_role => {
            let says = "not a standby; that sessions are read-only is a setting of the role that looks, not of others";
            condition(NAME, Holds::Yes, says)
        }
        () if look.read_only => condition(NAME, Holds::No, "sessions are read-only by default on this database"),
        () => condition(NAME, Holds::Yes, "takes changes"),
    }
}

fn table(look: &Look, stamp: &Stamp) -> Condition {
    const NAME: &str = "table";
    let name = &stamp.table_name;
    match (stamp.table(look).map(|table| &table.rows), stamp.state) {
        (Some(Rows::Known { .. }), _) => condition(NAME, Holds::Yes, format!("{name} can be read")),
        (Some(Rows::Denied { missing }), _) => {
            condition(NAME, Holds::Unknown, format!("{name} may not be read: {missing} is missing"))
        }
        (Some(Rows::Failed { .. }), StampState::InProgress) => {
            condition(NAME, Holds::No, format!("{name} is locked by a migration"))
        }
        (Some(Rows::Failed { reason }), _) => {
            condition(NAME, Holds::Unknown, format!("{name} cannot be read: {reason}"))
        }
        (None, StampState::Unreadable) => {
            condition(NAME, Holds::Unknown, "there are several version tables, and env.py does not say which is used")
        }
        (None, _) => condition(NAME, Holds::Yes, format!("no {name} yet: Alembic makes it")),
    }
}

fn no_run(look: &Look, stamp: &Stamp) -> Condition {
    const NAME: &str = "alone";
    if let Some(why) = &look.holders_unknown {
        return condition(NAME, Holds::Unknown, format!("whether another migration is at work is not known: {why}"));
    }
    let runs = stamp.runs(look);
    let pids: Vec<String> = runs.iter().filter_map(|run| run.pid).map(|pid| pid.to_string()).collect();
    match (runs.is_empty(), pids.is_empty()) {
        (true, _) => condition(NAME, Holds::Yes, "no other migration is at work"),
        (false, true) => condition(NAME, Holds::No, "another migration is at work"),
        (false, false) => condition(NAME, Holds::No, format!("another migration is at work: pid {}", pids.join(", "))),
    }
}

/// Whether the stamp means something to this code.
fn known(question: Question, look: &Look, stamp: &Stamp) -> Condition {
    const NAME: &str = "stamp";
    let (rows, missing) = (stamp.rows.join(", "), stamp.missing.join(", "));
    match stamp.state {
        _ if !stamp.is_read(look) => condition(NAME, Holds::Unknown, "it cannot be read"),
        StampState::Ahead => condition(NAME, Holds::No, format!("the database is ahead: this code lacks {missing}")),
        StampState::Diverged => {
            condition(NAME, Holds::No, format!("the database went another way: this code lacks {missing}"))
        }
        StampState::Orphaned => condition(NAME, Holds::No, format!("this code has no revision {missing}")),
        _ if !stamp.problems.is_empty() => {
            condition(NAME, Holds::No, format!("Alembic does not accept all of its rows: {rows}"))
        }
        StampState::Unstamped => {
            let tables = usize::try_from(look.user_tables).unwrap_or(usize::MAX);
            let says = format!("none, but {}: Alembic would start from the first revision", count(tables, "table"));
            condition(NAME, Holds::No, says)
        }
        _ if rows.is_empty() && question == Question::Verify => {
            condition(NAME, Holds::No, "none: nothing has run here")
        }
        _ if rows.is_empty() => condition(NAME, Holds::Yes, "none: a new database"),
        _ => condition(NAME, Holds::Yes, format!("{rows}, known to this code")),
    }
}

fn would_run(facts: &Facts, plan: &Plan, target: &str) -> Condition {
    const NAME: &str = "plan";
    let rows = plan.rows_before.join(", ");
    if let Some(branch) = facts.graph.unknown_branch(target) {
        return condition(NAME, Holds::No, format!("no revision or branch label is '{branch}'"));
    }
    match facts.graph.reached(plan, target) {
        Reached::Before(ids) => {
            condition(NAME, Holds::Yes, format!("runs {}: {}", count(ids.len(), "revision"), folded(&ids)))
        }
        Reached::At => condition(NAME, Holds::Yes, "nothing to run: it is there already"),
        Reached::Past => condition(
            NAME,
            Holds::No,
            format!("a silent no-op: the database is past {target}, at {rows}; an upgrade never goes back"),
        ),
        Reached::Refused(error) => {
            condition(NAME, Holds::No, format!("Alembic refuses ({}): {}", error.alembic, error.reason))
        }
    }
}

fn arrived(facts: &Facts, plan: &Plan, target: &str, look: &Look) -> Condition {
    const NAME: &str = "target";
    let rows =
        if plan.rows_before.is_empty() { "nowhere".to_owned() } else { format!("at {}", plan.rows_before.join(", ")) };
    match facts.graph.reached(plan, target) {
        Reached::At => condition(NAME, Holds::Yes, format!("the database is at {target}")),
        Reached::Past => condition(NAME, Holds::No, format!("the database is past {target}, {rows}")),
        Reached::Before(ids) if look.in_recovery => {
            let says = format!("{} pending: {}; this is a standby, which may lag", ids.len(), folded(&ids));
            condition(NAME, Holds::No, says)
        }
        Reached::Before(ids) => {
            condition(NAME, Holds::No, format!("the database is {rows}, {} pending: {}", ids.len(), folded(&ids)))
        }
        Reached::Refused(error) => {
            condition(NAME, Holds::No, format!("it cannot be told ({}): {}", error.alembic, error.reason))
        }
    }
}

/// At most five.
fn folded(ids: &[String]) -> String {
    const MOST: usize = 5;
    let shown = ids.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if ids.len() > MOST { format!("{shown} and {} more", ids.len() - MOST) } else { shown }
}
