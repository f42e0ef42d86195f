//! Rules about the revision graph.

mod check_heads_disagree;
mod duplicate_branch_label;
mod duplicate_revision_id;
mod merge_step_crashes;
mod missing_dependency;
mod missing_parent;
mod multiple_bases;
mod multiple_heads;
mod revision_cycle;
mod undefined_order;
mod unusable_branch_label;

use super::Rule;

pub(crate) use multiple_heads::are_wanted;
pub(super) use multiple_heads::{are_wanted_heads, merge_command, partings, tips};

pub(super) const RULES: &[Rule] = &[
    check_heads_disagree::RULE,
    duplicate_branch_label::RULE,
    duplicate_revision_id::RULE,
    merge_step_crashes::RULE,
    missing_dependency::RULE,
    missing_parent::RULE,
    multiple_bases::RULE,
    multiple_heads::RULE,
    revision_cycle::RULE,
    undefined_order::RULE,
    unusable_branch_label::RULE,
];
