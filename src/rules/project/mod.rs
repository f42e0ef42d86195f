//! Rules about configuration and env.py.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
