//! Rules about reaching a database.

mod database_unreachable;
mod pooled_endpoint;

use super::Rule;

pub(super) const RULES: &[Rule] = &[database_unreachable::RULE, pooled_endpoint::RULE];
