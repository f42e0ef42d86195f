//! Rules about the version table and what is in it.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
