//! `lock-accumulation`

use crate::database::Dialect;
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Facts, RevisionSql, SentStatement, StampState};
use crate::graph::Direction;
use crate::operation::{Body, Operation};
use crate::project::env::Fact;
use crate::revision::Revision;
use crate::rules::{Check, Rule, StampFacts, wording};
use crate::source::{Location, printable};
use crate::sql::{Answer, Lock, Name, On};

use super::remedy;

pub(super) const RULE: Rule = Rule {
    name: "lock-accumulation",
    summary: "A strong lock is held while later revisions work, because all pending revisions run in one transaction",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/lock-accumulation.md"),
    check: Check::BranchOrStamp(branch, pending),
};

/// A lock that is held on while other revisions run.
struct Held {
    lock: Lock,
    table: Name,
    /// The revision that takes it: its place in the plan.
    revision: usize,
    place: Location,
    /// What works while it is held, in a later revision of the same transaction.
    slow: Option<(usize, Location)>,
}

/// The revisions of a branch: databases without them get them all at once.
fn branch(facts: &Facts) -> Vec<Finding> {
    if !facts.may_be_postgresql() {
        return Vec::new();
    }
    let history = facts.graph.history();
    let ids = history.into_iter().rev().filter(|id| facts.examined.includes(id));
    together(facts, ids, |count| {
        format!("{count} were changed here and run in one transaction where none of them has run")
    })
}

/// The revisions that are pending on a database.
fn pending(seen: &StampFacts<'_>) -> Vec<Finding> {
    let facts = seen.facts;
    let is_whole = seen.stamp.is_read(seen.look) && seen.stamp.is_complete(seen.look);
    if seen.database.url.dialect() != Some(Dialect::PostgreSql) || seen.stamp.state != StampState::Behind || !is_whole {
        return Vec::new();
    }
    let target = facts.expected.target.as_deref().unwrap_or_else(|| remedy::all_heads(facts)).to_owned();
    let plan = facts.graph.plan(Direction::Upgrade, &[target], &seen.stamp.rows, &seen.stamp.table_name);
    let ids = plan.steps.iter().map(|step| step.revision.as_str());
    together(facts, ids, |count| format!("{count} are pending and run in one transaction"))
}

/// What a lock holds up when these revisions run in this order; `why` says of how many that they do.
fn together<'f>(facts: &'f Facts, ids: impl Iterator<Item = &'f str>, why: impl Fn(String) -> String) -> Vec<Finding> {
    if !is_one_transaction(facts) {
        return Vec::new();
    }
    let body = |id| Some((facts.graph.get(id)?, facts.operations_of(id)?.upgrade.clone()));
    let bodies: Option<Vec<(&Revision, Body)>> = ids.map(body).collect();
    let Some(bodies) = bodies.filter(|bodies| bodies.len() > 1) else { return Vec::new() };
    let sql = facts.sql_in_turn(&bodies);
    let held = held(&bodies, &sql);
    // Of equal locks the one that is held longest.
    let strongest =
        held.iter().filter(|held| held.slow.is_some()).min_by_key(|held| (std::cmp::Reverse(held.lock), held.revision));
    let why = why(wording::count(bodies.len(), "revision", "revisions"));
    strongest.and_then(|held| finding(facts, &bodies, held, &why)).into_iter().collect()
}

/// Whether Alembic runs all revisions in one transaction, for certain.
fn is_one_transaction(facts: &Facts) -> bool {
    let env = &facts.project.env;
    let other = ["AUTOCOMMIT", "transactional_ddl", "isolation_level"];
    let is_plain = env.source.as_ref().is_some_and(|source| other.iter().all(|word| !source.text().contains(word)));
    is_plain && matches!(env.transaction_per_migration, Fact::Absent | Fact::Known(false))
}

/// The strong locks of each transaction, with what works after them in later revisions.
fn held(bodies: &[(&Revision, Body)], sql: &[RevisionSql]) -> Vec<Held> {
    let mut over: Vec<Held> = Vec::new();
    let mut open: Vec<Held> = Vec::new();
    for (at, ((revision, body), sql)) in bodies.iter().zip(sql).enumerate() {
        // In the order of the steps: those without SQL are among them.
        for (index, step) in body.steps.iter().enumerate() {
            if step.in_autocommit {
                // The block commits what came before it.
                over.append(&mut open);
                continue;
            }
            let place = || Location::new(&revision.source, step.span);
            let is_slow = matches!(step.operation, Operation::Data(_)) || sql.of_step(index).any(works);
            if is_slow {
                for held in open.iter_mut().filter(|held| held.revision < at && held.slow.is_none()) {
                    held.slow = Some((at, place()));
                }
            }
            for (table, lock) in sql.of_step(index).flat_map(strong) {
                match open.iter_mut().find(|held| held.table == table) {
                    Some(held) if held.lock >= lock => {}
                    _ => open.push(Held { lock, table, revision: at, place: place(), slow: None }),
                }
            }
        }
    }
    over.append(&mut open);
    over
}

/// Whether a statement works on many rows.
fn works(statement: &SentStatement) -> bool {
    let known = statement.effects.known.iter();
    known.into_iter().any(|effect| effect.rewrite == Answer::Yes || effect.scan == Answer::Yes)
}

fn strong(statement: &SentStatement) -> Vec<(Name, Lock)> {
    let named = statement.effects.known.iter().filter_map(|effect| match &effect.on {
        On::Relation(table) if effect.lock.blocks_writes() => Some((table.clone(), effect.lock)),
        _ => None,
    });
    named.collect()
}

fn finding(facts: &Facts, bodies: &[(&Revision, Body)], held: &Held, why: &str) -> Option<Finding> {
    let (slow, at) = held.slow.as_ref()?;
    let (holder, worker) = (bodies.get(held.revision)?.0, bodies.get(*slow)?.0);
    let table = printable(&held.table.to_string());
    let who = if held.lock.blocks_reads() { "use" } else { "write to" };
    Some(
        Finding::new(format!(
            "Nobody can {who} {table} from revision {} on until {} is done, which works on all rows of a table",
            wording::id(&holder.id),
            wording::id(&worker.id)
        ))
        .at(held.place.clone())
        .related(at.clone(), "this runs while the lock is held")
        .revision(holder.id.clone())
        .evidence(format!("{} on {table} is taken first at {}", held.lock, wording::place(&held.place)))
        .evidence(format!("the work: {}", wording::place(at)))
        .evidence(format!("{why}: env.py does not set transaction_per_migration"))
        .next_step(Step::new(
            format!("alembic-doctor explain {}", RULE.name),
            "shows env.py with a transaction for each revision",
            Changes::Nothing,
        ))
        .or(vec![Step::new(
            facts.project.command("upgrade +1"),
            "runs one revision, so that its locks are gone before the next; once for each revision; assumes that env.py \
             is set to this same database",
            Changes::Database,
        )])
        .do_not("rely on lock_timeout: it limits how long a lock is waited for, not how long it is held"),
    )
}
