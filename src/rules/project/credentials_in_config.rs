//! `credentials-in-config`

use crate::database::DatabaseUrl;
use crate::database::url::UrlParts;
use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::project::env::UrlOrigin;
use crate::rules::{Check, Rule, wording};
use crate::source::{Location, printable};

pub(super) const RULE: Rule = Rule {
    name: "credentials-in-config",
    summary: "The password of a database stands in a file of the project",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/credentials-in-config.md"),
    check: Check::Offline(check),
};

/// Passwords that protect nothing: those of examples and of containers for development.
const NO_SECRETS: [&str; 18] = [
    "admin",
    "change_me",
    "changeme",
    "demo",
    "dev",
    "development",
    "docker",
    "example",
    "pass",
    "passwd",
    "password",
    "postgres",
    "pw",
    "pwd",
    "root",
    "secret",
    "test",
    "xxx",
];

fn check(facts: &Facts) -> Vec<Finding> {
    let project = &facts.project;
    let sections = project.databases.iter().chain(&project.other_sections).filter_map(|section| section.url.as_ref());
    let written = project.url.iter().chain(sections).map(|setting| (setting.value.as_str(), &setting.location));
    let literals = project.env.url.iter().filter_map(|(origin, location)| match origin {
        UrlOrigin::Literal { url } => Some((url.as_str(), location)),
        _ => None,
    });
    let mut found: Vec<Finding> = Vec::new();
    for (url, location) in written.chain(literals) {
        let url = DatabaseUrl::new(url);
        // Sections inherit from [DEFAULT]: one line, one finding.
        let is_told = found.iter().any(|finding| finding.location.as_ref() == Some(location));
        if !is_told && url.parts().is_ok_and(|parts| holds_a_secret(&parts)) {
            found.push(finding(facts, &url, location));
        }
    }
    found
}

/// Whether there is a password that is worth something: not an example's, and not one of this
/// machine's own server.
fn holds_a_secret(parts: &UrlParts) -> bool {
    let Some(password) = parts.password.as_ref().map(|password| password.expose()) else { return false };
    let host = parts.host.as_deref().or(parts.query_value("host")).unwrap_or_default();
    let is_local = host.is_empty()
        || host.starts_with('/')
        || host == "localhost"
        || host == "::1"
        || host == "host.docker.internal"
        || host.starts_with("127.");
    let plain = password.to_ascii_lowercase();
    let is_placeholder = password.contains(['$', '{', '<', '*']) || plain.starts_with("your");
    let is_no_secret =
        plain.is_empty() || NO_SECRETS.contains(&plain.as_str()) || parts.user.as_deref() == Some(password);
    !is_local && !is_placeholder && !is_no_secret
}

fn finding(facts: &Facts, url: &DatabaseUrl, location: &Location) -> Finding {
    let is_env = facts.project.env.source.as_ref().is_some_and(|source| source.path() == location.path());
    let corrected = if is_env {
        "corrected: os.environ[\"DATABASE_URL\"] in its place".to_owned()
    } else {
        "corrected: leave `sqlalchemy.url` empty there, and let env.py read the environment: \
         config.set_main_option(\"sqlalchemy.url\", os.environ[\"DATABASE_URL\"].replace(\"%\", \"%%\"))"
            .to_owned()
    };
    Finding::new(format!("The password of {} stands in {}", printable(&url.address()), wording::path(location.path())))
        .at(location.clone())
        .evidence(format!("{}: {}", wording::place(location), printable(&url.to_string())))
        .evidence("whoever can read the repository or the image can read it")
        .evidence(corrected)
        .next(
            wording::doctor(&facts.project, "explain credentials-in-config"),
            "shows how env.py takes the URL from the environment",
            Changes::Nothing,
        )
        .do_not("only delete the line: what was committed stays in the history, so the password has to be changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_secret(url: &str) -> bool {
        holds_a_secret(&DatabaseUrl::new(url).parts().unwrap())
    }

    #[test]
    fn a_real_password_of_another_machine_counts() {
        assert!(is_secret("postgresql://app:k3Jd-92x@db.example.com/app"));
        assert!(is_secret("postgresql://app:k3Jd-92x@db/app"));
    }

    #[test]
    fn examples_placeholders_and_this_machine_do_not() {
        for url in [
            "postgresql://app@db/app",
            "postgresql://app:app@db/app",
            "postgresql://app:password@db/app",
            "postgresql://app:${PASSWORD}@db/app",
            "postgresql://app:***@db/app",
            "postgresql://app:k3Jd-92x@localhost/app",
            "postgresql://app:k3Jd-92x@127.0.0.1/app",
            "postgresql://app:k3Jd-92x@/app?host=/run/postgresql",
            "sqlite:///app.db",
        ] {
            assert!(!is_secret(url), "{url}");
        }
    }
}
