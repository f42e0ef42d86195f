//! Migrations in shell text: what each runs, and what becomes of its exit code.
//!
//! An exit code counts as lost only where the text itself shows it. In loops (which try again) and
//! at the end of functions it is up to others, and nothing is said.

use super::Action;
use super::command::{self, Runs};
use super::secrets;
use super::shell::{self, Chain, Command, Joint, List, Word};
use crate::source::Span;

/// Shell text and how it is run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script<'a> {
    pub(super) text: &'a str,
    /// Where it stands in its file.
    pub(super) offset: usize,
    /// Line ends are blanks.
    pub(super) fold: bool,
    /// It stops at the first failure, as with `set -e`.
    pub(super) stops: bool,
    /// A pipe fails when any part of it does.
    pub(super) pipefail: bool,
}

/// What shell text does.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) migrations: Vec<Migration>,
    /// It starts the application's server.
    pub(super) serves: bool,
    /// It is for somebody who develops.
    pub(super) reloads: bool,
}

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Migration {
    pub(super) span: Span,
    pub(super) written: String,
    pub(super) action: Action,
    pub(super) ignored: Option<(Span, String)>,
    pub(super) is_conditional: bool,
    pub(super) after_failed: Option<Span>,
    pub(super) starts: Option<Span>,
}

/// What becomes of an exit code.
#[derive(Debug, Clone)]
enum Fate {
    /// It counts, or is up to somebody else.
    Counts,
    /// It is lost: where, and how.
    Lost(Span, String),
}

/// What surrounds a command.
#[derive(Debug, Clone)]
struct Around {
    is_conditional: bool,
    /// In a loop or a function: who calls or repeats it decides.
    is_open: bool,
    in_loop: bool,
    fails_later: bool,
    server: Option<Span>,
    /// What becomes of the exit code of the last command.
    end: Fate,
}

/// Reads shell text.
pub(super) fn read(script: &Script<'_>) -> Outcome {
    let list = shell::parse(script.text, script.offset, script.fold);
    run(&list, script, start(Fate::Counts))
}

/// Reads a command that stands as separate words: `["alembic", "upgrade", "head"]`.
pub(super) fn read_words(words: Vec<Word>) -> Outcome {
    let span = match (words.first(), words.last()) {
        (Some(first), Some(last)) => Span::new(first.span.start, last.span.end),
        _ => return Outcome::default(),
    };
    let list = vec![Chain { parts: vec![(Joint::First, Command::Simple(words))], span, in_background: false }];
    let script = Script { text: "", offset: 0, fold: false, stops: false, pipefail: false };
    run(&list, &script, start(Fate::Counts))
}

fn start(end: Fate) -> Around {
    Around { is_conditional: false, is_open: false, in_loop: false, fails_later: false, server: None, end }
}

fn run(list: &List, script: &Script<'_>, around: Around) -> Outcome {
    let traps = script.text.contains("trap ") && script.text.contains("ERR");
    let mut walker = Walker { script, stops: script.stops, pipefail: script.pipefail, out: Outcome::default() };
    walker.list(list, &Around { is_open: around.is_open || traps, ..around });
    walker.out
}

struct Walker<'a> {
    script: &'a Script<'a>,
    stops: bool,
    pipefail: bool,
    out: Outcome,
}

/// What comes behind a chain.
enum Rest {
    /// It says by itself what becomes of an exit code.
    Decides(Fate),
    /// A command that runs if nothing stops the script: where.
    GoesOn(Span),
}

/// What stands behind a command of a chain.
#[derive(Clone, Copy)]
struct Behind<'a> {
    is_last: bool,
    server: Option<Span>,
    /// The command behind the next `||`, and whether all from there on lets the script go on.
    or: Option<(&'a Command, bool)>,
}

impl Walker<'_> {
    fn list(&mut self, list: &List, around: &Around) {
        // From the end, so that a long list is gone through once.
        let mut behind = Vec::with_capacity(list.len());
        let (mut next, mut server, mut fails_later) = (None, around.server, around.fails_later);
        for chain in list.iter().rev() {
            behind.push((next, server, fails_later));
            next = Some(chain).filter(|chain| does_something(chain)).or(next);
            server = server_of_chain(chain).or(server);
            fails_later |= ends_failing(chain);
        }
        for (chain, (next, server, fails_later)) in list.iter().zip(behind.into_iter().rev()) {
            self.chain(chain, next, &Around { server, fails_later, ..around.clone() });
        }
    }

    /// Reads a chain; `next` is the one behind it that does something.
    fn chain(&mut self, chain: &Chain, next: Option<&Chain>, around: &Around) {
        let mut behind = Vec::with_capacity(chain.parts.len());
        let mut now = Behind { is_last: true, server: around.server, or: None };
        let mut goes_on = true;
        for (joint, command) in chain.parts.iter().rev() {
            behind.push(now);
            let starts = server(command);
            // `|| true && gunicorn` starts the application in any case.
            goes_on &= is_quiet(command) || starts.is_some();
            let or = if *joint == Joint::Or { Some((command, goes_on)) } else { now.or };
            now = Behind { is_last: false, server: starts.or(now.server), or };
        }
        let rest = self.rest(next, around);
        let mut upgrade = None;
        let mut is_tested = false;
        for ((joint, command), behind) in chain.parts.iter().zip(behind.into_iter().rev()) {
            let fate = self.fate(chain, behind, &rest, around);
            let is_conditional = around.is_conditional || is_tested;
            let here = Around { server: behind.server, is_conditional, ..around.clone() };
            let before = self.out.migrations.len();
            self.command(command, fate, &here);
            if *joint == Joint::Or {
                let failed: Option<Span> = upgrade;
                self.out.migrations.iter_mut().skip(before).for_each(|migration| {
                    migration.after_failed = migration.after_failed.or(failed);
                    migration.is_conditional |= failed.is_none();
                });
            }
            let upgrades = |migration: &&Migration| matches!(migration.action, Action::Upgrade(_));
            upgrade = self.out.migrations.iter().skip(before).find(upgrades).map(|found| found.span).or(upgrade);
            is_tested |= is_test(command);
        }
    }

    /// What becomes of the exit code of a command of the chain.
    fn fate(&self, chain: &Chain, behind: Behind<'_>, rest: &Rest, around: &Around) -> Fate {
        if chain.in_background || around.in_loop {
            return Fate::Counts;
        }
        match (behind.or, rest) {
            (Some((command, true)), _) if is_quiet(command) => {
                let shown = self.text(command);
                Fate::Lost(span_of(command, chain.span), format!("`|| {shown}` turns its failure into a success"))
            }
            (Some(_), _) => Fate::Counts,
            (None, Rest::Decides(fate)) => fate.clone(),
            (None, Rest::GoesOn(next)) => match (self.stops, behind.is_last) {
                (true, true) => Fate::Counts,
                (true, false) => Fate::Lost(
                    *next,
                    "`set -e` does not stop at a failure before `&&`, so the script goes on here".to_owned(),
                ),
                (false, _) => Fate::Lost(*next, "without `set -e` the script goes on here after a failure".to_owned()),
            },
        }
    }

    /// What the script does behind the chain, with `next` to come.
    fn rest(&self, next: Option<&Chain>, around: &Around) -> Rest {
        let Some(next) = next else { return Rest::Decides(around.end.clone()) };
        let is_code = |word: &&str| self.slice(next.span).contains(*word);
        if around.is_open || around.fails_later || ["$?", "PIPESTATUS"].iter().any(is_code) {
            return Rest::Decides(Fate::Counts);
        }
        Rest::GoesOn(next.span)
    }

    fn command(&mut self, command: &Command, fate: Fate, around: &Around) {
        match command {
            Command::Simple(words) => self.simple(words, fate, around),
            Command::Pipe(commands) => {
                let Some((last, others)) = commands.split_last() else { return };
                for command in others {
                    let lost = match fate {
                        _ if self.pipefail || around.in_loop => Fate::Counts,
                        Fate::Lost(..) => fate.clone(),
                        Fate::Counts => {
                            let shown = self.text(last);
                            let how =
                                format!("a pipe has the exit code of its last part, `{shown}`, without `pipefail`");
                            Fate::Lost(span_of(last, Span::default()), how)
                        }
                    };
                    self.command(command, lost, around);
                }
                self.command(last, fate, around);
            }
            Command::Not(command) => self.command(command, Fate::Counts, around),
            Command::Group(list) => self.list(list, &Around { end: fate, ..around.clone() }),
            Command::If { cond, body, orelse } => {
                self.condition((cond, body, orelse), around);
                let inside = Around { is_conditional: true, end: fate, ..around.clone() };
                self.list(body, &inside);
                self.list(orelse, &inside);
            }
            Command::Loop(lists) => {
                let inside =
                    Around { is_conditional: true, is_open: true, in_loop: true, end: Fate::Counts, ..around.clone() };
                lists.iter().for_each(|list| self.list(list, &inside));
            }
            Command::Case(lists) => {
                let inside = Around { is_conditional: true, end: fate, ..around.clone() };
                lists.iter().for_each(|list| self.list(list, &inside));
            }
            Command::Function(list) => {
                let (stops, pipefail) = (self.stops, self.pipefail);
                let inside =
                    Around { is_conditional: true, is_open: true, server: None, end: Fate::Counts, ..around.clone() };
                self.list(list, &inside);
                (self.stops, self.pipefail) = (stops, pipefail);
            }
        }
    }

    /// The condition of an `if`: its failure leads into the other arm.
    fn condition(&mut self, (cond, body, orelse): (&List, &List, &List), around: &Around) {
        let is_negated = cond.last().is_some_and(|chain| matches!(chain.parts.as_slice(), [(_, Command::Not(_))]));
        let (on_failure, on_success) = if is_negated { (body, orelse) } else { (orelse, body) };
        let says_only = on_failure.iter().all(|chain| chain.parts.iter().all(|(_, command)| is_quiet(command)));
        let goes_elsewhere = on_success.iter().any(|chain| server_of_chain(chain).is_some());
        let is_lost = says_only && !goes_elsewhere && !around.is_open && !around.fails_later;
        let inside = |end: Fate| Around { end, ..around.clone() };
        match cond.last().map(|chain| chain.span).filter(|_| is_lost) {
            Some(span) => {
                let how = "the `if` goes on after a failure".to_owned();
                let mut plain = cond.clone();
                if let (true, Some(chain)) = (is_negated, plain.last_mut()) {
                    chain.parts = chain.parts.drain(..).map(|(joint, command)| (joint, unnegated(command))).collect();
                }
                self.list(&plain, &inside(Fate::Lost(span, how)));
            }
            None => self.list(cond, &inside(Fate::Counts)),
        }
    }

    fn simple(&mut self, words: &[Word], fate: Fate, around: &Around) {
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        self.out.reloads |= command::reloads(&texts);
        match command::runs(&texts) {
            Runs::Migration { action, from } => {
                let (Some(first), Some(last)) = (words.get(from), words.last()) else { return };
                let replaces_the_shell = texts.first() == Some(&"exec");
                let ignored = match fate {
                    Fate::Lost(span, how) if !replaces_the_shell => Some((span, how)),
                    _ => None,
                };
                self.out.migrations.push(Migration {
                    span: Span::new(first.span.start, last.span.end),
                    written: written(command::base(&first.text), &action),
                    action,
                    ignored,
                    is_conditional: around.is_conditional,
                    after_failed: None,
                    starts: around.server,
                });
            }
            Runs::Shell { text, stops } => {
                let Some(word) = words.get(text) else { return };
                let inner = Script {
                    text: &word.text,
                    offset: word.inside.unwrap_or(0),
                    fold: false,
                    stops,
                    pipefail: texts.contains(&"pipefail"),
                };
                let list = shell::parse(inner.text, inner.offset, false);
                let mut outcome = run(&list, &inner, Around { end: fate, ..around.clone() });
                if word.inside.is_none() {
                    outcome.migrations.iter_mut().for_each(|migration| migration.stand_at(word.span));
                }
                self.out.migrations.extend(outcome.migrations);
                self.out.serves |= outcome.serves;
                self.out.reloads |= outcome.reloads;
            }
            Runs::Options => self.options(&texts),
            Runs::Server => self.out.serves = true,
            Runs::Says | Runs::Ends { .. } | Runs::Other => {}
        }
    }

    /// `set -euo pipefail`, `set +e`
    fn options(&mut self, words: &[&str]) {
        for word in words.iter().skip(1) {
            match (*word, word.chars().next()) {
                ("errexit", _) => self.stops = true,
                ("pipefail", _) => self.pipefail = true,
                (word, Some('-')) if word.contains('e') && !word.starts_with("--") => self.stops = true,
                (word, Some('+')) if word.contains('e') => self.stops = false,
                _ => {}
            }
        }
    }

    /// A command as written, fit for a message.
    fn text(&self, command: &Command) -> String {
        let words = match command {
            Command::Simple(words) => words.iter().map(|word| word.text.as_str()).take(4).collect::<Vec<_>>().join(" "),
            Command::Group(_) => return "{ … }".to_owned(),
            _ => return "…".to_owned(),
        };
        let words = secrets::hidden(&words);
        let short: String = words.chars().take(40).collect();
        if short.len() < words.len() { format!("{short}…") } else { short }
    }

    fn slice(&self, span: Span) -> &str {
        let start = span.start.checked_sub(self.script.offset);
        start.and_then(|start| self.script.text.get(start..span.end - self.script.offset)).unwrap_or_default()
    }
}

impl Migration {
    /// All places at once: the text does not stand in the file as it is.
    pub(super) fn stand_at(&mut self, span: Span) {
        self.span = span;
        self.ignored = self.ignored.take().map(|(_, how)| (span, how));
        self.after_failed = self.after_failed.map(|_| span);
        self.starts = self.starts.map(|_| span);
    }
}

/// The command as a person would type it, without options.
pub(super) fn written(program: &str, action: &Action) -> String {
    let program = if program == "alembic" { "alembic" } else { "flask db" };
    match action {
        Action::Upgrade(target) => format!("{program} upgrade {target}"),
        Action::Stamp(target) => format!("{program} stamp {target}"),
    }
}

fn runs(words: &[Word]) -> Runs {
    command::runs(&words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>())
}

/// It says something, and ends well.
fn is_quiet(command: &Command) -> bool {
    match command {
        Command::Simple(words) => matches!(runs(words), Runs::Says | Runs::Ends { failing: false }),
        Command::Group(list) => {
            !list.is_empty() && list.iter().all(|chain| chain.parts.iter().all(|(_, command)| is_quiet(command)))
        }
        _ => false,
    }
}

fn ends_failing(chain: &Chain) -> bool {
    chain.parts.iter().any(|(_, command)| match command {
        Command::Simple(words) => matches!(runs(words), Runs::Ends { failing: true }),
        Command::Group(list) => list.iter().any(ends_failing),
        Command::If { body, orelse, .. } => body.iter().chain(orelse).any(ends_failing),
        _ => false,
    })
}

fn is_test(command: &Command) -> bool {
    let first = match command {
        Command::Simple(words) => words.first(),
        _ => None,
    };
    first.is_some_and(|word| matches!(word.text.as_str(), "[" | "[[" | "test"))
}

fn does_something(chain: &Chain) -> bool {
    chain.parts.iter().any(|(_, command)| !matches!(command, Command::Function(_)))
}

fn server_of_chain(chain: &Chain) -> Option<Span> {
    chain.parts.iter().find_map(|(_, command)| server(command))
}

/// Where a command starts the application.
fn server(command: &Command) -> Option<Span> {
    match command {
        Command::Simple(words) => (runs(words) == Runs::Server).then(|| span_of(command, Span::default())),
        Command::Pipe(commands) => commands.iter().find_map(server),
        Command::Not(_) | Command::Function(_) => None,
        Command::Group(list) => list.iter().find_map(server_of_chain),
        Command::If { body, orelse, .. } => body.iter().chain(orelse).find_map(server_of_chain),
        Command::Loop(lists) | Command::Case(lists) => lists.iter().flatten().find_map(server_of_chain),
    }
}

fn unnegated(command: Command) -> Command {
    match command {
        Command::Not(command) => *command,
        other => other,
    }
}

fn span_of(command: &Command, otherwise: Span) -> Span {
    match command {
        Command::Simple(words) => match (words.first(), words.last()) {
            (Some(first), Some(last)) => Span::new(first.span.start, last.span.end),
            _ => otherwise,
        },
        Command::Group(list) => match (list.first(), list.last()) {
            (Some(first), Some(last)) => Span::new(first.span.start, last.span.end),
            _ => otherwise,
        },
        _ => otherwise,
    }
}

#[cfg(test)]
mod tests;
