//! `read-only-endpoint`

use crate::database::{Look, RoleSetting, effective};
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::StampState;
use crate::rules::{Check, Rule, StampFacts, wording};
use crate::source::printable;

use super::remedy;

pub(super) const RULE: Rule = Rule {
    name: "read-only-endpoint",
    summary: "The URL leads to a server or a session that only reads, so no migration can run there",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/read-only-endpoint.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let look = seen.look;
    let is_own = seen.facts.is_alembics_own(seen.database);
    let mut finding = if look.in_recovery {
        standby(seen)
    } else if look.read_only {
        let setting = setting(look);
        // A role that is made for looking is read-only on purpose.
        let is_for_looking = setting.is_some_and(|setting| setting.role.is_some());
        if !is_own && is_for_looking {
            return Vec::new();
        }
        read_only(seen, setting)
    } else {
        return Vec::new();
    };
    if !is_own {
        finding = finding.evidence("whether Alembic uses this URL is not known").at_most(Severity::Warning);
    } else if seen.stamp.state == StampState::AtHead {
        // With nothing to run Alembic only reads, and ends well.
        finding = finding.evidence("nothing is pending now: the next revision would fail").at_most(Severity::Warning);
    }
    vec![finding]
}

fn standby(seen: &StampFacts<'_>) -> Finding {
    let mut finding = Finding::new(
        "This is a standby: every migration fails here with \"cannot execute … in a \
                                    read-only transaction\"",
    )
    .evidence("pg_is_in_recovery() is true")
    .evidence(format!("the URL came from {}", printable(&seen.database.source)));
    if let Some(cluster) = &seen.look.system_identifier {
        finding = finding.evidence(format!("its primary is the server of the same cluster, {}", printable(cluster)));
    }
    finding
        .next(
            wording::doctor(&seen.facts.project, "explain read-only-endpoint"),
            "shows how to name the primary: the writer endpoint, or every host with target_session_attrs=read-write",
            Changes::Nothing,
        )
        .do_not("promote the standby: there would be two primaries")
        .do_not("take the stamp here for the last word: a standby can be behind its primary")
}

/// What makes sessions of this role read-only; `None` where it is the server's own configuration.
fn setting(look: &Look) -> Option<&RoleSetting> {
    let role = look.session_user.as_ref().or(look.user.as_ref())?;
    effective(&look.settings, role, "default_transaction_read_only")
}

fn read_only(seen: &StampFacts<'_>, setting: Option<&RoleSetting>) -> Finding {
    let look = seen.look;
    let finding = Finding::new(
        "Sessions here are read-only by default: every migration fails with \"cannot execute … in a read-only \
         transaction\"",
    )
    .evidence("default_transaction_read_only is on");
    let finding = match setting {
        Some(setting) => finding.evidence(format!("set by {}", printable(&setting.statement()))),
        None => finding.evidence("no role and no database sets it, so the server's configuration does"),
    };
    let finding = finding.next(
        wording::doctor(&seen.facts.project, "explain read-only-endpoint"),
        "shows what can set it; whether it is meant, for example while the database moves, is for a person to decide",
        Changes::Nothing,
    );
    let reset = setting.and_then(|setting| {
        let RoleSetting { role, database, .. } = setting;
        let of = match (role, database) {
            (Some(role), None) => format!("ROLE {}", remedy::sql_name(role)),
            (Some(role), Some(database)) => {
                format!("ROLE {} IN DATABASE {}", remedy::sql_name(role), remedy::sql_name(database))
            }
            (None, Some(database)) => format!("DATABASE {}", remedy::sql_name(database)),
            (None, None) => "ROLE ALL".to_owned(),
        };
        let statement = format!("ALTER {of} RESET default_transaction_read_only");
        wording::psql(&look.database, None, &["BEGIN READ WRITE", &statement, "COMMIT"])
    });
    let finding = match reset {
        Some(command) => finding.or(vec![Step::new(
            command,
            "takes the setting back for new sessions, if nobody means it; runs as a superuser or an owner, and assumes \
             that psql reaches this database (PGHOST, PGPORT)",
            Changes::Database,
        )]),
        None => finding,
    };
    finding.do_not("switch it off inside env.py: where it is meant, it protects the database from exactly this")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::project::env::UrlOrigin;
    use crate::rules::testing::{findings, revision, with_rows};
    use crate::source::Location;

    fn facts(rows: &[&str], is_own: bool, change: impl FnOnce(&mut Look)) -> Facts {
        let mut facts = with_rows(vec![revision("a", &[]), revision("b", &["a"])], rows);
        if is_own {
            let origin = UrlOrigin::Environment { name: "DB".to_owned() };
            facts.project.env.url.push((origin, Location::unread("env.py")));
            facts.project.env.url_variable = Some("DB".to_owned());
            facts.databases.first_mut().unwrap().state.source =
                "environment variable DB, which env.py reads".to_owned();
        }
        change(facts.databases.first_mut().unwrap().state.look.as_mut().unwrap());
        facts
    }

    fn severity(facts: &Facts) -> Option<Severity> {
        let found = findings("read-only-endpoint", facts);
        found.first().map(|finding| finding.at_most.unwrap_or(RULE.severity))
    }

    fn set_for(role: Option<&str>) -> impl FnOnce(&mut Look) {
        let role = role.map(str::to_owned);
        move |look| {
            look.read_only = true;
            let (name, value) = ("default_transaction_read_only".to_owned(), "on".to_owned());
            look.settings.push(RoleSetting { role, database: None, name, value });
        }
    }

    #[test]
    fn it_is_an_error_where_alembic_would_write() {
        assert_eq!(severity(&facts(&["a"], true, |look| look.in_recovery = true)), Some(Severity::Error));
        assert_eq!(severity(&facts(&["b"], true, |look| look.in_recovery = true)), Some(Severity::Warning));
        assert_eq!(severity(&facts(&["a"], false, |look| look.in_recovery = true)), Some(Severity::Warning));
        assert_eq!(severity(&facts(&["a"], true, |_| {})), None);
    }

    #[test]
    fn a_role_that_is_made_for_looking_may_be_read_only() {
        assert_eq!(severity(&facts(&["a"], false, set_for(Some("app")))), None);
        assert_eq!(severity(&facts(&["a"], true, set_for(Some("app")))), Some(Severity::Error));
        assert_eq!(severity(&facts(&["a"], false, set_for(None))), Some(Severity::Warning), "it holds for every role");
    }
}
