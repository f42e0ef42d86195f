//! Rules about reaching a database.

mod database_unreachable;

use super::Rule;

pub(super) const RULES: &[Rule] = &[database_unreachable::RULE];
