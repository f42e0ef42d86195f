//! The database URLs that the project's own files and variables hold, for the rules about their text.

use crate::database::DatabaseUrl;
use crate::diagnostic::{Changes, Step};
use crate::facts::Facts;
use crate::project::env::UrlOrigin;
use crate::rules::wording;
use crate::source::{Location, printable};

/// A URL that Alembic would use as it is, as far as env.py shows.
pub(super) struct Used {
    /// The URL.
    pub(super) url: DatabaseUrl,
    /// Where it is written.
    pub(super) place: Place,
}

/// Where a URL is written.
pub(super) enum Place {
    /// In a file; the text of the location is masked.
    File(Location),
    /// In an environment variable, for the database of that name.
    Variable {
        /// The variable.
        name: String,
        /// The database.
        database: String,
    },
}

/// The URLs that env.py uses first of all: those of the ini, a literal, or the variable that it
/// certainly reads. Nothing where something else may come before or in between.
pub(super) fn used(facts: &Facts) -> Vec<Used> {
    let project = &facts.project;
    let origins = &project.env.url;
    let is_clear = |origin: &UrlOrigin| {
        matches!(origin, UrlOrigin::Ini | UrlOrigin::Environment { .. } | UrlOrigin::Literal { .. })
    };
    if project.env.unreadable.is_some() || !origins.iter().all(|(origin, _)| is_clear(origin)) {
        return Vec::new();
    }
    if let Some(name) = &project.env.url_variable {
        let own = facts.databases.iter().map(|database| &database.state).filter(|state| facts.is_alembics_own(state));
        let variable = |database: String| Place::Variable { name: name.clone(), database };
        return own.map(|state| Used { url: state.url.clone(), place: variable(state.name.clone()) }).collect();
    }
    match origins.first() {
        Some((UrlOrigin::Literal { url }, location)) => {
            vec![Used { url: DatabaseUrl::new(url), place: Place::File(location.clone()) }]
        }
        None | Some((UrlOrigin::Ini, _)) => {
            let listed = project.databases.iter().filter_map(|section| section.url.as_ref());
            let written = project.url.iter().chain(listed).map(|setting| (&setting.value, setting.location.clone()));
            written.map(|(url, location)| Used { url: DatabaseUrl::new(url), place: Place::File(location) }).collect()
        }
        Some(_) => Vec::new(),
    }
}

/// `s/old/new/`
pub(super) struct Edit<'a> {
    /// What stands there; no character of it means something to sed, but a leading `?` or `&`.
    pub(super) old: &'a str,
    /// What it becomes.
    pub(super) new: &'a str,
}

impl Edit<'_> {
    fn script(&self) -> String {
        let escaped = |text: &str| text.replace('&', r"\&");
        format!("s|{}|{}|", self.old, escaped(self.new))
    }
}

/// The step that corrects the line of a file, where that is certain: each edit fits exactly once.
pub(super) fn correction(location: &Location, edits: &[Edit<'_>], why: &str) -> Option<Step> {
    let line = location.start().line;
    let text = location.source.text().lines().nth(line.checked_sub(1)?)?;
    let fits = |edit: &Edit<'_>| text.matches(edit.old).count() == 1;
    if line != location.end().line || edits.is_empty() || !edits.iter().all(fits) {
        return None;
    }
    let file = wording::shell(&location.path().display().to_string())?;
    let script: Vec<String> = edits.iter().map(|edit| format!("{line}{}", edit.script())).collect();
    let script = wording::shell(&script.join("; "))?;
    let why = format!("{why}; the old file stays beside it as .bak, passwords included");
    Some(Step::new(format!("sed -i.bak {script} {file}"), why, Changes::Files))
}

/// The command for the shell that corrects a variable there, as evidence: it holds for that shell
/// alone, and where the variable is set for good only a person knows.
pub(super) fn correction_of_variable(name: &str, script: &str) -> String {
    let name = printable(name);
    format!("corrected: export {name}=\"$(printf %s \"${name}\" | sed '{script}')\"")
}

/// The edits for sed.
pub(super) fn script(edits: &[Edit<'_>]) -> String {
    edits.iter().map(Edit::script).collect::<Vec<_>>().join("; ")
}

/// Where it is written, for a sentence.
pub(super) fn source(place: &Place) -> String {
    match place {
        Place::File(location) => wording::place(location),
        Place::Variable { name, .. } => format!("the environment variable {}", printable(name)),
    }
}
