//! How new revision files are named and dated.

use super::Setting;
use super::options::Options;

/// alembic.script.base: what a long slug is cut to.
const SLUG: usize = 40;

/// `file_template`, `truncate_slug_length` and `timezone`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// With Python's printf forms.
    pub file_template: String,
    /// Zero means the default, as in Alembic.
    pub truncate_slug_length: usize,
    /// The zone of the create date; without one, local time.
    pub timezone: Option<String>,
}

impl Default for Naming {
    fn default() -> Self {
        Self { file_template: "%(rev)s_%(slug)s".to_owned(), truncate_slug_length: SLUG, timezone: None }
    }
}

impl Naming {
    /// Reads the three; what cannot be read is among the broken values, and the default holds.
    pub(super) fn read(options: &Options) -> Self {
        let text = |key: &str| options.text(key).ok().flatten().map(|setting: Setting| setting.value);
        let default = Self::default();
        let length = text("truncate_slug_length").and_then(|length| length.trim().replace('_', "").parse().ok());
        Self {
            file_template: text("file_template").unwrap_or(default.file_template),
            truncate_slug_length: length.filter(|length| *length > 0).unwrap_or(SLUG),
            timezone: text("timezone"),
        }
    }
}
