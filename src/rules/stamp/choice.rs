//! Which version table Alembic uses, and why: what env.py names, else the search path and who set it.

use crate::database::{Look, RoleSetting, effective};
use crate::facts::TableChoice;
use crate::rules::StampFacts;
use crate::source::printable;

use super::remedy;

/// A line of evidence; `None` where it cannot be known.
pub(super) fn why(seen: &StampFacts<'_>) -> Option<String> {
    if matches!(seen.stamp.choice, TableChoice::Unknown { .. }) {
        return None;
    }
    let name = remedy::stamp_table(seen);
    if let Some(schema) = &seen.stamp.table_schema {
        return Some(format!("Alembic uses {name}: env.py sets version_table_schema to {}", printable(schema)));
    }
    if seen.look.search_path_setting.is_empty() && seen.look.search_path.is_empty() {
        return None;
    }
    let how = if seen.stamp.table(seen.look).is_some() {
        "the first of that name on its search_path"
    } else {
        "no schema on its search_path has it"
    };
    Some(format!("Alembic uses {name}, {how}: {}", search_path(seen.look)))
}

/// `app, public (ALTER ROLE app SET search_path)`, and the schemas in it that do not count.
pub(super) fn search_path(look: &Look) -> String {
    let value = &look.search_path_setting;
    let mut said = if value.is_empty() { look.search_path.join(", ") } else { value.clone() };
    if let Some(setting) = setting_of_search_path(look) {
        said.push_str(&format!(" ({})", setting.statement()));
    }
    let named = value.split(',').map(|name| name.trim().trim_matches('"'));
    // That there is no schema named like the role is the usual case.
    let named = named.filter(|name| !name.is_empty() && *name != "$user");
    for name in named.filter(|name| !look.search_path.iter().any(|schema| schema == name)) {
        match look.schemas.iter().find(|schema| schema.name == name) {
            Some(schema) if !schema.may_use => said.push_str(&format!("; the role may not use the schema {name}")),
            None if !look.schemas.is_empty() && !name.starts_with("pg_") => {
                said.push_str(&format!("; there is no schema {name}"));
            }
            Some(_) | None => {}
        }
    }
    printable(&said)
}

/// The setting that gives this role its search path.
fn setting_of_search_path(look: &Look) -> Option<&RoleSetting> {
    let role = look.session_user.as_ref().or(look.user.as_ref())?;
    effective(&look.settings, role, "search_path").filter(|setting| setting.value == look.search_path_setting)
}

/// The roles, other than the one that looked, whose own `search_path` begins with this schema.
pub(super) fn roles_that_see_first<'a>(look: &'a Look, schema: &str) -> Vec<&'a str> {
    let role = look.session_user.as_ref().or(look.user.as_ref());
    let begins = |value: &str| value.split(',').next().is_some_and(|first| first.trim().trim_matches('"') == schema);
    let settings = look.settings.iter().filter(|setting| setting.name == "search_path" && begins(&setting.value));
    let roles = settings.filter_map(|setting| setting.role.as_deref());
    roles.filter(|other| role.is_none_or(|role| role != other)).collect()
}
