//! Rules about configuration and env.py.

mod broken_configuration_value;
mod env_unreadable;
mod missing_version_location;
mod no_revisions;

use super::Rule;

pub(super) const RULES: &[Rule] =
    &[broken_configuration_value::RULE, env_unreadable::RULE, missing_version_location::RULE, no_revisions::RULE];
