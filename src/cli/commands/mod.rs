//! The commands: arguments in, [`Outcome`] out. One file for each kind.

mod explain;
mod graph;
mod listing;
mod plan;
mod rebase;
mod recover;
mod report;

use anyhow::{Error, bail};

use super::args::{Arguments, Command, Format, Global};
use super::terminal::Terminal;
use super::{Outcome, environment};
use crate::check::{self, Databases, Reach, Report};
use crate::render::{Layout, Verbosity};
use crate::revision::Depth;
use crate::settings::Settings;

/// Runs the command that was asked for.
pub(super) fn dispatch(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome, Error> {
    let command = arguments.command.as_ref().unwrap_or(&Command::Diagnose);
    let context = Context { global: &arguments.global, layout: layout(&arguments.global, terminal) };
    match command {
        Command::Diagnose => report::diagnose(&context),
        Command::Check => report::check(&context),
        Command::Graph => graph::graph(&context),
        Command::Heads { resolve_dependencies } => listing::heads(&context, *resolve_dependencies),
        Command::History { indicate_current, rev_range } => {
            listing::history(&context, *indicate_current, rev_range.as_deref())
        }
        Command::Plan(arguments) => plan::plan(&context, arguments),
        Command::Current => listing::current(&context),
        Command::Branches => listing::branches(&context),
        Command::Show { revision } => listing::show(&context, revision),
        Command::Recover { revision, dry_run, after, stub: _ } => {
            let choice = recover::Choice { revision, dry_run: *dry_run, stub_after: after.as_deref() };
            recover::recover(&context, &choice)
        }
        Command::Rebase(arguments) => rebase::rebase(&context, arguments),
        Command::Reid(arguments) => rebase::reid(&context, arguments),
        Command::Explain { subject } => explain::explain(&context, subject),
        Command::Rules => explain::rules(&context),
    }
}

/// What every command needs.
struct Context<'a> {
    global: &'a Global,
    layout: Layout,
}

impl Context<'_> {
    /// The format, if `command` has it.
    fn format(&self, command: &str, known: &[Format]) -> Result<Format, Error> {
        let format = self.global.format;
        if !known.contains(&format) {
            let known: Vec<&str> = known.iter().map(|format| format.as_str()).collect();
            bail!("`{command}` has no --format {}; it has {}", format.as_str(), known.join(", "));
        }
        Ok(format)
    }

    /// Looks at the project (and its database, as far as `databases` says).
    fn examine(&self, command: &'static str, depth: Depth, databases: Databases) -> Result<Report, Error> {
        let settings = Settings::resolve(self.global.flags(), environment::process()?)?;
        Ok(check::examine(command, &settings, Reach { depth, databases })?)
    }

    /// The same with every rule: what the settings leave out may be the cause that is asked for.
    fn examine_all(&self, command: &'static str, depth: Depth, databases: Databases) -> Result<Report, Error> {
        let mut settings = Settings::resolve(self.global.flags(), environment::process()?)?;
        settings.selection.select.clear();
        settings.selection.ignore.clear();
        Ok(check::examine(command, &settings, Reach { depth, databases })?)
    }
}

fn layout(global: &Global, terminal: &Terminal) -> Layout {
    let verbosity = match (global.quiet, global.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    };
    Layout { width: terminal.width(), ascii: !terminal.draws_boxes(), verbosity }
}

/// Where an error is and what to do about it, a line each.
pub(super) fn advice(error: &Error) -> Vec<String> {
    let Some(error) = error.downcast_ref::<check::Error>() else { return Vec::new() };
    let place = error.location().map(|location| {
        let start = location.start();
        format!(" --> {}:{}:{}", location.path().display(), start.line, start.column)
    });
    place.into_iter().chain(error.hints().into_iter().map(|hint| format!("  hint: {hint}"))).collect()
}
