//! Rules about single revision files.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
