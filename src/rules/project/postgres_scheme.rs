//! `postgres-scheme`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

use super::urls::{self, Edit, Place};

pub(super) const RULE: Rule = Rule {
    name: "postgres-scheme",
    summary: "A database URL starts with `postgres://`, which SQLAlchemy does not know since 1.4",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/postgres-scheme.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    // Most who know of it rewrite the scheme in env.py.
    let rewrites = |(old, _): &(String, String)| old.contains("postgres") || old == "drivername" || old.ends_with(':');
    if facts.project.env.replacements.iter().any(rewrites) {
        return Vec::new();
    }
    let used = urls::used(facts).into_iter().filter(|used| used.url.has_legacy_scheme());
    used.map(|used| finding(facts, &used)).collect()
}

fn finding(facts: &Facts, used: &urls::Used) -> Finding {
    let finding = Finding::new(
        "The URL starts with `postgres`, which psql understands and SQLAlchemy does not: the dialect is `postgresql`",
    )
    .evidence(format!("{} holds {}", urls::source(&used.place), printable(&used.url.to_string())))
    .evidence("SQLAlchemy: Can't load plugin: sqlalchemy.dialects:postgres");
    // With a driver the word ends at the plus sign.
    let edit = if used.url.driver().is_some() {
        Edit { old: "postgres+", new: "postgresql+" }
    } else {
        Edit { old: "postgres://", new: "postgresql://" }
    };
    let explain = |finding: Finding| {
        finding.next(
            wording::doctor(&facts.project, "explain postgres-scheme"),
            "shows where to correct it, for a variable that the hoster sets too",
            Changes::Nothing,
        )
    };
    let finding = match &used.place {
        Place::File(location) => {
            let finding = finding.at(location.clone());
            match urls::correction(location, &[edit], "writes the name that SQLAlchemy knows") {
                Some(step) => Finding { next: vec![step], ..finding },
                None => explain(finding),
            }
        }
        Place::Variable { name, database } => Finding {
            database: Some(database.clone()),
            ..explain(finding.evidence(urls::correction_of_variable(name, &urls::script(&[edit]))))
        },
    };
    finding.do_not("install an older SQLAlchemy: the name has been gone since 1.4")
}

#[cfg(test)]
mod tests {
    use crate::facts::Facts;
    use crate::project::env::UrlOrigin;
    use crate::rules::testing::{commands, facts, findings, revision};
    use crate::source::{Location, SourceFile, Span};

    fn literal(url: &str) -> Facts {
        let mut facts = facts(vec![revision("a", &[])]);
        let source = std::sync::Arc::new(SourceFile::new("env.py", format!("url = \"{url}\"\n")));
        let location = Location::new(&source, Span::new(6, url.len() + 8));
        facts.project.env.url.push((UrlOrigin::Literal { url: url.to_owned() }, location));
        facts
    }

    #[test]
    fn the_line_is_corrected() {
        for (url, script) in [
            ("postgres://app@db/app", "1s|postgres://|postgresql://|"),
            ("postgres+psycopg2://app@db/app", "1s|postgres+|postgresql+|"),
        ] {
            let found = findings("postgres-scheme", &literal(url));
            assert_eq!(commands(found.first().unwrap()), [format!("sed -i.bak '{script}' env.py")]);
        }
    }

    #[test]
    fn nothing_is_said_where_env_py_rewrites_it_or_something_else_may_come_first() {
        let mut facts = literal("postgres://app@db/app");
        facts.project.env.replacements.push(("postgres://".to_owned(), "postgresql://".to_owned()));
        assert!(findings("postgres-scheme", &facts).is_empty());
        let mut facts = literal("postgres://app@db/app");
        let origin = UrlOrigin::Application { expression: "settings.url".to_owned() };
        facts.project.env.url.insert(0, (origin, Location::unread("env.py")));
        assert!(findings("postgres-scheme", &facts).is_empty());
        assert!(findings("postgres-scheme", &literal("postgresql://app@db/app")).is_empty());
    }
}
