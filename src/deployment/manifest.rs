//! YAML files that run commands: workflows, compose files, Kubernetes and Helm, hosting services.

use std::collections::BTreeMap;

use super::script::{self, Outcome, Script};
use super::yaml::{Entry, Value, entries};
use crate::source::Span;

/// Keys whose value is shell text, or a list of lines of it.
const SHELL: [&str; 17] = [
    "run",
    "script",
    "before_script",
    "after_script",
    "shell",
    "bash",
    "cmd",
    "cmds",
    "commands",
    "startCommand",
    "preDeployCommand",
    "buildCommand",
    "releaseCommand",
    "release_command",
    "start_command",
    "run_command",
    "release",
];

/// Keys whose value is one command, its words in a list.
const WORDS: [&str; 3] = ["entrypoint", "command", "args"];

/// A command of a manifest.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) outcome: Outcome,
    /// The keys above it.
    pub(super) path: Vec<String>,
}

/// A number of copies.
#[derive(Debug)]
pub(super) struct Copies {
    pub(super) span: Span,
    pub(super) number: u32,
    pub(super) service: Option<String>,
}

/// Reads all commands. In a pipeline's file a step stops at its first failure.
pub(super) fn read(text: &str, is_pipeline: bool) -> (Vec<Found>, Vec<Copies>) {
    let entries = entries(text);
    // By what they belong to: a file can have many.
    let mut containers: BTreeMap<&[String], Vec<&Entry>> = BTreeMap::new();
    let mut lenient: BTreeMap<&[String], (usize, &Entry)> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        if WORDS.contains(&entry.key()) {
            containers.entry(entry.parent()).or_default().push(entry);
        }
        if lets_pass(entry) {
            lenient.entry(entry.parent()).or_insert((index, entry));
        }
    }
    let mut found = Vec::new();
    for entry in &entries {
        let key = entry.key();
        if SHELL.contains(&key) {
            found.extend(shell(entry, is_pipeline).into_iter().map(|outcome| of(entry, outcome)));
        } else if WORDS.contains(&key) {
            match &entry.value {
                Value::Text { .. } if !entry.is_item() => {
                    found.extend(shell(entry, is_pipeline).into_iter().map(|outcome| of(entry, outcome)));
                }
                // All of it is read at once, in the place of the first.
                _ => found.extend(containers.remove(entry.parent()).map(|parts| of(entry, command(&parts)))),
            }
        }
    }
    for one in &mut found {
        let above = (0..=one.path.len()).filter_map(|length| one.path.get(..length));
        let goes_on = above.filter_map(|path| lenient.get(path)).min_by_key(|(index, _)| *index);
        if let Some((_, entry)) = goes_on {
            let how = format!("`{}: {}` lets the run go on after a failure", entry.key(), entry.text());
            for migration in &mut one.outcome.migrations {
                migration.ignored.get_or_insert_with(|| (entry.span, how.clone()));
            }
        }
        // Each pod has its own.
        if one.path.iter().any(|key| key == "initContainers") {
            one.outcome.migrations.iter_mut().for_each(|migration| migration.starts = Some(migration.span));
        }
    }
    (found, entries.iter().filter_map(copies).collect())
}

fn of(entry: &Entry, outcome: Outcome) -> Found {
    Found { outcome, path: entry.path.clone() }
}

/// Shell text; a list under such a key is lines, not words.
fn shell(entry: &Entry, is_pipeline: bool) -> Vec<Outcome> {
    let read = |text: &str, inside: Option<usize>, fold: bool| {
        let script = Script { text, offset: inside.unwrap_or(0), fold, stops: is_pipeline, pipefail: is_pipeline };
        let mut outcome = script::read(&script);
        if inside.is_none() {
            outcome.migrations.iter_mut().for_each(|migration| migration.stand_at(entry.span));
        }
        outcome
    };
    match &entry.value {
        // Within quotes a line end that is written as `\n` is one.
        Value::Text { text, inside, fold } => vec![read(text, *inside, *fold && inside.is_some())],
        Value::List(words) => words.iter().map(|word| read(&word.text, word.inside, true)).collect(),
    }
}

/// The command of a container: entrypoint, command and args as one.
fn command(parts: &[&Entry]) -> Outcome {
    let mut words = Vec::new();
    for key in WORDS {
        for entry in parts.iter().filter(|entry| entry.key() == key) {
            match &entry.value {
                Value::List(list) => words.extend(list.iter().cloned()),
                Value::Text { text, inside, .. } if entry.is_item() => {
                    words.push(super::shell::Word::given(text.clone(), entry.span, *inside));
                }
                Value::Text { .. } => {}
            }
        }
    }
    script::read_words(words)
}

fn lets_pass(entry: &Entry) -> bool {
    match entry.key() {
        "continue-on-error" | "allow_failure" | "ignore_errors" => matches!(entry.text(), "true" | "yes"),
        "failed_when" => entry.text() == "false",
        _ => false,
    }
}

fn copies(entry: &Entry) -> Option<Copies> {
    if !["replicas", "replicaCount", "minReplicas", "numReplicas"].contains(&entry.key()) {
        return None;
    }
    let number: u32 = entry.text().parse().ok().filter(|number| *number > 1)?;
    let service = match entry.path.as_slice() {
        [services, name, ..] if services == "services" => Some(name.clone()),
        _ => None,
    };
    Some(Copies { span: entry.span, number, service })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, is_pipeline: bool) -> Vec<(String, Option<String>)> {
        let (found, _) = read(text, is_pipeline);
        let migrations = found.into_iter().flat_map(|one| one.outcome.migrations);
        migrations.map(|one| (one.written, one.ignored.map(|(_, how)| how))).collect()
    }

    #[test]
    fn steps_of_workflows_stop_at_failures_unless_told_otherwise() {
        let step = |more: &str| {
            format!(
                "jobs:\n  deploy:\n    steps:\n      - name: migrate\n{more}        run: |\n          alembic upgrade head\n          echo done\n"
            )
        };
        assert_eq!(found(&step(""), true), [("alembic upgrade head".to_owned(), None)]);
        let how = found(&step("        continue-on-error: true\n"), true).remove(0).1.unwrap();
        assert_eq!(how, "`continue-on-error: true` lets the run go on after a failure");
        let others = format!("{}      - run: x\n        continue-on-error: true\n", step(""));
        assert_eq!(found(&others, true)[0].1, None, "it is another step's");
    }

    #[test]
    fn containers_and_compose_services_are_read() {
        let shown =
            |text: &str| found(text, false).into_iter().map(|(what, how)| (what, how.is_some())).collect::<Vec<_>>();
        let plain = [("alembic upgrade head".to_owned(), false)];
        let hidden = [("alembic upgrade head".to_owned(), true)];
        assert_eq!(shown("services:\n  m:\n    command: alembic upgrade head\n"), plain);
        assert_eq!(shown("services:\n  m:\n    command: sh -c \"alembic upgrade head || true\"\n"), hidden);
        assert_eq!(
            shown("services:\n  m:\n    command: >\n      sh -c 'alembic upgrade head;\n      gunicorn app'\n"),
            hidden
        );
        assert_eq!(shown("c:\n  - command: [sh, -c]\n    args: [\"alembic upgrade head || true\"]\n"), hidden);
        assert_eq!(
            shown(
                "c:\n  - command:\n      - sh\n      - -ec\n      - |\n        alembic upgrade head\n        gunicorn app\n"
            ),
            plain
        );
        assert_eq!(shown("c:\n  - args:\n    - alembic\n    - upgrade\n    - head\n"), plain);
        assert_eq!(shown("services:\n  m:\n    environment:\n      - X=alembic upgrade head\n"), []);
        assert_eq!(shown("# run: alembic upgrade head\ndescription: alembic upgrade head\n"), []);
    }

    #[test]
    fn several_copies_are_counted() {
        let (_, copies) = read(
            "services:\n  web:\n    deploy:\n      replicas: 3\n  db:\n    deploy:\n      replicas: 1\nspec:\n  replicas: 2\n",
            false,
        );
        let shown: Vec<_> = copies.into_iter().map(|copies| (copies.number, copies.service)).collect();
        assert_eq!(shown, [(3, Some("web".to_owned())), (2, None)]);
    }
}
