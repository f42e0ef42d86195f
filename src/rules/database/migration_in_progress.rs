//! `migration-in-progress`

use std::time::Duration;

use crate::database::{DatabaseState, Deed, ErrorKind, Held, Holder, Look, ProbeError};
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Facts, Stamp};
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "migration-in-progress",
    summary: "A migration is at work on the database, or one that died still holds it",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/migration-in-progress.md"),
    check: Check::Database(check),
};

/// A run that has waited for its client for longer than this may have lost it.
const LEFT: Duration = Duration::from_secs(30);

fn check(facts: &Facts, database: &DatabaseState) -> Vec<Finding> {
    match &database.look {
        Err(error) if error.kind == ErrorKind::Locked => vec![locked_file(facts, error)],
        Err(error) if error.kind == ErrorKind::Unfinished => vec![unfinished_file(facts, error)],
        Err(_) => Vec::new(),
        Ok(look) => {
            let judged = facts.databases.iter().find(|judged| std::ptr::eq(&judged.state, database));
            let stamp = judged.and_then(|judged| judged.stamp.as_ref());
            stamp.and_then(|stamp| at_work(facts, look, stamp)).into_iter().collect()
        }
    }
}

fn at_work(facts: &Facts, look: &Look, stamp: &Stamp) -> Option<Finding> {
    let runs = stamp.runs(look);
    let deed = runs.iter().map(|run| run.deed).max()?;
    // Who waits for another one is not in the way.
    let pids: Vec<i32> = runs.iter().filter_map(|run| run.pid).collect();
    let first = runs.iter().find(|run| !run.waits_for.iter().any(|pid| pids.contains(pid))).or(runs.first())?;
    let mut finding = Finding::new(message(first));
    finding.evidence.extend(wording::fold(runs.iter().map(|run| line(run)).collect()));
    if runs.iter().any(|run| run.pid.is_some() && run.state.is_none()) {
        let role = printable(look.user.as_deref().unwrap_or("this role"));
        let hidden = "may not see how old other sessions are, what they do and where they come from: that needs \
                      `pg_read_all_stats`";
        finding = finding.evidence(format!("{role} {hidden}"));
    }
    let rows = if stamp.rows.is_empty() { "no revision".to_owned() } else { wording::ids(&stamp.rows) };
    finding = finding.evidence(if stamp.is_read(look) {
        format!("until it commits, everybody else sees the stamp from before: {rows}")
    } else {
        "as long as it holds that lock, nobody can read the stamp".to_owned()
    });
    if deed == Deed::Reads {
        finding = finding
            .evidence("it has changed nothing yet: a long transaction of the application would look the same")
            .at_most(Severity::Warning);
    }
    let finding = if is_left(first) { left(facts, look, first, finding) } else { wait(facts, finding) };
    Some(
        finding.do_not("start a second `upgrade`: it waits for the first one, and then fails or finds its work undone"),
    )
}

/// The cause, with what is known of the session.
fn message(run: &Holder) -> String {
    let who = match run.pid {
        Some(pid) => format!("session {pid}{}", named(run)),
        None => format!("the prepared transaction {}", wording::id(&run.transaction)),
    };
    match run.unchanged.filter(|_| is_left(run)) {
        _ if run.pid.is_none() => return format!("A migration holds its locks and waits to be committed: {who}"),
        Some(idle) => {
            return format!("A migration holds its locks and does nothing: {who} has been idle for {}", lasted(idle));
        }
        None => {}
    }
    match (&run.on, run.deed) {
        (Held::NewTables { schema }, _) => {
            format!("A migration is at work: {who} is making tables in schema {}", printable(schema))
        }
        (_, Deed::Reads) => format!("A migration may have begun: {who} keeps the version table's lock"),
        _ => format!("A migration is at work: {who} holds locks on the version table"),
    }
}

fn named(run: &Holder) -> String {
    let application = run.application.as_deref().map(|name| format!("application {}", wording::id(name)));
    let address = run.address.as_deref().map(|address| format!("from {}", printable(address)));
    let known: Vec<String> = application.into_iter().chain(address).collect();
    if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) }
}

/// Everything that is known of one session.
fn line(run: &Holder) -> String {
    let mut known = Vec::new();
    if let Some(user) = &run.user {
        known.push(format!("role {}", printable(user)));
    }
    if let Some(state) = &run.state {
        let idle = run.unchanged.filter(|_| run.is_idle()).map(|idle| format!(" for {}", lasted(idle)));
        known.push(format!("{}{}", printable(state), idle.unwrap_or_default()));
    }
    if let Some(age) = run.age {
        known.push(format!("its transaction began {} ago", lasted(age)));
    }
    if !run.waits_for.is_empty() {
        let pids: Vec<String> = run.waits_for.iter().map(i32::to_string).collect();
        known.push(format!("it waits for {}", wording::list(&pids)));
    }
    let who = run.pid.map_or_else(
        || format!("prepared transaction {}", wording::id(&run.transaction)),
        |pid| format!("pid {pid}{}", named(run)),
    );
    let deed = match (&run.on, run.deed) {
        (Held::NewTables { schema }, _) => format!("has made tables in schema {}", printable(schema)),
        (Held::Table { .. }, _) if run.shuts_out => "locks the version table against readers".to_owned(),
        (Held::Table { .. }, Deed::Stamps) => "has written into the version table".to_owned(),
        (Held::Table { .. }, Deed::Alters) => "has read the version table and alters tables".to_owned(),
        (Held::Table { .. }, Deed::Changes) => "has read the version table and written somewhere".to_owned(),
        (Held::Table { .. }, Deed::Reads) => "has read the version table".to_owned(),
    };
    let known = if known.is_empty() { String::new() } else { format!(": {}", known.join(", ")) };
    format!("{who} {deed}{known}")
}

fn lasted(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

fn is_left(run: &Holder) -> bool {
    run.pid.is_none() || run.is_idle() && run.unchanged.is_some_and(|idle| idle > LEFT)
}

fn wait(facts: &Facts, finding: Finding) -> Finding {
    finding.next(
        wording::doctor(&facts.project, "wait --for heads"),
        "waits until it has committed and nothing is pending; ends at once when the database is then ahead of this code",
        Changes::Nothing,
    )
}

/// Only a person knows whether the run is dead or its program only thinks.
fn left(facts: &Facts, look: &Look, run: &Holder, finding: Finding) -> Finding {
    let sql = |statement: String, why: &str, changes| {
        let command = wording::psql(&look.database, None, &[&statement])?;
        Some(Step::new(command, format!("{why}; assumes that psql reaches this database (PGHOST, PGPORT)"), changes))
    };
    let Some(pid) = run.pid else {
        let gid = run.transaction.replace('\'', "''");
        let show = "SELECT gid, owner, prepared FROM pg_prepared_xacts WHERE database = current_database()";
        let mut finding = finding;
        finding.next.extend(sql(show.to_owned(), "shows who prepared it, and when", Changes::Nothing));
        finding.or.extend(
            sql(
                format!("ROLLBACK PREPARED '{gid}'"),
                "undoes all that it has done; only when its other half, in another database, is undone too",
                Changes::Database,
            )
            .map(|step| vec![step]),
        );
        return finding;
    };
    let show = format!(
        "SELECT pid, usename, application_name, client_addr, backend_start, xact_start, state, query FROM \
         pg_stat_activity WHERE pid = {pid}"
    );
    let mut finding = finding;
    finding.next.extend(sql(
        show,
        "shows the session and its last statement: whether the program behind it is still alive is for a person to find \
         out, at the address that is shown",
        Changes::Nothing,
    ));
    finding.or.extend(
        sql(
            format!("SELECT pg_terminate_backend({pid})"),
            "when its program is dead: ends the session, and PostgreSQL takes back everything that its transaction has \
             done; runs as the same role or with pg_signal_backend",
            Changes::Database,
        )
        .map(|step| vec![step]),
    );
    finding.or.push(vec![Step::new(
        wording::doctor(&facts.project, "wait --for heads"),
        "when its program is alive: waits until it has committed and nothing is pending",
        Changes::Nothing,
    )]);
    finding.do_not(
        "end the session before you know: a program that computes for long between two statements looks the same",
    )
}

fn locked_file(facts: &Facts, error: &ProbeError) -> Finding {
    let finding = Finding::new(format!("A migration or another writer is at work: {}", printable(&error.message)));
    let finding = detailed(finding, error).evidence("SQLite does not say which process it is");
    wait(facts, finding).do_not("start an `upgrade` now: it fails with `database is locked`")
}

fn unfinished_file(facts: &Facts, error: &ProbeError) -> Finding {
    let finding = Finding::new(format!("A writer has died in the middle of a change: {}", printable(&error.message)));
    detailed(finding, error)
        .next(
            facts.project.command("current"),
            "opens the file for writing, by which SQLite takes the unfinished change back, and changes nothing else",
            Changes::Database,
        )
        .next(wording::doctor(&facts.project, "diagnose"), "looks again", Changes::Nothing)
        .do_not("delete the -journal file: with it the way back to a sound file is gone")
}

fn detailed(finding: Finding, error: &ProbeError) -> Finding {
    match &error.detail {
        Some(detail) => finding.evidence(format!("the answer was: {}", printable(detail))),
        None => finding,
    }
}
