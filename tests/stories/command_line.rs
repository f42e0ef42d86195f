//! The commands, as typed.

use super::{line_of_three, report};
use crate::support::git;
use crate::support::sandbox::Sandbox;

fn forked() -> Sandbox {
    line_of_three().revision("b3bb", &["a2aa"])
}

#[test]
fn listings_say_what_the_real_alembic_says() {
    let sandbox = forked();
    for command in ["heads", "history", "branches"] {
        let theirs = sandbox.alembic(&[command]).stdout;
        let ours = sandbox.doctor(&[command]);
        assert_eq!(ours.code, Some(0), "{}", ours.stderr);
        // What stands before the message: ids, arrows and marks.
        let ids = |text: &str| -> Vec<String> {
            let lines = text.lines().map(|line| line.split(", ").next().unwrap_or_default());
            let mut words: Vec<String> = lines.flat_map(str::split_whitespace).map(str::to_owned).collect();
            // Alembic lists the children of a branch point in the order of a set.
            if command == "branches" {
                words.sort();
            }
            words
        };
        assert_eq!(ids(&ours.stdout), ids(&theirs), "{command}:\n{}\n{theirs}", ours.stdout);
    }
}

#[test]
fn two_heads_are_a_finding_of_check_and_the_answer_of_heads() {
    let sandbox = forked();
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!((super::findings(&document), code), (vec!["multiple-heads"], 1));
    assert_eq!(sandbox.doctor(&["heads"]).code, Some(0));
    let wanted = forked().file("alembic-doctor.toml", "expected-heads = 2\n");
    let (document, code) = report(&wanted, &["check"]);
    assert_eq!((super::findings(&document), code), (vec![], 0));
}

#[test]
fn severities_and_selection_decide_the_exit_code() {
    let sandbox = forked();
    assert_eq!(sandbox.doctor(&["check", "--ignore", "multiple-heads"]).code, Some(0));
    assert_eq!(sandbox.doctor(&["check", "--select", "multiple-bases"]).code, Some(0));
    sandbox.write("alembic-doctor.toml", "[severity]\nmultiple-heads = \"warning\"\n");
    assert_eq!(sandbox.doctor(&["check"]).code, Some(0));
    assert_eq!(sandbox.doctor(&["check", "--fail-on", "warning"]).code, Some(1));
}

#[test]
fn explain_shows_the_page_of_a_finding_or_a_revision() {
    let sandbox = forked();
    let page = sandbox.doctor(&["explain", "multiple-heads"]);
    assert_eq!(page.code, Some(0));
    assert!(page.stdout.contains("multiple-heads") && page.stdout.contains("How to fix"), "{}", page.stdout);
    let revision = sandbox.doctor(&["explain", "a2aa"]);
    assert!(revision.stdout.contains("a2aa"), "{}", revision.stdout);
    assert_eq!(sandbox.doctor(&["explain", "nothing-of-the-kind"]).code, Some(2));
}

#[test]
fn show_resolves_identifiers_as_alembic_does() {
    let sandbox = forked();
    assert!(sandbox.doctor(&["show", "a2"]).stdout.contains("Rev: a2aa"));
    let refused = sandbox.doctor(&["show", "nope"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("Can't locate revision identified by 'nope'"), "{}", refused.stderr);
}

#[test]
fn the_graph_is_drawn_within_80_columns() {
    let sandbox = forked();
    let run = sandbox.doctor(&["graph"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    for line in run.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for id in ["a1aa", "a2aa", "a3aa", "b3bb"] {
        assert!(run.stdout.contains(id));
    }
    assert!(sandbox.doctor(&["graph", "--format", "dot"]).stdout.starts_with("digraph"));
    assert!(
        sandbox.doctor(&["graph", "--format", "mermaid"]).stdout.starts_with("graph")
            || sandbox.doctor(&["graph", "--format", "mermaid"]).stdout.starts_with("flowchart")
    );
    assert_eq!(sandbox.doctor(&["heads", "--format", "dot"]).code, Some(2));
}

#[test]
fn the_text_report_fits_into_80_columns_and_has_no_colour_in_a_pipe() {
    let sandbox = forked().database_url("sqlite:///nowhere.db");
    let run = sandbox.doctor(&[]);
    for line in run.stdout.lines() {
        assert!(line.chars().count() <= 80 || line.contains("alembic "), "{line}");
        assert!(!line.contains('\u{1b}'));
    }
    let coloured = sandbox.doctor(&["--color", "always"]);
    assert!(coloured.stdout.contains('\u{1b}'));
}

#[test]
fn the_readme_shows_what_the_shop_example_prints() {
    const MARKS: [&str; 2] = ["<!-- shop:start -->\n```text\n", "\n```\n<!-- shop:end -->"];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(MARKS[0]).expect("the README has the mark");
    let (shown, after) = rest.split_once(MARKS[1]).expect("the README has the mark");
    // In a repository of its own: what the doctor says of this one depends on how it was cloned.
    let shop = Sandbox::new().copy_of("examples/shop");
    git::run(shop.path(), &["init", "--quiet", "--initial-branch=main"]);
    git::run(shop.path(), &["add", "--all"]);
    git::run(shop.path(), &["commit", "--quiet", "-m", "a shop"]);
    git::run(shop.path(), &["remote", "add", "origin", "https://shop.example/shop.git"]);
    let run = shop.doctor(&[]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let said = run.stdout.trim();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, [before, MARKS[0], said, MARKS[1], after].concat()).unwrap();
    } else {
        assert_eq!(shown, said, "UPDATE_DOCS=1 cargo test writes it");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_no_success() {
    let sandbox = line_of_three();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_alembic-doctor"));
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let done = command.arg("heads").current_dir(sandbox.path()).stdout(full).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.code() == Some(4) && said.contains("the result cannot be written"), "{said}");
}
