//! Rules about reaching a database.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
