//! `url-fallback`

use crate::database::DatabaseUrl;
use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::project::env::UrlOrigin;
use crate::rules::{Check, Rule, wording};
use crate::source::{Location, Span, printable};

pub(super) const RULE: Rule = Rule {
    name: "url-fallback",
    summary: "Where its variable is not set, env.py takes another database without a word",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/url-fallback.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    fallback(facts).map(|fallback| finding(facts, &fallback)).into_iter().collect()
}

/// A variable, and what is used without it.
struct Fallback<'a> {
    variables: Vec<&'a str>,
    read: &'a Location,
    url: DatabaseUrl,
    place: &'a Location,
}

/// The first URL that is written somewhere, behind the variables that come before it.
fn fallback(facts: &Facts) -> Option<Fallback<'_>> {
    let project = &facts.project;
    let mut variables = Vec::new();
    let mut read = None;
    for (origin, location) in &project.env.url {
        match origin {
            UrlOrigin::Environment { name } => {
                variables.push(name.as_str());
                read = read.or(Some(location));
            }
            UrlOrigin::Literal { url } => {
                return Some(Fallback { variables, read: read?, url: DatabaseUrl::new(url), place: location });
            }
            UrlOrigin::Ini => {
                if let Some(setting) = &project.url {
                    let (url, place) = (DatabaseUrl::new(&setting.value), &setting.location);
                    return Some(Fallback { variables, read: read?, url, place });
                }
            }
            // What these give is not known.
            UrlOrigin::XArgument { .. } | UrlOrigin::Application { .. } | UrlOrigin::Assembled { .. } => return None,
        }
    }
    None
}

fn finding(facts: &Facts, fallback: &Fallback<'_>) -> Finding {
    let names: Vec<String> = fallback.variables.iter().map(|name| printable(name)).collect();
    let names = wording::list(&names);
    let url = printable(&fallback.url.to_string());
    let are = if fallback.variables.len() == 1 { "is" } else { "are" };
    // Nothing in doubt: it is the first choice, and used as it is.
    let is_certain = facts.project.env.url_variable.as_deref() == fallback.variables.first().copied();
    let unset = facts.unset_variables.as_ref();
    let is_unset = unset.is_some_and(|unset| fallback.variables.iter().all(|name| unset.iter().any(|own| own == name)));
    let is_here = is_certain && is_unset;
    let mut finding = Finding::new(if is_here {
        format!("{names} {are} not set here, so Alembic would use {url}")
    } else {
        format!("Where {names} {are} not set, env.py takes {url} without a word")
    })
    .at(fallback.read.clone())
    .evidence(format!("{} reads {names}", wording::place(fallback.read)))
    .evidence(format!("{} holds {url}", wording::place(fallback.place)));
    let others = facts.databases.iter().map(|database| &database.state).filter(|state| state.url != fallback.url);
    for state in others.filter(|_| is_here) {
        let (name, url) = (printable(&state.name), printable(&state.url.to_string()));
        finding = finding.evidence(format!("this report is about another database, {name}: {url}"));
    }
    if let Some(line) = corrected(fallback) {
        finding = finding.evidence(format!("corrected: {}", printable(&line)));
    }
    finding = finding
        .next(
            wording::doctor(&facts.project, "explain url-fallback"),
            "shows env.py without the fallback, so that a missing variable is an error",
            Changes::Nothing,
        )
        .do_not("run `upgrade` or `stamp` before you know that the variable is set where the command runs");
    if is_here { finding } else { finding.at_most(Severity::Info) }
}

/// The line of env.py with the variable alone: `os.environ["X"]`.
fn corrected(fallback: &Fallback<'_>) -> Option<String> {
    let ([variable], read) = (fallback.variables.as_slice(), fallback.read) else { return None };
    let text = read.source.text();
    let start = read.span.start;
    let mut end = read.span.end;
    if fallback.place.path() == read.path() && fallback.place.span.start >= end {
        let between = text.get(end..fallback.place.span.start)?;
        if between.trim() != "or" {
            return None;
        }
        end = fallback.place.span.end;
    }
    // With `getenv` alone `os` may not be there.
    if !text.get(start..)?.starts_with("os.") || read.source.slice(Span::new(start, end)).contains('\n') {
        return None;
    }
    let line_start = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let line_end = text.get(end..)?.find('\n').map_or(text.len(), |at| end + at);
    let (before, after) = (text.get(line_start..start)?, text.get(end..line_end)?);
    Some(format!("{}os.environ[\"{variable}\"]{}", before.trim_start(), after.trim_end()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::rules::testing::{facts, findings, revision};
    use crate::source::SourceFile;

    fn env(line: &str, read: &str, literal: &str, unset: Option<&[&str]>) -> Facts {
        let mut facts = facts(vec![revision("a", &[])]);
        let source = Arc::new(SourceFile::new("env.py", format!("import os\n{line}\n")));
        let place = |text: &str| {
            let start = source.text().find(text).unwrap();
            Location::new(&source, Span::new(start, start + text.len()))
        };
        let url = literal.trim_matches('"').to_owned();
        let env = &mut facts.project.env;
        env.url.push((UrlOrigin::Environment { name: "DB".to_owned() }, place(read)));
        env.url.push((UrlOrigin::Literal { url }, place(literal)));
        env.url_variable = Some("DB".to_owned());
        facts.unset_variables = unset.map(|unset| unset.iter().map(|name| (*name).to_owned()).collect());
        facts
    }

    fn found(facts: &Facts) -> Finding {
        findings("url-fallback", facts).remove(0)
    }

    #[test]
    fn the_variable_decides_how_bad_it_is() {
        let read = "os.getenv(\"DB\", \"sqlite:///a.db\")";
        let env = |unset| env(&format!("url = {read}"), read, "\"sqlite:///a.db\"", unset);
        let here = found(&env(Some(&["DB"])));
        assert_eq!(
            (here.message.as_str(), here.at_most),
            ("DB is not set here, so Alembic would use sqlite:///a.db", None)
        );
        assert_eq!(found(&env(Some(&[]))).at_most, Some(Severity::Info));
        assert_eq!(found(&env(None)).at_most, Some(Severity::Info));
    }

    #[test]
    fn the_corrected_line_has_the_variable_alone() {
        for (line, read) in [
            ("url = os.getenv(\"DB\", \"sqlite:///a.db\")", "os.getenv(\"DB\", \"sqlite:///a.db\")"),
            ("url = os.environ.get(\"DB\") or \"sqlite:///a.db\"", "os.environ.get(\"DB\")"),
        ] {
            let finding = found(&env(line, read, "\"sqlite:///a.db\"", None));
            let corrected = "corrected: url = os.environ[\"DB\"]";
            assert!(finding.evidence.iter().any(|line| line == corrected), "{:?}", finding.evidence);
        }
        let apart = "url = os.environ.get(\"DB\") if x else \"sqlite:///a.db\"";
        let finding = found(&env(apart, "os.environ.get(\"DB\")", "\"sqlite:///a.db\"", None));
        assert!(!finding.evidence.iter().any(|line| line.starts_with("corrected")), "{:?}", finding.evidence);
    }
}
