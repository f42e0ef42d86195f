//! Rules about the version table and what is in it.

mod again;
mod choice;
mod database_ahead;
mod database_behind;
mod database_diverged;
mod duplicate_stamp_rows;
mod edited_revision;
mod foreign_stamp;
mod half_applied_revision;
mod inserted_revision;
mod lock_accumulation;
mod lost;
mod objects;
mod orphaned_stamp;
mod read_only_endpoint;
mod redundant_stamp_row;
mod remedy;
mod reparented_revision;
mod target_already_passed;
mod truncated_stamp;
mod unstamped_database;
mod untrue_stamp;
mod version_table_elsewhere;
mod version_table_not_creatable;
mod version_table_unreadable;

use super::Rule;

pub(super) use edited_revision::{keep, line as changed_line};
pub(super) use remedy::{as_owner, table_name};

pub(super) const RULES: &[Rule] = &[
    database_ahead::RULE,
    database_behind::RULE,
    database_diverged::RULE,
    duplicate_stamp_rows::RULE,
    edited_revision::RULE,
    foreign_stamp::RULE,
    half_applied_revision::RULE,
    inserted_revision::RULE,
    lock_accumulation::RULE,
    orphaned_stamp::RULE,
    read_only_endpoint::RULE,
    redundant_stamp_row::RULE,
    reparented_revision::RULE,
    target_already_passed::RULE,
    truncated_stamp::RULE,
    unstamped_database::RULE,
    untrue_stamp::RULE,
    version_table_elsewhere::RULE,
    version_table_not_creatable::RULE,
    version_table_unreadable::RULE,
];
