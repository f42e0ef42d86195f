//! What a command line runs, told by its words.

use super::Action;

/// What a command is, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Runs {
    /// A migration, from the word at `from` on.
    Migration { action: Action, from: usize },
    /// The application's server.
    Server,
    /// A shell with a text of its own, the word at `text`; `stops` at the first failure.
    Shell { text: usize, stops: bool },
    /// `set …` of the shell.
    Options,
    /// Says something, and is never a failure itself.
    Says,
    /// Ends the script: with a failure, or not.
    Ends { failing: bool },
    /// Anything else.
    Other,
}

/// Programs that run the rest of their line.
const WRAPPERS: [&str; 32] = [
    "exec",
    "env",
    "time",
    "timeout",
    "nice",
    "command",
    "sudo",
    "gosu",
    "su-exec",
    "tini",
    "dumb-init",
    "uv",
    "uvx",
    "poetry",
    "pipenv",
    "pdm",
    "hatch",
    "rye",
    "pixi",
    "docker",
    "docker-compose",
    "podman",
    "kubectl",
    "heroku",
    "fly",
    "flyctl",
    "railway",
    "dotenv",
    "doppler",
    "op",
    "coverage",
    "ddtrace-run",
];

const SERVERS: [&str; 13] = [
    "gunicorn",
    "uvicorn",
    "hypercorn",
    "daphne",
    "granian",
    "waitress-serve",
    "uwsgi",
    "celery",
    "supervisord",
    "fastapi",
    "litestar",
    "robyn",
    "nginx",
];

/// Reads a command line.
pub(super) fn runs(words: &[&str]) -> Runs {
    let start = words.iter().take_while(|word| is_assignment(word)).count();
    let words_left = words.get(start..).unwrap_or_default();
    let Some(first) = words_left.first() else { return Runs::Other };
    match (base(first), words_left.get(1).copied()) {
        ("set", _) => return Runs::Options,
        ("true" | ":", _) | ("echo" | "printf" | "logger", _) => return Runs::Says,
        ("false", _) => return Runs::Ends { failing: true },
        ("exit" | "return", code) => return Runs::Ends { failing: code != Some("0") },
        _ => {}
    }
    if let Some(found) = migration(words_left) {
        let (action, from) = found;
        return Runs::Migration { action, from: start + from };
    }
    if let Some((text, stops)) = shell(words_left) {
        return Runs::Shell { text: start + text, stops };
    }
    if serves(words_left) { Runs::Server } else { Runs::Other }
}

/// `alembic upgrade head`, `flask db upgrade`, with what may stand before them.
fn migration(words: &[&str]) -> Option<(Action, usize)> {
    let starts = |word: &str| matches!(base(word), "alembic" | "flask" | "manage.py");
    let from = words.iter().position(|word| starts(word))?;
    let before = words.get(..from)?;
    let is_python = |word: &str| base(word).starts_with("python") || word == "sys.executable";
    let as_module = before.last() == Some(&"-m") && before.iter().any(|word| is_python(word))
        || base(words.get(from)?) == "manage.py" && before.last().is_some_and(|word| is_python(word));
    let first = before.first().map(|word| base(word));
    let is_wrapped = first.is_none_or(|first| WRAPPERS.contains(&first) || as_module && is_python(first));
    // `uv pip install alembic`, `docker build alembic`
    let installs = |word: &str| matches!(word, "pip" | "install" | "add" | "remove" | "build" | "pull" | "cp" | "sync");
    if !is_wrapped || before.iter().any(|word| installs(word)) {
        return None;
    }
    let arguments = words.get(from + 1..)?;
    let is_alembic = base(words.get(from)?) == "alembic";
    let arguments = if is_alembic {
        arguments
    } else {
        let at = arguments.iter().position(|word| *word == "db")?;
        arguments.get(at + 1..)?
    };
    Some((action(arguments, is_alembic)?, from))
}

/// The subcommand and its target.
pub(super) fn action(arguments: &[&str], is_alembic: bool) -> Option<Action> {
    let mut plain = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match *word {
            // Prints SQL, and changes nothing; or only prints help.
            "--sql" | "--help" | "-h" => return None,
            "-c" | "--config" | "-n" | "--name" | "-x" | "--x-arg" | "--tag" | "-d" | "--directory" => {
                words.next();
            }
            word if word.starts_with('-') && word.len() > 1 && !is_relative(word) => {}
            word => plain.push(word),
        }
    }
    match (plain.first().copied()?, plain.get(1).copied()) {
        ("upgrade", Some(target)) => Some(Action::Upgrade(target.to_owned())),
        ("upgrade", None) if !is_alembic => Some(Action::Upgrade("head".to_owned())),
        ("stamp", Some(target)) => Some(Action::Stamp(target.to_owned())),
        ("stamp", None) if !is_alembic => Some(Action::Stamp("head".to_owned())),
        _ => None,
    }
}

/// `-1`, which is a target.
fn is_relative(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `sh -c TEXT`, `bash -euo pipefail -c TEXT`: where the text is, and whether it stops at a failure.
fn shell(words: &[&str]) -> Option<(usize, bool)> {
    let at = words.iter().position(|word| matches!(base(word), "sh" | "bash" | "ash" | "dash" | "zsh"))?;
    let first = words.first().map(|word| base(word))?;
    if at > 0 && !WRAPPERS.contains(&first) {
        return None;
    }
    let mut stops = false;
    for (index, word) in words.iter().enumerate().skip(at + 1) {
        match word.strip_prefix('-') {
            Some(flags) if !flags.starts_with('-') => {
                stops |= flags.contains('e');
                if flags.contains('c') {
                    return (index + 1 < words.len()).then_some((index + 1, stops));
                }
            }
            // The value of `-o`.
            _ if words.get(index - 1).is_some_and(|before| before.ends_with('o')) => {}
            _ => return None,
        }
    }
    None
}

fn serves(words: &[&str]) -> bool {
    // `exec "$@"`: what the image is started with.
    if words.first() == Some(&"exec")
        && words.get(1).is_some_and(|word| word.starts_with("$@") || word.starts_with("$*"))
    {
        return true;
    }
    let first = words.first().map(|word| base(word)).unwrap_or_default();
    let is_python = |word: &str| base(word).starts_with("python");
    let is_wrapped = WRAPPERS.contains(&first) || is_python(first);
    let named = |word: &&&str| SERVERS.contains(&base(word));
    let server = if is_wrapped { words.iter().find(named) } else { words.first().filter(named) };
    let runs_flask = words.windows(2).any(|pair| matches!(pair, [program, "run"] if base(program) == "flask"));
    let script = |word: &str| {
        matches!(base(word), "main.py" | "app.py" | "run.py" | "server.py" | "wsgi.py" | "asgi.py")
            || word == "runserver"
    };
    server.is_some() || runs_flask || is_wrapped && words.iter().any(|word| script(word))
}

/// Whether the line is of somebody who develops: it reloads the code when it changes.
pub(super) fn reloads(words: &[&str]) -> bool {
    words.iter().any(|word| *word == "--reload" || *word == "--debug" || *word == "runserver")
        || words.windows(2).any(|pair| pair == ["fastapi", "dev"])
}

/// `name=value`
pub(super) fn is_assignment(word: &str) -> bool {
    word.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// The program without its folder.
pub(super) fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Runs {
        runs(&line.split(' ').collect::<Vec<_>>())
    }

    #[test]
    fn migrations_are_known_behind_what_runs_them() {
        for line in [
            "alembic upgrade head",
            "/app/.venv/bin/alembic -c db/alembic.ini upgrade head",
            "DATABASE_URL=x alembic -x tenant=a --raiseerr upgrade head",
            "exec alembic upgrade head",
            "uv run alembic upgrade head",
            "uv run --frozen -- alembic upgrade head",
            "poetry run python -m alembic upgrade head",
            "python3 -m alembic upgrade head",
            "docker compose run --rm web alembic upgrade head",
            "kubectl exec deploy/web -- alembic upgrade head",
            "timeout 60 alembic upgrade head",
            "flask db upgrade",
            "flask --app shop db upgrade -d migrations head",
            "python manage.py db upgrade",
        ] {
            let Runs::Migration { action, .. } = read(line) else { panic!("{line}: {:?}", read(line)) };
            assert_eq!(action, Action::Upgrade("head".to_owned()), "{line}");
        }
        assert!(matches!(read("alembic stamp --purge head"), Runs::Migration { action: Action::Stamp(_), .. }));
        let Runs::Migration { action, .. } = read("alembic upgrade heads") else { panic!() };
        assert_eq!(action, Action::Upgrade("heads".to_owned()));
    }

    #[test]
    fn what_only_speaks_of_a_migration_is_none() {
        for line in [
            "echo alembic upgrade head",
            "pip install alembic",
            "uv add alembic upgrade head",
            "grep alembic upgrade head",
            "alembic current",
            "alembic upgrade head --sql",
            "alembic revision -m upgrade",
            "alembic upgrade",
            "cd alembic",
            "COPY alembic upgrade head",
            "test -d alembic upgrade head",
            "flask run",
        ] {
            assert!(!matches!(read(line), Runs::Migration { .. }), "{line}");
        }
    }

    #[test]
    fn servers_shells_and_ends_are_known() {
        for line in [
            "gunicorn app:app",
            "exec uvicorn app:app --host 0.0.0.0",
            "uv run gunicorn x",
            "python -m uvicorn app:app",
            "exec $@",
            "python main.py",
            "flask run",
        ] {
            assert_eq!(read(line), Runs::Server, "{line}");
        }
        assert_eq!(read("pip install gunicorn"), Runs::Other);
        assert_eq!(read("bash -euo pipefail -c X"), Runs::Shell { text: 4, stops: true });
        assert_eq!(read("/bin/sh -c X"), Runs::Shell { text: 2, stops: false });
        assert_eq!(read("bash script.sh"), Runs::Other);
        assert_eq!(read("exit 1"), Runs::Ends { failing: true });
        assert_eq!(read("exit 0"), Runs::Ends { failing: false });
    }
}
