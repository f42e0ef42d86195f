//! Files made to cost more than their size: each was a hang, or took gigabytes.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::readers::{ini, revision};

/// Far more than any of these takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn assert_ends(name: &str, check: fn(&[u8]), text: String) {
    let (done, waiting) = mpsc::channel();
    thread::spawn(move || {
        check(text.as_bytes());
        // Nobody waits any more if it took too long.
        let _ = done.send(());
    });
    assert!(waiting.recv_timeout(PATIENCE).is_ok(), "{name} did not end within {PATIENCE:?}, or failed");
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
