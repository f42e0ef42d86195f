//! Files of lines: Procfile, fly.toml and its like, Makefile and justfile, tasks in
//! pyproject.toml, tox.ini.

use super::script::{self, Outcome, Script};
use crate::source::Span;

/// A command and the name of the target, process or task that it belongs to.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) outcome: Outcome,
}

/// `name: command`
pub(super) fn procfile(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (start, line) in lines(text) {
        let Some((name, command)) = line.split_once(':') else { continue };
        if !line.starts_with('#') {
            found.push(Found { name: name.trim().to_owned(), outcome: read(command, start + name.len() + 1, false) });
        }
    }
    found
}

/// The commands below `name:`; make gives each line to a shell of its own.
pub(super) fn makefile(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut target = String::new();
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let length = continued(rest);
        let line = rest.get(..length).unwrap_or(rest);
        let command = line.trim_start();
        if command.len() == line.len() {
            if let Some((name, _)) = line.split_once(':').filter(|_| !line.starts_with('#')) {
                target = name.trim().to_owned();
            }
        } else {
            // `@` says nothing, `-` goes on after a failure.
            let body = command.trim_start_matches(['@', '-', '+', ' ']);
            let marks = command.get(..command.len() - body.len()).unwrap_or_default();
            let offset = at + (line.len() - command.len());
            let mut outcome = read(body, offset + marks.len(), false);
            if let Some(dash) = marks.find('-') {
                let span = Span::new(offset + dash, offset + dash + 1);
                for migration in &mut outcome.migrations {
                    migration.ignored = Some((span, "`-` makes make go on after a failure".to_owned()));
                }
            }
            found.push(Found { name: target.clone(), outcome });
        }
        at += length.max(1);
    }
    found
}

/// The line, with those that `\` joins to it.
fn continued(text: &str) -> usize {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    end
}

/// The strings of a TOML file at keys that hold commands.
pub(super) fn toml(text: &str, is_wanted: impl Fn(&str, &str) -> bool) -> Vec<Found> {
    let mut found = Vec::new();
    let mut table = String::new();
    for (start, line) in lines(text) {
        let trimmed = line.trim_start();
        if trimmed.starts_with('[') {
            table = trimmed.trim_matches(|c: char| c == '[' || c == ']' || c.is_whitespace()).to_owned();
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| !trimmed.starts_with('#')) else { continue };
        let name = key.trim().trim_matches('"');
        if !is_wanted(&table, name) {
            continue;
        }
        let (mut at, mut rest) = (start + key.len() + 1, value);
        // Each string of the value: `{ cmd = "…" }`, `["…", "…"]`.
        while let Some(open) = rest.find(['"', '\'']) {
            let quote = rest.get(open..=open).unwrap_or("\"");
            let inner = rest.get(open + 1..).unwrap_or_default();
            let Some(close) = inner.find(quote) else { break };
            let command = inner.get(..close).unwrap_or_default();
            found.push(Found { name: name.to_owned(), outcome: read(command, at + open + 1, false) });
            at += open + close + 2;
            rest = inner.get(close + 1..).unwrap_or_default();
        }
    }
    found
}

/// The indented lines below `commands =`, and those behind it.
pub(super) fn tox(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut is_inside = false;
    for (start, line) in lines(text) {
        if let Some((key, command)) = line.split_once('=').filter(|_| !line.starts_with([' ', '\t', '#'])) {
            is_inside = key.trim().starts_with("commands");
            if is_inside {
                found.push(Found { name: "tox".to_owned(), outcome: read(command, start + key.len() + 1, true) });
            }
        } else if is_inside && line.starts_with([' ', '\t']) {
            found.push(Found { name: "tox".to_owned(), outcome: read(line, start, true) });
        } else if line.starts_with('[') {
            is_inside = false;
        }
    }
    found
}

fn read(text: &str, offset: usize, stops: bool) -> Outcome {
    script::read(&Script { text, offset, fold: true, stops, pipefail: false })
}

/// Each line with its place, without its end.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(found: Vec<Found>) -> Vec<String> {
        let each = found
            .into_iter()
            .flat_map(|found| found.outcome.migrations.into_iter().map(move |one| (found.name.clone(), one)));
        each.map(|(name, one)| {
            format!("{name}: {}{}", one.written, if one.ignored.is_some() { " (ignored)" } else { "" })
        })
        .collect()
    }

    #[test]
    fn lines_are_read_with_the_name_that_they_belong_to() {
        assert_eq!(
            short(procfile(
                "# x: alembic upgrade head\nrelease: alembic upgrade head\nweb: alembic upgrade heads; gunicorn app\n"
            )),
            ["release: alembic upgrade head", "web: alembic upgrade heads (ignored)"]
        );
        assert_eq!(
            short(makefile(
                "test:\n\t@alembic upgrade heads\ndeploy: build\n\t-alembic upgrade head\n\tcd x && \\\n\t  alembic stamp head\n# a:\n"
            )),
            ["test: alembic upgrade heads", "deploy: alembic upgrade head (ignored)", "deploy: alembic stamp head"]
        );
        let tasks = "[tool.poe.tasks]\nmigrate = \"alembic upgrade head\"\nboth = { shell = \"alembic upgrade head || true\" }\n[other]\nx = \"alembic upgrade head\"\n";
        assert_eq!(
            short(toml(tasks, |table, _| table.ends_with("tasks"))),
            ["migrate: alembic upgrade head", "both: alembic upgrade head (ignored)"]
        );
        assert_eq!(
            short(tox("[testenv]\ncommands =\n    alembic upgrade heads\n    pytest\ndeps = alembic\n  upgrade\n")),
            ["tox: alembic upgrade heads"]
        );
    }
}
