//! `advisory-lock-too-short`

use crate::database::DatabaseUrl;
use crate::deployment::Deployment;
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::project::env::{AdvisoryLock, Fact};
use crate::rules::{Check, Rule, wording};
use crate::source::{Location, Span};

use super::place;

pub(super) const RULE: Rule = Rule {
    name: "advisory-lock-too-short",
    summary: "The advisory lock that env.py takes is gone before the migrations are done",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/advisory-lock-too-short.md"),
    check: Check::Deployment(check),
};

fn check(facts: &Facts, _: &Deployment) -> Vec<Finding> {
    facts.project.env.run.locks.iter().filter_map(|lock| finding(facts, lock)).collect()
}

fn finding(facts: &Facts, lock: &AdvisoryLock) -> Option<Finding> {
    let at = wording::place(&lock.location);
    let (finding, why) = if !lock.ends_with_transaction {
        let url = place::urls(facts).into_iter().find(is_pooled)?;
        let finding = Finding::new(format!(
            "The advisory lock at {at} belongs to a session, and {url} is a pooler, which hands the session to others"
        ));
        let finding = finding
            .evidence("in transaction mode a pooler gives each transaction whatever server session is free")
            .evidence("the lock stays with a session that this run may never see again: the next run waits for it");
        (finding, "shows the lock: migrate over the direct address of the database")
    } else if let Some(commit) = &lock.released {
        let finding = Finding::new(format!(
            "The advisory lock at {at} ends at the commit at {}, before the migrations run",
            wording::place(commit)
        ));
        let finding = finding
            .related(commit.clone(), "the lock ends here")
            .evidence("pg_advisory_xact_lock() holds until its transaction ends");
        (finding, "shows the lock: use pg_advisory_lock(), which a commit does not end")
    } else if let Some(block) = autocommit_block(facts) {
        let finding = Finding::new(format!(
            "The advisory lock at {at} ends at the autocommit_block() at {}, and the rest runs without it",
            wording::place(&block)
        ));
        let finding = finding
            .related(block, "this commits the transaction")
            .evidence("pg_advisory_xact_lock() holds until its transaction ends, and autocommit_block() commits it");
        (finding, "shows the lock: use pg_advisory_lock(), and commit before context.configure()")
    } else if facts.project.env.transaction_per_migration == Fact::Known(true) {
        let finding = Finding::new(format!(
            "The advisory lock at {at} ends with the first revision, and the others run without it"
        ));
        let finding = finding
            .evidence("pg_advisory_xact_lock() holds until its transaction ends")
            .evidence("env.py sets transaction_per_migration=True, so each revision is a transaction");
        (finding, "shows the lock: use pg_advisory_lock(), and commit before context.configure()")
    } else {
        return None;
    };
    let finding = finding.at(lock.location.clone());
    Some(
        place::edit(finding, RULE.name, &lock.location, why)
            .do_not("add retries: two runs at the same time would still both believe that they are alone"),
    )
}

/// The first use of it in a revision.
fn autocommit_block(facts: &Facts) -> Option<Location> {
    const CALL: &str = ".autocommit_block()";
    let mut files = facts.graph.ids().into_iter().filter_map(|id| facts.graph.get(id)).filter_map(|revision| {
        let text = revision.source.text();
        let start = text.match_indices(CALL).map(|(start, _)| start + 1).find(|start| {
            let line = text.get(..*start).and_then(|before| before.rsplit('\n').next());
            line.is_some_and(|line| !line.trim_start().starts_with('#'))
        })?;
        Some(Location::new(&revision.source, Span::new(start, start + CALL.len() - 1)))
    });
    files.next()
}

/// The hosts and ports that poolers are known by.
fn is_pooled(url: &DatabaseUrl) -> bool {
    let Ok(parts) = url.parts() else { return false };
    let host = parts.host.unwrap_or_default();
    let is_supabase = host.ends_with(".pooler.supabase.com") && parts.port == Some(6543);
    is_supabase || host.contains("-pooler.") || host.contains("pgbouncer") || parts.port == Some(6432)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poolers_are_known_by_their_address() {
        for (url, is_known) in [
            ("postgresql://u@db:6432/app", true),
            ("postgresql://u@ep-x-pooler.eu.aws.neon.tech/app", true),
            ("postgresql://u@aws-0-eu.pooler.supabase.com:6543/app", true),
            ("postgresql://u@aws-0-eu.pooler.supabase.com:5432/app", false),
            ("postgresql://u@db:5432/app", false),
            ("postgresql://u@spooler/app", false),
            ("no url", false),
        ] {
            assert_eq!(is_pooled(&DatabaseUrl::new(url)), is_known, "{url}");
        }
    }
}
