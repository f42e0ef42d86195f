//! Runs one `git` command: read-only, never over the network, within a time and a size.
//!
//! The only place that starts a process. What the user's configuration could change in the
//! output, or make git run besides, is turned off here.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use super::Error;

/// The most that is read of one answer, in bytes.
const LARGEST: u64 = 64 << 20;

/// Variables that would point git at another repository (`git rev-parse --local-env-vars`; a hook
/// sets them), or change what paths mean and what is printed.
const REMOVED: [&str; 22] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_TRACE",
    "GIT_WORK_TREE",
];

/// Before the command: no lock and no index refresh, no pager, no quoting of paths.
const GLOBAL: [&str; 10] = [
    "--no-optional-locks",
    "--no-pager",
    "-c",
    "core.quotepath=off",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "log.showSignature=false",
    "-c",
    "log.showRoot=true",
];

/// What git wrote to stdout. `input` goes to its stdin.
pub(super) fn run(directory: &Path, arguments: &[&str], input: &str, until: Instant) -> Result<Vec<u8>, Error> {
    run_with(directory, &[], arguments, input, until).map(|(result, _)| result)
}

/// The same with these variables besides, for a command that may also end with 1: whether it ended
/// with 0 is the second part of the answer. Without variables only 0 is an answer.
pub(super) fn run_with(
    directory: &Path,
    variables: &[(&str, OsString)],
    arguments: &[&str],
    input: &str,
    until: Instant,
) -> Result<(Vec<u8>, bool), Error> {
    if Instant::now() >= until {
        return Err(Error::TimedOut);
    }
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).args(GLOBAL).args(arguments);
    for name in REMOVED {
        command.env_remove(name);
    }
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        // A partial clone would fetch what it lacks.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|source| Error::NotStarted { source })?;
    let (sender, answers) = mpsc::channel();
    read_apart(child.stderr.take(), sender.clone(), Stream::Error);
    read_apart(child.stdout.take(), sender, Stream::Result);
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_owned();
        // It ends when git has read everything, or is gone.
        thread::spawn(move || stdin.write_all(input.as_bytes()));
    }
    let gathered = gather(&answers, until);
    if gathered.is_err() {
        end(&mut child);
    }
    let (result, error) = gathered?;
    let status = child.wait().map_err(|source| Error::NotStarted { source })?;
    if result.len() as u64 > LARGEST {
        return Err(Error::TooMuch);
    }
    let is_answer = status.success() || (!variables.is_empty() && status.code() == Some(1));
    if is_answer {
        return Ok((result, status.success()));
    }
    let said = String::from_utf8_lossy(&error);
    let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("no message").trim();
    Err(Error::Refused { message: line.trim_start_matches("fatal: ").to_owned() })
}

enum Stream {
    Result,
    Error,
}

type Answer = (Stream, Vec<u8>);

/// Reads a stream on a thread of its own: git must never wait for a full pipe.
fn read_apart(stream: Option<impl Read + Send + 'static>, sender: mpsc::Sender<Answer>, kind: Stream) {
    let Some(stream) = stream else { return };
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before a failure is dropped with the exit status's word.
        let _ = stream.take(LARGEST + 1).read_to_end(&mut bytes);
        let _ = sender.send((kind, bytes));
    });
}

fn gather(answers: &mpsc::Receiver<Answer>, until: Instant) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let (mut result, mut error) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let left = until.saturating_duration_since(Instant::now());
        match answers.recv_timeout(left).map_err(|_| Error::TimedOut)? {
            (Stream::Result, bytes) => result = bytes,
            (Stream::Error, bytes) => error = bytes,
        }
    }
    Ok((result, error))
}

fn end(child: &mut Child) {
    // Already gone is as good.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn nothing_is_asked_once_the_time_is_up() {
        let folder = std::env::temp_dir();
        let result = run(&folder, &["--version"], "", Instant::now().checked_sub(Duration::from_secs(1)).unwrap());
        assert!(matches!(result, Err(Error::TimedOut)), "{result:?}");
    }

    #[test]
    fn a_refusal_is_git_s_own_first_line() {
        let later = Instant::now() + Duration::from_secs(10);
        let result = run(&std::env::temp_dir(), &["no-such-command"], "", later);
        let Err(Error::Refused { message }) = result else { panic!("{result:?}") };
        assert!(message.contains("no-such-command"), "{message}");
    }
}
