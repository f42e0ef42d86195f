//! Files made to cost more than their size: each was a hang, or took gigabytes.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::readers::{ini, revision};

/// Far more computing than any of these takes; on a busy machine that is not what a clock shows.
const PATIENCE: Duration = Duration::from_secs(60);

fn assert_ends(name: &str, check: fn(&[u8]), text: String) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let thread = format!("growth-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let (done, waiting) = mpsc::channel();
    let start = Instant::now();
    let work = move || {
        check(text.as_bytes());
        // Nobody waits any more if it took too long.
        let _ = done.send(());
    };
    thread::Builder::new().name(thread.clone()).spawn(work).unwrap();
    loop {
        match waiting.recv_timeout(Duration::from_millis(100)) {
            Ok(()) => break,
            Err(RecvTimeoutError::Timeout) => {
                let spent = computing_time(&thread).unwrap_or_else(|| start.elapsed());
                assert!(spent < PATIENCE, "{name} did not end within {PATIENCE:?}");
            }
            Err(RecvTimeoutError::Disconnected) => panic!("{name} failed"),
        }
    }
    println!("{name}: {:?}", start.elapsed());
}

/// The computing time of the threads of that name, which those that they start inherit; known on
/// Linux only.
fn computing_time(name: &str) -> Option<Duration> {
    spent(Path::new("/proc/thread-self"))?;
    let tasks = fs::read_dir("/proc/self/task").ok()?.flatten().map(|task| task.path());
    let named = tasks.filter(|task| fs::read_to_string(task.join("comm")).is_ok_and(|own| own.trim() == name));
    Some(named.filter_map(|task| spent(&task)).sum())
}

fn spent(task: &Path) -> Option<Duration> {
    let numbers = fs::read_to_string(task.join("schedstat")).ok()?;
    numbers.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
fn a_revision_file_that_does_too_much_is_given_up_on() {
    let header = "revision = 'r'\ndown_revision = None\n";
    // What comes first makes the header more than literals, so that the file has to be followed.
    let start = format!("{header}exec\n");
    for (name, text) in [
        ("a large set", format!("{start}depends_on = {{{}}}\n", lines(20_000, |i| format!("'a{i}',")))),
        ("a long line", format!("{start}{}exec('{}')\n", lines(5_000, |i| format!("a{i} = 1\n")), "z".repeat(300_000))),
        (
            "functions that call each other",
            start.clone() + &lines(5_000, |i| format!("def f{i}(): f{}()\nf{i}()\n", i / 2)),
        ),
        (
            "calls of a large function",
            format!("{start}def f():\n{}{}", lines(10_000, |i| format!("  x{i}\n")), "f()\n".repeat(10_000)),
        ),
        ("broken lines between names", start.clone() + &lines(5_000, |i| format!("a{i} = 1\na b\n"))),
        (
            "a large value with many names",
            format!("{start}a = '{}'\n{}", "z".repeat(90_000), lines(20_000, |i| format!("a{i} = a\n"))),
        ),
    ] {
        assert_ends(name, revision_alone, text);
    }
}

#[test]
fn an_upgrade_that_does_too_much_is_given_up_on() {
    let start = "from alembic import op\nimport sqlalchemy as sa\nrevision = 'r'\ndown_revision = None\n";
    let upgrade = |block: String| format!("{start}def upgrade():\n  x = 'a'\n  y = []\n{block}  op.drop_table('t')\n");
    for (name, block) in [
        ("a text that doubles", lines(2_000, |i| format!("  x{i} = x = x + x\n"))),
        ("a list that doubles", lines(2_000, |_| "  y = [y, y]\n".to_owned())),
        ("a list that grows", "  for i in range(5000):\n    y.append(x)\n".repeat(50)),
        ("a chain of attributes", lines(60_000, |_| "  op = op.a\n".to_owned())),
        ("a chain of calls", lines(60_000, |_| "  y = sa.f(y)\n".to_owned())),
        ("loops in loops", "  for i in range(5000):\n   for j in range(5000):\n    op.execute(f'{i}{j}')\n".to_owned()),
        ("many ways out", lines(10_000, |i| format!("  if op.a{i}(): return\n  op.drop_table('t{i}')\n"))),
        ("many choices", lines(3_000, |i| format!("  if op.a{i}(): x = '{i}'\n  op.drop_table(x)\n"))),
        ("many names and branches", lines(5_000, |i| format!("  a{i} = 1\n  if op.b(): pass\n"))),
        ("many unknown names", lines(20_000, |i| format!("  a{i}()\n"))),
        ("deep brackets", format!("  op.execute({}1{})\n", "[".repeat(190), "]".repeat(190))),
        ("a deep expression", format!("  op.execute(1{})\n", "+1".repeat(2_900))),
        ("a deep chain", format!("  op.execute(sa{})\n", ".a()".repeat(1_400))),
    ] {
        assert_ends(name, revision_alone, upgrade(block));
    }
    let helpers = format!(
        "{start}{}def upgrade():\n  f0()\n",
        lines(2_000, |i| format!("def f{i}():\n  f{}()\n  f{}()\n", i + 1, i + 2))
    );
    assert_ends("helpers that call each other", revision_alone, helpers);
    let names = lines(10_000, |i| format!("a{i}, b{i} = 1, 2\n")) + &lines(10_000, |i| format!("# {i}\n"));
    let reads = lines(10_000, |i| format!("  op.drop_table(a{i})\n"));
    assert_ends("names that are assigned in pairs", revision_alone, format!("{start}{names}def upgrade():\n{reads}"));
}

/// A file that is given up on says less than its header alone, so the two are not compared.
fn revision_alone(bytes: &[u8]) {
    revision::read_both(bytes);
}

#[test]
fn a_large_ini_file_is_read_key_by_key() {
    let text =
        lines(20_000, |i| format!("[s{i}]\nx = {i}\n")) + "[a]\n" + &lines(20_000, |i| format!("k{i} = %(k0)s\n"));
    assert_ends("many sections and keys", ini::check, text);
}

#[test]
fn deployments_are_read_line_by_line() {
    let shell = |text: String| format!("deploy.sh\n#!/bin/sh\n{text}alembic upgrade head\n");
    for (name, text) in [
        ("many commands", shell("a;".repeat(300_000))),
        ("a long chain", shell("a && ".repeat(150_000))),
        ("many alternatives", shell("alembic upgrade head || true ".repeat(1_000) + &"|| true ".repeat(100_000))),
        ("many negations", shell("! ".repeat(500_000))),
        ("functions of functions", shell("a() ".repeat(250_000))),
        ("named functions of functions", shell("function a ".repeat(90_000))),
        ("many instructions", format!("Dockerfile\n{}", "RUN alembic upgrade head\n".repeat(40_000))),
        ("many processes", format!("Procfile\n{}", "a: alembic upgrade head\n".repeat(40_000))),
        ("many containers", format!("k8s.yaml\na:\n{}", "- command: [alembic]\n".repeat(49_000))),
        (
            "many steps",
            format!(
                ".github/workflows/x.yml\na:\n{}",
                "- run: alembic upgrade head\n  continue-on-error: true\n".repeat(19_000)
            ),
        ),
        (
            "a chain of functions",
            format!(
                "app.py\nimport alembic.command\ndef startup():\n f0()\n{}# upgrade\n",
                lines(30_000, |i| format!("def f{i}():\n f{}()\n", i + 1))
            ),
        ),
        ("one long requirement", format!("requirements.txt\n{}", "sqlalchemy ".repeat(90_000))),
    ] {
        assert_ends(name, deployment, text);
    }
}

/// The first line names the file.
fn deployment(bytes: &[u8]) {
    let (name, text) = std::str::from_utf8(bytes).unwrap().split_once('\n').unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    let seen = alembic_doctor::deployment::scan(folder.path(), None, &[]);
    assert_eq!((seen.files, seen.left_out), (1, None), "{name}");
}
