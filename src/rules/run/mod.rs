//! Rules about a run itself: what its other rules found.

mod unused_ignore;

use super::Rule;

pub(super) const RULES: &[Rule] = &[unused_ignore::RULE];
