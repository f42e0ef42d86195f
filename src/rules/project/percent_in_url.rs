//! `percent-in-url`

use crate::database::{DatabaseUrl, ErrorKind};
use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::rules::{Check, Rule, wording};
use crate::source::{Location, printable};

use super::urls::{self, Place, Used};

pub(super) const RULE: Rule = Rule {
    name: "percent-in-url",
    summary: "A % in the URL is doubled where it must not be, or not doubled where it must be",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/percent-in-url.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let env = &facts.project.env;
    let doubles = env.replacements.iter().any(|(old, new)| old == "%" && new == "%%");
    let used = urls::used(facts).into_iter().filter(|used| !is_in_ini(facts, &used.place));
    used.filter_map(|used| {
        let finding = match env.ini_overrides.as_slice() {
            [location] if !doubles && used.url.is_refused_by_configparser() => refused(&used, location),
            [] if used.url.has_doubled_escape() => doubled(facts, &used),
            _ => return None,
        };
        let finding = finding.next(
            wording::doctor(&facts.project, "explain percent-in-url"),
            "shows where % is doubled and where it is not",
            Changes::Nothing,
        );
        Some(match used.place {
            Place::Variable { database, .. } => Finding { database: Some(database), ..finding },
            Place::File(_) => finding,
        })
    })
    .collect()
}

/// What the ini holds is read with interpolation: `broken-configuration-value` judges it.
fn is_in_ini(facts: &Facts, place: &Place) -> bool {
    let ini = facts.project.ini.as_ref().map(|ini| ini.path());
    matches!(place, Place::File(location) if Some(location.path()) == ini)
}

/// A plain URL is put into the ini's section.
fn refused(used: &Used, location: &Location) -> Finding {
    let finding = Finding::new(
        "env.py puts a URL with % into the ini's section, where % starts a reference: Alembic stops with \"invalid \
         interpolation syntax\"",
    )
    .at(location.clone())
    .evidence(format!("{} holds {}", urls::source(&used.place), masked_with_percent(&used.url)))
    .evidence(format!("{}: set_main_option() wants each % doubled", wording::place(location)));
    let written = location.source.slice(location.span);
    // A method can follow a name, an index or a call; what the parts of a longer expression need is
    // for a person to see.
    let is_one_value = written.chars().all(|c| c.is_alphanumeric() || "_.[]()\"'".contains(c));
    let finding = if is_one_value {
        finding.evidence(format!("corrected: {}.replace(\"%\", \"%%\")", printable(written)))
    } else {
        finding
    };
    finding.do_not("double the % in the variable itself: whatever else reads it would get another password")
}

/// A doubled % stays doubled.
fn doubled(facts: &Facts, used: &Used) -> Finding {
    let mut finding = Finding::new(
        "The % in the URL is doubled, but nothing reads it as an ini does: the password is another one than you mean",
    )
    .evidence(format!("{} holds {}", urls::source(&used.place), masked_with_percent(&used.url)))
    .evidence("%% is right in alembic.ini and in config.set_main_option(), and nowhere else");
    let is_refused = facts.databases.iter().map(|database| &database.state).any(|state| {
        state.url == used.url && state.look.as_ref().is_err_and(|error| error.kind == ErrorKind::Authentication)
    });
    if is_refused {
        finding = finding.evidence("the server refuses this password");
    } else {
        finding = finding.at_most(Severity::Warning);
    }
    match &used.place {
        Place::File(location) => finding = finding.at(location.clone()),
        Place::Variable { name, .. } => {
            finding = finding.evidence(urls::correction_of_variable(name, "s|%%|%|g"));
        }
    }
    finding.do_not("change the password of the role before the URL is right")
}

/// The URL without its secrets; that a % is among them is said.
fn masked_with_percent(url: &DatabaseUrl) -> String {
    format!("{} (with % in it)", printable(&url.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::database::ProbeError;
    use crate::project::env::UrlOrigin;
    use crate::rules::testing::{findings, revision, state, with_database};
    use crate::source::{SourceFile, Span};

    const SINGLE: &str = "postgresql://app:p%40ss@db/app";
    const DOUBLED: &str = "postgresql://app:p%%40ss@db/app";

    fn variable(url: &str, written: Option<&str>, kind: ErrorKind) -> Facts {
        let error = ProbeError { kind, message: "no".to_owned(), detail: None, hints: Vec::new() };
        let mut database = state(Err(error));
        database.url = DatabaseUrl::new(url);
        database.source = "environment variable DB, which env.py reads".to_owned();
        let mut facts = with_database(vec![revision("a", &[])], vec![database]);
        let env = &mut facts.project.env;
        env.url.push((UrlOrigin::Environment { name: "DB".to_owned() }, Location::unread("env.py")));
        env.url_variable = Some("DB".to_owned());
        env.ini_overrides.extend(written.map(|written| {
            let source = Arc::new(SourceFile::new("env.py", written));
            Location::new(&source, Span::new(0, written.len()))
        }));
        facts
    }

    fn found(facts: &Facts) -> Option<Finding> {
        findings("percent-in-url", facts).pop()
    }

    #[test]
    fn a_single_percent_sign_is_wrong_in_the_ini_s_section_only() {
        let finding = found(&variable(SINGLE, Some("os.environ[\"DB\"]"), ErrorKind::Other)).unwrap();
        let corrected = "corrected: os.environ[\"DB\"].replace(\"%\", \"%%\")";
        assert!(finding.evidence.iter().any(|line| line == corrected), "{:?}", finding.evidence);
        assert!(!format!("{finding:?}").contains("p%40ss"), "no part of the password is shown");
        assert!(found(&variable(SINGLE, None, ErrorKind::Other)).is_none());
        assert!(found(&variable(DOUBLED, Some("os.environ[\"DB\"]"), ErrorKind::Other)).is_none());
        let mut doubles = variable(SINGLE, Some("url"), ErrorKind::Other);
        doubles.project.env.replacements.push(("%".to_owned(), "%%".to_owned()));
        assert!(found(&doubles).is_none());
    }

    #[test]
    fn a_doubled_one_is_an_error_where_the_server_refuses_the_password() {
        let refused = found(&variable(DOUBLED, None, ErrorKind::Authentication)).unwrap();
        assert_eq!(refused.at_most, None);
        let unknown = found(&variable(DOUBLED, None, ErrorKind::Unreachable)).unwrap();
        assert_eq!(unknown.at_most, Some(Severity::Warning));
    }
}
