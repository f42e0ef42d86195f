//! The commands, as typed.

use super::{line_of_three, report};
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
        let ids = |text: &str| -> Vec<String> {
            text.split_whitespace()
                .filter(|word| word.len() == 4 && word.ends_with(char::is_alphabetic))
                .map(str::to_owned)
                .filter(|word| word.starts_with(['a', 'b']) && word.chars().nth(1).is_some_and(|c| c.is_ascii_digit()))
                .collect()
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
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let shown =
        readme.split("<!-- shop:start -->").nth(1).and_then(|rest| rest.split("<!-- shop:end -->").next()).unwrap();
    let shown = shown.trim().trim_start_matches("```text").trim_end_matches("```").trim();
    let sandbox = Sandbox::new();
    let run = sandbox.doctor(&["-C", root.join("examples/shop").to_str().unwrap()]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let said = run.stdout.trim();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let updated = readme.replace(shown, said);
        std::fs::write(root.join("README.md"), updated).unwrap();
    } else {
        assert_eq!(shown, said, "UPDATE_DOCS=1 cargo test writes it");
    }
}
