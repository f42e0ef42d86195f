//! The real git, with a configuration of its own.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

static DAYS: AtomicU64 = AtomicU64::new(0);

/// Runs `git` in `folder`; what it says. It must not fail.
pub fn run(folder: &Path, arguments: &[&str]) -> String {
    let done = command("git", folder).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "git {arguments:?}: {said}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// A program that runs in `folder` and does not see the user's git configuration.
pub fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(name);
    }
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Ann").env(format!("GIT_{role}_EMAIL"), "ann@example.org");
    }
    // A day of its own for each: what comes within an hour counts as pushed together.
    let day = 86_400 * DAYS.fetch_add(1, Ordering::Relaxed);
    command.env("GIT_COMMITTER_DATE", format!("@{} +0000", 1_500_000_000 + day));
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    command.current_dir(folder);
    command
}
