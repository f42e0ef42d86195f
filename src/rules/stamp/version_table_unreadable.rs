//! `version-table-unreadable`

use crate::database::{ROW_SECURITY, Rows, VersionTable};
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::StampState;
use crate::rules::{Check, Rule, StampFacts, wording};
use crate::source::printable;

use super::remedy;

pub(super) const RULE: Rule = Rule {
    name: "version-table-unreadable",
    summary: "The version table is there, but it could not be read",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/version-table-unreadable.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let Some(table) = seen.stamp.table(seen.look) else { return Vec::new() };
    match &table.rows {
        Rows::Known { .. } => Vec::new(),
        // It is held by somebody who is known.
        Rows::Failed { .. } if seen.stamp.state == StampState::InProgress => Vec::new(),
        Rows::Denied { missing } => vec![denied(seen, table, missing)],
        Rows::Failed { reason } => {
            let finding = Finding::new(format!("{} could not be read", remedy::table_name(table)))
                .evidence(format!("the answer was: {}", printable(reason)))
                .next(
                    wording::doctor(&seen.facts.project, "diagnose"),
                    "looks again: a migration that is running holds the table only for a while",
                    Changes::Nothing,
                )
                .do_not("start an upgrade before you know who holds the table");
            vec![finding]
        }
    }
}

fn denied(seen: &StampFacts<'_>, table: &VersionTable, missing: &str) -> Finding {
    let name = remedy::table_name(table);
    let role = seen.look.user.as_deref().unwrap_or("this role");
    let mut finding = Finding::new(format!("The role {} may not read {name}", printable(role)))
        .evidence(format!("missing: {}", printable(missing)));
    if let Some(owner) = &table.owner {
        finding = finding.evidence(format!("{name} belongs to {}", printable(owner)));
    }
    if missing.contains(ROW_SECURITY) {
        return unfiltered(seen, table, finding);
    }
    for command in grants(seen, table, missing).unwrap_or_default() {
        finding = finding.next(
            command,
            "lets the role read this one table, and nothing more; runs as the owner, and assumes that psql reaches \
             this database (PGHOST, PGPORT)",
            Changes::Database,
        );
    }
    finding.do_not("use the superuser or the owner for looking, nor in the application")
}

/// What is missing, granted by whoever owns it.
fn grants(seen: &StampFacts<'_>, table: &VersionTable, missing: &str) -> Option<Vec<String>> {
    let (role, schema) = (remedy::sql_name(seen.look.user.as_deref()?), table.schema.as_deref()?);
    let usage = format!("GRANT USAGE ON SCHEMA {} TO {role}", remedy::sql_name(schema));
    let owner = seen.look.schemas.iter().find(|known| known.name == schema).map(|known| known.owner.as_str());
    let is_another = owner.is_some_and(|owner| table.owner.as_deref() != Some(owner));
    let mut commands = Vec::new();
    if missing.contains("USAGE") && is_another {
        commands.push(wording::psql(&seen.look.database, Some(owner?), &[&usage])?);
    }
    let needs_both = missing.contains("USAGE") && !is_another;
    if missing.contains("SELECT") || needs_both {
        commands.push(remedy::as_owner(seen.look, table, |name| {
            let select = format!("GRANT SELECT ON {name} TO {role}");
            if needs_both { format!("{usage}; {select}") } else { select }
        })?);
    }
    Some(commands)
}

/// Row-level security leaves rows out in silence: no policy makes the rest an answer for sure.
fn unfiltered(seen: &StampFacts<'_>, table: &VersionTable, finding: Finding) -> Finding {
    let show = remedy::as_owner(seen.look, table, |name| format!("SELECT version_num FROM {name}"));
    let mut finding = finding;
    if let Some(command) = show {
        finding = finding.next(
            command,
            "shows all rows: the owner is not bound by the policies unless they are forced; assumes that psql reaches \
             this database (PGHOST, PGPORT)",
            Changes::Nothing,
        );
    }
    let bypass = seen.look.user.as_deref().and_then(|role| {
        let statement = format!("ALTER ROLE {} BYPASSRLS", remedy::sql_name(role));
        wording::psql(&seen.look.database, None, &[&statement])
    });
    if let Some(command) = bypass {
        finding = finding.or(vec![Step::new(
            command,
            "lets the role see all rows of the tables that it may read; only for a role that does nothing but look; \
             runs as a superuser",
            Changes::Database,
        )]);
    }
    finding.do_not("take the rows that this role sees for the stamp")
}
