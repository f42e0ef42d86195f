//! The commands: arguments in, [`Outcome`] out. One file for each kind.

mod envs;
mod explain;
mod gate;
mod graph;
mod listing;
mod lock;
mod merge;
mod plan;
mod rebase;
mod recover;
mod report;
mod wait;

use anyhow::{Error, bail};

use super::args::{Arguments, Command, Format, Global};
use super::progress::Progress;
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
    if context.global.write_baseline.is_some() && !matches!(command, Command::Diagnose | Command::Check) {
        bail!("only `diagnose` and `check` have --write-baseline");
    }
    match command {
        Command::Diagnose => report::diagnose(&context),
        Command::Check => report::check(&context),
        Command::Graph => graph::graph(&context),
        Command::Heads { resolve_dependencies } => listing::heads(&context, *resolve_dependencies),
        Command::History { indicate_current, rev_range } => {
            listing::history(&context, *indicate_current, rev_range.as_deref())
        }
        Command::Plan(arguments) => plan::plan(&context, arguments),
        Command::Gate(target) => gate::gate(&context, target.word()),
        Command::Verify(target) => gate::verify(&context, target.word()),
        Command::Wait { target, timeout, interval } => {
            let patience = wait::Patience { target, timeout: *timeout, interval: *interval };
            wait::wait(&context, &patience, terminal)
        }
        Command::Current => listing::current(&context),
        Command::Envs => envs::envs(&context),
        Command::Branches => listing::branches(&context),
        Command::Show { revision } => listing::show(&context, revision),
        Command::Recover { revision, dry_run, after, stub: _ } => {
            let choice = recover::Choice { revision, dry_run: *dry_run, stub_after: after.as_deref() };
            recover::recover(&context, &choice)
        }
        Command::Merge(arguments) => merge::merge(&context, arguments),
        Command::Rebase(arguments) => rebase::rebase(&context, arguments),
        Command::Reid(arguments) => rebase::reid(&context, arguments),
        Command::Lock(arguments) => lock::lock(&context, arguments),
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

    /// Refuses `--offline` for a command that is about a database.
    fn needs_database(&self, command: &str) -> Result<(), Error> {
        if self.global.flags().offline {
            bail!("`{command}` looks at a database, and --offline says not to");
        }
        Ok(())
    }

    /// Looks at the project (and its database, as far as `databases` says).
    fn examine(&self, command: &'static str, depth: Depth, databases: Databases) -> Result<Report, Error> {
        let settings = Settings::resolve(self.global.flags(), environment::process()?)?;
        self.look(command, &settings, Reach { depth, databases })
    }

    /// The same for an upgrade to `target`.
    fn examine_for(&self, command: &'static str, target: &str) -> Result<Report, Error> {
        let mut settings = Settings::resolve(self.global.flags(), environment::process()?)?;
        settings.target = Some(target.to_owned());
        self.look(command, &settings, Reach { depth: Depth::WholeFiles, databases: Databases::Known })
    }

    /// The same with every rule: what the settings leave out may be the cause that is asked for.
    fn examine_all(&self, command: &'static str, depth: Depth, databases: Databases) -> Result<Report, Error> {
        let mut settings = Settings::resolve(self.global.flags(), environment::process()?)?;
        settings.selection.select.clear();
        settings.selection.ignore.clear();
        self.look(command, &settings, Reach { depth, databases })
    }

    fn look(&self, command: &'static str, settings: &Settings, reach: Reach) -> Result<Report, Error> {
        let progress = Progress::new(self.layout.verbosity == Verbosity::Verbose);
        let report = check::examine(command, settings, reach, &|done, total, what| progress.tell(done, total, what));
        progress.finish();
        Ok(report?)
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
