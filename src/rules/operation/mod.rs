//! Rules about what a revision does.

mod application_import_in_migration;
mod autocommit_block_not_alone;
mod batch_copies_table;
mod concurrent_index_if_not_exists;
mod concurrently_in_transaction;
mod custom_type_false_diff;
mod downgrade;
mod drop_add_rename;
mod drop_unnamed_constraint;
mod empty_migration;
mod enum_left_behind;
mod enum_value_in_transaction;
mod foreign_key_locks_parent;
mod missing_enum_type;
mod mixed_schema_and_data;
mod not_null_without_proof;
mod not_valid_and_validate_together;
mod offline_unsafe;
mod row_by_row_migration;
mod seen;
mod suspicious_drop_everything;
pub(super) mod timeouts;
mod type_change_rewrites;
mod unbatched_backfill;
mod unnamed_constraint;

use super::Rule;

pub(super) const RULES: &[Rule] = &[
    application_import_in_migration::RULE,
    autocommit_block_not_alone::RULE,
    batch_copies_table::RULE,
    concurrent_index_if_not_exists::RULE,
    concurrently_in_transaction::RULE,
    custom_type_false_diff::RULE,
    downgrade::CANNOT_RESTORE,
    downgrade::FORWARD_ONLY,
    downgrade::LOSES_DATA,
    downgrade::MISSING,
    downgrade::NOT_INVERSE,
    drop_add_rename::RULE,
    drop_unnamed_constraint::RULE,
    empty_migration::RULE,
    enum_left_behind::RULE,
    enum_value_in_transaction::RULE,
    foreign_key_locks_parent::FOREIGN_KEY,
    foreign_key_locks_parent::NEW_TABLE,
    missing_enum_type::RULE,
    mixed_schema_and_data::RULE,
    not_null_without_proof::RULE,
    not_valid_and_validate_together::RULE,
    offline_unsafe::RULE,
    row_by_row_migration::RULE,
    suspicious_drop_everything::RULE,
    timeouts::LOCK,
    timeouts::STATEMENT,
    type_change_rewrites::RULE,
    unbatched_backfill::RULE,
    unnamed_constraint::RULE,
];
