//! Rules about the version table and what is in it.

mod database_ahead;
mod database_behind;
mod database_diverged;
mod duplicate_stamp_rows;
mod edited_revision;
mod foreign_stamp;
mod inserted_revision;
mod lost;
mod orphaned_stamp;
mod redundant_stamp_row;
mod remedy;
mod reparented_revision;
mod truncated_stamp;
mod unstamped_database;
mod version_table_elsewhere;
mod version_table_unreadable;

use super::Rule;

pub(super) use remedy::{as_owner, table_name};

pub(super) const RULES: &[Rule] = &[
    database_ahead::RULE,
    database_behind::RULE,
    database_diverged::RULE,
    duplicate_stamp_rows::RULE,
    edited_revision::RULE,
    foreign_stamp::RULE,
    inserted_revision::RULE,
    orphaned_stamp::RULE,
    redundant_stamp_row::RULE,
    reparented_revision::RULE,
    truncated_stamp::RULE,
    unstamped_database::RULE,
    version_table_elsewhere::RULE,
    version_table_unreadable::RULE,
];
