//! Rules about configuration and env.py.

mod asyncpg_sslmode;
mod broken_configuration_value;
mod credentials_in_config;
mod env_unreadable;
mod missing_version_location;
mod no_revisions;
mod percent_in_url;
mod postgres_scheme;
mod url_fallback;
mod urls;

use super::Rule;

pub(super) const RULES: &[Rule] = &[
    asyncpg_sslmode::RULE,
    broken_configuration_value::RULE,
    credentials_in_config::RULE,
    env_unreadable::RULE,
    missing_version_location::RULE,
    no_revisions::RULE,
    percent_in_url::RULE,
    postgres_scheme::RULE,
    url_fallback::RULE,
];
