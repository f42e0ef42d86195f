//! How these rules show the place that has to be edited, and the database that is meant.

use crate::database::{DatabaseUrl, Dialect};
use crate::diagnostic::{Changes, Finding};
use crate::facts::Facts;
use crate::project::env::UrlOrigin;
use crate::rules::wording;
use crate::source::Location;

/// Adds the steps for a cure that is an edit: see the lines, see the corrected form.
pub(super) fn edit(finding: Finding, rule: &str, place: &Location, why: &str) -> Finding {
    let (start, end) = (place.start().line, place.end().line);
    let lines = format!("{},{}p", start.saturating_sub(2).max(1), end + 2);
    let file = wording::shell(&place.path().display().to_string());
    let finding = match file {
        Some(file) => finding.next(format!("sed -n '{lines}' {file}"), why, Changes::Nothing),
        None => finding,
    };
    let page = format!("alembic-doctor explain {rule}");
    finding.next(page, "shows the corrected file", Changes::Nothing)
}

/// The URLs that the project's files and the databases of this run name.
pub(super) fn urls(facts: &Facts) -> Vec<DatabaseUrl> {
    let literals = facts.project.env.url.iter().filter_map(|(origin, _)| match origin {
        UrlOrigin::Literal { url } => Some(DatabaseUrl::new(url)),
        _ => None,
    });
    let ini = facts.project.url.iter().map(|url| DatabaseUrl::new(&url.value));
    facts.databases.iter().map(|database| database.state.url.clone()).chain(literals).chain(ini).collect()
}

/// Whether one of them is PostgreSQL's.
pub(super) fn is_postgres(facts: &Facts) -> bool {
    urls(facts).iter().any(|url| url.dialect() == Some(Dialect::PostgreSql))
}
