//! Rules about how the migrations are run: what env.py does around them, and the scripts, images
//! and workflows that start them.

mod advisory_lock_too_short;
mod blind_stamp;
mod migration_failure_ignored;
mod migrations_race_at_start;
mod place;
mod sqlite_tests_postgres_production;
mod tests_upgrade_heads;
mod uncommitted_migrations;

use super::Rule;

pub(super) const RULES: &[Rule] = &[
    advisory_lock_too_short::RULE,
    blind_stamp::RULE,
    migration_failure_ignored::RULE,
    migrations_race_at_start::RULE,
    sqlite_tests_postgres_production::RULE,
    tests_upgrade_heads::RULE,
    uncommitted_migrations::RULE,
];
