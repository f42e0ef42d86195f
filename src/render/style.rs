//! The colours of the text formats, by meaning. Nothing here knows what is being shown.

use anstyle::{AnsiColor, Style};

use crate::diagnostic::Severity;
use crate::facts::StampState;

/// A head, a healthy verdict.
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What will fail.
pub(super) const BAD: Style = AnsiColor::BrightRed.on_default().bold();
/// What can hurt.
pub(super) const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
/// Worth knowing.
pub(super) const NOTE: Style = AnsiColor::Cyan.on_default().bold();
/// A revision's id.
pub(super) const ID: Style = AnsiColor::Yellow.on_default();
/// A command to type.
pub(super) const COMMAND: Style = AnsiColor::Cyan.on_default();
/// A database's name.
pub(super) const DATABASE: Style = AnsiColor::Magenta.on_default().bold();
/// A branch label.
pub(super) const LABEL: Style = AnsiColor::Blue.on_default().bold();
/// What matters most in a block.
pub(super) const STRONG: Style = Style::new().bold();
/// What matters least.
pub(super) const FAINT: Style = Style::new().dimmed();
/// Plain text.
pub(super) const PLAIN: Style = Style::new();

/// `text` in `style`.
pub(super) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The style of a severity.
pub(super) fn of_severity(severity: Severity) -> Style {
    match severity {
        Severity::Error => BAD,
        Severity::Warning => DOUBTFUL,
        Severity::Info => NOTE,
    }
}

/// The style of a database's state.
pub(super) fn of_state(state: StampState) -> Style {
    match state {
        StampState::AtHead | StampState::Empty => GOOD,
        StampState::Behind | StampState::Unstamped | StampState::InProgress => DOUBTFUL,
        StampState::Ahead | StampState::Diverged | StampState::Orphaned | StampState::Unreadable => BAD,
    }
}
