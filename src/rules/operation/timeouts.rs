//! `missing-lock-timeout` and `missing-statement-timeout`: one finding for a run, at the place in env.py
//! that runs the migrations.

use crate::database::{Dialect, Look};
use crate::diagnostic::{Finding, Severity};
use crate::facts::{Facts, SentStatement, StampState};
use crate::python;
use crate::revision::Revision;
use crate::rules::{Check, Rule, wording};
use crate::source::{Location, Span};
use crate::sql::{Answer, On};

use super::seen::explained;

pub(super) const LOCK: Rule = Rule {
    name: "missing-lock-timeout",
    summary: "Nothing limits how long a migration waits for a lock, and everybody behind it waits too",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/missing-lock-timeout.md"),
    check: Check::Offline(lock),
};

pub(super) const STATEMENT: Rule = Rule {
    name: "missing-statement-timeout",
    summary: "Nothing limits how long a statement of a migration keeps a table locked",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/missing-statement-timeout.md"),
    check: Check::Offline(statement),
};

fn lock(facts: &Facts) -> Vec<Finding> {
    let is_strong = |statement: &SentStatement| {
        let known = statement.effects.known.iter();
        known.filter(|effect| matches!(effect.on, On::Relation(_))).any(|effect| effect.lock.blocks_writes())
    };
    let Some(need) = Need::of(facts, "lock_timeout", is_strong) else { return Vec::new() };
    let finding = Finding::new(format!(
        "No lock_timeout is set: while revision {} waits for its lock, everybody who comes after it waits too",
        wording::id(&need.revision.id)
    ))
    .evidence("PostgreSQL serves locks in their order: readers and writers queue behind the one that waits");
    vec![need.complete(facts, finding, LOCK.name, "4000").do_not(
        "set it with SQL before context.configure(): without a commit() all migrations are rolled back in silence",
    )]
}

fn statement(facts: &Facts) -> Vec<Finding> {
    let is_long = |statement: &SentStatement| {
        let known = statement.effects.known.iter();
        let mut locking = known.filter(|effect| effect.lock.blocks_writes());
        locking.any(|effect| effect.rewrite == Answer::Yes || effect.scan == Answer::Yes)
    };
    let Some(need) = Need::of(facts, "statement_timeout", is_long) else { return Vec::new() };
    let finding = Finding::new(format!(
        "No statement_timeout is set: nothing ends revision {} if it works on all rows for longer than others can wait",
        wording::id(&need.revision.id)
    ));
    vec![
        need.complete(facts, finding, STATEMENT.name, "60000").do_not(
            "let it end CREATE INDEX CONCURRENTLY: an invalid index stays behind; SET statement_timeout = 0 there",
        ),
    ]
}

/// The first of the revisions that need a parameter which nothing sets.
struct Need<'f> {
    parameter: &'static str,
    revision: &'f Revision,
    place: Location,
    /// How many revisions need it.
    count: usize,
}

impl<'f> Need<'f> {
    fn of(facts: &'f Facts, parameter: &'static str, needs: impl Fn(&SentStatement) -> bool) -> Option<Self> {
        if !facts.may_be_postgresql() || !will_run(facts) || is_set(facts, parameter) {
            return None;
        }
        let mut need: Option<Self> = None;
        for (position, revision) in facts.graph.revisions().iter().enumerate() {
            // One that names it sets it.
            if !facts.examined.includes(&revision.id) || revision.source.text().contains(parameter) {
                continue;
            }
            let Some(statement) = facts.sql(position).statements.iter().find(|statement| needs(statement)) else {
                continue;
            };
            let place = Location::new(&revision.source, statement.span);
            need.get_or_insert(Self { parameter, revision, place, count: 0 }).count += 1;
        }
        need
    }

    fn complete(self, facts: &Facts, finding: Finding, rule: &str, milliseconds: &str) -> Finding {
        let Self { parameter, place, count, .. } = self;
        let mut finding = finding
            .evidence(format!(
                "{} {} it; the first: {}",
                wording::count(count, "revision", "revisions"),
                if count == 1 { "needs" } else { "need" },
                wording::place(&place)
            ))
            .related(place, "this needs it")
            .evidence(format!("neither env.py nor the configuration names {parameter}"));
        finding = match env_place(facts) {
            Some(place) => finding.at(place),
            None => finding,
        };
        finding = if is_proven(facts, parameter) {
            finding.evidence(format!("the server gives the role that migrates {parameter} = 0: no limit"))
        } else {
            finding
                .evidence("what the server sets for the role that migrates was not looked at")
                .at_most(Severity::Info)
        };
        finding
            .evidence(format!("for create_engine() in env.py: {}", connect_args(facts, parameter, milliseconds)))
            .next_step(explained(rule, "shows env.py with it, in the way that opens no transaction too early"))
    }
}

/// Whether the next upgrade is what there is to talk about: not while a stamp is wrong.
fn will_run(facts: &Facts) -> bool {
    let is_plain = |state| matches!(state, StampState::AtHead | StampState::Behind | StampState::Empty);
    facts.databases.iter().all(|database| is_plain(database.standing()))
}

/// Where env.py runs the migrations.
fn env_place(facts: &Facts) -> Option<Location> {
    const RUN: &str = "context.run_migrations(";
    let source = facts.project.env.source.as_ref()?;
    let start = source.text().rfind(RUN)?;
    Some(Location::new(source, Span::new(start, start + RUN.len() - 1)))
}

/// The argument in the words of the driver. It is given at the connection, so that no SQL runs.
fn connect_args(facts: &Facts, parameter: &str, milliseconds: &str) -> String {
    let asynchronous = |text: &str| text.contains("asyncpg");
    let is_asyncpg = facts.project.env.source.as_ref().is_some_and(|source| asynchronous(source.text()))
        || facts.project.url.as_ref().is_some_and(|url| asynchronous(&url.value));
    if is_asyncpg {
        format!("connect_args={{\"server_settings\": {{\"{parameter}\": \"{milliseconds}\"}}}}")
    } else {
        format!("connect_args={{\"options\": \"-c {parameter}={milliseconds}\"}}")
    }
}

/// Whether the parameter is set somewhere, or may be where nothing can be seen.
pub(in crate::rules) fn is_set(facts: &Facts, parameter: &str) -> bool {
    let project = &facts.project;
    let files = project.ini.iter().chain(&project.pyproject);
    let in_files = files.into_iter().any(|file| {
        let lines = file.text().lines().map(str::trim_start);
        lines.filter(|line| !line.starts_with(['#', ';'])).any(|line| line.contains(parameter))
    });
    let in_url = project.url.as_ref().is_some_and(|url| url.value.contains(parameter));
    let in_database = facts.databases.iter().any(|database| {
        let look = database.state.look.as_ref().ok();
        database.state.url.to_string().contains(parameter) || look.is_some_and(|look| is_set_there(look, parameter))
    });
    in_files || in_url || in_database || may_be_in_env(facts, parameter)
}

/// For whom it is set is not asked: the role that looks may be another than the one that migrates.
fn is_set_there(look: &Look, parameter: &str) -> bool {
    let for_somebody = look.settings.iter().any(|setting| setting.name == parameter && setting.value != "0");
    for_somebody || look.timeout(parameter).is_some_and(|value| value != "0")
}

/// Whether env.py names it, or gets its connection from where that cannot be seen.
fn may_be_in_env(facts: &Facts, parameter: &str) -> bool {
    facts.project.env.source.as_ref().is_none_or(|source| may_set(source.text(), parameter))
}

fn may_set(env: &str, parameter: &str) -> bool {
    let mut text = env.to_owned();
    for comment in python::comments(env).into_iter().rev() {
        text.replace_range(comment.start..comment.end, "");
    }
    let makes_engine =
        ["engine_from_config(", "create_engine(", "create_async_engine("].iter().any(|it| text.contains(it));
    let arguments = text.split("connect_args").skip(1);
    let are_written = arguments
        .map(|rest| rest.trim_start_matches(['=', ' ', '"', '\'', ']', ':']))
        .all(|rest| rest.starts_with('{'));
    // `set_timeouts(connection)`, a listener for new connections.
    let helps = ["listens_for", "event.listen", "timeouts(", "_timeout("].iter().any(|it| text.contains(it));
    text.contains(parameter) || !makes_engine || !are_written || helps
}

/// Whether every database said so, asked as the role that migrates.
fn is_proven(facts: &Facts, parameter: &str) -> bool {
    let mut databases = facts.databases.iter().map(|database| &database.state).peekable();
    databases.peek().is_some()
        && databases.all(|state| {
            let says = |look: &Look| look.timeout(parameter) == Some("0");
            state.url.dialect() == Some(Dialect::PostgreSql)
                && facts.is_alembics_own(state)
                && state.look.as_ref().is_ok_and(says)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_not_called_missing() {
        for (env, may) in [
            ("engine = create_engine(url)", false),
            ("engine = create_engine(url)  # lock_timeout", false),
            ("engine = create_engine(url, connect_args={'options': '-c timezone=utc'})", false),
            ("engine = create_engine(url, connect_args={'options': '-c lock_timeout=4s'})", true),
            ("engine = create_engine(url, connect_args=settings.connect_args)", true),
            ("from app import engine", true),
            ("engine = create_engine(url)\n@event.listens_for(engine, 'connect')\ndef f(c, _): ...", true),
            ("engine = create_engine(url)\nset_timeouts(connection)", true),
        ] {
            assert_eq!(may_set(env, "lock_timeout"), may, "{env}");
        }
    }
}
