//! The command that writes one id in the place of another into a file.

use super::wording;
use crate::diagnostic::{Changes, Step};
use crate::revision::{Field, Revision};

/// Writes `id` for `wrong` into the value of `field`. `None` where that is not the only
/// such text on one plain line.
pub(super) fn rewrite(revision: &Revision, field: Field, wrong: &str, id: &str, why: &str) -> Option<Step> {
    // Anything else could mean something to sed.
    let literal = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !literal(wrong) || !literal(id) {
        return None;
    }
    let location = revision.location(field);
    let line = location.start().line;
    if !location.source.slice(location.span).contains(wrong) || line != location.end().line {
        return None;
    }
    // sed takes the first on the line, which could be a part of `down_revision` or of another id.
    let text = location.source.text().lines().nth(line.checked_sub(1)?)?;
    if text.matches(wrong).count() != 1 {
        return None;
    }
    let file = wording::shell(&revision.source.path().display().to_string())?;
    let why = format!("{why}; the old file stays beside it as .bak");
    Some(Step::new(format!("sed -i.bak '{line}s/{wrong}/{id}/' {file}"), why, Changes::Files))
}
