//! Files made to cost more than their size: each was a hang, or took gigabytes.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::readers::{ini, revision};

/// Far more than any of these takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn assert_ends(name: &str, check: fn(&[u8]), text: String) {
    let (done, waiting) = mpsc::channel();
    let start = Instant::now();
    thread::spawn(move || {
        check(text.as_bytes());
        // Nobody waits any more if it took too long.
        let _ = done.send(());
    });
    assert!(waiting.recv_timeout(PATIENCE).is_ok(), "{name} did not end within {PATIENCE:?}, or failed");
    println!("{name}: {:?}", start.elapsed());
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
