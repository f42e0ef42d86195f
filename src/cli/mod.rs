//! The command line: the only module that knows clap, the environment and the terminal.
//!
//! One function per command in `commands`; each turns arguments into an `Outcome`, and only
//! [`run`] prints it.

mod args;
mod commands;
mod environment;
mod files;
mod pipe;
mod progress;
mod revision_id;
mod said;
mod terminal;

use std::ffi::OsString;

use anyhow::Error;
use clap::Parser as _;
use clap::error::ErrorKind;

use args::{Arguments, Color};
use said::Said;
use terminal::Terminal;

/// Exit code: nothing at or above `--fail-on` was found.
pub const HEALTHY: u8 = 0;
/// Exit code: findings at or above `--fail-on`.
pub const FINDINGS: u8 = 1;
/// Exit code: usage or configuration error.
pub const USAGE: u8 = 2;
/// Exit code: no revision found.
pub const NOTHING: u8 = 3;
/// Exit code: something could not be looked at.
pub const COULD_NOT_LOOK: u8 = 4;

/// What a command has to say: the result, remarks beside it, and the exit code.
#[derive(Debug, Default)]
struct Outcome {
    /// For stdout.
    result: String,
    /// For stderr, a line each.
    remarks: Vec<String>,
    /// The process's exit code.
    code: u8,
}

/// Runs the command line; returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let said = Said::new(&arguments);
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error, &said),
    };
    let terminal = Terminal::new(arguments.global.color);
    match commands::dispatch(&arguments, &terminal) {
        Ok(outcome) => {
            terminal.error(&outcome.remarks.join("\n"));
            if terminal.result(&outcome.result) { outcome.code } else { COULD_NOT_LOOK }
        }
        Err(error) => {
            terminal.error(&said.without_secrets(&failure(&error)));
            USAGE
        }
    }
}

/// clap's own words; help and version are no failure.
fn usage(error: &clap::Error, said: &Said) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Nothing is left to tell when even this cannot be written.
        let _ = error.print();
        return HEALTHY;
    }
    // Without colours: clap repeats what was typed, and that may hold escapes of its own.
    let text = said.without_secrets(&error.render().to_string());
    let lines: Vec<String> = text.lines().map(crate::source::printable_line).collect();
    Terminal::new(Color::Auto).error(&lines.join("\n"));
    USAGE
}

/// `error:`, its causes, its place and what to do.
fn failure(error: &Error) -> String {
    let mut lines = vec![format!("error: {error}")];
    lines.extend(error.chain().skip(1).map(|cause| format!("  caused by: {cause}")));
    lines.extend(commands::advice(error));
    let printable: Vec<String> = lines.iter().map(|line| crate::source::printable_line(line)).collect();
    printable.join("\n")
}
