//! Rules about reaching a database.

mod database_unreachable;
mod migration_in_progress;

use super::Rule;

pub(super) const RULES: &[Rule] = &[database_unreachable::RULE, migration_in_progress::RULE];
