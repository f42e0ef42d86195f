//! stdout, stderr, colour and width.

use std::io::{self, IsTerminal as _, Write};

use anstream::{AutoStream, ColorChoice};

use super::args::Color;

/// Widths within which text stays readable.
const NARROWEST: usize = 40;
const WIDEST: usize = 120;
/// The width when nothing is known of the terminal.
const USUAL: usize = 80;

/// Where the results go.
pub(super) struct Terminal {
    choice: ColorChoice,
}

impl Terminal {
    /// `--color`; without it, `NO_COLOR`, `CLICOLOR_FORCE` and the terminal decide (anstream).
    pub(super) fn new(color: Color) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self { choice }
    }

    /// The width to wrap at: `COLUMNS`, the terminal's, or 80.
    pub(super) fn width(&self) -> usize {
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let measured = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        columns.or_else(measured).unwrap_or(USUAL).clamp(NARROWEST, WIDEST)
    }

    /// Whether box-drawing characters can be expected to come out right.
    pub(super) fn draws_boxes(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
            .unwrap_or_default()
            .to_ascii_uppercase();
        // A pipe is read by programs and pagers that know UTF-8; only a terminal may not.
        !io::stdout().is_terminal() || cfg!(windows) || locale.contains("UTF-8") || locale.contains("UTF8")
    }

    /// Writes the result; says why and returns false when that failed. A reader that went away is no failure.
    pub(super) fn result(&self, text: &str) -> bool {
        match self.write(AutoStream::new(io::stdout(), self.choice), text) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.error(&format!("error: the result cannot be written: {error}"));
                false
            }
            _ => true,
        }
    }

    /// Writes a remark to stderr.
    pub(super) fn error(&self, text: &str) {
        // Nothing is left to tell when even this cannot be written.
        let _ = self.write(AutoStream::new(io::stderr(), self.choice), text);
    }

    fn write(&self, mut stream: impl Write, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        stream.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            stream.write_all(b"\n")?;
        }
        stream.flush()
    }
}
