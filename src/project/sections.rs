//! The database URLs and the other environments that the ini describes.

use std::collections::HashSet;

use super::options::Options;
use super::{BrokenValue, Section, Setting};

const URL: &str = "sqlalchemy.url";

/// The key's value in `section`, unless it is absent, broken, empty or a placeholder.
pub(super) fn url(options: &Options, section: &str) -> Option<Setting> {
    if !options.ini.has_section(section) {
        return None;
    }
    let value = options.ini.get(section, URL).ok()??;
    let location = options.item_location(options.ini.item(section, URL));
    (!is_placeholder(&value)).then_some(Setting { value, location })
}

/// Whether a URL only says that it is set elsewhere: empty, the one of Alembic's templates, or
/// one with `{name}`, `${name}` or `<name>` in it.
pub(super) fn is_placeholder(url: &str) -> bool {
    let url = url.trim();
    let bracketed = |open: char, close: char| {
        url.split_once(open).and_then(|(_, rest)| rest.split_once(close)).is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
        })
    };
    url.is_empty()
        || ["driver://", "scheme://", "dialect://", "dialect+driver://"].iter().any(|word| url.starts_with(word))
        || bracketed('{', '}')
        || bracketed('<', '>')
}

/// Sections that look like Alembic environments, without the main one and those in `databases`.
pub(super) fn others(options: &Options, databases: &[Section]) -> Vec<Section> {
    let is_environment =
        |name: &str| ["script_location", URL].iter().any(|key| options.ini.own_item(name, key).is_some());
    let listed: HashSet<&str> = databases.iter().map(|database| database.name.as_str()).collect();
    let is_listed = |name: &str| name == options.section || listed.contains(name);
    let names = options.ini.sections().filter(|name| is_environment(name) && !is_listed(name));
    names.map(|name| section(options, name)).collect()
}

/// The sections of `databases =`, as the multidb template splits it: `re.split(r",\s*", …)`.
pub(super) fn databases(options: &Options, broken: &mut Vec<BrokenValue>) -> Vec<Section> {
    let Ok(Some(setting)) = options.ini_text("databases") else { return Vec::new() };
    if setting.value.is_empty() {
        return Vec::new();
    }
    let mut rest = setting.value.as_str();
    let mut sections = Vec::new();
    loop {
        let (name, after) = rest.split_once(',').map_or((rest, None), |(name, after)| (name, Some(after)));
        if !options.ini.has_section(name) {
            let message = format!("No section: {}", super::ini::repr(name));
            broken.push(BrokenValue { key: "databases".to_owned(), message, location: setting.location.clone() });
        }
        sections.push(section(options, name));
        match after {
            Some(after) => rest = after.trim_start(),
            None => return sections,
        }
    }
}

fn section(options: &Options, name: &str) -> Section {
    let script_location = options.ini.get(name, "script_location").ok().flatten();
    let broken_url = options.ini.get(name, URL).err().filter(|_| options.ini.has_section(name));
    // Its own words quote what follows the percent sign: a piece of the password.
    let broken_url = broken_url.map(|error| format!("{}; a single % must be written as %%", error.kind));
    Section { name: name.to_owned(), script_location, url: url(options, name), broken_url }
}

#[cfg(test)]
mod tests {
    use super::is_placeholder;

    #[test]
    fn placeholders_are_no_urls() {
        for url in ["", "driver://user:pass@localhost/dbname", "{db_url}", "${DB}", "scheme://localhost/airflow"] {
            assert!(is_placeholder(url), "{url}");
        }
        for url in ["sqlite:///a.db", "postgresql://u:p{@h/d", "postgresql://u:p%7B@h/d"] {
            assert!(!is_placeholder(url), "{url}");
        }
    }
}
