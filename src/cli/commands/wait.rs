//! `wait`: for init containers, until somebody else has migrated the database.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Error;

use super::{Context, Outcome, gate};
use crate::check::gate::{Outlook, outlook};
use crate::check::{Databases, Report};
use crate::cli::args::Format;
use crate::cli::terminal::Terminal;
use crate::cli::{COULD_NOT_LOOK, FINDINGS, HEALTHY, NOTHING};
use crate::render;
use crate::render::gate_json::Waited;
use crate::revision::Depth;
use crate::source::printable_line;

/// How often the same is said again: logs show that somebody still waits.
const AGAIN: Duration = Duration::from_secs(30);

/// What to wait for, and how long.
pub(super) struct Patience<'a> {
    /// In Alembic's words.
    pub(super) target: &'a str,
    /// The whole time.
    pub(super) timeout: Duration,
    /// Between two looks.
    pub(super) interval: Duration,
}

/// Looks until the database has reached the target, never will, or the time is over. Each look is
/// a run of its own, with one short connection.
pub(super) fn wait(context: &Context<'_>, patience: &Patience<'_>, terminal: &Terminal) -> Result<Outcome, Error> {
    let format = context.format("wait", &[Format::Text, Format::Json])?;
    context.needs_database("wait")?;
    gate::refuse_relative("wait", patience.target)?;
    let start = Instant::now();
    let mut progress = Progress { terminal, start, said: None };
    let mut looks = 0;
    let (report, outlook) = loop {
        let report = context.examine("wait", Depth::Headers, Databases::Known)?;
        looks += 1;
        let seen = outlook(&report, patience.target);
        let left = patience.timeout.saturating_sub(start.elapsed());
        let goes_on = matches!(seen, Outlook::NotYet(_) | Outlook::NotSeen(_)) && knows_where(&report);
        if !goes_on || left.is_zero() {
            break (report, seen);
        }
        progress.tell(&seen, left);
        thread::sleep(patience.interval.min(left));
    };
    let code = match &outlook {
        _ if report.facts.files == 0 => NOTHING,
        Outlook::Arrived => HEALTHY,
        Outlook::NotYet(_) | Outlook::Never(_) => FINDINGS,
        Outlook::NotSeen(_) => COULD_NOT_LOOK,
    };
    let waited = Waited { target: patience.target.to_owned(), outlook, time: start.elapsed(), looks };
    let result = match format {
        Format::Json => render::json::wait(&report, report.verdict(), &waited),
        _ => render::wait::draw(&report, &waited, &context.layout),
    };
    Ok(Outcome { result, code, ..Outcome::default() })
}

/// Whether there is a database to look at: its address does not come by waiting, nor do files.
fn knows_where(report: &Report) -> bool {
    !report.facts.databases.is_empty() && report.facts.files > 0
}

/// What is seen, on stderr: when it changes, and now and then.
struct Progress<'a> {
    terminal: &'a Terminal,
    start: Instant,
    said: Option<(String, Instant)>,
}

impl Progress<'_> {
    fn tell(&mut self, seen: &Outlook, left: Duration) {
        let what = match seen {
            Outlook::NotYet(why) => format!("waiting: {why}"),
            Outlook::NotSeen(why) => format!("waiting, not seen: {why}"),
            Outlook::Arrived | Outlook::Never(_) => return,
        };
        if self.said.as_ref().is_some_and(|(said, when)| *said == what && when.elapsed() < AGAIN) {
            return;
        }
        let (after, left) = (self.start.elapsed().as_secs(), left.as_secs());
        self.terminal.error(&printable_line(&format!("{what} (after {after} s, {left} s left)")));
        self.said = Some((what, Instant::now()));
    }
}
