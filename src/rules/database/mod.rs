//! Rules about reaching databases, and about what they have in common.

mod database_unreachable;
mod environment_mismatch;
mod migration_in_progress;
mod pooled_endpoint;
mod siblings;

use super::Rule;

pub(super) const RULES: &[Rule] =
    &[database_unreachable::RULE, environment_mismatch::RULE, migration_in_progress::RULE, pooled_endpoint::RULE];
