//! `uncommitted-migrations`

use crate::deployment::Deployment;
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::project::env::Uncommitted;
use crate::rules::{Check, Rule, wording};
use crate::source::{Location, printable};

use super::place;

pub(super) const RULE: Rule = Rule {
    name: "uncommitted-migrations",
    summary: "env.py leaves a transaction open that nothing commits, so migrations run, exit with 0 and are rolled back",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/uncommitted-migrations.md"),
    check: Check::Deployment(check),
};

fn check(facts: &Facts, deployment: &Deployment) -> Vec<Finding> {
    // Before version 2 a connection does not begin a transaction by itself.
    if deployment.old_sqlalchemy.is_some() {
        return Vec::new();
    }
    facts.project.env.run.uncommitted.iter().filter_map(|lost| finding(facts, lost)).collect()
}

fn finding(facts: &Facts, lost: &Uncommitted) -> Option<Finding> {
    let (finding, place) = match lost {
        Uncommitted::OpenBefore { sql, configure } => {
            let finding = Finding::new(format!(
                "The SQL at {} opens a transaction that nothing commits, so everything that the migrations do is \
                 rolled back, with exit code 0",
                wording::place(sql)
            ));
            let finding = finding
                .at(sql.clone())
                .related(configure.clone(), "Alembic finds the transaction open")
                .evidence(format!("`{}` begins it: SQLAlchemy 2 does so at the first SQL", written(sql)))
                .evidence(format!(
                    "context.configure() at {} finds it open, so Alembic leaves it to env.py",
                    wording::place(configure)
                ))
                .evidence("no commit() follows: closing the connection rolls it back");
            (finding, sql)
        }
        Uncommitted::NoTransaction { run } => {
            // Where DDL is not part of a transaction, each revision commits by itself.
            if !place::is_postgres(facts) {
                return None;
            }
            let finding = Finding::new(format!(
                "{} runs the migrations outside of begin_transaction(), so nothing commits them and they are rolled \
                 back, with exit code 0",
                wording::place(run)
            ));
            let finding = finding
                .at(run.clone())
                .evidence("`context.run_migrations()` stands in no `with context.begin_transaction():`")
                .evidence("the connection is one of connect(), and no commit() follows");
            (finding, run)
        }
    };
    let why = "shows the place: commit before context.configure(), or move the SQL into begin_transaction()";
    Some(
        place::edit(finding, RULE.name, place, why)
            .do_not("run the upgrade again: it says Running upgrade each time, and keeps nothing")
            .do_not("run `stamp head` to get past it: the tables would still not be there"),
    )
}

/// The start of what stands there, on one line.
fn written(place: &Location) -> String {
    let text = place.source.slice(place.span).split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = text.chars().take(70).collect();
    printable(&if short.len() < text.len() { format!("{short}…") } else { short })
}
