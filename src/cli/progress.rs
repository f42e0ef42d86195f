//! How far a long look is, on stderr: only when it takes long and somebody may be waiting.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What takes no longer needs no word.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a file or a pipe gets a line.
const EVERY: Duration = Duration::from_secs(1);

/// Says it in one line that is overwritten, or line by line where that cannot be.
pub(super) struct Progress {
    start: Instant,
    is_terminal: bool,
    is_wanted: bool,
    said: Mutex<Said>,
}

#[derive(Default)]
struct Said {
    columns: usize,
    last: Option<Instant>,
}

impl Progress {
    pub(super) fn new(is_verbose: bool) -> Self {
        let is_terminal = io::stderr().is_terminal();
        Self {
            start: Instant::now(),
            is_terminal,
            is_wanted: is_terminal || is_verbose,
            said: Mutex::new(Said::default()),
        }
    }

    /// So much of so much is done.
    pub(super) fn tell(&self, done: usize, total: usize, what: &str) {
        if !self.is_wanted || total < 2 || self.start.elapsed() < PATIENCE {
            return;
        }
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_terminal && done < total && said.last.is_some_and(|last| last.elapsed() < EVERY) {
            return;
        }
        said.last = Some(Instant::now());
        let text = format!("looked at {done} of {total} {what}");
        // A remark that cannot be written is no loss.
        let _ = if self.is_terminal {
            let columns = said.columns.max(text.len());
            said.columns = text.len();
            write!(io::stderr(), "\r{text:columns$}")
        } else {
            writeln!(io::stderr(), "{text}")
        };
    }

    /// Wipes the line, so that the result starts on a clean one.
    pub(super) fn finish(&self) {
        let columns = self.said.lock().unwrap_or_else(PoisonError::into_inner).columns;
        if columns > 0 {
            let _ = write!(io::stderr(), "\r{:columns$}\r", "");
        }
    }
}
