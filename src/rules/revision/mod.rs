//! Rules about single revision files.

mod dependency_not_static;
mod file_loaded_twice;
mod identifier_not_static;
mod invalid_revision_id;
mod invalid_revision_value;
mod revision_id_too_long;
mod stray_file;
mod unreadable_revision;

use super::Rule;

pub(super) const RULES: &[Rule] = &[
    dependency_not_static::RULE,
    file_loaded_twice::RULE,
    identifier_not_static::RULE,
    invalid_revision_id::RULE,
    invalid_revision_value::RULE,
    revision_id_too_long::RULE,
    stray_file::RULE,
    unreadable_revision::RULE,
];
