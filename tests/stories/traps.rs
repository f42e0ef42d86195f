//! Alembic's own traps: the real one falls in, and the finding had said so.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{finding, findings, report};
use crate::support::alembic;
use crate::support::sandbox::{Sandbox, revision_text};

const URL: &str = "sqlite:///app.db";

/// A project on a SQLite file, with revisions from lines such as `"a,b <- m +dependency @label"`.
fn project(lines: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with_project().database_url(URL);
    for line in lines {
        write(&sandbox, line, "2026-01-02");
    }
    sandbox
}

fn write(sandbox: &Sandbox, line: &str, date: &str) {
    let (parents, rest) = line.split_once(" <- ").unwrap_or(("", line));
    let mut words = rest.split_whitespace();
    let id = words.next().unwrap();
    let words: Vec<&str> = words.collect();
    let with = |sign: char| words.iter().filter_map(move |word| word.strip_prefix(sign)).collect::<Vec<&str>>();
    let tuple = |items: &[&str]| items.iter().map(|item| format!("{item:?}, ")).collect::<String>();
    let header = format!("depends_on = ({})\nbranch_labels = ({})\n", tuple(&with('+')), tuple(&with('@')));
    let parents: Vec<&str> = parents.split(',').filter(|parent| !parent.is_empty()).collect();
    let body = format!("    op.execute('CREATE TABLE t_{id} (id INTEGER)')");
    let text = revision_text(id, &parents, &header, &body).replace("2026-01-02", date);
    sandbox.write(&format!("migrations/versions/{id}_.py"), text);
}

/// What `alembic upgrade` ran, in order.
fn ran(output: &alembic::Output) -> Vec<String> {
    let lines = output.stderr.lines().filter_map(|line| line.split_once("Running upgrade ")?.1.split_once("-> "));
    lines.map(|(_, to)| to.split(',').next().unwrap().to_owned()).collect()
}

/// Runs the real Alembic under a hash seed. `None` when it has not ended in time.
fn alembic_within(sandbox: &Sandbox, arguments: &[&str], time: Duration, seed: &str) -> Option<alembic::Output> {
    let mut command = Command::new(alembic::python());
    command.args(["-m", "alembic"]).args(arguments).current_dir(sandbox.path()).env("PYTHONHASHSEED", seed);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + time;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let done = child.wait_with_output().unwrap();
    Some(alembic::Output {
        status: done.status.code().unwrap(),
        stdout: String::from_utf8_lossy(&done.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&done.stderr).into_owned(),
    })
}

fn rows(sandbox: &Sandbox) -> Vec<String> {
    let connection = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    let mut query = connection.prepare("SELECT version_num FROM alembic_version ORDER BY 1").unwrap();
    query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Replaces the rows, in a table without a primary key.
fn set_rows(sandbox: &Sandbox, rows: &[&str]) {
    let connection = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    let table = "DROP TABLE IF EXISTS alembic_version; CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)";
    connection.execute_batch(table).unwrap();
    for row in rows {
        connection.execute("INSERT INTO alembic_version VALUES (?1)", [row]).unwrap();
    }
}

fn message(sandbox: &Sandbox, arguments: &[&str], name: &str) -> String {
    finding(&report(sandbox, arguments).0, name)["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_cycle_that_alembic_misses_runs_a_revision_before_its_parents() {
    let sandbox = project(&["root", "root,y <- m", "m <- x", "x <- y", "x <- tip"]);
    assert_eq!(sandbox.alembic(&["heads"]).status, 0, "Alembic's own check is content");
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!(code, 1);
    let cycle = finding(&document, "revision-cycle");
    assert!(cycle["message"].as_str().unwrap().contains("m -> y -> x -> m"), "{cycle:#}");
    assert!(cycle["do_not"][0].as_str().unwrap().contains("in a wrong order"), "{cycle:#}");
    let upgrade = sandbox.alembic(&["upgrade", "head"]);
    assert_eq!(upgrade.status, 0, "{}", upgrade.stderr);
    assert_eq!(ran(&upgrade), ["root", "y", "m", "x", "tip"], "y ran before m and x");
}

#[test]
fn a_cycle_with_two_ways_out_never_ends() {
    let sandbox = project(&["root", "root,y <- m", "m <- x", "x <- y", "x <- tip1", "y <- tip2"]);
    let cycle = message(&sandbox, &["check"], "revision-cycle");
    assert!(cycle.contains("loop"), "{cycle}");
    assert_eq!(sandbox.alembic(&["heads"]).status, 0);
    let upgrade = alembic_within(&sandbox, &["upgrade", "heads"], Duration::from_secs(6), "0");
    assert!(upgrade.is_none(), "it ended: {upgrade:?}");
}

#[test]
fn a_step_with_an_implied_parent_crashes_and_without_it_does_not() {
    for (lines, redundant, repaired) in [
        (&["a", "b", "b <- c", "a <- d +c +b"][..], "b", "a <- d +c"),
        (&["a", "b", "b <- c", "a,b,c <- d"][..], "b", "a,c <- d"),
        (&["a", "a <- a1", "b1", "a1 <- c1", "a1 <- d +b1 +c1"][..], "a1", "c1 <- d +b1"),
    ] {
        let sandbox = project(lines);
        let expected = format!("`alembic upgrade heads` crashes with KeyError: '{redundant}' after it has run d");
        assert_eq!(message(&sandbox, &["check"], "merge-step-crashes"), expected);
        let crash = sandbox.alembic(&["upgrade", "heads"]);
        assert!(
            crash.status == 1 && crash.stderr.trim_end().ends_with(&format!("KeyError: '{redundant}'")),
            "{crash:?}"
        );
        assert_eq!(ran(&crash).last().map(String::as_str), Some("d"));

        write(&sandbox, repaired, "2026-01-02");
        let (document, _) = report(&sandbox, &["check"]);
        assert!(!findings(&document).contains(&"merge-step-crashes"), "{document:#}");
        std::fs::remove_file(sandbox.path().join("app.db")).unwrap();
        let done = sandbox.alembic(&["upgrade", "heads"]);
        assert!(done.status == 0, "{repaired}: {}", done.stderr);
    }
}

#[test]
fn a_step_that_only_another_line_saves_is_a_warning() {
    let sandbox = project(&["a", "b", "b <- c", "a <- d +c +b", "b <- e"]);
    let (document, code) = report(&sandbox, &["check", "--select", "merge-step-crashes"]);
    let found = finding(&document, "merge-step-crashes");
    assert_eq!((found["severity"].as_str(), code), (Some("warning"), 0), "{found:#}");
    assert_eq!(sandbox.alembic(&["upgrade", "heads"]).status, 0);
    std::fs::remove_file(sandbox.path().join("app.db")).unwrap();
    assert!(sandbox.alembic(&["upgrade", "d"]).stderr.contains("KeyError: 'b'"));
}

#[test]
fn a_database_that_has_the_crash_ahead_is_named() {
    let sandbox = project(&["a", "b", "b <- c", "a,b,c <- m"]);
    for target in ["a", "c"] {
        assert_eq!(sandbox.alembic(&["upgrade", target]).status, 0);
    }
    let (document, _) = report(&sandbox, &[]);
    let found = finding(&document, "merge-step-crashes");
    assert!(found["evidence"].to_string().contains("has this step ahead"), "{found:#}");
    assert_eq!(sandbox.alembic(&["upgrade", "heads"]).status, 1);
    // Who has it already is not concerned.
    set_rows(&sandbox, &["m"]);
    let (document, _) = report(&sandbox, &[]);
    assert!(!finding(&document, "merge-step-crashes")["evidence"].to_string().contains("has this step ahead"));
}

#[test]
fn the_order_of_two_dependencies_changes_with_the_hash_seed() {
    let sandbox = project(&["b", "c", "d +b +c"]);
    let (document, code) = report(&sandbox, &["check", "--select", "undefined-order"]);
    assert_eq!(code, 0);
    let found = finding(&document, "undefined-order");
    assert_eq!(found["severity"], "info");
    assert_eq!(found["message"], "Which of b and c runs first before d changes from run to run");
    let orders: std::collections::BTreeSet<Vec<String>> = (0..12)
        .map(|seed| {
            let output =
                alembic_within(&sandbox, &["upgrade", "d", "--sql"], Duration::from_secs(60), &seed.to_string());
            ran(&output.unwrap())
        })
        .collect();
    assert_eq!(orders.len(), 2, "{orders:?}");

    let ordered = project(&["b", "c +b", "d +b +c"]);
    assert!(!findings(&report(&ordered, &["check"]).0).contains(&"undefined-order"));
}

#[test]
fn a_revision_inserted_below_the_stamp_never_runs_while_every_check_is_green() {
    let sandbox = Sandbox::with_project().database_url(URL);
    write(&sandbox, "a", "2026-01-05");
    write(&sandbox, "a <- b", "2026-02-01");
    assert_eq!(sandbox.alembic(&["upgrade", "head"]).status, 0);
    assert_eq!(findings(&report(&sandbox, &[]).0), Vec::<&str>::new());

    write(&sandbox, "a <- x", "2026-03-20");
    write(&sandbox, "x <- b", "2026-02-01");
    let upgrade = sandbox.alembic(&["upgrade", "head"]);
    assert_eq!((upgrade.status, ran(&upgrade)), (0, vec![]), "{upgrade:?}");
    assert_eq!(sandbox.alembic(&["current", "--check-heads"]).status, 0);
    let (document, _) = report(&sandbox, &[]);
    assert_eq!(findings(&document), ["inserted-revision"]);
    let found = finding(&document, "inserted-revision");
    assert_eq!((found["severity"].as_str(), found["revision"].as_str()), (Some("warning"), Some("x")), "{found:#}");

    // The other way round, as the page says, it runs.
    write(&sandbox, "a <- b", "2026-02-01");
    write(&sandbox, "b <- x", "2026-03-20");
    assert_eq!(ran(&sandbox.alembic(&["upgrade", "head"])), ["x"]);
    assert_eq!(findings(&report(&sandbox, &[]).0), Vec::<&str>::new());
}

#[test]
fn a_label_is_found_exactly_when_upgrade_cannot_use_it() {
    let labels = [
        ("team-2024", false),
        ("team+1", false),
        ("x:y", false),
        ("p@q", false),
        ("-5", false),
        ("head", false),
        ("base", false),
        ("a-b", true),
        ("release-x-2024", true),
        ("5", true),
        ("web", true),
    ];
    for (label, usable) in labels {
        let sandbox = project(&["r", &format!("r <- b @{label}"), "r <- c"]);
        let upgrade = sandbox.alembic(&["upgrade", &format!("{label}@head")]);
        assert_eq!(upgrade.status == 0, usable, "{label}: {upgrade:?}");
        let (document, _) = report(&sandbox, &["check"]);
        assert_eq!(!findings(&document).contains(&"unusable-branch-label"), usable, "{label}: {document:#}");
        if !usable {
            let found = finding(&document, "unusable-branch-label");
            // The way around that is printed.
            let other = found["or"][0][0]["command"].as_str().unwrap();
            let words: Vec<&str> = other.strip_prefix("alembic ").unwrap().split_whitespace().collect();
            assert_eq!(ran(&sandbox.alembic(&words)), ["r", "b"], "{other}");
        }
    }
}

#[test]
fn check_and_check_heads_disagree_where_the_finding_says_so() {
    let sandbox = project(&["a1 @core", "a1 <- a2", "b1 @web +a2"]);
    let env = std::fs::read_to_string(sandbox.path().join("migrations/env.py")).unwrap();
    // `check` also compares tables: leave all of them out.
    let metadata = "import sqlalchemy\ntarget_metadata = sqlalchemy.MetaData()";
    let env = env.replace("target_metadata = None", metadata);
    let env = env.replace("connection=connection,", "connection=connection, include_name=lambda *_: False,");
    sandbox.write("migrations/env.py", env);
    let theirs = |sandbox: &Sandbox| {
        (sandbox.alembic(&["check"]).status == 0, sandbox.alembic(&["current", "--check-heads"]).status == 0)
    };
    let name = "check-heads-disagree";
    assert!(findings(&report(&sandbox, &["check"]).0).contains(&name));

    assert_eq!(sandbox.alembic(&["upgrade", "heads"]).status, 0);
    assert_eq!(theirs(&sandbox), (true, false));
    let (document, _) = report(&sandbox, &[]);
    assert!(finding(&document, name)["evidence"].to_string().contains("and is right"), "{document:#}");

    set_rows(&sandbox, &["a2", "b1"]);
    assert_eq!(theirs(&sandbox), (false, true));
    let (document, _) = report(&sandbox, &[]);
    assert!(finding(&document, name)["evidence"].to_string().contains("redundant-stamp-row"), "{document:#}");

    set_rows(&sandbox, &["a2"]);
    assert_eq!(theirs(&sandbox), (false, false));
    assert!(!findings(&report(&sandbox, &[]).0).contains(&name));
}

/// A row, what `current` prints, the rows after `upgrade head`; none where Alembic fails.
type BadRow<'a> = (&'a str, Option<&'a str>, Option<&'a [&'a str]>);

#[test]
fn rows_that_are_no_ids_do_what_the_page_says() {
    let table: [BadRow; 11] = [
        ("b2c3", Some("b2c3d4e5"), Some(&["b2c3", "c3d4e5f6"])),
        ("-1", Some("b2c3d4e5"), Some(&["-1", "c3d4e5f6"])),
        ("base", Some(""), Some(&["base", "c3d4e5f6"])),
        ("web@base", Some(""), Some(&["c3d4e5f6", "web@base"])),
        ("head", Some("c3d4e5f6"), Some(&["head"])),
        ("heads", Some("c3d4e5f6"), Some(&["heads"])),
        ("web", Some("c3d4e5f6"), Some(&["web"])),
        ("web@head", Some("c3d4e5f6"), Some(&["web@head"])),
        ("", None, None),
        ("B2C3D4E5", None, None),
        ("b2c3d4e5 ", None, None),
    ];
    for (row, current, after) in table {
        let sandbox = project(&["a1b2c3d4", "a1b2c3d4 <- b2c3d4e5", "b2c3d4e5 <- c3d4e5f6 @web"]);
        set_rows(&sandbox, &[row]);
        let (document, code) = report(&sandbox, &[]);
        assert!(findings(&document).contains(&"truncated-stamp") && code == 1, "{row:?}: {document:#}");
        let theirs = sandbox.alembic(&["current"]);
        match current {
            Some(current) => {
                assert_eq!(theirs.stdout.split_whitespace().next().unwrap_or_default(), current, "{row:?}");
                let ours = sandbox.doctor(&["current"]);
                assert!(current.is_empty() || ours.stdout.contains(current), "{row:?}: {ours}");
            }
            None => assert_ne!(theirs.status, 0, "{row:?}"),
        }
        let upgrade = sandbox.alembic(&["upgrade", "head"]);
        match after {
            Some(after) => assert_eq!(rows(&sandbox), after, "{row:?}: {}", upgrade.stderr),
            None => assert_ne!(upgrade.status, 0, "{row:?}"),
        }
    }
}

/// Two hundred revisions as a team makes them: lines, branches, merges, a label.
const HEALTHY: &str = r#"
import random
from alembic import script, util
from alembic.config import Config

config = Config("alembic.ini")
# What `alembic revision` and `alembic merge` call; one directory, because each loads all files.
directory = script.ScriptDirectory.from_config(config)
chance = random.Random(7)
heads, older = [], []

def make(message, parents, **more):
    made = directory.generate_revision(util.rev_id(), message, head=parents, refresh=True, config=config, **more)
    older.extend(parent for parent in parents if parent in heads)
    heads[:] = [head for head in heads if head not in parents] + [made.revision]

make("start", ["base"])
count = 1
while count < 200 or len(heads) > 1:
    kind = chance.random()
    if len(heads) > 1 and (kind < 0.15 or len(heads) > 3 or count >= 200):
        make("merge", chance.sample(heads, min(len(heads), chance.choice([2, 2, 3]))))
    elif older and kind < 0.3:
        make("branch", [chance.choice(older[-15:])], splice=True)
    else:
        make("change", [chance.choice(heads)], branch_labels="billing" if count == 50 else None)
    count += 1
"#;

#[test]
fn a_healthy_project_of_two_hundred_revisions_has_no_finding() {
    let sandbox = Sandbox::with_project().database_url(URL);
    let made = Command::new(alembic::python()).args(["-c", HEALTHY]).current_dir(sandbox.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let files = std::fs::read_dir(sandbox.path().join("migrations/versions")).unwrap();
    assert!(files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|e| e == "py")).count() >= 200);
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
    let upgrade = sandbox.alembic(&["upgrade", "head"]);
    assert_eq!(upgrade.status, 0, "{}", upgrade.stderr);
    let (document, code) = report(&sandbox, &[]);
    assert_eq!((findings(&document), code), (vec![], 0), "{document:#}");
}
