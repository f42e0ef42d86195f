//! Rules about the revision graph.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
