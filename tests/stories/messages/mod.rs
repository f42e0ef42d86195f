//! Messages that the real Alembic printed, piped as they are into `explain -`.

mod files;
mod refused;
mod rows;
mod schema;
mod server;

use serde_json::Value;

use super::line_of_three;
use crate::support::alembic::Output;
use crate::support::sandbox::Sandbox;

/// Three revisions and a SQLite database at head.
fn at_head() -> Sandbox {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    let run = sandbox.alembic(&["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    sandbox
}

fn sql(sandbox: &Sandbox, statements: &str) {
    let connection = rusqlite::Connection::open(sandbox.path().join("app.db")).unwrap();
    connection.execute_batch(statements).unwrap();
}

/// What `2>&1` would show.
fn both(output: &Output) -> String {
    format!("{}{}", output.stderr, output.stdout)
}

/// Runs the real Alembic, which must fail, and gives what it said to `explain -`.
fn explained(sandbox: &Sandbox, arguments: &[&str]) -> Explained {
    let output = sandbox.alembic(arguments);
    assert_ne!(output.status, 0, "alembic {arguments:?} was to fail: {}", both(&output));
    paste(sandbox, &both(&output))
}

/// Gives a text to `explain -`.
fn paste(sandbox: &Sandbox, text: &str) -> Explained {
    let run = sandbox.doctor_reading(text, &["explain", "-", "--format", "json"]);
    let document: Value = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("no JSON ({error}) of {text}\n{}\n{}", run.stdout, run.stderr));
    assert_eq!(document["command"], "explain");
    Explained { document, code: run.code.unwrap(), pasted: text.to_owned() }
}

/// The answer of `explain -`.
#[derive(Debug)]
struct Explained {
    document: Value,
    code: i32,
    pasted: String,
}

impl Explained {
    /// The names of the messages, in the order of the paste.
    fn names(&self) -> Vec<&str> {
        self.document["messages"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
    }

    fn message(&self, name: &str) -> &Value {
        let messages = self.document["messages"].as_array().unwrap();
        let found = messages.iter().find(|message| message["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {messages:#?}\nof {}", self.pasted))
    }

    /// Asserts that the only message is `name`, and that these are the findings that prove its
    /// causes.
    fn settles(&self, name: &str, findings: &[&str]) {
        assert_eq!(self.names(), [name], "{}", self.pasted);
        let causes = self.message(name)["causes"].as_array().unwrap().clone();
        let proved: Vec<&str> = causes.iter().filter_map(|cause| cause["finding"].as_str()).collect();
        assert_eq!(proved, findings, "{:#}\nof {}", self.message(name), self.pasted);
        for cause in causes.iter().filter(|cause| cause["finding"].is_string()) {
            assert_eq!(cause["state"], "here");
        }
    }

    /// Asserts that one of the facts about a message has these words.
    fn says(&self, name: &str, words: &str) {
        let facts = self.message(name)["facts"].to_string();
        assert!(facts.contains(words), "{facts}");
    }
}

#[test]
fn lines_broken_by_the_terminal_prefixes_and_tracebacks_are_seen_through() {
    let sandbox = at_head();
    sql(&sandbox, "UPDATE alembic_version SET version_num = '93c5d1e7fa08'");
    let said = both(&sandbox.alembic(&["upgrade", "head"]));
    // Alembic indents by two and wraps to the width where it knows a terminal.
    let wrapped = "  FAILED: Can't locate revision\r\n  identified by '93c5d1e7fa08'\r\n";
    let cut = "FAILED: Can't locate revision identifi\ned by '93c5d\n1e7fa08'";
    let traceback = "Traceback (most recent call last):\n  File \"/app/alembic/script/base.py\", line 236, in _catch_revision_errors\n    \
                     raise util.CommandError(resolution) from re\n\
                     alembic.util.exc.CommandError: Can't locate revision identified by '93c5d1e7fa08'\n";
    let coloured = "web-1  | \u{1b}[31mERROR\u{1b}[0m [alembic.util.messaging] \u{1b}[1mCan't locate\u{1b}[0m revision identified by '93c5d1e7fa08'";
    for text in [&said, wrapped, cut, traceback, coloured] {
        let explained = paste(&sandbox, text);
        explained.settles("cannot-locate-revision", &["orphaned-stamp"]);
        assert_eq!(explained.message("cannot-locate-revision")["holes"]["id"], "93c5d1e7fa08", "{text}");
        assert_eq!(explained.code, 1);
    }
}

#[test]
fn several_messages_in_one_paste_are_each_explained() {
    let sandbox = at_head().revision("b3bb", &["a2aa"]);
    sql(&sandbox, "UPDATE alembic_version SET version_num = 'lost1'");
    let text = both(&sandbox.alembic(&["upgrade", "a3aa"]))
        + &both(&sandbox.alembic(&["upgrade", "head"]))
        + &both(&sandbox.alembic(&["revision", "-mx"]));
    let explained = paste(&sandbox, &text);
    assert_eq!(
        explained.names(),
        ["cannot-locate-revision", "multiple-heads-for-argument", "multiple-heads-for-new-revision"],
        "{text}"
    );
}

#[test]
fn a_message_can_be_an_argument() {
    let sandbox = at_head();
    sql(&sandbox, "UPDATE alembic_version SET version_num = '93c5d1e7fa08'");
    let run = sandbox.doctor(&["explain", "Can't locate revision identified by '93c5d1e7fa08'"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stdout.contains("it is cause 1: see orphaned-stamp below"), "{}", run.stdout);
    assert!(run.stdout.contains("error[orphaned-stamp]"), "{}", run.stdout);
    assert!(run.stdout.contains("next:"), "{}", run.stdout);
    for line in run.stdout.lines() {
        assert!(line.chars().count() <= 80 || line.contains("alembic ") || line.contains("git "), "{line}");
    }
}

#[test]
fn what_is_not_recognised_is_said_and_nothing_is_looked_at() {
    // No project here: it would be an error to look for one.
    let sandbox = Sandbox::new();
    for text in ["", "INFO  [alembic.runtime.migration] Running upgrade a1aa -> a2aa\n", "\u{0}\u{1b}[\n"] {
        let run = sandbox.doctor_reading(text, &["explain", "-"]);
        assert_eq!(run.code, Some(2), "{run}");
        assert!(run.stdout.is_empty() && run.stderr.contains("nothing in what was piped in"), "{run}");
    }
    let run = sandbox.doctor_reading([0xff, 0xfe, b'\n'].repeat(1000), &["explain", "-"]);
    assert_eq!(run.code, Some(2), "{run}");
}

#[test]
fn offline_leaves_the_causes_in_the_database_unknown() {
    let sandbox = at_head();
    sql(&sandbox, "UPDATE alembic_version SET version_num = '93c5d1e7fa08'");
    let text = both(&sandbox.alembic(&["upgrade", "head"]));
    let run = sandbox.doctor_reading(&text, &["explain", "-", "--offline"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.contains("1. not known:"), "{run}");
    assert!(run.stdout.contains("none could be looked"), "{run}");
    assert!(!run.stdout.contains("it is cause"), "{run}");
}

#[test]
fn a_rule_that_the_settings_leave_out_still_explains() {
    let sandbox = at_head().revision("b3bb", &["a2aa"]);
    sandbox.write("alembic-doctor.toml", "ignore = [\"multiple-heads\"]\n");
    explained(&sandbox, &["upgrade", "head"]).settles("multiple-heads-for-argument", &["multiple-heads"]);
}

#[test]
fn a_message_about_something_that_is_fine_here_is_told_so() {
    let sandbox = at_head();
    let explained = paste(&sandbox, "FAILED: Can't locate revision identified by 'a2aa'");
    explained.settles("cannot-locate-revision", &[]);
    explained.says("cannot-locate-revision", "revision a2aa is here, once, in migrations/versions/a2aa_.py");
    let explained = paste(&sandbox, "FAILED: Target database is not up to date.");
    explained.settles("database-not-up-to-date", &[]);
    explained.says("database-not-up-to-date", "database default is at head");
    explained.says("database-not-up-to-date", "Alembic looked at another database");
    let heads = paste(&sandbox, "FAILED: Multiple heads are present; please specify a single target revision");
    heads.says("multiple-heads-for-stamp", "these files have one head, a3aa");
}

#[test]
fn a_message_has_a_page() {
    let run = Sandbox::new().doctor(&["explain", "cannot-locate-revision"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.contains("Can't locate revision identified by 'ID'"), "{run}");
    assert!(run.stdout.contains("(truncated-stamp)"), "{run}");
}
