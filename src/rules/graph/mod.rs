//! Rules about the revision graph.

mod duplicate_branch_label;
mod duplicate_revision_id;
mod missing_dependency;
mod missing_parent;
mod multiple_bases;
mod multiple_heads;
mod revision_cycle;

use super::Rule;

pub(super) use multiple_heads::are_wanted;

pub(super) const RULES: &[Rule] = &[
    duplicate_branch_label::RULE,
    duplicate_revision_id::RULE,
    missing_dependency::RULE,
    missing_parent::RULE,
    multiple_bases::RULE,
    multiple_heads::RULE,
    revision_cycle::RULE,
];
